"""Episodes of moments: each opens and closes at once; what follows soon goes on with the same one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.detect.detections import Boxes
from edge.rules.episode import EpisodeState
from edge.rules.scene import Transition
from messages import Kind, Phase


@dataclass(frozen=True, slots=True)
class Passing:
    """Something that happened.

    Attributes:
        time: Unix seconds, not after the look that told it.
        row: Row of the object in the look that told it; None when it had left the picture by then.
        score: Best detector score of the object, 0..1.
    """

    time: float
    row: int | None
    score: float


class Moments:
    """The episodes of one rule.

    Args:
        kind: The rule's kind.
        target: Zone or line id.
        rejoin_s: What follows this soon belongs to the same episode.
    """

    def __init__(self, kind: Kind, target: str, rejoin_s: float) -> None:
        self._kind = kind
        self._target = target
        self._rejoin_s = rejoin_s
        self._count = 0
        self.state = EpisodeState()

    def announce(self, passings: Sequence[Passing], boxes: Boxes, now: float) -> list[Transition]:
        """An episode for what happened: opened and closed at once.

        Args:
            passings: What this look told; nothing is announced when empty.
            boxes: N x 4 pixels, the boxes of this look.
            now: Unix seconds of this look.
        """
        if not passings:
            return []
        began = min(passing.time for passing in passings)
        ended = max(passing.time for passing in passings)
        state = self.state
        joins = state.closed is not None and 0 <= began - state.closed <= self._rejoin_s
        started = state.started if joins and state.started is not None else began
        self._count = len(passings) + (self._count if joins else 0)
        self.state = EpisodeState(looked=now, started=started, closed=ended)
        opened = Transition(
            phase=Phase.OPENED,
            kind=self._kind,
            zone=self._target,
            count=self._count,
            limit=None,
            confidence=max(passing.score for passing in passings),
            started=started,
            ended=None,
            boxes=boxes[[passing.row for passing in passings if passing.row is not None]],
        )
        return [opened, replace(opened, phase=Phase.CLOSED, ended=max(started, ended))]
