"""Whole-pixel rectangles of a picture or a canvas."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of whole pixels, half open: it holds ``x1 <= x < x2`` and ``y1 <= y < y2``.

    Attributes:
        x1: Left.
        y1: Top.
        x2: Right, exclusive.
        y2: Bottom, exclusive.
    """

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.y2 - self.y1

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    def overlaps(self, other: "Rect") -> bool:
        """Whether the two share a pixel."""
        return self.x1 < other.x2 and other.x1 < self.x2 and self.y1 < other.y2 and other.y1 < self.y2

    def holds(self, other: "Rect") -> bool:
        """Whether ``other`` lies inside."""
        return self.x1 <= other.x1 and self.y1 <= other.y1 and self.x2 >= other.x2 and self.y2 >= other.y2


def whole(size: tuple[int, int]) -> Rect:
    """All of a picture of this width and height."""
    return Rect(0, 0, *size)
