"""What was found on the canvases, back in the pictures: once each, and nothing cut in half."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import VEHICLES_OF_ONE_SHAPE
from edge.detect.detections import Boxes, Detections
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
    parts: dict[str, list[_Part]] = defaultdict(list)
    for placement in packing.placements:
        parts[placement.camera].append(_part(placement, found[placement.canvas]))
    return {camera: _join(parts[camera]) for camera in packing.served}


@dataclass(frozen=True, slots=True)
class _Part:
    whole: Detections
    cut: Detections


def _part(placement: Placement, found: Detections) -> _Part:
    """What one region shows; a box belongs to the region that holds its centre."""
    area = np.array([placement.x, placement.y, placement.x, placement.y], np.float32)
    area[2:] += (placement.width, placement.height)
    centre = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    here = np.asarray(((centre >= area[:2]) & (centre < area[2:])).all(axis=1), np.bool_)
    boxes = found.boxes[here]
    clipped = np.clip(boxes, np.tile(area[:2], 2), np.tile(area[2:], 2))
    one_picture = np.asarray(areas(clipped) >= (1.0 - FOREIGN) * areas(boxes), np.bool_)
    mine = found.where(here).where(one_picture)
    clipped = clipped[one_picture]
    gaps = np.concatenate((clipped[:, :2] - area[:2], area[2:] - clipped[:, 2:]), axis=1)
    sides = (gaps <= TOUCH) & _inner(placement)
    scale = np.tile(np.array(placement.scale, np.float32), 2)
    origin = np.array([placement.rect.x1, placement.rect.y1] * 2, np.float32)
    mapped = ((clipped - np.tile(area[:2], 2)) / scale + origin).astype(np.float32)
    cut = np.asarray(sides.any(axis=1), np.bool_)
    grown = _outgrow(mapped[cut], sides[cut], placement)
    return _Part(
        Detections(mapped[~cut], mine.scores[~cut], mine.classes[~cut]),
        Detections(grown, mine.scores[cut], mine.classes[cut]),
    )


def _inner(placement: Placement) -> NDArray[np.bool_]:
    """Which of left, top, right, bottom is a border inside the picture."""
    rect, (width, height) = placement.rect, placement.size
    return np.array([rect.x1 > 0, rect.y1 > 0, rect.x2 < width, rect.y2 < height])


def _outgrow(boxes: Boxes, sides: NDArray[np.bool_], placement: Placement) -> Boxes:
    extent = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * OUTGROW * np.array([-1, -1, 1, 1], np.float32)
    limit = np.tile(np.array(placement.size, np.float32), 2)
    return np.asarray(np.clip(boxes + extent * sides, 0, limit), np.float32)


def _join(parts: Sequence[_Part]) -> Found:
    if not parts:
        return Found(Detections.empty(), Detections.empty())
    entire = _together([part.whole for part in parts])
    regions = np.concatenate([np.full(len(part.whole), index) for index, part in enumerate(parts)])
    once = entire if len(parts) == 1 else entire.where(_once(entire, regions))
    cut = _together([part.cut for part in parts])
    unknown = ~touched(cut.boxes, once.boxes, _EXPLAINED)
    return Found(once.where(np.argsort(-once.scores, kind="stable")), cut.where(unknown))


def _together(parts: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.classes for part in parts]),
    )


def _once(found: Detections, regions: NDArray[np.int64]) -> NDArray[np.bool_]:
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
