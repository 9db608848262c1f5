"""What the API returns of events, besides the event itself."""

from datetime import datetime

from central.events.view import AreaView, EventView, PictureView, View
from messages import Phase


class EventPage(View):
    """Events, and how to get the next ones."""

    items: list[EventView]
    """In the order asked for."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""
    stream_position: int
    """Give it as ``after`` to the stream: nothing between this answer and the stream is missed."""


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
    details: dict[str, str | int | bool]
    """Fields that fit the verb: alert_id, camera, count, limit, item, org, colour, rule, reason..."""
    hash: str
    """SHA-256 over this entry and the hash of the one before."""


class EvidenceView(PictureView):
    """A redacted picture with its size."""

    alert_id: str
    """The episode."""
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
