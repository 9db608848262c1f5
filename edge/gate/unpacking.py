"""What was found on the canvases, back in the pictures: once each, and nothing cut in half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import VEHICLES_OF_ONE_SHAPE
from edge.detect.detections import Detections
from edge.gate.boxes import areas, overlaps, shared_areas, touched
from edge.gate.packing import Packing, Placement

TOUCH = 2.0
"""A box that ends within so many canvas pixels of its region's border may go on beyond it."""

FOREIGN = 0.3
"""A box with more than this share outside its region is made of two pictures: nothing is there."""

SAME_IOU = 0.6
"""Boxes of two regions that overlap more are one object."""

PART = 0.8
"""A box that lies in another region's larger box by more than this share is a part of it."""

_EXPLAINED = 0.5
"""A cut box that shares more of its area with a whole one is a piece of it."""

OUTGROW = 0.5
"""How far a cut box is taken to go on, in its own sizes, for the next look."""

_OUTWARDS = np.array([-OUTGROW, -OUTGROW, OUTGROW, OUTGROW], np.float32)


@dataclass(frozen=True, slots=True)
class Found:
    """What one camera's regions showed.

    Attributes:
        detections: Whole objects, pixels of the full picture, the surest first.
        cut: Objects that a border inside the picture cut, their boxes grown to where the rest must be:
            regions for the next look. They are not in ``detections``.
    """

    detections: Detections
    cut: Detections


def unpack(packing: Packing, found: Sequence[Detections]) -> dict[str, Found]:
    """Detections of each camera that the round served.

    Args:
        packing: What lay where.
        found: Per canvas, in canvas pixels.

    Raises:
        ValueError: As many canvases were not looked at.
    """
    if len(found) != len(packing.canvases):
        msg = f"{len(packing.canvases)} canvases, {len(found)} answers"
        raise ValueError(msg)
    nothing = Found(Detections.empty(), Detections.empty())
    answers = dict.fromkeys(packing.served, nothing)
    if not packing.placements:
        return answers
    seen = _in_pictures(packing, _Layout.of(packing.placements), found)
    cameras = {name: number for number, name in enumerate(packing.served)}
    owners = np.array([cameras[placement.camera] for placement in packing.placements])[seen.regions]
    for name, number in cameras.items():
        rows = np.flatnonzero(owners == number)
        if len(rows):
            answers[name] = _settle(seen, rows)
    return answers


