"""Rectangles into a strip without overlap: the skyline heuristic, lowest position first.

Source: J. Jylanki, "A Thousand Ways to Pack the Bin", 2010, section 2.3 (skyline, bottom-left).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Step:
    """A level stretch of the skyline: everything above ``y`` is taken from ``x`` on for ``width``."""

    x: int
    y: int
    width: int


class Skyline:
    """The used part of one canvas; y grows downwards and the canvas fills from its top.

    Args:
        width: Of the canvas, pixels.
        height: Of the canvas, pixels.

    Attributes:
        used: Height that the rectangles placed so far take.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._steps = [_Step(0, 0, width)]
        self.used = 0

    def place(self, width: int, height: int) -> tuple[int, int] | None:
        """Take the place nearest the top (then leftmost) for a rectangle; None when it does not fit."""
        best: tuple[int, int] | None = None
        for index, step in enumerate(self._steps):
            y = self._rest(index, width)
            if y is not None and y + height <= self._height and (best is None or y < best[1]):
                best = (step.x, y)
        if best is not None:
            self._cover(best[0], best[1] + height, width)
            self.used = max(self.used, best[1] + height)
        return best

    def _rest(self, index: int, width: int) -> int | None:
        """The level on which a rectangle rests whose left side is that of a step."""
        x = self._steps[index].x
        if x + width > self._width:
            return None
        level = 0
        for step in self._steps[index:]:
            if step.x >= x + width:
                break
            level = max(level, step.y)
        return level

    def _cover(self, x: int, y: int, width: int) -> None:
        end = x + width
        steps: list[_Step] = []
        for step in self._steps:
            stop = step.x + step.width
            if step.x < x:
                steps.append(_Step(step.x, step.y, min(stop, x) - step.x))
            if stop > end:
                left = max(step.x, end)
                steps.append(_Step(left, step.y, stop - left))
        steps.append(_Step(x, y, width))
        steps.sort(key=lambda step: step.x)
        self._steps = steps
