"""What is known of an episode and of an event: values, joined by functions that do not mind the order.

Messages arrive twice, late and out of order. Every field below is either a minimum, a maximum, a count of
distinct messages, or taken from the message that ranks highest; so any order of the same messages ends in
the same facts.
"""

from datetime import datetime

from msgspec import Struct

from central.events.chain import START
from central.events.vocabulary import Colour, EventSource, EventState, Loop
from central.grid.locate import Unmapped
from messages import Fault, Kind, Phase, PlaceClass

EpisodeKey = tuple[int, str]
"""Box (row id) and alert id: a box can only speak of its own episodes."""

EventKey = tuple[str, str, str]
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

    What cameras tell is nothing until they do: an event of a report or of a silent box begins that way.

    Attributes:
        id: Row id; rises with the time of creation, but for what several processes make at one moment.
        number: What people call it.
        place: Place id; made up for a report from a spot that is none of the city's places.
        place_class: Class of the place: the city's word, or the latest alert's if the city does not know it;
            None for a spot that is none of the city's places.
        zone: Zone id; made up for a report.
        kind: Kind of the edge's rule, or id of a responsibility item that only people report.
        item: Number in the responsibility list.
        state: Where it stands.
        open: Whether further alerts join it.
        colour: How grave.
        colour_rule: Which rule gave the colour.
        org: Org that answers.
        grid: Grid, or None.
        unmapped: Why there is no grid.
        site: Site of the latest alert; empty for a report, as are box, camera and latest_id.
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
        vouch_at: From when on the camera may vouch that it is over, while no episode holds.
        source: How it came to be known.
        home: Org on the ground: where the place lies, or who took the event over. `org` is this or one above.
        loop: Who must act.
        hands_on: People have acted: alerts no longer move its state, owner or item.
        summary: What a person reported.
        address: Where, in a person's words.
        longitude: Of the reported spot, WGS 84 degrees.
        latitude: Of the reported spot, WGS 84 degrees.
        unit: The unit that has it.
        acknowledged_at: When somebody first said that they saw it.
        acknowledged_by: Who.
        filed_at: When it was filed, or filed again after a reopening: limits count from here.
        dispatched_at: When a unit was last sent.
        accepted_at: When a unit accepted.
        arrived_at: When it arrived.
        handled_at: When it reported back.
        handled_by: Who did.
        verified_at: When it was checked.
        verified_by: Who did; ``camera`` when the picture was clear.
        closed_at: When it was closed, or dropped as a false alarm.
        before: The state to go back to after a pause or a merge.
        suspended_at: Since when it is paused.
        suspended_until: Until when.
        pause_by: Who asked for a pause that nobody has decided on.
        pause_until: Until when.
        pause_reason: Why.
        referred_to: Org that is asked to take it over.
        merged_into: The event that it is part of.
        shelved_until: The desk does not show it until then.
        shelved_by: Who has put it aside.
        shelved_reason: Why.
        refusals: Refusals since somebody last accepted.
        returns: Refusals and rework in all.
        transfers: How often the owner changed.
        pauses: How often it was paused.
        reopens: How often it was reopened.
        escalations: How often it went up a level.
        overdue: How many of its limits have passed.
        earlier: Events of the same spot shortly before this one.
        group_of: Leader of its group of related open events; None when it is alone.
        hidden_by: The open event that hides it from the desk.
        hidden_why: By which rule of the compression table, or ``flood``.
        shown_at: When a desk was first shown it; None for never.
        due_at: When the next of its limits ends.
    """

    id: int
    number: str
    place: str
    place_class: PlaceClass | None
    zone: str
    kind: str
    item: int
    state: EventState
    open: bool
    colour: Colour
    colour_rule: str
    org: str
    grid: str | None = None
    unmapped: Unmapped | None = None
    site: str = ""
    box: str = ""
    camera: str = ""
    fault: Fault | None = None
    latest_at: datetime
    latest_id: str = ""
    count: int = 0
    count_limit: int | None = None
    peak_count: int = 0
    peak_ratio: float = 0.0
    longest_s: float = 0.0
    confidence: float = 0.0
    alerts: int = 0
    late_alerts: int = 0
    episodes: int = 0
    open_episodes: int = 0
    first_seen: datetime
    last_seen: datetime
    last_ended: datetime | None = None
    received: datetime
    last_received: datetime
    cleared_at: datetime | None = None
    picture: str | None = None
    picture_at: datetime | None = None
    entries: int = 0
    head: str = START
    config_version: str
    vouch_at: datetime | None = None
    source: EventSource = EventSource.CAMERA
    home: str = ""
    loop: Loop = Loop.SELF
    hands_on: bool = False
    summary: str | None = None
    address: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    unit: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    handled_by: str | None = None
    verified_at: datetime | None = None
    verified_by: str | None = None
    closed_at: datetime | None = None
    before: EventState | None = None
    suspended_at: datetime | None = None
    suspended_until: datetime | None = None
    pause_by: str | None = None
    pause_until: datetime | None = None
    pause_reason: str | None = None
    referred_to: str | None = None
    merged_into: int | None = None
    shelved_until: datetime | None = None
    shelved_by: str | None = None
    shelved_reason: str | None = None
    refusals: int = 0
    returns: int = 0
    transfers: int = 0
    pauses: int = 0
    reopens: int = 0
    escalations: int = 0
    overdue: int = 0
    earlier: int = 0
    group_of: int | None = None
    hidden_by: int | None = None
    hidden_why: str | None = None
    shown_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def etag(self) -> str:
        """Changes with every entry of the timeline, but not with a mere refresh by the camera."""
        return f'"{self.entries}-{self.head[:16]}"'

    @property
    def key(self) -> EventKey:
        """Identity while open."""
        return (self.place, self.zone, self.kind)
