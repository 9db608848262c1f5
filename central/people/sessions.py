"""Sessions: who is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from central.people.secrets import digest, new_secret
from central.people.settings import SignIn
from central.store.models_people import Session
from central.store.text import printable
from central.store.upsert import table

_REFRESH = timedelta(minutes=1)
"""How exactly a session knows when it was last used: one write a minute, not one a request."""

_session = table(Session).c


@dataclass(frozen=True, slots=True)
class Found:
    """A session that holds.

    Attributes:
        person_id: Whose.
        csrf: What its changing requests must carry.
        stale: Its last use should be noted anew.
    """

    person_id: int
    csrf: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody signed in: what lets them tell their own sessions from a stranger's.

    Attributes:
        address: As the server sees it.
        agent: What the browser calls itself.
    """

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as its owner and administrators see it.

    Attributes:
        key: Names it; its secret cannot be told from it.
        started: When somebody signed in.
        seen: When it was last used, to the minute.
        expires: When it ends at the latest.
        address: From where; None for one of an earlier version.
        agent: By which browser.
    """

    key: str
    started: datetime
    seen: datetime
    expires: datetime
    address: str | None
    agent: str | None


_NOWHERE = Origin()


def start(
    connection: Connection, person_id: int, now: datetime, rules: SignIn, origin: Origin = _NOWHERE
) -> str:
    """Begin a session; the secret for its cookie. Expired sessions of everybody are dropped."""
    connection.execute(delete(Session).where(_session.expires < now))
    secret = new_secret()
    connection.execute(
        insert(Session).values(
            hash=digest(secret),
            person_id=person_id,
            csrf=digest(new_secret()),
            started=now,
            seen=now,
            expires=now + timedelta(hours=rules.hours),
            address=printable(origin.address)[:64] or None,
            agent=printable(origin.agent)[:200] or None,
        )
    )
    return secret


def find(connection: Connection, secret: str, now: datetime, rules: SignIn) -> Found | None:
    """The session behind a cookie, unless it has ended."""
    row = connection.execute(select(table(Session)).where(_session.hash == digest(secret))).one_or_none()
    if row is None or not _holds(row, now, rules):
        return None
    return Found(row.person_id, row.csrf, now - row.seen >= _REFRESH)


def _holds(row: Row[Any], now: datetime, rules: SignIn) -> bool:
    return bool(row.expires > now and row.seen + timedelta(minutes=rules.idle_minutes) > now)


def of_person(connection: Connection, person_id: int, now: datetime, rules: SignIn) -> list[Seen]:
    """Somebody's sessions that hold, the latest used first."""
    rows = connection.execute(
        select(table(Session)).where(_session.person_id == person_id).order_by(_session.seen.desc())
    )
    return [
        Seen(digest(row.hash), row.started, row.seen, row.expires, row.address, row.agent)
        for row in rows
        if _holds(row, now, rules)
    ]


def key_of(secret: str) -> str:
    """What the session behind a cookie is named by (`Seen.key`)."""
    return digest(digest(secret))


def end_one(connection: Connection, person_id: int, key: str) -> bool:
    """End one of somebody's sessions; whether it was there."""
    hashes = connection.execute(select(_session.hash).where(_session.person_id == person_id)).scalars()
    found = [one for one in hashes if digest(one) == key]
    connection.execute(delete(Session).where(_session.hash.in_(found)))
    return bool(found)


def touch(connection: Connection, secret: str, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(Session).where(_session.hash == digest(secret)).values(seen=now))


def end(connection: Connection, secret: str) -> None:
    """End one session."""
    connection.execute(delete(Session).where(_session.hash == digest(secret)))


def end_all(connection: Connection, person_id: int, *, but: str = "") -> None:
    """End somebody's sessions, except the one behind the cookie ``but``."""
    kept = digest(but) if but else ""
    connection.execute(delete(Session).where(_session.person_id == person_id, _session.hash != kept))
