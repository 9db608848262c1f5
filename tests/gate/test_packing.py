"""Packing: nothing overlaps, nothing starves, everything maps back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.detect.detections import Boxes, Detections, Image
from edge.gate.packing import Canvases, Order, Packing, Placement, full_order, pack, settle
from edge.gate.pictures import BgrPicture, draw_canvases
from edge.gate.rects import Rect, whole
from edge.gate.regions import RegionPolicy, regions_of
from edge.gate.unpacking import unpack

SIZES = st.sampled_from([(768, 576), (1280, 720), (1920, 1080), (352, 288), (720, 1280), (3840, 2160)])


@st.composite
def rects(draw: st.DrawFn, size: tuple[int, int]) -> Rect:
    x1 = draw(st.integers(0, size[0] - 1))
    y1 = draw(st.integers(0, size[1] - 1))
    return Rect(x1, y1, draw(st.integers(x1 + 1, size[0])), draw(st.integers(y1 + 1, size[1])))


@st.composite
def orders(draw: st.DrawFn, most: int = 12) -> list[Order]:
    made = []
    for index in range(draw(st.integers(0, most))):
        size = draw(SIZES)
        regions = tuple(draw(st.lists(rects(size), max_size=6)))
        made.append(Order(f"c{index}", size, regions, draw(st.floats(0.1, 1.0))))
    return made


BUDGETS = st.builds(
    Canvases,
    side=st.sampled_from([256, 416, 640]),
    most=st.integers(1, 4),
    gutter=st.integers(0, 8),
    trim=st.booleans(),
)


def _area(placement: Placement, gutter: int) -> Rect:
    right, bottom = placement.x + placement.width + gutter, placement.y + placement.height + gutter
    return Rect(placement.x, placement.y, right, bottom)


@given(orders(), BUDGETS)
@settings(max_examples=150, deadline=None)
def test_placements_never_overlap_and_stay_on_their_canvas(wanted: list[Order], budget: Canvases) -> None:
    packing = pack(wanted, budget)
    assert len(packing.canvases) <= budget.most
    for width, height in packing.canvases:
        assert 0 < width <= budget.side
        assert 0 < height <= budget.side
        assert width % budget.multiple == height % budget.multiple == 0
    for index, placement in enumerate(packing.placements):
        width, height = packing.canvases[placement.canvas]
        assert Rect(0, 0, width, height).holds(_area(placement, 0))
        for other in packing.placements[index + 1 :]:
            if other.canvas == placement.canvas:
                assert not _area(placement, budget.gutter).overlaps(_area(other, 0))
                assert not _area(other, budget.gutter).overlaps(_area(placement, 0))


@given(orders(), BUDGETS)
@settings(max_examples=100, deadline=None)
def test_orders_are_served_whole_and_in_turn(wanted: list[Order], budget: Canvases) -> None:
    packing = pack(wanted, budget)
    names = [order.camera for order in wanted]
    assert [*packing.served, *packing.deferred] == names
    assert packing.served or not names
    placed = {name: [p.rect for p in packing.placements if p.camera == name] for name in names}
    for order in wanted:
        if order.camera in packing.deferred:
            assert not placed[order.camera]
        elif placed[order.camera] != [whole(order.size)]:
            assert sorted(map(str, placed[order.camera])) == sorted(map(str, order.regions))


@given(orders(4), BUDGETS, st.data())
@settings(max_examples=100, deadline=None)
def test_a_box_comes_back_where_it_was(wanted: list[Order], budget: Canvases, data: st.DataObject) -> None:
    packing = pack(wanted, budget)
    big = [p for p in packing.placements if p.width >= 12 and p.height >= 12]
    if not big:
        return
    placement = data.draw(st.sampled_from(big))
    scale_x, scale_y = placement.scale
    rect = placement.rect
    # The middle third of the region, in the picture and on the canvas.
    width, height = rect.width / 3, rect.height / 3
    box = np.array([[rect.x1 + width, rect.y1 + height, rect.x2 - width, rect.y2 - height]], np.float32)
    shift = np.array([rect.x1, rect.y1, rect.x1, rect.y1])
    on_canvas = (box - shift) * np.array([scale_x, scale_y] * 2) + np.array([placement.x, placement.y] * 2)
    found = [Detections.empty()] * len(packing.canvases)
    found[placement.canvas] = _detections(on_canvas.astype(np.float32))
    back = unpack(packing, found)[placement.camera]
    np.testing.assert_allclose(back.detections.boxes, box, atol=0.05)
    assert not len(back.cut)


def _detections(boxes: Boxes, scores: list[float] | None = None) -> Detections:
    count = len(boxes)
    return Detections(
        np.asarray(boxes, np.float32),
        np.array(scores or [0.9] * count, np.float32),
        np.zeros(count, np.int32),
    )


def _one(rect: Rect, size: tuple[int, int] = (800, 600)) -> Packing:
    return pack([Order("c", size, (rect,), 1.0)], Canvases())


CUT = [
    ("left border inside the picture", Rect(100, 100, 300, 300), (0, 50, 60, 150), True),
    ("top border", Rect(100, 100, 300, 300), (50, 1, 90, 60), True),
    ("right border", Rect(100, 100, 300, 300), (150, 50, 199.5, 150), True),
    ("bottom border", Rect(100, 100, 300, 300), (50, 150, 90, 200), True),
    ("clear of every border", Rect(100, 100, 300, 300), (20, 20, 180, 180), False),
    ("the region's border is the picture's", Rect(0, 0, 200, 200), (0, 0, 60, 150), False),
    ("right border of the picture", Rect(600, 400, 800, 600), (150, 50, 200, 200), False),
    ("left border inside, at the picture's bottom", Rect(600, 400, 800, 600), (0, 50, 60, 200), True),
]


@pytest.mark.parametrize(("name", "region", "box", "cut"), CUT, ids=[row[0] for row in CUT])
def test_what_a_border_cuts_is_looked_at_again(
    name: str, region: Rect, box: tuple[float, ...], cut: bool
) -> None:
    found = unpack(_one(region), [_detections(np.array([box], np.float32))])["c"]
    assert len(found.detections) == (not cut)
    assert len(found.cut) == cut
    if cut:
        offset = np.array([region.x1, region.y1, region.x1, region.y1])
        seen = np.array(box) + offset
        (hint,) = found.cut.boxes
        assert (hint[:2] <= seen[:2] + 1e-3).all()
        assert (hint[2:] >= seen[2:] - 1e-3).all()
        assert (hint[2] - hint[0]) * (hint[3] - hint[1]) > (box[2] - box[0]) * (box[3] - box[1])


def test_a_box_across_two_regions_is_nothing() -> None:
    packing = pack(
        [Order("c", (800, 600), (Rect(100, 100, 200, 200), Rect(400, 400, 500, 500)), 1.0)], Canvases()
    )
    assert len(packing.canvases) == 1
    width, height = packing.canvases[0]
    found = unpack(packing, [_detections(np.array([[10, 10, width - 10, height - 10]], np.float32))])["c"]
    assert len(found.detections) == 0


def test_an_object_in_two_regions_counts_once() -> None:
    first, second = Rect(100, 100, 200, 200), Rect(150, 150, 250, 250)
    packing = pack([Order("c", (800, 600), (first, second), 1.0)], Canvases())
    boxes = {first: (60, 60, 90, 90), second: (10, 10, 41, 40)}
    rows, scores = [], []
    for placement in packing.placements:
        shift = np.array([placement.x, placement.y] * 2)
        rows.append(np.array(boxes[placement.rect]) + shift)
        scores.append(0.9 if placement.rect == second else 0.5)
    found = unpack(packing, [_detections(np.array(rows, np.float32), scores)])["c"]
    np.testing.assert_allclose(found.detections.boxes, [[160, 160, 191, 190]], atol=1e-3)
    assert found.detections.scores.tolist() == pytest.approx([0.9])


def test_a_part_in_another_region_falls() -> None:
    first, second = Rect(100, 100, 200, 300), Rect(150, 150, 350, 300)
    packing = pack([Order("c", (800, 600), (first, second), 1.0)], Canvases())
    boxes = {first: (40, 60, 96, 190), second: (10, 20, 100, 140)}
    rows = [np.array(boxes[p.rect]) + np.array([p.x, p.y] * 2) for p in packing.placements]
    scores = [0.9 if p.rect == first else 0.6 for p in packing.placements]
    found = unpack(packing, [_detections(np.array(rows, np.float32), scores)])["c"]
    assert len(found.detections) == 2  # side by side enough to be two
    boxes[first] = (70, 80, 96, 140)
    rows = [np.array(boxes[p.rect]) + np.array([p.x, p.y] * 2) for p in packing.placements]
    found = unpack(packing, [_detections(np.array(rows, np.float32), scores)])["c"]
    np.testing.assert_allclose(found.detections.boxes, [[160, 170, 250, 290]], atol=1e-3)


def test_regions_that_cost_more_than_the_whole_become_a_full_look() -> None:
    regions = (Rect(0, 0, 700, 500), Rect(300, 200, 800, 600))
    order = settle(Order("c", (800, 600), regions, 0.52), Canvases())
    assert order == full_order("c", (800, 600), 416)
    small = Order("c", (800, 600), (Rect(0, 0, 60, 80),), 0.52)
    assert settle(small, Canvases()) is small


def test_a_region_larger_than_the_canvas_is_scaled() -> None:
    packing = pack([Order("c", (3840, 2160), (Rect(0, 0, 1200, 200),), 1.0)], Canvases())
    (placement,) = packing.placements
    assert (placement.width, placement.height) == (416, 69)


def test_a_small_load_takes_a_small_canvas() -> None:
    packing = pack([Order("c", (1280, 720), (Rect(400, 400, 480, 560),), 0.5)], Canvases())
    assert packing.canvases == ((64, 96),)
    fixed = pack([Order("c", (1280, 720), (Rect(400, 400, 480, 560),), 0.5)], Canvases(trim=False))
    assert fixed.canvases == ((416, 416),)


def test_an_order_without_regions_costs_nothing() -> None:
    packing = pack([Order("c", (800, 600), (), 0.5)], Canvases())
    assert packing.served == ("c",)
    assert packing.canvases == ()
    assert len(unpack(packing, [])["c"].detections) == 0


def test_one_camera_orders_once() -> None:
    order = full_order("c", (800, 600), 416)
    with pytest.raises(ValueError, match="once"):
        pack([order, order], Canvases())


def test_every_canvas_must_be_answered() -> None:
    with pytest.raises(ValueError, match="1 canvases, 0 answers"):
        unpack(_one(Rect(0, 0, 50, 50)), [])


@given(SIZES, st.floats(0.1, 1.0), st.data())
@settings(max_examples=150, deadline=None)
def test_regions_hold_every_box_with_its_margin(
    size: tuple[int, int], scale: float, data: st.DataObject
) -> None:
    boxes = data.draw(st.lists(rects(size), min_size=1, max_size=10))
    policy = RegionPolicy()
    made = regions_of(np.array([[b.x1, b.y1, b.x2, b.y2] for b in boxes], np.float32), size, scale, policy)
    assert all(whole(size).holds(region) and region.area > 0 for region in made)
    for box in boxes:
        pad = int(policy.margin * max(box.width, box.height))
        grown = Rect(
            max(0, box.x1 - pad), max(0, box.y1 - pad), min(size[0], box.x2 + pad), min(size[1], box.y2 + pad)
        )
        assert any(region.holds(grown) for region in made)


def test_near_boxes_share_a_region_and_far_ones_do_not() -> None:
    near = np.array([[100, 100, 140, 200], [150, 110, 190, 210]], np.float32)
    assert len(regions_of(near, (768, 576), 0.54)) == 1
    far = np.array([[100, 100, 140, 200], [600, 400, 640, 500]], np.float32)
    assert len(regions_of(far, (768, 576), 0.54)) == 2


@pytest.mark.parametrize(
    "box", [(np.nan, 0, 10, 10), (10, 10, 10, 20), (900, 0, 950, 50), (-50, -50, 0, 0), (0, 0, np.inf, 9)]
)
def test_boxes_that_are_none_are_passed_over(box: tuple[float, ...]) -> None:
    assert regions_of(np.array([box], np.float32), (768, 576), 0.54) == ()


def test_canvases_show_what_the_placements_say() -> None:
    rng = np.random.default_rng(1)
    images: dict[str, Image] = {
        name: rng.integers(1, 255, (240, 320, 3)).astype(np.uint8) for name in ("a", "b")
    }
    wanted = [
        Order("a", (320, 240), (Rect(10, 20, 60, 90),), 1.0),
        Order("b", (320, 240), (Rect(0, 0, 50, 50), Rect(200, 100, 320, 240)), 1.0),
    ]
    packing = pack(wanted, Canvases())
    canvases = draw_canvases(packing, {name: BgrPicture(image) for name, image in images.items()}, 0)
    shown = 0
    for p in packing.placements:
        cut = images[p.camera][p.rect.y1 : p.rect.y2, p.rect.x1 : p.rect.x2]
        np.testing.assert_array_equal(canvases[p.canvas][p.y : p.y + p.height, p.x : p.x + p.width], cut)
        shown += cut.size
    assert sum(int((canvas > 0).sum()) for canvas in canvases) == shown
    assert packing.fill == pytest.approx(shown / 3 / packing.pixels)
