"""What an event's timeline says about a change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from central.events.facts import EpisodeFacts, EventFacts
from central.events.grading import DEFAULT_RULE
from central.events.vocabulary import Colour, EventSource, EventState, Loop, Verb
from central.grid.locate import Unmapped
from messages import Fault, Phase

CENTRAL = "central"
"""Actor of what this program decides by itself."""


class Details(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an entry tells besides its verb; only the fields that the verb needs.

    Attributes:
        alert_id: The episode.
        camera: Camera that saw it.
        fault: What is wrong with the camera.
        count: How many objects.
        limit: The rule's limit.
        item: Number in the responsibility list.
        org: Org that answers.
        grid: Its grid.
        unmapped: Why there is no grid.
        late: Set when the alert came long after its capture.
        colour: The new colour.
        was: The colour before.
        rule: The grading rule.
        reason: Why, for people.
        state: Where the event stands after an act.
        note: What somebody had to say.
        unit: Unit that was sent.
        units: Units that assist.
        to_org: Org that somebody named.
        until: End of a pause or a shelving.
        into: Event that it was merged into.
        event: Event that was merged into this one, or split off.
        pictures: Evidence ids.
        loop: The new loop.
        step: What an assisting unit did.
        reference: The reporting system's own number.
        checked_by: Who vouches: ``camera`` or somebody's name.
        deadline: Which time limit.
        time_limit: How long it is, as the responsibility list says.
        due: When it passes.
        share: How much of it has passed, percent.
        source: Who reported.
        address: Where, in the reporter's words.
    """

    alert_id: str | None = None
    camera: str | None = None
    fault: Fault | None = None
    count: int | None = None
    limit: int | None = None
    item: int | None = None
    org: str | None = None
    grid: str | None = None
    unmapped: Unmapped | None = None
    late: bool = False
    colour: Colour | None = None
    was: Colour | None = None
    rule: str | None = None
    reason: str | None = None
    state: EventState | None = None
    note: str | None = None
    unit: str | None = None
    units: list[str] | None = None
    to_org: str | None = None
    until: datetime | None = None
    into: int | None = None
    event: int | None = None
    pictures: list[str] | None = None
    loop: Loop | None = None
    step: str | None = None
    reference: str | None = None
    checked_by: str | None = None
    deadline: str | None = None
    time_limit: str | None = None
    due: datetime | None = None
    share: int | None = None
    source: EventSource | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """An entry that is still to be numbered and chained.

    Attributes:
        verb: What happened.
        occurred: When, by the clock of whoever noticed.
        details: The rest.
        by_central: Decided here, not seen by a camera.
    """

    verb: Verb
    occurred: datetime
    details: Details
    by_central: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An event and one of its episodes, before and after an alert; None where there was none.

    Attributes:
        event_before: The event as it was.
        event: The event as it is.
        episode_before: The episode as it was.
        episode: The episode as it is.
        late: The alert was late.
        picture_refused: Why the alert's picture was not stored.
    """

    event_before: EventFacts | None
    event: EventFacts
    episode_before: EpisodeFacts | None
    episode: EpisodeFacts
    late: bool = False
    picture_refused: str | None = None


def notes_of(change: Change) -> Iterator[Note]:
    """The entries that a change deserves, in order; a mere refresh deserves none."""
    before, event, episode = change.event_before, change.event, change.episode
    seen = Details(
        alert_id=episode.alert_id,
        camera=episode.camera,
        fault=event.fault,
        count=episode.count,
        limit=episode.count_limit,
        late=change.late,
    )
    if before is None:
        yield Note(Verb.REPORTED, episode.started, seen)
    elif change.episode_before is None:
        yield Note(Verb.JOINED, episode.started, seen)
    elif episode.open and not change.episode_before.open:
        yield Note(Verb.EPISODE_RESUMED, episode.last_seen, seen)
    if _filed_by_itself(before, event):
        filed = Details(item=event.item, org=event.org, grid=event.grid, unmapped=event.unmapped)
        yield Note(Verb.FILED, event.last_received, filed, by_central=True)
    yield from _regraded(before, event)
    if change.picture_refused:
        refused = Details(alert_id=episode.alert_id, reason=change.picture_refused)
        yield Note(Verb.PICTURE_REFUSED, event.last_received, refused, by_central=True)
    yield from _ended(change, seen)


def _filed_by_itself(before: EventFacts | None, event: EventFacts) -> bool:
    return (
        not event.hands_on
        and event.state is EventState.FILED
        and (before is None or before.state is EventState.REPORTED)
    )


def _regraded(before: EventFacts | None, event: EventFacts) -> Iterator[Note]:
    same = event.colour_rule == DEFAULT_RULE if before is None else event.colour is before.colour
    if not same:
        details = Details(colour=event.colour, was=before.colour if before else None, rule=event.colour_rule)
        yield Note(Verb.REGRADED, event.last_received, details, by_central=True)


def _ended(change: Change, seen: Details) -> Iterator[Note]:
    before, event, episode = change.event_before, change.event, change.episode
    was_open = change.episode_before is None or change.episode_before.phase is not Phase.CLOSED
    if not episode.open and was_open:
        yield Note(Verb.EPISODE_CLOSED, episode.ended or episode.last_seen, seen)
    if event.cleared_at is not None and (before is None or before.cleared_at is None):
        yield Note(Verb.CLEARED, event.cleared_at, Details(), by_central=True)
