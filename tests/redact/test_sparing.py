"""Pictures of a clip in which nothing changed are not searched again, and all others are."""

import numpy as np
import pytest

from edge.detect.detections import Image
from edge.redact.regions import Regions, Subject
from edge.redact.sparing import CHANGED, MOST_SPARED, Sparing
from placewatch.errors import RedactionError


class Counting:
    """Finds one head, a pixel further right each time; fails when told."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def find(self, image: Image) -> Regions:
        self.asked += 1
        if self.fails:
            raise RedactionError(f"the search of {image.shape} failed")
        return Regions.of(np.array([[self.asked, 0, 20, 20]], np.float32), Subject.HEAD)


def grey(level: float = 100.0, noise: float = 0.0, seed: int = 0) -> Image:
    values = np.random.default_rng(seed).normal(level, noise, (180, 320, 3))
    return values.clip(0, 255).astype(np.uint8)


def test_an_unchanged_picture_has_what_was_found_before() -> None:
    finder = Counting()
    sparing = Sparing(finder)
    boxes = [sparing.find(grey(noise=4, seed=seed)).boxes[0, 0] for seed in range(3)]
    assert (finder.asked, boxes) == (1, [1, 1, 1])


def test_even_an_unchanged_picture_is_searched_again_soon() -> None:
    finder = Counting()
    sparing = Sparing(finder)
    for _ in range(2 * (MOST_SPARED + 1) + 1):
        sparing.find(grey())
    assert finder.asked == 3


@pytest.mark.parametrize("at", [(0, 0), (83, 201), (168, 308)])
def test_something_of_the_size_of_the_smallest_face_is_a_change(at: tuple[int, int]) -> None:
    finder = Counting()
    sparing = Sparing(finder)
    sparing.find(grey())
    changed = grey()
    changed[at[0] : at[0] + 12, at[1] : at[1] + 12] += np.uint8(CHANGED + 1)
    sparing.find(changed)
    assert finder.asked == 2


def test_nothing_creeps_in() -> None:
    finder = Counting()
    sparing = Sparing(finder)
    for step in range(3):
        sparing.find(grey(100 + step * 0.7 * CHANGED))
    assert finder.asked == 2


def test_another_size_is_a_change() -> None:
    finder = Counting()
    sparing = Sparing(finder)
    sparing.find(grey())
    sparing.find(grey()[:120, :200])
    assert finder.asked == 2


def test_after_a_failure_nothing_is_believed() -> None:
    finder = Counting()
    sparing = Sparing(finder)
    sparing.find(grey())
    finder.fails = True
    for _ in range(2):
        with pytest.raises(RedactionError):
            sparing.find(grey(200))
    assert finder.asked == 3
