"""Labelled boxes: MOTChallenge files, the detector's average precision, the tracker's identity figures."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import PERSON
from edge.detect.detections import Boxes, Detections
from edge.detect.registry import Detector
from edge.redact.clipfile import open_clip
from edge.rules.scene import Tracks
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.eval.average_precision import Scored
from placewatch.eval.identity import Labelled


@dataclass(frozen=True, slots=True)
class Persons:
    """True persons of one picture: N boxes (``x1 y1 x2 y2``, pixels) and their ids within the clip."""

    boxes: Boxes
    ids: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Persons":
        """Nobody."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.int64))


def read_mot(path: Path, first_frame: int = 1) -> dict[int, Persons]:
    """Persons by picture, counted from 0.

    Args:
        path: MOTChallenge CSV: frame, id, x, y, width, height, and more that is not read here.
        first_frame: The number that the file gives the first picture.

    Raises:
        ConfigError: Each line that cannot be read.
    """
    rows: dict[int, list[tuple[int, list[float]]]] = defaultdict(list)
    problems: list[ConfigProblem] = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file), 1):
                try:
                    frame, who = int(row[0]) - first_frame, int(float(row[1]))
                    x, y, width, height = (float(value) for value in row[2:6])
                except (ValueError, IndexError):
                    fix = "write frame,id,x,y,width,height"
                    problems.append(ConfigProblem(str(path), number, "", "not a MOTChallenge row", fix))
                    continue
                rows[frame].append((who, [x, y, x + width, y + height]))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [ConfigProblem(str(path), 0, "boxes.file", f"cannot be read: {error}", "check it")]
        ) from error
    if problems:
        raise ConfigError(problems)
    return {
        frame: Persons(
            np.array([box for _, box in found], np.float32), np.array([who for who, _ in found], np.int64)
        )
        for frame, found in rows.items()
    }


def labelled(truth: Persons, tracks: Tracks) -> Labelled:
    """One look's true persons beside the persons that are tracked and seen in it."""
    persons = tracks.seen & np.isin(tracks.classes, list(PERSON))
    return Labelled(truth.boxes, truth.ids, tracks.boxes[persons], tracks.ids[persons])


def seen_boxes(truth: Persons, detections: Detections) -> Scored:
    """One look's true persons beside those that the box saw in it."""
    people = detections.of_classes(PERSON)
    people = people.where(np.argsort(-people.scores, kind="stable"))
    return Scored(people.boxes, people.scores, truth.boxes)


def scored(detector: Detector, clip: Path, truth: Mapping[int, Persons], every: int) -> Iterator[Scored]:
    """What a detector finds of the persons in each ``every``-th picture of a clip.

    Args:
        detector: Asked for everything down to a very low score.
        clip: The clip.
        truth: Persons by picture; pictures after the last labelled one are not measured.
        every: Step.

    Raises:
        RedactionError: The clip cannot be read.
    """
    last = max(truth, default=-1)
    with open_clip(clip) as opened:
        for frame in opened.frames():
            if frame.index > last:
                return
            if frame.index % every == 0:
                people = detector.detect([frame.image])[0].of_classes(PERSON)
                yield Scored(people.boxes, people.scores, truth.get(frame.index, Persons.none()).boxes)
