"""What the API reads of one event: timeline, episodes, pictures, clips, limits, files of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from central.api.queries import theirs
from central.api.schemas_events import ClipView, DeadlineView, EntryView, EpisodeView, EvidenceView
from central.events.facts import EventFacts
from central.events.showing import picture_url
from central.events.view import AreaView
from central.events.vocabulary import VERB_NAMES
from central.people.scope import Scope
from central.store import uploads
from central.store.days import day_of
from central.store.deadlines import load_deadlines
from central.store.models import (
    Episode,
    Event,
    EventEntry,
    Evidence,
)


def timeline(connection: Connection, event: EventFacts, limit: int = 500) -> list[EntryView]:
    """The last entries of an event, oldest first; none when its day is past its time and dropped."""
    statement = (
        select(EventEntry.__table__)
        .where(EventEntry.event_id == event.id, EventEntry.day == day_of(event.received))
        .order_by(EventEntry.number.desc())
        .limit(limit)
    )
    return [_entry(row) for row in reversed(connection.execute(statement).all())]


def _entry(row: Row[Any]) -> EntryView:
    return EntryView(
        number=row.number,
        at=row.at,
        occurred=row.occurred,
        verb=AreaView(id=str(row.verb), name=VERB_NAMES[row.verb]),
        actor=row.actor,
        details=msgspec.json.decode(row.data),
        hash=row.hash,
    )


def episodes(connection: Connection, event_id: int, limit: int = 100) -> list[EpisodeView]:
    """The last episodes, newest first."""
    statement = (
        select(Episode.__table__)
        .where(Episode.event_id == event_id)
        .order_by(Episode.started.desc(), Episode.alert_id)
        .limit(limit)
    )
    names = EpisodeView.model_fields
    rows = connection.execute(statement).all()
    return [EpisodeView(**{name: getattr(row, name) for name in names}) for row in rows]


def pictures(connection: Connection, event_id: int, limit: int = 100) -> list[EvidenceView]:
    """The last pictures, newest first."""
    found = [EvidenceView(**_evidence(row)) for row in _evidence_rows(connection, event_id, JPEG, limit)]
    found += _sent(connection, event_id, limit)
    return sorted(found, key=lambda picture: picture.captured, reverse=True)[:limit]


def clips(connection: Connection, event_id: int, limit: int = 100) -> list[ClipView]:
    """The last clips, newest first."""
    return [
        ClipView(**_evidence(row), seconds=row.seconds or 0.0, size=row.size)
        for row in _evidence_rows(connection, event_id, MP4, limit)
    ]


JPEG, MP4 = "image/jpeg", "video/mp4"
"""Media types of evidence."""


def _evidence_rows(connection: Connection, event_id: int, media_type: str, limit: int) -> Sequence[Row[Any]]:
    statement = (
        select(Evidence.__table__)
        .where(Evidence.event_id == event_id, Evidence.media_type == media_type)
        .order_by(Evidence.captured.desc(), Evidence.id)
        .limit(limit)
    )
    return connection.execute(statement).all()


def _evidence(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": picture_url(row.id),
        "captured": row.captured,
        "alert_id": row.alert_id,
        "width": row.width,
        "height": row.height,
        "blurred": row.blurred,
        "sha256": row.sha256,
    }


def _sent(connection: Connection, event_id: int, limit: int) -> list[EvidenceView]:
    """Pictures that people have sent."""
    return [
        EvidenceView(
            id=picture.id,
            url=picture_url(picture.id),
            captured=picture.received,
            alert_id=None,
            sent_by=picture.actor,
            width=picture.width,
            height=picture.height,
            blurred=picture.blurred,
            sha256=picture.sha256,
        )
        for picture in uploads.of_event(connection, event_id, limit)
    ]


def deadlines(connection: Connection, event_id: int) -> list[DeadlineView]:
    """Time limits, the last round first, then by their end."""
    rows = load_deadlines(connection, [event_id])[event_id]
    rows.sort(key=lambda row: (-row.round, row.due))
    return [DeadlineView(**{name: getattr(row, name) for name in DeadlineView.model_fields}) for row in rows]


def parts(connection: Connection, event_id: int, limit: int = 500) -> list[int]:
    """Events that are merged into this one."""
    statement = select(Event.id).where(Event.merged_into == event_id).order_by(Event.id).limit(limit)
    return list(connection.execute(statement).scalars())


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """Where a picture or clip lies, what it is, its hash, and the event that it shows."""

    file: str
    sha256: str
    media_type: str
    event_id: int
    org: str


def evidence_file(
    connection: Connection, evidence_id: str, within: Scope, sender: str = ""
) -> EvidenceFile | None:
    """One picture or clip, if its event belongs to these orgs, or ``sender`` has just sent it."""
    statement = (
        select(Evidence.file, Evidence.sha256, Evidence.media_type, Evidence.event_id, Event.home)
        .join(Event, Event.id == Evidence.event_id)
        .where(Evidence.id == evidence_id, theirs(within))
    )
    row = connection.execute(statement).one_or_none()
    if row is not None:
        return EvidenceFile(*row)
    return _uploaded(connection, evidence_id, within, sender)


def _uploaded(connection: Connection, picture_id: str, within: Scope, sender: str) -> EvidenceFile | None:
    """A picture that somebody sent: theirs alone until an event has it."""
    picture = uploads.by_id(connection, picture_id)
    if picture is None:
        return None
    event_id = picture.event_id
    home = "" if event_id is None else connection.scalar(select(Event.home).where(Event.id == event_id)) or ""
    if picture.actor != sender and not (home and within.sees(home)):
        return None
    return EvidenceFile(picture.file, picture.sha256, "image/jpeg", event_id or 0, home)