@dataclass(frozen=True, slots=True)
class _Layout:
    """Placements as parallel arrays, P rows.

    Attributes:
        canvas: P, index of the canvas.
        area: P x 4, where the region lies on it.
        scale: P x 4, canvas pixels per picture pixel, for x1 y1 x2 y2.
        origin: P x 4, the region's corner in its picture, twice.
        limit: P x 4, the picture's width and height, twice.
        inner: P x 4, whether the left, top, right, bottom border lies inside the picture.
    """

    canvas: NDArray[np.intp]
    area: NDArray[np.float32]
    scale: NDArray[np.float32]
    origin: NDArray[np.float32]
    limit: NDArray[np.float32]
    inner: NDArray[np.bool_]

    @classmethod
    def of(cls, placements: Sequence[Placement]) -> "_Layout":
        spots = np.array([(p.canvas, p.x, p.y, p.width, p.height, *p.size) for p in placements], np.float32)
        rects = np.array([(p.rect.x1, p.rect.y1, p.rect.x2, p.rect.y2) for p in placements], np.float32)
        corner, extent, limit = spots[:, 1:3], spots[:, 3:5], np.tile(spots[:, 5:], 2)
        return cls(
            canvas=spots[:, 0].astype(np.intp),
            area=np.concatenate((corner, corner + extent), axis=1),
            scale=np.tile(extent / (rects[:, 2:] - rects[:, :2]), 2),
            origin=np.tile(rects[:, :2], 2),
            limit=limit,
            inner=np.concatenate((rects[:, :2] > 0, rects[:, 2:] < limit[:, 2:]), axis=1),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Detections of all cameras in pixels of their own pictures.

    Attributes:
        found: All of them; cut ones are grown.
        regions: N, index of the placement that showed each.
        cut: N, whether a border inside the picture cut it.
    """

    found: Detections
    regions: NDArray[np.intp]
    cut: NDArray[np.bool_]


def _in_pictures(packing: Packing, layout: _Layout, found: Sequence[Detections]) -> _Seen:
    """Each box goes to the region that holds its centre; a box made of two pictures is dropped."""
    together = _together(found)
    canvas = np.repeat(np.arange(len(packing.canvases)), [len(answer) for answer in found])
    centre = np.tile((together.boxes[:, :2] + together.boxes[:, 2:]) / 2, 2)[:, None]
    here = (centre[..., :2] >= layout.area[None, :, :2]) & (centre[..., 2:] < layout.area[None, :, 2:])
    here = here.all(axis=2) & (canvas[:, None] == layout.canvas[None, :])
    rows, regions = np.nonzero(here)
    boxes, area = together.boxes[rows], layout.area[regions]
    clipped = np.clip(boxes, np.tile(area[:, :2], 2), np.tile(area[:, 2:], 2))
    mine = areas(clipped) >= (1.0 - FOREIGN) * areas(boxes)
    rows, regions, clipped, area = rows[mine], regions[mine], clipped[mine], area[mine]
    gaps = np.concatenate((clipped[:, :2] - area[:, :2], area[:, 2:] - clipped[:, 2:]), axis=1)
    sides = (gaps <= TOUCH) & layout.inner[regions]
    mapped = (clipped - np.tile(area[:, :2], 2)) / layout.scale[regions] + layout.origin[regions]
    beyond = np.tile(mapped[:, 2:] - mapped[:, :2], 2) * _OUTWARDS * sides
    mapped = np.clip(mapped + beyond, 0, layout.limit[regions]).astype(np.float32)
    return _Seen(
        Detections(mapped, together.scores[rows], together.classes[rows]),
        regions,
        np.asarray(sides.any(axis=1), np.bool_),
    )


def _settle(seen: _Seen, rows: NDArray[np.intp]) -> Found:
    """One camera's answer."""
    cut = seen.cut[rows]
    whole, pieces = rows[~cut], rows[cut]
    entire, regions = seen.found.where(whole), seen.regions[whole]
    if len(entire) > 1 and (regions != regions[0]).any():
        entire = entire.where(_once(entire, regions))
    entire = entire.where(np.argsort(-entire.scores, kind="stable"))
    partly = seen.found.where(pieces)
    if len(partly):
        partly = partly.where(~touched(partly.boxes, entire.boxes, _EXPLAINED))
    return Found(entire, partly)


def _together(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.classes for part in parts]),
    )


def _once(found: Detections, regions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which boxes stay when what two regions saw of one object is counted once."""
    shared, sizes = shared_areas(found.boxes, found.boxes), areas(found.boxes)
    kinds = np.where(np.isin(found.classes, VEHICLES_OF_ONE_SHAPE), VEHICLES_OF_ONE_SHAPE[0], found.classes)
    rivals = (regions[:, None] != regions[None, :]) & (kinds[:, None] == kinds[None, :])
    iou = overlaps(found.boxes, found.boxes)
    surer = _before(found.scores)
    larger = _before(sizes)
    # beats[i, j]: i stays and j goes.
    beats = (iou > SAME_IOU) & surer | (shared > PART * sizes[None, :]) & (iou <= SAME_IOU) & larger
    return np.asarray(~(beats & rivals).any(axis=0), np.bool_)


def _before(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Entry (i, j): i comes before j by value, the first of equals first."""
    order = np.empty(len(values), np.intp)
    order[np.argsort(-values, kind="stable")] = np.arange(len(values))
    return np.asarray(order[:, None] < order[None, :])
