"""What the API returns of events, besides the event itself."""

from datetime import datetime

from central.api.schemas_dispatch import TaskView
from central.events.deadlines import DeadlineState, Step
from central.events.view import AreaView, EventView, PictureView, View
from messages import Phase


class Spared(View):
    """What a desk is not shown of the events that it asked for."""

    hidden: int
    """Hidden by other open events."""
    hidden_by_rule: dict[str, int]
    """The same by rule; ``flood`` is what a flood hides. Adds up to ``hidden``."""
    shelved: int
    """Put aside by people, with reason and end."""
    flooded: list[str]
    """Desks at which it rains alarms now."""


class EventPage(View):
    """Events, and how to get the next ones."""

    items: list[EventView]
    """In the order asked for."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""
    stream_position: int
    """Give it as ``after`` to the stream: nothing between this answer and the stream is missed."""
    hides: dict[int, int]
    """How many open events each of ``items`` hides; without those that hide none."""
    spared: Spared | None
    """What is not shown besides; only where ``hidden=false`` was asked for."""


class EntryView(View):
    """One line of a timeline."""

    number: int
    """1 for the first."""
    at: datetime
    """When this server wrote it."""
    occurred: datetime
    """When it happened, by the clock of whoever noticed."""
    verb: AreaView
    """What happened."""
    actor: str
    """``box://site/box/camera`` or ``central``."""
    details: dict[str, str | int | bool | list[str]]
    """Fields that fit the verb: alert_id, camera, count, limit, item, org, colour, rule, reason..."""
    hash: str
    """SHA-256 over this entry and the hash of the one before."""


class EvidenceView(PictureView):
    """A redacted picture with its size."""

    alert_id: str | None
    """The episode; null for a picture that somebody sent."""
    sent_by: str | None = None
    """Who sent it; null for a camera's."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    blurred: int
    """Regions that redaction covered."""
    sha256: str
    """Hash of the file."""


class ClipView(EvidenceView):
    """A redacted clip: H.264 MP4 without sound; ask for ranges of it."""

    seconds: float
    """From the first picture to the last; ``captured`` is the first one's."""
    size: int
    """Bytes of the file."""


class EpisodeView(View):
    """One episode of a camera."""

    alert_id: str
    """Stable over the episode."""
    camera: str
    """Camera id."""
    phase: Phase
    """Where it stands."""
    started: datetime
    """Box clock."""
    ended: datetime | None
    """Box clock."""
    last_seen: datetime
    """Box clock."""
    peak_count: int
    """Highest count."""
    messages: int
    """Alerts of this episode."""


class DeadlineView(View):
    """One time limit."""

    step: Step
    """What has to be done: accept, arrive, safe, close."""
    round: int
    """How often the event had been reopened when it began."""
    limit: str
    """As the responsibility list says."""
    started: datetime
    """When it began."""
    due: datetime
    """When it passes; moves on with every pause."""
    state: DeadlineState
    """running, paused, met or void."""
    told: int
    """Percent of it that somebody has been told of: 0, 50, 80, 100."""
    late: bool
    """Whether its step came, or still has to come, after its end."""
    met_at: datetime | None
    """When its step was taken."""


class EventDetail(EventView):
    """An event with its timeline, episodes and pictures."""

    timeline: list[EntryView]
    """Oldest first; at most the last 500 entries."""
    episode_list: list[EpisodeView]
    """Newest first; at most 100."""
    pictures: list[EvidenceView]
    """Newest first; at most 100."""
    clips: list[ClipView]
    """From seconds before to seconds after an opening; newest first, at most 100."""
    deadlines: list[DeadlineView]
    """Time limits, those of the last reopening first, then by their end."""
    tasks: list[TaskView]
    """Of the units that were sent; newest first, at most 100."""
    part_of_it: list[int]
    """Ids of events that are merged into it."""
