"""Signing in with name, password and, where one is set up, a second factor."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from central.people import book, lockout, totp
from central.people.book import Account
from central.people.passwords import Passwords
from central.people.settings import SignIn
from central.store.engine import Store
from central.store.text import printable


class Refusal(StrEnum):
    """Why somebody was not let in."""

    WRONG = "wrong"
    """Name, password or code do not fit; which of them is not told."""
    LOCKED = "locked"
    """Too many failed attempts under this name."""
    CODE_NEEDED = "code_needed"
    """The password fits, the code of the second factor is missing."""


class SignInRefused(Exception):  # noqa: N818 - an outcome, not a fault
    """Nobody was let in."""

    def __init__(self, refusal: Refusal, until: datetime | None = None) -> None:
        """Refuse for a reason; ``until`` when the name is locked."""
        super().__init__(refusal)
        self.refusal = refusal
        self.until = until


def sign_in(
    store: Store,
    passwords: Passwords,
    credentials: tuple[str, str, str],
    now: datetime,
    rules: SignIn,
) -> Account:
    """The account that name, password and code open.

    Args:
        store: The database.
        passwords: Verifies; this takes a tenth of a second and is done outside any transaction.
        credentials: Name, password, and code (empty for none).
        now: What time it is.
        rules: When a name is locked.

    Raises:
        SignInRefused: They open nothing.
    """
    name = printable(credentials[0].strip().lower(), 64)
    _, password, code = credentials
    with store.read() as connection:
        account = book.by_name(connection, name)
        if until := lockout.locked_until(connection, name, now):
            raise SignInRefused(Refusal.LOCKED, until)
    fits = passwords.fits(account.password if account else None, password)
    if account is None or not fits or account.disabled:
        raise _count(store, name, now, rules)
    step = None
    if account.totp is not None:
        if not code:
            raise SignInRefused(Refusal.CODE_NEEDED)
        step = totp.step_of(account.totp, code, now, account.totp_step)
        if step is None:
            raise _count(store, name, now, rules)
    renewed = passwords.hash(password) if passwords.outdated(account.password or "") else None
    with store.write() as connection:
        return _admit(connection, account, step, renewed, now)


def check_password(
    store: Store, passwords: Passwords, account: Account, password: str, now: datetime, rules: SignIn
) -> None:
    """Ask somebody who is signed in for the password again; wrong ones count towards the lock.

    Raises:
        SignInRefused: It does not fit, or the name is locked.
    """
    with store.read() as connection:
        if until := lockout.locked_until(connection, account.name, now):
            raise SignInRefused(Refusal.LOCKED, until)
    if not passwords.fits(account.password, password):
        raise _count(store, account.name, now, rules)


def _count(store: Store, name: str, now: datetime, rules: SignIn) -> SignInRefused:
    with store.write() as connection:
        until = lockout.failed(connection, name, now, rules)
    return SignInRefused(Refusal.LOCKED if until else Refusal.WRONG, until)


def _admit(
    connection: Connection, account: Account, step: int | None, renewed: str | None, now: datetime
) -> Account:
    if step is not None and not book.use_step(connection, account.id, step):
        raise SignInRefused(Refusal.WRONG)
    lockout.forget(connection, account.name)
    changes: dict[str, object] = {"last_sign_in": now}
    if renewed is not None:
        changes["password"] = renewed
    book.change(connection, account.id, **changes)
    return replace(account, last_sign_in=now)
