"""The episode of one (zone, kind): a condition over time becomes opened, updated, closed.

`step` is pure: state and reading in, state and announcement out. The state is a plain value that can be
written to disk and read back. Looks may come at any interval, late, or with a clock that was set back.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from edge.detect.detections import Boxes
from edge.rules.scene import Transition
from messages import Fault, Kind, Phase


def no_boxes() -> Boxes:
    """0 x 4."""
    return np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True)
class Times:
    """The parameters of an episode, seconds.

    Attributes:
        dwell_s: The condition must hold this long before the episode opens.
        clear_s: The condition must be absent this long before it closes.
        rejoin_s: A condition that begins again this soon after the close continues the same episode.
        update_s: One update in this many seconds while the condition holds.
        lapse_s: While dwelling, the condition may be absent this long without starting over.
        blind_s: Longer than this without a look, nothing is known: dwelling and clearing start over.
    """

    dwell_s: float = 0.0
    clear_s: float = 5.0
    rejoin_s: float = 30.0
    update_s: float = 60.0
    lapse_s: float = 1.0
    blind_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look says about the condition.

    Attributes:
        active: Whether the condition holds.
        count: Objects that hold it.
        confidence: The strongest one's score, 0..1.
        since: Unix seconds since when it holds as far as the rule knows; None means since this look.
        boxes: N x 4 float32 pixels, the objects that hold it.
        fault: What is wrong with the camera, where the condition is about it.
    """

    active: bool = False
    count: int = 0
    confidence: float = 0.0
    since: float | None = None
    boxes: Boxes = field(default_factory=no_boxes)
    fault: Fault | None = None


class Stage(StrEnum):
    """Where an episode stands between looks."""

    IDLE = "idle"
    DWELLING = "dwelling"
    OPEN = "open"


class EpisodeState(Struct, frozen=True):
    """Everything that is remembered between looks; all times are Unix seconds, None means never.

    Attributes:
        stage: Idle, dwelling or open.
        looked: The last look.
        began: When the condition that is dwelling or open began (may be shifted with the clock).
        active: When the condition last held.
        clear: Since when it has been absent while open.
        announced: The last announcement of the open episode.
        started: Identity of the open episode, or of the last closed one (never shifted).
        closed: When the last episode was closed.
        confidence: Of the last look at which the condition held.
        fault: Likewise.
    """

    stage: Stage = Stage.IDLE
    looked: float | None = None
    began: float | None = None
    active: float | None = None
    clear: float | None = None
    announced: float | None = None
    started: float | None = None
    closed: float | None = None
    confidence: float = 0.0
    fault: Fault | None = None


def step(
    state: EpisodeState, reading: Reading, now: float, times: Times
) -> tuple[EpisodeState, Phase | None]:
    """One look: the next state, and the phase to announce, if any.

    Args:
        state: What the last look left.
        reading: What this look says.
        now: Unix seconds of this look; earlier than the last one means that the clock was set back, and
            then no time has passed.
        times: The parameters.
    """
    state = _rebased(state, now)
    blind = state.looked is not None and now - state.looked > times.blind_s
    state = replace(state, looked=now)
    if reading.active:
        return _active(state, reading, now, times, blind=blind)
    return _absent(state, now, times, blind=blind)


def _rebased(state: EpisodeState, now: float) -> EpisodeState:
    """The same state on a clock that was set back: durations stay, the identity stays."""
    if state.looked is None or now >= state.looked:
        return state
    shift = now - state.looked

    def moved(time: float | None) -> float | None:
        return None if time is None else time + shift

    return replace(
        state,
        looked=now,
        began=moved(state.began),
        active=moved(state.active),
        clear=moved(state.clear),
        announced=moved(state.announced),
        closed=moved(state.closed),
    )


def _active(
    state: EpisodeState, reading: Reading, now: float, times: Times, *, blind: bool
) -> tuple[EpisodeState, Phase | None]:
    since = now if reading.since is None else min(reading.since, now)
    if state.stage is Stage.IDLE or (state.stage is Stage.DWELLING and blind and reading.since is None):
        state = replace(state, stage=Stage.DWELLING, began=since)
    news = reading.fault is not state.fault
    state = replace(state, active=now, clear=None, confidence=reading.confidence, fault=reading.fault)
    began = since if state.began is None else min(state.began, since)
    if state.stage is Stage.DWELLING:
        state = replace(state, began=began)
        if now - began >= times.dwell_s:
            return _opened(state, began, now, times), Phase.OPENED
    elif state.announced is not None and (news or now - state.announced >= times.update_s):
        return replace(state, announced=now), Phase.UPDATED
    return state, None


def _opened(state: EpisodeState, began: float, now: float, times: Times) -> EpisodeState:
    rejoins = state.closed is not None and began - state.closed <= times.rejoin_s
    started = state.started if rejoins else began
    return replace(state, stage=Stage.OPEN, announced=now, started=started, closed=None)


def _absent(
    state: EpisodeState, now: float, times: Times, *, blind: bool
) -> tuple[EpisodeState, Phase | None]:
    if state.stage is Stage.DWELLING:
        if blind or state.active is None or now - state.active > times.lapse_s:
            state = replace(state, stage=Stage.IDLE, began=None, active=None)
        return state, None
    if state.stage is Stage.OPEN:
        clear = now if state.clear is None or blind else state.clear
        if now - clear >= times.clear_s:
            return replace(state, stage=Stage.IDLE, clear=None, announced=None, closed=now), Phase.CLOSED
        return replace(state, clear=clear), None
    return state, None


class Episode:
    """`step` with its state, kind and zone: turns readings into transitions.

    Args:
        kind: The rule's kind.
        zone: Zone id.
        times: The parameters.
        limit: Limit on the count, where the rule has one.
    """

    def __init__(self, kind: Kind, zone: str, times: Times, limit: int | None = None) -> None:
        self._kind = kind
        self._zone = zone
        self._times = times
        self._limit = limit
        self.state = EpisodeState()

    def observe(self, reading: Reading, now: float) -> list[Transition]:
        """One look; the transitions it causes (none or one)."""
        self.state, phase = step(self.state, reading, now, self._times)
        return [] if phase is None else [self._transition(phase, reading, now)]

    def _transition(self, phase: Phase, reading: Reading, now: float) -> Transition:
        state = self.state
        started = now if state.started is None else state.started
        ended = None
        if phase is Phase.CLOSED:
            ended = max(started, now if state.active is None else state.active)
        return Transition(
            phase=phase,
            kind=self._kind,
            zone=self._zone,
            count=reading.count,
            limit=self._limit,
            confidence=state.confidence,
            started=started,
            ended=ended,
            boxes=reading.boxes,
            fault=state.fault,
        )
