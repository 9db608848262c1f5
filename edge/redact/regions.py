"""What must be covered: faces, heads and plates, as boxes grown by a margin. Pure geometry."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Detections

Size = tuple[int, int]
"""Width and height of a picture in pixels."""


class Subject(IntEnum):
    """What a region covers."""

    FACE = 0
    HEAD = 1
    PLATE = 2


@dataclass(frozen=True, slots=True)
class Counts:
    """How many regions of each subject were covered.

    Attributes:
        faces: Boxes of the face detector.
        heads: Head parts of persons, seen from any side; a head with a visible face counts in both.
        plates: Boxes of the plate detector, and parts of vehicles in which a plate can be.
    """

    faces: int = 0
    heads: int = 0
    plates: int = 0

    @property
    def total(self) -> int:
        """All regions."""
        return self.faces + self.heads + self.plates

    def __add__(self, other: "Counts") -> "Counts":
        """Counts of two pictures together."""
        return Counts(self.faces + other.faces, self.heads + other.heads, self.plates + other.plates)


@dataclass(frozen=True, slots=True)
class Regions:
    """Parallel arrays of N rectangles to cover.

    Attributes:
        boxes: N x 4 float32, pixels of the full picture, margins included, not clipped.
        subjects: N int8, a `Subject` each.
    """

    boxes: Boxes
    subjects: NDArray[np.int8]

    def __post_init__(self) -> None:
        count = len(self.boxes)
        if self.boxes.shape != (count, 4) or self.subjects.shape != (count,):
            msg = f"parallel arrays differ: {self.boxes.shape}, {self.subjects.shape}"
            raise ValueError(msg)
        if not np.isfinite(self.boxes).all():
            msg = "a region has no finite place"  # a detector gone wrong: nothing may be assumed covered
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Self:
        """Nothing to cover."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int8))

    @classmethod
    def of(cls, boxes: Boxes, subject: Subject) -> Self:
        """Regions of one subject, as the boxes are."""
        return cls(boxes.astype(np.float32), np.full(len(boxes), subject, np.int8))

    def __add__(self, other: "Regions") -> "Regions":
        """Both, this one's first."""
        return Regions(
            np.concatenate([self.boxes, other.boxes]), np.concatenate([self.subjects, other.subjects])
        )

    def inside(self, size: Size) -> "Regions":
        """The regions that touch the picture, clipped to whole pixels (rounded outwards, never empty)."""
        width, height = size
        low, high = np.floor(self.boxes[:, :2]), np.ceil(self.boxes[:, 2:])
        clipped = np.concatenate(
            [np.clip(low, 0, (width, height)), np.clip(high, 0, (width, height))], axis=1
        ).astype(np.float32)
        keep = (clipped[:, 2:] > clipped[:, :2]).all(axis=1)
        return Regions(clipped[keep], self.subjects[keep])

    @property
    def counts(self) -> Counts:
        """How many of each subject."""
        faces, heads, plates = np.bincount(self.subjects, minlength=len(Subject))
        return Counts(int(faces), int(heads), int(plates))


@dataclass(frozen=True, slots=True)
class Margin:
    """How much a box is grown on each side.

    Attributes:
        across: Of the box's width, left and right.
        up: Of the box's height, above.
        down: Of the box's height, below.
        least: Pixels, on every side.
    """

    across: float
    up: float
    down: float
    least: float


FACE_MARGIN = Margin(across=0.25, up=0.4, down=0.2, least=2.0)
"""A face box runs from brow to chin; hair, ears and a beard belong to the likeness."""

HEAD_MARGIN = Margin(across=0.08, up=0.08, down=0.0, least=2.0)
"""Detectors place a person's top edge within a few percent of the height; hats reach above it."""

PLATE_MARGIN = Margin(across=0.15, up=0.3, down=0.3, least=3.0)
"""Plates tilt: the box of a tilted plate is cut tighter in height than in width."""


