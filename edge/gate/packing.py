"""Regions of all cameras onto shared canvases, and what was found there back into each picture.

One inference serves many cameras, so that its cost follows the pixels that changed and not the number of
cameras. Everything here is pure: rectangles in, rectangles out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from edge.gate.rects import Rect, whole
from edge.gate.skyline import Skyline


@dataclass(frozen=True, slots=True)
class Canvases:
    """What one round of inference may cost.

    Attributes:
        side: Longest side of a canvas, pixels, a multiple of ``multiple``.
        most: Canvases a round.
        gutter: Pixels of filling between neighbours, so that no object grows into the next region.
        multiple: Sides of a canvas are multiples of this (the network's largest stride).
        trim: Whether a canvas may be smaller than ``side`` x ``side``; False for networks of one fixed size.
    """

    side: int = 416
    most: int = 4
    gutter: int = 2
    multiple: int = 32
    trim: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """What one camera wants looked at in this round: all of it, or nothing, is served.

    Attributes:
        camera: Camera id.
        size: Width and height of its picture.
        regions: Rectangles of the picture; the whole picture alone is a full look.
        scale: Canvas pixels per picture pixel; a region that would not fit is scaled down to the canvas.
    """

    camera: str
    size: tuple[int, int]
    regions: tuple[Rect, ...]
    scale: float

    @property
    def full(self) -> bool:
        """Whether this is a look at the whole picture."""
        return whole(self.size) in self.regions


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one region lies: the rectangle ``(x, y, width, height)`` of canvas ``canvas`` shows ``rect``.

    Attributes:
        camera: Camera id.
        size: Width and height of the camera's picture.
        rect: The region, pixels of the picture.
        canvas: Index of the canvas.
        x: Left on the canvas.
        y: Top on the canvas.
        width: Pixels across on the canvas.
        height: Pixels down on the canvas.
    """

    camera: str
    size: tuple[int, int]
    rect: Rect
    canvas: int
    x: int
    y: int
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Canvas pixels per picture pixel, across and down (they differ by rounding to whole pixels)."""
        return self.width / self.rect.width, self.height / self.rect.height


@dataclass(frozen=True, slots=True)
class Packing:
    """One round.

    Attributes:
        canvases: Width and height of each canvas.
        placements: What lies where.
        served: Cameras whose orders are in this round, in the order given.
        deferred: Cameras that must wait for a later round.
    """

    canvases: tuple[tuple[int, int], ...]
    placements: tuple[Placement, ...]
    served: tuple[str, ...]
    deferred: tuple[str, ...]

    @property
    def pixels(self) -> int:
        """Pixels of all canvases: what the inference costs."""
        return sum(width * height for width, height in self.canvases)

    @property
    def fill(self) -> float:
        """Share of the canvases that shows something, 0..1."""
        return sum(p.width * p.height for p in self.placements) / self.pixels if self.pixels else 0.0


_FILL = 0.95
"""What a canvas holds at best; a higher guess only costs another try."""


@dataclass(frozen=True, slots=True)
class _Item:
    order: Order
    rect: Rect
    width: int
    height: int


def full_order(camera: str, size: tuple[int, int], side: int) -> Order:
    """A look at the whole picture, its longer side on ``side`` pixels."""
    return Order(camera, size, (whole(size),), side / max(size))


def settle(order: Order, canvases: Canvases) -> Order:
    """The order itself, or a full look where that costs no more than its regions."""
    instead = full_order(order.camera, order.size, canvases.side)
    if order.full or _area(order, canvases) >= _area(instead, canvases):
        return instead
    return order


def pack(orders: Sequence[Order], canvases: Canvases) -> Packing:
    """Place as many orders as the budget holds.

    Orders are admitted strictly in the sequence given, so whoever comes first is served whatever the others
    want; within a round everything is placed by height, which wastes least.

    Args:
        orders: One a camera, most urgent first. An order without regions is served and costs nothing.
        canvases: The budget.

    Raises:
        ValueError: Two orders of one camera.
    """
    if len({order.camera for order in orders}) != len(orders):
        msg = "a camera may order once a round"
        raise ValueError(msg)
    settled = [settle(order, canvases) for order in orders]
    count = _admitted(settled, canvases)
    while True:
        packed = _place(settled[:count], canvases)
        if packed is not None:
            return _result(packed, settled, count)
        if count == 1:
            settled[0] = full_order(settled[0].camera, settled[0].size, canvases.side)
        else:
            count -= 1


def _admitted(orders: Sequence[Order], canvases: Canvases) -> int:
    """How many of the first orders are likely to fit, judged by area."""
    room = _FILL * canvases.most * (canvases.side + canvases.gutter) ** 2
    for index, order in enumerate(orders):
        room -= _area(order, canvases)
        if room < 0:
            return max(index, 1)
    return len(orders)


def _items(order: Order, canvases: Canvases) -> list[_Item]:
    return [_Item(order, rect, *_on_canvas(rect, order.scale, canvases.side)) for rect in order.regions]


def _on_canvas(rect: Rect, scale: float, side: int) -> tuple[int, int]:
    fitting = min(scale, side / rect.width, side / rect.height)
    return max(1, round(rect.width * fitting)), max(1, round(rect.height * fitting))


def _area(order: Order, canvases: Canvases) -> int:
    gutter = canvases.gutter
    return sum((i.width + gutter) * (i.height + gutter) for i in _items(order, canvases))


_Packed = tuple[list[Placement], list[tuple[int, int]]]


def _place(orders: Sequence[Order], canvases: Canvases) -> _Packed | None:
    items = [item for order in orders for item in _items(order, canvases)]
    items.sort(key=lambda item: (-item.height, -item.width))
    if not items:
        return [], []
    tries = [_strip(items, width, canvases) for width in _widths(items, canvases)]
    fitting = [packed for packed in tries if packed is not None]
    return min(fitting, key=_pixels, default=None)


def _widths(items: Sequence[_Item], canvases: Canvases) -> list[int]:
    """Canvas widths worth trying: a few small regions would leave most of a full canvas empty."""
    if not canvases.trim:
        return [canvases.side]
    widest = max(item.width for item in items)
    area = sum((item.width + canvases.gutter) * (item.height + canvases.gutter) for item in items)
    if area > canvases.side**2:
        return [canvases.side]
    near_square = max(widest, ceil(sqrt(area)))
    narrow = min(_up(near_square, canvases.multiple), canvases.side)
    wider = min(narrow + canvases.multiple, canvases.side)
    return sorted({narrow, wider, canvases.side})


def _strip(items: Sequence[_Item], width: int, canvases: Canvases) -> _Packed | None:
    """Place all items on canvases of one width; None when the budget does not hold them."""
    gutter, side = canvases.gutter, canvases.side
    # Every item brings its gutter at its right and bottom, where a canvas has that much more to give.
    skylines: list[Skyline] = []
    placements = []
    for item in items:
        spot = None
        index = 0
        while spot is None:
            if index == len(skylines):
                if index == canvases.most:
                    return None
                skylines.append(Skyline(width + gutter, side + gutter))
            spot = skylines[index].place(item.width + gutter, item.height + gutter)
            index += 1
        order = item.order
        placements.append(
            Placement(order.camera, order.size, item.rect, index - 1, *spot, item.width, item.height)
        )
    heights = [_up(line.used - gutter, canvases.multiple) if canvases.trim else side for line in skylines]
    return placements, [(width, height) for height in heights]


def _pixels(packed: _Packed) -> int:
    return sum(width * height for width, height in packed[1])


def _up(length: int, multiple: int) -> int:
    return ceil(length / multiple) * multiple


def _result(packed: _Packed, orders: Sequence[Order], count: int) -> Packing:
    names = tuple(order.camera for order in orders)
    return Packing(tuple(packed[1]), tuple(packed[0]), names[:count], names[count:])
