"""The audit of redaction in an evaluation: other detectors look at every picture that would leave."""

import os
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.ingest.source import open_source
from edge.redact.audit import Auditor, marked
from edge.redact.residual import Left
from placewatch.eval.clips import find_clip
from placewatch.eval.evidence import pictures_of
from placewatch.eval.report import Redaction
from placewatch.eval.run import ClipRun
from placewatch.eval.truth import Truth

EVERY_S = 0.5
"""Of a finished clip one picture in so many seconds is looked at."""

MOST_SHOWN = 20
"""Pictures with residuals that the page shows."""


def spread(truths: Sequence[Truth], pictures: int) -> float | None:
    """Seconds between pictures that are redacted besides the stills, so that all clips together give enough.

    Args:
        truths: Whose clips.
        pictures: Wanted; 0 for none.
    """
    if not pictures:
        return None
    seconds = 0.0
    for truth in truths:
        with open_source(os.fspath(find_clip(truth.spec.clip, truth.file))) as source:
            seconds += source.info.duration_s
    # A tenth more: a clip's pictures do not fall on the very seconds that are asked for.
    return seconds / (1.1 * pictures) if seconds else 1.0


def audit(
    looker: Auditor, runs: Sequence[ClipRun], tell: Callable[[float, float], None]
) -> tuple[Redaction, list[tuple[str, bytes]]]:
    """Look at every picture of the runs.

    Args:
        looker: Who looks.
        runs: With the pictures that would leave, JPEG.
        tell: Told pictures done and all.

    Returns:
        The figures, and the worst pictures with a caption, PNG.
    """
    whole = sum(len(run.pictures) for run in runs)
    counts = dict.fromkeys(Left, 0)
    worst: list[tuple[float, str, bytes]] = []
    done = of_clips = 0
    for run in runs:
        for name, image in _outgoing(run):
            residuals = looker.inspect(image)
            for each in residuals:
                counts[each.what] += 1
            if residuals:
                most = max(each.score for each in residuals)
                caption = f"{run.truth.name}, {name}: " + ", ".join(
                    f"{each.what} {each.score:.2f} by {each.found_by}" for each in residuals
                )
                worst.append((most, caption, marked(image, residuals)))
                worst = sorted(worst, key=lambda entry: -entry[0])[:MOST_SHOWN]
            done += 1
            of_clips += name.startswith("clip")
            tell(done, max(whole, done))
    figures = Redaction(done, counts[Left.FACE], counts[Left.PLATE], looker.independent, of_clips)
    return figures, [(caption, png) for _, caption, png in worst]


def _outgoing(run: ClipRun) -> Iterator[tuple[str, Image]]:
    """What would leave, by name: stills, then the pictures of finished clips."""
    for number, jpeg in enumerate(run.pictures):
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        yield f"picture {number}", np.asarray(image, np.uint8)
    for number, mp4 in enumerate(run.evidence):
        for index, image in enumerate(pictures_of(mp4, EVERY_S)):
            yield f"clip {number} at {index * EVERY_S:g} s", image
