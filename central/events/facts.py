"""What is known of an episode and of an event: values, joined by functions that do not mind the order.

Messages arrive twice, late and out of order. Every field below is either a minimum, a maximum, a count of
distinct messages, or taken from the message that ranks highest; so any order of the same messages ends in
the same facts.
"""

from datetime import datetime

from msgspec import Struct

from central.events.vocabulary import Colour, EventState
from central.grid.locate import Unmapped
from messages import Fault, Kind, Phase, PlaceClass

EpisodeKey = tuple[int, str]
"""Box (row id) and alert id: a box can only speak of its own episodes."""

EventKey = tuple[str, str, Kind]
"""Place, zone and kind."""


class EpisodeFacts(Struct, frozen=True, kw_only=True):
    """One episode of one box.

    Attributes:
        box_id: Row id of the box.
        alert_id: Stable over the episode.
        event_id: The event that it belongs to.
        place: Place id.
        zone: Zone id.
        kind: What was raised.
        camera: Camera of the deciding message.
        session: Session of the deciding message.
        seq: Sequence number of the deciding message: the highest (session, seq, message id) decides.
        message_id: Message id of the deciding message.
        phase: Where the episode stands.
        started: Earliest start.
        ended: End according to the deciding message.
        last_seen: Latest capture time.
        count: Count of the deciding message.
        count_limit: Limit of the deciding message.
        peak_count: Highest count.
        peak_ratio: Highest count divided by its limit, 0 without a limit.
        confidence: Highest score.
        messages: Distinct messages.
        rule_version: Rule parameters of the deciding message.
        model: Model of the deciding message.
    """

    box_id: int
    alert_id: str
    event_id: int
    place: str
    zone: str
    kind: Kind
    camera: str
    session: str
    seq: int
    message_id: str
    phase: Phase
    started: datetime
    ended: datetime | None
    last_seen: datetime
    count: int
    count_limit: int | None
    peak_count: int
    peak_ratio: float
    confidence: float
    messages: int
    rule_version: str
    model: str

    @property
    def key(self) -> EpisodeKey:
        """Identity of the episode."""
        return (self.box_id, self.alert_id)

    @property
    def open(self) -> bool:
        """Whether the condition still holds."""
        return self.phase is not Phase.CLOSED

    @property
    def lasted_s(self) -> float:
        """From the earliest start to the latest sight, seconds."""
        return max(0.0, (self.last_seen - self.started).total_seconds())


class EventFacts(Struct, frozen=True, kw_only=True):
    """One event: everything that happened at one zone of one place, of one kind, while it was open.

    Attributes:
        id: Row id, without holes in time order of creation.
        number: What people call it.
        place: Place id.
        place_class: Class of the place: the city's word, or the latest alert's if the city does not know it.
        zone: Zone id.
        kind: What was raised.
        item: Number in the responsibility list.
        state: Where it stands.
        open: Whether further alerts join it.
        colour: How grave.
        colour_rule: Which rule gave the colour.
        org: Org that answers.
        grid: Grid, or None.
        unmapped: Why there is no grid.
        site: Site of the latest alert.
        box: Box of the latest alert.
        camera: Camera of the latest alert.
        fault: What is wrong with the camera, by the latest alert; only for camera faults.
        latest_at: Capture time of the latest alert.
        latest_id: Its message id, which decides between equal times.
        count: Count of the latest alert.
        count_limit: Limit of the latest alert.
        peak_count: Highest count.
        peak_ratio: Highest count divided by its limit.
        longest_s: Length of the longest episode, seconds.
        confidence: Highest score.
        alerts: Distinct messages.
        late_alerts: Those that came long after their capture, or with a clock ahead of time.
        episodes: Episodes that joined.
        open_episodes: Those that still hold.
        first_seen: Earliest start (box clocks).
        last_seen: Latest capture (box clocks).
        last_ended: Latest end of any episode (box clocks).
        received: When the first alert was taken in (this server's clock).
        last_received: When the latest was.
        cleared_at: Latest end, while no episode holds.
        picture: Evidence id of the latest picture.
        picture_at: Rank of that picture: capture time.
        entries: Length of the timeline.
        head: Hash of the timeline's last entry.
        config_version: The tables that it was judged by.
    """

    id: int
    number: str
    place: str
    place_class: PlaceClass
    zone: str
    kind: Kind
    item: int
    state: EventState
    open: bool
    colour: Colour
    colour_rule: str
    org: str
    grid: str | None
    unmapped: Unmapped | None
    site: str
    box: str
    camera: str
    fault: Fault | None
    latest_at: datetime
    latest_id: str
    count: int
    count_limit: int | None
    peak_count: int
    peak_ratio: float
    longest_s: float
    confidence: float
    alerts: int
    late_alerts: int
    episodes: int
    open_episodes: int
    first_seen: datetime
    last_seen: datetime
    last_ended: datetime | None
    received: datetime
    last_received: datetime
    cleared_at: datetime | None
    picture: str | None
    picture_at: datetime | None
    entries: int
    head: str
    config_version: str

    @property
    def key(self) -> EventKey:
        """Identity while open."""
        return (self.place, self.zone, self.kind)
