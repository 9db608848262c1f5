"""Tokens: what programs sign their requests with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from central.people.actor import Actor, Grant
from central.people.secrets import TOKEN_PREFIX, digest, new_secret
from central.people.tokens import TokenScope
from central.store.models_people import Token, TokenGrant
from central.store.upsert import table

_REFRESH = timedelta(minutes=1)
_token = table(Token).c


@dataclass(frozen=True, slots=True)
class Key:
    """A token as the database knows it.

    Attributes:
        id: Row id.
        name: What people call it.
        scope: Whether it may act.
        created_by: Who made it.
        created: When.
        expires: Until when it holds.
        revoked: When it was ended early, or None.
        used: When it was last used, to the minute.
        grants: Roles and where they hold.
    """

    id: int
    name: str
    scope: TokenScope
    created_by: str
    created: datetime
    expires: datetime
    revoked: datetime | None
    used: datetime | None
    grants: tuple[Grant, ...]

    @property
    def actor(self) -> Actor:
        """As somebody who acts."""
        return Actor(f"token:{self.name}", self.grants)

    def stale(self, now: datetime) -> bool:
        """Whether its last use should be noted anew."""
        return self.used is None or now - self.used >= _REFRESH


_COLUMNS = [
    _token[name] for name in ("id", "name", "scope", "created_by", "created", "expires", "revoked", "used")
]


def issue(
    connection: Connection,
    name: str,
    grants: Iterable[Grant],
    scope: TokenScope,
    *,
    by: str,
    now: datetime,
    expires: datetime,
) -> tuple[int, str]:
    """Make a token: its row id and its secret, which is told this once."""
    secret = TOKEN_PREFIX + new_secret()
    added = connection.execute(
        insert(Token)
        .values(name=name, hash=digest(secret), scope=scope, created_by=by, created=now, expires=expires)
        .returning(_token.id)
    )
    token_id: int = added.scalar_one()
    rows = sorted({(grant.role, grant.org) for grant in grants})
    if rows:
        connection.execute(
            insert(TokenGrant), [{"token_id": token_id, "role": role, "org": org} for role, org in rows]
        )
    return token_id, secret


def find(connection: Connection, secret: str, now: datetime) -> Key | None:
    """The token behind a secret, unless it has ended."""
    found = _keys(connection, _token.hash == digest(secret))
    if not found or found[0].revoked is not None or found[0].expires <= now:
        return None
    return found[0]


def by_id(connection: Connection, token_id: int) -> Key | None:
    """The token with a row id."""
    found = _keys(connection, _token.id == token_id)
    return found[0] if found else None


def every(connection: Connection) -> list[Key]:
    """All tokens, newest first."""
    return _keys(connection)


def _keys(connection: Connection, *conditions: object) -> list[Key]:
    statement = select(*_COLUMNS).order_by(_token.id.desc())
    for condition in conditions:
        statement = statement.where(condition)  # type: ignore[arg-type]
    rows = connection.execute(statement).all()
    grants: dict[int, list[Grant]] = {row.id: [] for row in rows}
    wanted = select(table(TokenGrant)).where(TokenGrant.token_id.in_(grants)).order_by(TokenGrant.org)
    for row in connection.execute(wanted):
        grants[row.token_id].append(Grant(row.role, row.org))
    return [Key(**row._mapping, grants=tuple(grants[row.id])) for row in rows]  # noqa: SLF001 - its public name


def touch(connection: Connection, token_id: int, now: datetime) -> None:
    """Note that a token was used."""
    connection.execute(update(Token).where(_token.id == token_id).values(used=now))


def revoke(connection: Connection, token_id: int, now: datetime) -> None:
    """End a token."""
    connection.execute(
        update(Token).where(_token.id == token_id, _token.revoked.is_(None)).values(revoked=now)
    )
