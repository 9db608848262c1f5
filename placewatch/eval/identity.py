"""How well a tracker keeps its tracks: IDF1 (Ristani et al., 2016) and HOTA (Luiten et al., 2021). Pure.

Both are about boxes over the time of one clip; the ids mean nothing beyond it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from edge.detect.detections import Boxes
from placewatch.eval.average_precision import overlaps

_ALPHAS = np.arange(0.05, 0.96, 0.05)
"""Overlaps over which HOTA is the mean."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture: N true boxes and M tracked ones with their ids (``x1 y1 x2 y2``, pixels)."""

    truth: Boxes
    truth_ids: NDArray[np.int64]
    found: Boxes
    found_ids: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Identity:
    """Figures of one clip, 0..1; not a number when there is neither truth nor track.

    Attributes:
        idf1: Share of boxes under the one best pairing of whole paths, at an IoU of 0.5.
        hota: Geometric mean of detection and association, over overlaps from 0.05 to 0.95.
        det_a: Detection accuracy, mean over the same overlaps.
        ass_a: Association accuracy, likewise.
    """

    idf1: float
    hota: float
    det_a: float
    ass_a: float


def identity(pictures: Sequence[Labelled]) -> Identity:
    """Compare tracks with true paths."""
    paths = sorted({int(each) for picture in pictures for each in picture.truth_ids})
    tracks = sorted({int(each) for picture in pictures for each in picture.found_ids})
    true_boxes = sum(len(picture.truth) for picture in pictures)
    found_boxes = sum(len(picture.found) for picture in pictures)
    if true_boxes + found_boxes == 0:
        return Identity(*[float("nan")] * 4)
    if not true_boxes or not found_boxes:
        return Identity(0.0, 0.0, 0.0, 0.0)
    table = [_Picture.of(picture, paths, tracks) for picture in pictures]
    shape = (len(paths), len(tracks))
    figures = np.array([_at(table, shape, float(alpha)) for alpha in _ALPHAS])
    hota, det, ass = figures.mean(axis=0)
    return Identity(_idf1(table, shape, true_boxes + found_boxes), float(hota), float(det), float(ass))


@dataclass(frozen=True, slots=True)
class _Picture:
    """Overlaps of one picture's boxes, and the rows of their paths and tracks."""

    iou: NDArray[np.float32]
    paths: NDArray[np.intp]
    tracks: NDArray[np.intp]

    @classmethod
    def of(cls, picture: Labelled, paths: list[int], tracks: list[int]) -> "_Picture":
        return cls(
            overlaps(picture.truth, picture.found),
            np.searchsorted(paths, picture.truth_ids),
            np.searchsorted(tracks, picture.found_ids),
        )


def _idf1(table: Sequence[_Picture], shape: tuple[int, int], boxes: int) -> float:
    together = np.zeros(shape)
    for picture in table:
        rows, columns = np.nonzero(picture.iou >= 0.5)
        np.add.at(together, (picture.paths[rows], picture.tracks[columns]), 1)
    paired = together[linear_sum_assignment(together, maximize=True)].sum()
    return float(2 * paired / boxes)


def _at(table: Sequence[_Picture], shape: tuple[int, int], alpha: float) -> tuple[float, float, float]:
    """HOTA, detection and association accuracy at one overlap.

    Boxes are matched so that as many as possible are, in favour of paths and tracks that go together over the
    whole clip, as the authors' reference does.
    """
    together, true_counts, found_counts = np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[1])
    for picture in table:
        np.add.at(true_counts, picture.paths, 1)
        np.add.at(found_counts, picture.tracks, 1)
        share = _shared(picture.iou)
        np.add.at(together, (picture.paths[:, None], picture.tracks[None, :]), share)
    alignment = together / (true_counts[:, None] + found_counts[None, :] - together)
    matched = np.zeros(shape)
    hits = 0
    for picture in table:
        score = alignment[picture.paths[:, None], picture.tracks[None, :]] * picture.iou
        rows, columns = linear_sum_assignment(score, maximize=True)
        near = picture.iou[rows, columns] >= alpha - np.finfo(float).eps
        hits += int(near.sum())
        np.add.at(matched, (picture.paths[rows[near]], picture.tracks[columns[near]]), 1)
    union = np.maximum(1, true_counts[:, None] + found_counts[None, :] - matched)
    association = float((matched * matched / union).sum() / max(1, hits))
    detection = hits / max(1.0, float(true_counts.sum() + found_counts.sum()) - hits)
    return float(np.sqrt(detection * association)), detection, association


def _shared(iou: NDArray[np.float32]) -> NDArray[np.float64]:
    """Overlap of a pair over all that either overlaps: 1 where only the two meet."""
    table = iou.astype(np.float64)
    whole = table.sum(axis=0)[None, :] + table.sum(axis=1)[:, None] - table
    return np.asarray(np.divide(table, whole, out=np.zeros_like(table), where=whole > 1e-9))
