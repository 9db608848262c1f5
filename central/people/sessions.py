"""Sessions: who is signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from central.people.secrets import digest, new_secret
from central.people.settings import SignIn
from central.store.models_people import Session
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


def start(connection: Connection, person_id: int, now: datetime, rules: SignIn) -> str:
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
        )
    )
    return secret


def find(connection: Connection, secret: str, now: datetime, rules: SignIn) -> Found | None:
    """The session behind a cookie, unless it has ended."""
    row = connection.execute(select(table(Session)).where(_session.hash == digest(secret))).one_or_none()
    if row is None or row.expires <= now or row.seen + timedelta(minutes=rules.idle_minutes) <= now:
        return None
    return Found(row.person_id, row.csrf, now - row.seen >= _REFRESH)


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
