"""Joins an alert to its episode and its event: minima, maxima, counts, and the word of the latest."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from central.events.facts import EpisodeFacts, EpisodeKey, EventFacts, EventKey
from central.events.vocabulary import Colour, EventState
from messages import Alert


@dataclass(frozen=True, slots=True)
class Picture:
    """An alert's stored picture.

    Attributes:
        id: Evidence id.
        captured: When.
    """

    id: str
    captured: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new alert on its way into the books.

    Attributes:
        box_id: Row id of the box.
        site: Site id.
        box: Box id.
        alert: What it says.
        received: When it came.
        late: See `central.ingest.inbound.AlertIn`.
        picture: Its stored picture.
        picture_refused: Why its picture was not stored.
    """

    box_id: int
    site: str
    box: str
    alert: Alert
    received: datetime
    late: bool
    picture: Picture | None = None
    picture_refused: str | None = None

    @property
    def episode_key(self) -> EpisodeKey:
        """Which episode it is about."""
        return (self.box_id, self.alert.data.alert_id)

    @property
    def event_key(self) -> EventKey:
        """Which event it belongs to, if its episode is new."""
        data = self.alert.data
        return (data.place, data.zone, str(data.kind))


def _ratio(alert: Alert) -> float:
    limit = alert.data.limit
    return alert.data.count / limit if limit else 0.0


def joined_episode(known: EpisodeFacts | None, arrival: Arrival, event_id: int) -> EpisodeFacts:
    """The episode with one more alert in it, in the event ``event_id``."""
    alert, data = arrival.alert, arrival.alert.data
    own = EpisodeFacts(
        box_id=arrival.box_id,
        alert_id=data.alert_id,
        event_id=event_id,
        place=data.place,
        zone=data.zone,
        kind=data.kind,
        camera=data.camera,
        session=alert.session,
        seq=alert.seq,
        message_id=alert.id,
        phase=alert.type.phase,
        started=data.started,
        ended=data.ended,
        last_seen=max(alert.time, data.started, data.ended or data.started),
        count=data.count,
        count_limit=data.limit,
        peak_count=data.count,
        peak_ratio=_ratio(alert),
        confidence=data.confidence,
        messages=1,
        rule_version=data.rule_version,
        model=data.model,
    )
    if known is None:
        return own
    deciding = max(own, known, key=lambda facts: (facts.session, facts.seq, facts.message_id))
    return replace(
        deciding,
        started=min(own.started, known.started),
        last_seen=max(own.last_seen, known.last_seen),
        peak_count=max(own.peak_count, known.peak_count),
        peak_ratio=max(own.peak_ratio, known.peak_ratio),
        confidence=max(own.confidence, known.confidence),
        messages=known.messages + 1,
    )


def _new_event(arrival: Arrival, episode: EpisodeFacts) -> EventFacts:
    """The event of an alert that is alone in it, not yet judged."""
    alert, data = arrival.alert, arrival.alert.data
    return EventFacts(
        id=episode.event_id,
        number="",
        place=data.place,
        place_class=data.place_class,
        zone=data.zone,
        kind=str(data.kind),
        item=0,
        state=EventState.REPORTED,
        open=True,
        colour=Colour.BLUE,
        colour_rule="",
        org="",
        site=arrival.site,
        box=arrival.box,
        camera=data.camera,
        fault=data.fault,
        latest_at=alert.time,
        latest_id=alert.id,
        count=data.count,
        count_limit=data.limit,
        peak_count=data.count,
        peak_ratio=_ratio(alert),
        longest_s=episode.lasted_s,
        confidence=data.confidence,
        alerts=1,
        late_alerts=int(arrival.late),
        episodes=1,
        open_episodes=int(episode.open),
        first_seen=episode.started,
        last_seen=episode.last_seen,
        last_ended=data.ended,
        received=arrival.received,
        last_received=arrival.received,
        cleared_at=None if episode.open else data.ended,
        picture=arrival.picture.id if arrival.picture else None,
        picture_at=arrival.picture.captured if arrival.picture else None,
        config_version="",
    )


def joined_event(
    before: EventFacts | None, arrival: Arrival, known: EpisodeFacts | None, episode: EpisodeFacts
) -> EventFacts:
    """The event with one more alert in it, not yet judged."""
    own = _new_event(arrival, episode)
    if before is None:
        return own
    latest = max(own, before, key=lambda facts: (facts.latest_at, facts.latest_id))
    open_episodes = before.open_episodes + int(episode.open) - int(known is not None and known.open)
    last_ended = _latest(before.last_ended, own.last_ended)
    picture = max(own, before, key=_picture_rank)
    return replace(
        before,
        place_class=latest.place_class,
        site=latest.site,
        box=latest.box,
        camera=latest.camera,
        fault=latest.fault,
        latest_at=latest.latest_at,
        latest_id=latest.latest_id,
        count=latest.count,
        count_limit=latest.count_limit,
        peak_count=max(before.peak_count, own.peak_count),
        peak_ratio=max(before.peak_ratio, own.peak_ratio),
        longest_s=max(before.longest_s, own.longest_s),
        confidence=max(before.confidence, own.confidence),
        alerts=before.alerts + 1,
        late_alerts=before.late_alerts + own.late_alerts,
        episodes=before.episodes + int(known is None),
        open_episodes=open_episodes,
        first_seen=min(before.first_seen, own.first_seen),
        last_seen=max(before.last_seen, own.last_seen),
        last_ended=last_ended,
        last_received=max(before.last_received, own.last_received),
        cleared_at=None if open_episodes else last_ended,
        picture=picture.picture,
        picture_at=picture.picture_at,
    )


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((moment for moment in (first, second) if moment is not None), default=None)


def _picture_rank(event: EventFacts) -> tuple[bool, datetime, str]:
    return (event.picture is not None, event.picture_at or event.received, event.picture or "")
