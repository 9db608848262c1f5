"""`RedactedImage` cannot be forged or changed, and its files carry pixels alone."""

import copy
import pickle
from typing import cast

import cv2
import numpy as np
import pytest

from edge.detect.detections import Image
from edge.redact.image import FILE_TYPES, RedactedImage, seal
from edge.redact.regions import Counts, Regions, Subject
from messages import MAX_INLINE_PICTURE
from placewatch.errors import RedactionError
from tests.redact.fakes import boxes, covered, noise


def sealed(width: int = 64, height: int = 48) -> RedactedImage:
    return seal(noise(width, height), Regions.of(boxes((4, 4, 40, 40)), Subject.HEAD))


def decoded(file: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_it_is_covered_and_says_so() -> None:
    raw, picture = noise(64, 48), sealed()
    assert covered(raw, picture.pixels, (4, 4, 40, 40))
    assert (picture.width, picture.height, picture.blurred) == (64, 48, 1)
    assert picture.counts == Counts(heads=1)


@pytest.mark.parametrize("door", [None, object(), True])
def test_nobody_else_makes_one(door: object) -> None:
    with pytest.raises(TypeError, match=r"only edge\.redact"):
        RedactedImage(noise(8, 8), Counts(), door=door)


def test_it_cannot_be_subclassed_past_the_door() -> None:
    made = cast("type[RedactedImage]", type("Forged", (RedactedImage,), {}))
    with pytest.raises(TypeError, match=r"only edge\.redact"):
        made(noise(8, 8), Counts(), door=None)


def test_it_cannot_be_changed() -> None:
    picture = sealed()
    with pytest.raises(AttributeError):
        picture._pixels = noise(64, 48)
    with pytest.raises(AttributeError):
        del picture._pixels
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0
    with pytest.raises(ValueError, match="WRITEABLE"):
        picture.pixels.setflags(write=True)
    with pytest.raises(ValueError, match="WRITEABLE"):
        cast("Image", picture.pixels.base).setflags(write=True)


def test_it_does_not_follow_the_array_it_was_made_from() -> None:
    raw = noise(32, 32)
    picture = seal(raw, Regions.empty())
    before = picture.pixels.copy()
    raw[:] = 0
    assert np.array_equal(picture.pixels, before)


def test_it_is_not_pickled_and_copies_are_itself() -> None:
    picture = sealed()
    with pytest.raises(TypeError, match="as a file, not as a pickle"):
        pickle.dumps(picture)
    assert copy.copy(picture) is picture
    assert copy.deepcopy([picture])[0] is picture


@pytest.mark.parametrize("size", [(1920, 1080), (640, 480), (33, 500), (1, 1), (5000, 3)])
def test_jpeg_fits_a_message_however_noisy(size: tuple[int, int]) -> None:
    picture = seal(noise(*size), Regions.empty())
    file = picture.jpeg()
    assert len(file) <= MAX_INLINE_PICTURE
    height, width = decoded(file).shape[:2]
    assert max(width, height) <= min(1280, max(size))
    assert width / height == pytest.approx(size[0] / size[1], rel=0.05) or min(width, height) <= 3


@pytest.mark.parametrize(("most", "side"), [(20_000, 1280), (4_000, 320), (900, 64)])
def test_jpeg_gives_up_quality_and_size_before_it_gives_up(most: int, side: int) -> None:
    file = seal(noise(800, 600), Regions.empty()).jpeg(max_bytes=most, max_side=side)
    assert len(file) <= most
    assert max(decoded(file).shape[:2]) <= side


def test_jpeg_that_cannot_fit_is_an_error() -> None:
    with pytest.raises(RedactionError, match="fits 100 bytes"):
        seal(noise(800, 600), Regions.empty()).jpeg(max_bytes=100)


def test_jpeg_has_no_metadata() -> None:
    """Only the segments that a decoder needs: no EXIF (APP1), no comment (COM), no maker's segment."""
    file = sealed().jpeg()
    at, markers = 2, []
    while file[at + 1] != 0xDA:
        markers.append(file[at + 1])
        at += 2 + int.from_bytes(file[at + 2 : at + 4])
    assert set(markers) <= {0xE0, 0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDD}


@pytest.mark.parametrize("ending", [*FILE_TYPES, ".JPG"])
def test_files_at_full_size(ending: str) -> None:
    picture = sealed(301, 203)
    file = picture.file(ending)
    assert decoded(file).shape == (203, 301, 3)
    if ending == ".png":
        assert np.array_equal(decoded(file), picture.pixels)


@pytest.mark.parametrize("ending", [".gif", "", ".mp4"])
def test_other_endings_are_refused(ending: str) -> None:
    with pytest.raises(RedactionError, match="not written as"):
        sealed().file(ending)


def test_a_picture_too_large_for_its_format_is_one_clear_error() -> None:
    with pytest.raises(RedactionError, match="70000x2"):
        seal(np.zeros((2, 70000, 3), np.uint8), Regions.empty()).file(".jpg")


@pytest.mark.parametrize(
    "raw",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_what_is_no_picture_is_refused(raw: Image) -> None:
    with pytest.raises(RedactionError, match="not a colour picture"):
        seal(raw, Regions.empty())


@pytest.mark.parametrize("light", [12, 128, 250])
def test_drawings_stand_out_by_day_and_by_night(light: int) -> None:
    plain = seal(np.full((360, 640, 3), light, np.uint8), Regions.empty())
    zone = ((0.1, 0.2), (0.5, 0.2), (0.5, 0.9), (0.1, 0.9))
    drawn = plain.annotated([zone], boxes((400, 100, 500, 300)), zone_labels=["lane"], box_labels=["car"])
    assert drawn.counts == plain.counts
    assert not np.array_equal(drawn.pixels, plain.pixels)
    change = np.abs(drawn.pixels.astype(int) - light).max(axis=2)
    assert change[72, 100:300].min() > 60  # the zone's upper side
    assert change[150:250, 400].min() > 60  # the box's left side
    assert 0 < change[200, 200] < 60  # inside the zone the scene stays to be seen
    assert change[350, 600] == 0


def test_drawings_stay_inside_the_picture() -> None:
    plain = seal(noise(40, 30), Regions.empty())
    zone = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    far = boxes((-500, -500, 900, 900), (20, 10, 20, 10))
    drawn = plain.annotated([zone], far, zone_labels=["a long label indeed"], box_labels=["x", "y"])
    assert drawn.pixels.shape == plain.pixels.shape
