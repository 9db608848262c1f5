"""Accounts as administrators handle them: added with a one-time password, reset."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from central.people import book, lockout, sessions
from central.people.actor import Grant
from central.people.first import OneTime
from central.people.passwords import Passwords
from central.people.secrets import spoken_secret
from central.store.engine import Store
from placewatch.errors import PlacewatchError

NAME_PATTERN = r"^[a-z0-9][a-z0-9_.@-]{0,63}$"
"""A sign-in name: small letters, digits, _ . @ -, beginning with a letter or digit."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody to add.

    Attributes:
        name: Sign-in name (`NAME_PATTERN`).
        display: Name for people.
        grants: Roles and where they hold.
        unit: Unit for which a responder acts.
        language: ``zh`` or ``en``.
    """

    name: str
    display: str
    grants: tuple[Grant, ...]
    unit: str | None = None
    language: str = "zh"


def add(store: Store, wanted: NewAccount, passwords: Passwords, now: datetime) -> OneTime:
    """Add an account with a one-time password.

    Raises:
        PlacewatchError: The name is taken, or is none.
    """
    where = f"user {wanted.name}"
    if not re.match(NAME_PATTERN, wanted.name):
        raise PlacewatchError(
            "not a sign-in name", where=where, remedy="use small letters, digits, _ . @ -, at most 64"
        )
    secret = spoken_secret()
    hashed = passwords.hash(secret)
    try:
        with store.write() as connection:
            book.add(
                connection,
                wanted.grants,
                name=wanted.name,
                display=wanted.display,
                password=hashed,
                must_change=True,
                unit=wanted.unit,
                language=wanted.language,
                created=now,
            )
    except IntegrityError as error:
        raise PlacewatchError("the name is taken", where=where, remedy="choose another") from error
    return OneTime(wanted.name, secret)


def reset(store: Store, name: str, passwords: Passwords) -> OneTime:
    """A new one-time password; the name is unlocked, sessions end, the second factor is dropped.

    Raises:
        PlacewatchError: Nobody has that name.
    """
    secret = spoken_secret()
    hashed = passwords.hash(secret)
    with store.write() as connection:
        account = book.by_name(connection, name)
        if account is None:
            raise PlacewatchError("nobody has that name", where=f"user {name}", remedy="see: user list")
        book.change(connection, account.id, password=hashed, must_change=True, totp=None, totp_step=None)
        lockout.forget(connection, account.name)
        sessions.end_all(connection, account.id)
    return OneTime(account.name, secret)