def grown(boxes: Boxes, margin: Margin) -> Boxes:
    """Boxes (N x 4) enlarged by a margin on each side."""
    across = np.maximum((boxes[:, 2] - boxes[:, 0]) * margin.across, margin.least)
    height = boxes[:, 3] - boxes[:, 1]
    up = np.maximum(height * margin.up, margin.least)
    down = np.maximum(height * margin.down, margin.least)
    result: Boxes = boxes + np.stack([-across, -up, across, down], axis=1).astype(np.float32)
    return result


HEAD_OF_HEIGHT = 0.22
"""A standing adult's head is 1/7.5 of the height, a small child's 1/5."""

HEAD_OF_WIDTH = 0.6
"""Shoulders are 2 to 3 heads wide: what a box that shows less than the whole body tells of the head."""

SMALL_HEIGHT = 48.0
"""Pixels; below it a detector's edges are as uncertain as a head is large."""

HEAD_OF_SMALL = 0.4
"""Part of a small person's box that is covered."""

MOST_OF_UPRIGHT = 0.65
"""Part of a box that the head fills at most while the person is upright: head and shoulders, close by."""

LYING = 2.0
"""Width over height from which a person lies: the head may be at either end, the whole box is covered."""

WIDE = 1.4
"""Width over height from which a box may stand for several persons."""


def head_parts(persons: Boxes) -> Boxes:
    """The part of each person's box that holds the head, whatever way the person looks.

    The whole width, from the top down to the lowest place where a chin can be. The head's size is taken from
    the height (whole body visible) and from the width (sitting, bent, or cut off by the border or by
    furniture), whichever says more; a lying person is covered whole.

    Args:
        persons: N x 4, pixels, not clipped.

    Returns:
        N x 4, pixels, margins included.
    """
    width = persons[:, 2] - persons[:, 0]
    height = persons[:, 3] - persons[:, 1]
    part = np.maximum(HEAD_OF_HEIGHT * height, HEAD_OF_WIDTH * width)
    part = np.where(height < SMALL_HEIGHT, np.maximum(part, HEAD_OF_SMALL * height), part)
    part = np.where(width >= LYING * height, height, np.minimum(part, MOST_OF_UPRIGHT * height))
    heads = persons.copy()
    heads[:, 3] = persons[:, 1] + part
    margins = grown(persons, HEAD_MARGIN)
    heads[:, :3] = margins[:, :3]
    heads[:, 3] += HEAD_MARGIN.least
    return heads.astype(np.float32)


LEAST_VEHICLE = 48.0
"""Pixels of width; a narrower vehicle's plate has letters of one or two."""

END_ON = 0.8
"""Height over width from which a vehicle is seen from before or behind: the plate is near its middle line."""
OBLIQUE = 0.45
"""Height over width from which a plate may still show, anywhere along the near end; below it is a side."""

MIDDLE = (0.26, 0.74)
"""Part of the width, seen end-on, in which a plate lies."""
WHOLE_END = (0.04, 0.96)
"""Part of the width in which one may lie seen obliquely."""
NEAR_END_OF_HEIGHT = 0.45
NEAR_END_OF_WIDTH = 0.5
"""Height of the near end, in parts of the box: seen from above the height is the vehicle's length."""

CUT = 2.0
"""Pixels from the picture's border within which a vehicle counts as cut off: its shape tells nothing then."""


def plate_parts(vehicles: Boxes, size: Size) -> Boxes:
    """The part of each vehicle's box in which a plate can be, whatever plate it is.

    Plate detectors know the plates that they were trained on; all plates are mounted in the same places: low
    on the front and the rear. The vehicle stays recognisable as what it is.

    Args:
        vehicles: N x 4, pixels: cars, buses, trucks.
        size: Width and height of the picture.

    Returns:
        M x 4, pixels, M <= N.
    """
    width, height = vehicles[:, 2] - vehicles[:, 0], vehicles[:, 3] - vehicles[:, 1]
    cut = (vehicles[:, 1] <= CUT) | (vehicles[:, 3] >= size[1] - CUT)
    end_on = (height >= END_ON * width) | cut
    shows = (width >= LEAST_VEHICLE) & (end_on | (height >= OBLIQUE * width))
    left, right = (np.where(end_on, MIDDLE[side], WHOLE_END[side]) for side in (0, 1))
    # A vehicle that is cut off above may show little more than its near end.
    end = np.minimum(np.where(cut, height, NEAR_END_OF_HEIGHT * height), NEAR_END_OF_WIDTH * width)
    parts = np.stack(
        [
            vehicles[:, 0] + left * width,
            vehicles[:, 3] - end,
            vehicles[:, 0] + right * width,
            vehicles[:, 3] + PLATE_MARGIN.least,
        ],
        axis=1,
    )
    return parts[shows].astype(np.float32)


