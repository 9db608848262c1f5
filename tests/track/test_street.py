"""The tracker on the true paths of a real street (PETS09-S2L1), thinned and spoilt as a detector would."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from edge.detect.detections import Detections
from edge.rules.geometry import iou
from edge.track.tracker import Tracker
from tests.parts import shared

FRAMES, VIDEO_FPS = 795, 10


@dataclass(frozen=True, slots=True)
class Result:
    idf1: float
    switches: int


def truth() -> dict[int, list[tuple[int, list[float]]]]:
    frames: dict[int, list[tuple[int, list[float]]]] = defaultdict(list)
    with shared("media/vtest_gt.csv").open(encoding="utf-8") as file:
        for frame, who, x, y, w, h, *_ in csv.reader(file):
            left, top = float(x), float(y)
            frames[int(frame) - 1].append((int(who), [left, top, left + float(w), top + float(h)]))
    return frames


def run(every: int, missed: float, jitter: float) -> Result:
    """Track ``every``-th frame; a box is missed so often and jitters by so much of its height."""
    rng, tracker, paths = np.random.default_rng(0), Tracker(), truth()
    together: Counter[tuple[int, int]] = Counter()
    last: dict[int, int] = {}
    switches = boxes_seen = boxes_true = 0
    for frame in range(0, FRAMES, every):
        people = [who for who, _ in paths[frame]]
        boxes = np.array([box for _, box in paths[frame]], np.float64).reshape(-1, 4)
        noise = rng.normal(0, jitter, boxes.shape) * (boxes[:, 3:4] - boxes[:, 1:2])
        found = rng.random(len(boxes)) >= missed
        spoilt = (boxes + noise)[found].astype(np.float32)
        count = len(spoilt)
        tracks = tracker.update(
            Detections(spoilt, np.full(count, 0.7, np.float32), np.zeros(count, np.int32)), frame / VIDEO_FPS
        )
        overlap = iou(boxes.astype(np.float32), tracks.boxes[tracks.seen])
        rows, columns = linear_sum_assignment(-overlap)
        boxes_true += len(boxes)
        boxes_seen += int(tracks.seen.sum())
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if overlap[row, column] >= 0.5:
                who, track = people[row], int(tracks.ids[tracks.seen][column])
                together[who, track] += 1
                switches += last.setdefault(who, track) != track
                last[who] = track
    people, ids = sorted({who for who, _ in together}), sorted({track for _, track in together})
    table = np.array([[together[who, track] for track in ids] for who in people])
    matched = int(table[linear_sum_assignment(-table)].sum())
    return Result(2 * matched / (boxes_true + boxes_seen), switches)


@pytest.mark.parametrize(
    ("every", "missed", "jitter", "idf1", "switches"),
    [
        (1, 0.0, 0.0, 0.90, 3),
        (2, 0.0, 0.0, 0.90, 10),
        (2, 0.1, 0.03, 0.75, 25),
        (5, 0.0, 0.0, 0.85, 12),
        (5, 0.1, 0.03, 0.65, 45),
    ],
)
def test_people_keep_their_ids(every: int, missed: float, jitter: float, idf1: float, switches: int) -> None:
    result = run(every, missed, jitter)
    assert result.idf1 >= idf1, result
    assert result.switches <= switches, result
