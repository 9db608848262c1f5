"""Temporal hold: what was found in one picture of a clip stays covered in its neighbours. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from edge.redact.regions import Regions, Subject

Box = NDArray[np.float32]
"""``x1 y1 x2 y2``, pixels."""

_REACH = 1.0
"""Sizes of a box that its subject may have moved since it was last seen, plus as many again per second."""
_LIKENESS = 2.5
"""Factor by which the size of one subject may change while it is out of sight."""
_PACE_S = 0.6
"""Seconds over which a subject's pace is measured: two neighbouring boxes tell more jitter than pace."""
_PACE_LOOKS = 3
"""Findings from which a pace is believed."""


@dataclass(slots=True)
class _Chain:
    """One subject over time: boxes where it was found, in order of time."""

    subject: int
    times: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def add(self, time: float, box: Box) -> None:
        self.times.append(time)
        self.boxes.append(box)

    def forget(self, before: float) -> None:
        """Drop boxes before ``before``, except the last of them and what tells its pace."""
        oldest = min(before, self.times[-1]) - _PACE_S
        count = sum(time < oldest for time in self.times) - 1
        if count > 0:
            del self.times[:count], self.boxes[:count]

    def at(self, time: float, hold_s: float) -> Iterator[Box]:
        """What to cover at ``time``: nothing when the subject is more than ``hold_s`` away."""
        after = int(np.searchsorted(self.times, time))
        if after < len(self.times) and self.times[after] == time:
            yield self.boxes[after]
        elif 0 < after < len(self.times):
            part = (time - self.times[after - 1]) / (self.times[after] - self.times[after - 1])
            yield self.boxes[after - 1] * np.float32(1 - part) + self.boxes[after] * np.float32(part)
        elif abs(time - self.times[end := 0 if after == 0 else -1]) <= hold_s:
            # It may have stood still, or gone on.
            yield self.boxes[end]
            shift = self._shift(end, time)
            if shift.any():
                yield self.boxes[end] + shift

    def ahead(self, time: float) -> Box:
        """Where it should be at ``time``, after it was last found."""
        return self.boxes[-1] + self._shift(-1, time)

    def _shift(self, end: int, time: float) -> Box:
        """How far its pace brings it from the first (0) or last (-1) finding until ``time``."""
        times = np.array(self.times)
        near = np.abs(times - times[end]) <= _PACE_S
        if np.count_nonzero(near) < _PACE_LOOKS:
            return np.zeros(4, np.float32)
        centres = _centre(np.stack(self.boxes)[near])
        pace = np.polynomial.polynomial.polyfit(times[near] - times[end], centres, 1)[1]
        return np.tile(pace * (time - times[end]), 2).astype(np.float32)


class Hold:
    """Regions over time; a subject that is missed for a moment stays covered.

    A box is covered where it was found. Between two findings of one subject, up to ``hold_s`` apart, it is
    covered along the straight line between them; before the first and after the last one for ``hold_s`` more,
    both where it was and where its pace would have brought it. Subjects are linked by place and size inside
    one clip, for covering alone, and forgotten with it.

    Args:
        hold_s: Seconds.
    """

    def __init__(self, hold_s: float = 1.0) -> None:
        self._hold_s = hold_s
        self._chains: list[_Chain] = []

    def look(self, time: float, found: Regions) -> None:
        """Take in what one picture showed; times must rise.

        Args:
            time: Seconds.
            found: All regions of that picture.
        """
        for subject in Subject:
            boxes = found.boxes[found.subjects == subject]
            chains = [
                chain
                for chain in self._chains
                if chain.subject == subject and time - chain.times[-1] <= self._hold_s
            ]
            linked = dict(_link(chains, boxes, time))
            for index, box in enumerate(boxes):
                chain = linked.get(index)
                if chain is None:
                    chain = _Chain(int(subject))
                    self._chains.append(chain)
                chain.add(time, box)

    def at(self, time: float) -> Regions:
        """What to cover at ``time``; ask once looks reach ``hold_s`` beyond it, or the clip has ended."""
        boxes: list[Box] = []
        subjects: list[int] = []
        for chain in self._chains:
            for box in chain.at(time, self._hold_s):
                boxes.append(box)
                subjects.append(chain.subject)
        return Regions(np.array(boxes, np.float32).reshape(-1, 4), np.array(subjects, np.int8))

    def forget(self, before: float) -> None:
        """Give up what no picture from ``before`` on needs."""
        oldest = before - self._hold_s - _PACE_S
        self._chains = [chain for chain in self._chains if chain.times[-1] >= oldest]
        for chain in self._chains:
            chain.forget(before)


def _link(chains: list[_Chain], boxes: Box, time: float) -> Iterator[tuple[int, _Chain]]:
    """Which box continues which chain: least total distance, none beyond reach."""
    if not chains or not len(boxes):
        return
    ahead = np.stack([chain.ahead(time) for chain in chains])
    sizes = np.sqrt(np.prod(ahead[:, 2:] - ahead[:, :2], axis=1))
    others = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    gaps = np.array([time - chain.times[-1] for chain in chains])
    reach = sizes * _REACH * (1 + gaps)
    apart = np.linalg.norm(_centre(ahead)[:, None] - _centre(boxes)[None], axis=2)
    distances = apart / reach[:, None]
    ratio = sizes[:, None] / others[None]
    impossible = (distances > 1) | (ratio > _LIKENESS) | (ratio < 1 / _LIKENESS)
    costs = np.where(impossible, 1e6, distances)
    for row, column in zip(*linear_sum_assignment(costs), strict=True):
        if not impossible[row, column]:
            yield int(column), chains[row]


def _centre(boxes: Box) -> Box:
    return np.asarray((boxes[..., :2] + boxes[..., 2:]) / 2, np.float32)
