"""What a family of detectors has in common: pictures onto canvases, candidates back, one box per object."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import COCO, VEHICLES_OF_ONE_SHAPE
from edge.detect.detections import Detections, Image
from edge.detect.letterbox import Placement, as_bgr, draw, to_blob
from edge.detect.lookalikes import vehicles_from_above
from edge.detect.nms import nms
from edge.detect.sessions import Outputs, Session
from placewatch.errors import ModelError

_MOST = 300
"""Detections kept of one picture; a crowd at the limit of what these networks resolve has fewer."""
_BATCH = 8


class Family(Protocol):
    """A way to feed a network and to read its outputs."""

    @property
    def fill(self) -> int:
        """Value of the canvas beside the picture."""
        ...

    @property
    def mean(self) -> tuple[float, float, float]:
        """Subtracted per channel."""
        ...

    @property
    def std(self) -> tuple[float, float, float]:
        """Divided by per channel."""
        ...

    @property
    def rgb(self) -> bool:
        """Whether the network wants red first."""
        ...

    @property
    def iou(self) -> float:
        """Overlap above which two boxes mean one object."""
        ...

    def place(self, width: int, height: int, side: int, *, square: bool) -> Placement:
        """Where a picture goes on a canvas of about ``side`` pixels."""
        ...

    def candidates(self, outputs: Outputs, canvas: tuple[int, int], score: float) -> list[Detections]:
        """Per picture of the batch, boxes in canvas pixels above ``score``, overlaps and all."""
        ...

    def class_count(self, session: Session) -> int | None:
        """How many classes the network tells apart; None where its outputs do not say.

        Raises:
            ModelError: These are not the outputs of this family.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Job:
    index: int
    canvas: Image
    placement: Placement


@dataclass(frozen=True, slots=True)
class OnnxDetector:
    """A `Detector` (see registry) of any family.

    Attributes:
        name: The model's name.
        version: Eight digits of its file's sha256.
        classes: Class names by index.
        session: The loaded network.
        family: How to feed and read it.
        input_size: Longer side of the canvas, pixels.
        score: Least score of a detection.
        iou: Overlap above which two boxes mean one object; the family's own unless given.
    """

    name: str
    version: str
    classes: tuple[str, ...]
    session: Session
    family: Family
    input_size: int
    score: float
    iou: float | None = None

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find objects.

        Args:
            images: Pictures of any size, H x W x 3 BGR uint8; grey and BGRA ones are converted.

        Returns:
            For each picture its objects, the surest first, in pixels of that picture, clipped to it.

        Raises:
            ValueError: Something is not a picture of 8 bits per channel.
            ModelError: The inference failed.
        """
        jobs = [self._job(index, image) for index, image in enumerate(images)]
        found = [Detections.empty()] * len(jobs)
        for batch in self._batches(jobs):
            blob = (
                np.concatenate([self._blob(job.canvas) for job in batch])
                if batch[1:]
                else self._blob(batch[0].canvas)
            )
            outputs = self.session.run(blob)
            canvas = batch[0].placement.canvas
            for job, candidates in zip(
                batch, self.family.candidates(outputs, canvas, self.score), strict=True
            ):
                found[job.index] = self._settle(candidates, job.placement, images[job.index].shape)
        return found

    def _job(self, index: int, image: Image) -> _Job:
        bgr = as_bgr(image)
        height, width = bgr.shape[:2]
        square = self.session.fixed_size is not None
        placement = self.family.place(width, height, self.input_size, square=square)
        return _Job(index, draw(bgr, placement, self.family.fill), placement)

    def _blob(self, canvas: Image) -> NDArray[np.float32]:
        return to_blob(canvas, self.family.mean, self.family.std, rgb=self.family.rgb)

    def _batches(self, jobs: list[_Job]) -> Iterator[list[_Job]]:
        """Pictures of one canvas size together, where that helps (on a CPU it does not)."""
        most = _BATCH if self.session.batches else 1
        by_size = sorted(jobs, key=lambda job: job.placement.canvas)
        for _, group in groupby(by_size, key=lambda job: job.placement.canvas):
            alike = list(group)
            for start in range(0, len(alike), most):
                yield alike[start : start + most]

    def _settle(self, candidates: Detections, placement: Placement, shape: tuple[int, ...]) -> Detections:
        groups = candidates.classes
        if self.classes == COCO:
            groups = np.where(np.isin(groups, VEHICLES_OF_ONE_SHAPE), VEHICLES_OF_ONE_SHAPE[0], groups)
        iou = self.family.iou if self.iou is None else self.iou
        kept = nms(candidates.boxes, candidates.scores, groups.astype(np.int32), iou)[:_MOST]
        boxes = placement.to_picture(candidates.boxes[kept])
        np.clip(boxes, 0, np.tile(np.array(shape[1::-1], np.float32), 2), out=boxes)
        return Detections(boxes, candidates.scores[kept], candidates.classes[kept])


def pick(
    scores: NDArray[np.float32], least: float
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.int32]]:
    """Points whose best class scores more than ``least``: their indices, scores and classes.

    Vehicles seen from above get their name back (see `edge.detect.lookalikes`).

    Args:
        scores: Points x classes.
        least: Score to exceed.
    """
    best = scores.max(axis=1)
    points = np.flatnonzero(best > least)
    classes = scores[points].argmax(axis=1).astype(np.int32)
    return points, *vehicles_from_above(scores[points], best[points], classes)


def cells(strides: Sequence[int], canvas: tuple[int, int]) -> NDArray[np.float32]:
    """Column, row and stride of every cell of a feature pyramid, row by row, points x 3.

    Args:
        strides: Pixels per cell of each level.
        canvas: Width and height, pixels.
    """
    levels = []
    for stride in strides:
        columns, rows = (-(-length // stride) for length in canvas)
        y, x = np.mgrid[:rows, :columns].reshape(2, -1)
        levels.append(np.stack([x, y, np.full_like(x, stride)], axis=1))
    return np.concatenate(levels).astype(np.float32)


def expect_outputs(session: Session, family: str, channels: Sequence[int | None], rank: int = 3) -> None:
    """Refuse a network of another family.

    Args:
        session: The loaded network.
        family: What it was said to be.
        channels: Last dimension of each output that the family has; None where any will do.
        rank: Dimensions of every output.

    Raises:
        ModelError: The network has other outputs.
    """
    shapes = [shape for _, shape in session.outputs]
    fits = len(shapes) == len(channels) and all(
        len(shape) == rank and (wanted is None or shape[-1] in {None, wanted})
        for shape, wanted in zip(shapes, channels, strict=True)
    )
    if not fits:
        found = ", ".join(f"{name} {list(shape)}" for name, shape in session.outputs)
        raise ModelError(
            f"the outputs are not those of {family}: {found}",
            where=str(session.path),
            remedy="name the right family, such as yolox:FILE",
        )


def expect_points(found: int, expected: int, session_hint: str) -> None:
    """Refuse outputs that do not belong to the family.

    Raises:
        ModelError: The network has another number of points than its family.
    """
    if found != expected:
        raise ModelError(
            f"the network gives {found} points, a {session_hint} network has {expected}",
            remedy="name the right family, such as yolox:FILE",
        )
