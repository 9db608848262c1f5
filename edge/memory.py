"""What rules remember, so that it can outlive the worker: kept beside the alerts, in the same transaction.

An alert and the state that made it are written together (see `edge.outbox.spool.Spool.append`). So a worker
that is killed in an open episode goes on with that very episode, and one that is killed before the alert was
on disk has not forgotten to tell it.
"""

from dataclasses import dataclass

import msgspec

from edge.rules.episode import Stage, no_boxes
from edge.rules.place_rule import PlaceRule, RuleState
from edge.rules.scene import Transition
from messages import Kind, Phase

SAVE_S = 5.0
"""Dwell times of open stays are written at most this often; episodes at once."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RuleState)


@dataclass(frozen=True, slots=True)
class Memory:
    """What one rule remembers.

    Attributes:
        camera: Camera id.
        kind: The rule's kind.
        target: Its zone or line id.
        state: The encoded state; None when there is nothing to remember any more.
    """

    camera: str
    kind: Kind
    target: str
    state: bytes | None


def remembered(camera: str, rule: PlaceRule) -> Memory:
    """What ``rule`` of ``camera`` remembers now."""
    return Memory(camera, rule.kind, rule.zone, _encoder.encode(rule.state()))


def recall(memory: Memory) -> RuleState | None:
    """The state, or None when it is none (any more), as after a change of its format."""
    if memory.state is None:
        return None
    try:
        return _decoder.decode(memory.state)
    except msgspec.DecodeError:
        return None


def is_idle(state: RuleState) -> bool:
    """Whether nothing is under way that a restart could lose."""
    return state.episode.stage is Stage.IDLE and not state.stays


def ended(memory: Memory, state: RuleState) -> Transition | None:
    """The close of an episode whose rule is no longer configured, if it was open."""
    episode = state.episode
    if episode.stage is not Stage.OPEN or episode.started is None:
        return None
    last = episode.active if episode.active is not None else episode.started
    return Transition(
        phase=Phase.CLOSED,
        kind=memory.kind,
        zone=memory.target,
        count=0,
        limit=None,
        confidence=episode.confidence,
        started=episode.started,
        ended=max(last, episode.started),
        boxes=no_boxes(),
    )


class Saver:
    """Decides which rules' states are worth writing now.

    Args:
        camera: Camera id.
    """

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._saved: float | None = None
        self._idle: dict[tuple[Kind, str], float | None] = {}

    def due(self, rules: tuple[PlaceRule, ...], now: float) -> tuple[Memory, ...]:
        """At most every `SAVE_S`: the states of rules in which something is under way, or just ended.

        Args:
            rules: The camera's rules.
            now: Unix seconds; a clock that was set back is tolerated.
        """
        if self._saved is not None and 0 <= now - self._saved < SAVE_S:
            return ()
        self._saved = now
        chosen = []
        for rule in rules:
            key, state = (rule.kind, rule.zone), rule.state()
            idle, view = is_idle(state), None if state.view is None else state.view.time
            if idle and key in self._idle and self._idle[key] == view:
                continue
            if idle:
                self._idle[key] = view
            else:
                self._idle.pop(key, None)
            chosen.append(remembered(self._camera, rule))
        return tuple(chosen)
