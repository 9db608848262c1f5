"""Guessing made slow: a name is locked after failures, whether or not anybody has it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from central.people.settings import SignIn
from central.store.models_people import SignInLock
from central.store.upsert import put

_FORGET = timedelta(days=1)


def locked_until(connection: Connection, name: str, now: datetime) -> datetime | None:
    """Until when no attempt under ``name`` counts; None when it is free."""
    until = connection.execute(select(SignInLock.until).where(SignInLock.name == name)).scalar_one_or_none()
    return until if until is not None and until > now else None


def failed(connection: Connection, name: str, now: datetime, rules: SignIn) -> datetime | None:
    """Count a failed attempt; until when the name is locked by it, or None."""
    connection.execute(delete(SignInLock).where(SignInLock.last < now - _FORGET))
    row = connection.execute(
        select(SignInLock.failures).where(SignInLock.name == name).with_for_update()
    ).one_or_none()
    failures = (row.failures if row else 0) + 1
    locks = failures % rules.lock_after == 0
    until = now + timedelta(minutes=rules.lock_minutes) if locks else None
    put(connection, SignInLock, [{"name": name, "failures": failures, "last": now, "until": until}])
    return until


def forget(connection: Connection, name: str) -> None:
    """The right password was given, or an administrator unlocks the name."""
    connection.execute(delete(SignInLock).where(SignInLock.name == name))