def single_persons(persons: Detections) -> Boxes:
    """Boxes of persons, less the wide ones that only sum up surer ones.

    At a low score a detector also gives boxes around groups. Covered whole, as a lying person is, they would
    leave nothing to see. A wide box of which surer upright boxes fill the half or more is such a sum, and its
    heads are covered as theirs.

    Args:
        persons: All of them, at a low score.
    """
    boxes = persons.boxes
    wide = boxes[:, 2] - boxes[:, 0] >= WIDE * (boxes[:, 3] - boxes[:, 1])
    keep = np.ones(len(boxes), np.bool_)
    for index in np.flatnonzero(wide):
        surer = boxes[~wide & (persons.scores > persons.scores[index])]
        keep[index] = _filled(boxes[index], surer) < 0.5
    kept: Boxes = boxes[keep]
    return kept


def _filled(box: NDArray[np.float32], others: Boxes) -> float:
    """Part of a box that others fill, on a grid of 16 x 16 points."""
    steps = (np.arange(16) + 0.5) / 16
    x = box[0] + steps * (box[2] - box[0])
    y = box[1] + steps * (box[3] - box[1])
    across = (x >= others[:, :1]) & (x < others[:, 2:3])
    down = (y >= others[:, 1:2]) & (y < others[:, 3:])
    return float((across[:, None, :] & down[:, :, None]).any(axis=0).mean())


def head_heights(persons: Boxes) -> NDArray[np.float32]:
    """Likely height of each person's head in pixels (an upper guess; decides who is worth a face search)."""
    width = persons[:, 2] - persons[:, 0]
    height = persons[:, 3] - persons[:, 1]
    guess: NDArray[np.float32] = np.minimum(np.maximum(height / 7.5, width / 2.5), height)
    return guess


def regions_of(*, faces: Boxes, persons: Boxes, plates: Boxes, vehicles: Boxes, size: Size) -> Regions:
    """Everything to cover in one picture.

    Args:
        faces: N x 4, pixels, as the face detector gives them.
        persons: N x 4, pixels, whole persons.
        plates: N x 4, pixels, as the plate detector gives them.
        vehicles: N x 4, pixels, whole motor vehicles with a plate's place (cars, buses, trucks).
        size: Width and height of the picture.

    Returns:
        Regions with margins, clipped to the picture, those outside left out.
    """
    found = (
        Regions.of(merged(grown(faces, FACE_MARGIN)), Subject.FACE)
        + Regions.of(merged(head_parts(persons)), Subject.HEAD)
        + Regions.of(
            merged(np.concatenate([grown(plates, PLATE_MARGIN), plate_parts(vehicles, size)])), Subject.PLATE
        )
    )
    return found.inside(size)


SAME = 0.5
"""Overlap (of the smaller one) above which two boxes mean one thing to cover."""


def merged(boxes: Boxes) -> Boxes:
    """Boxes that mean one thing joined to the box around them; nothing that was covered is given up.

    Largest first: each takes in the smaller ones that lie in it by more than `SAME` of their area.

    Args:
        boxes: N x 4, pixels.
    """
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = boxes[np.argsort(-areas, kind="stable")]
    result: list[Boxes] = []
    while len(left):
        low = np.maximum(left[0, :2], left[:, :2])
        high = np.minimum(left[0, 2:], left[:, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        same = shared > SAME * np.prod(left[:, 2:] - left[:, :2], axis=1)
        same[0] = True
        group = left[same]
        result.append(np.concatenate([group[:, :2].min(axis=0), group[:, 2:].max(axis=0)]))
        left = left[~same]
    return np.array(result, np.float32).reshape(-1, 4)
