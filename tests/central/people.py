"""People of tests: signed in quickly, with cheap hashes."""

from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from central.people import book, keyring
from central.people.actor import Grant, Role
from central.people.passwords import Passwords
from central.people.tokens import TokenScope
from central.store.engine import Store

ROOT_ORG = "demo-city"
PASSWORD = "quiet river stones"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def token(
    store: Store,
    *grants: Grant,
    name: str = "tests",
    scope: TokenScope = TokenScope.WRITE,
    now: datetime = LONG_AGO,
    days: float = 36_500,
) -> str:
    """A token with roles; without any, it administers the whole city."""
    with store.write() as connection:
        _, secret = keyring.issue(
            connection,
            name,
            grants or [Grant(role, ROOT_ORG) for role in Role],
            scope,
            by="tests",
            now=now,
            expires=now + timedelta(days=days),
        )
    return secret


def person(store: Store, name: str, *grants: Grant, **fields: object) -> int:
    """Somebody with `PASSWORD`."""
    with store.write() as connection:
        return book.add(
            connection,
            grants,
            **{"name": name, "password": CHEAP.hash(PASSWORD), "created": LONG_AGO, **fields},
        )


def bearer(secret: str) -> dict[str, str]:
    """Headers of a request with a token."""
    return {"Authorization": f"Bearer {secret}"}
