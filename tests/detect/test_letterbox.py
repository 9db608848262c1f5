import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.detect.letterbox import Placement, as_bgr, draw, enlarge, fit, stretch, to_blob

SIDES = st.integers(1, 5000)


@pytest.mark.parametrize(
    ("size", "square", "covered", "canvas"),
    [
        ((1920, 1080), False, (416, 234), (416, 256)),
        ((1920, 1080), True, (416, 234), (416, 416)),
        ((768, 576), False, (416, 312), (416, 320)),
        ((1080, 1920), False, (234, 416), (256, 416)),
        ((416, 416), False, (416, 416), (416, 416)),
        ((1, 1), False, (416, 416), (416, 416)),
        ((5000, 1), False, (416, 1), (416, 32)),
        ((1, 5000), True, (1, 416), (416, 416)),
    ],
)
def test_fit(size: tuple[int, int], square: bool, covered: tuple[int, int], canvas: tuple[int, int]) -> None:
    placement = fit(*size, 416, 32, square=square)
    assert (placement.width, placement.height) == covered
    assert placement.canvas == canvas


@given(SIDES, SIDES, st.sampled_from([32, 320, 416, 640]), st.booleans())
def test_fit_covers_no_more_than_the_canvas(width: int, height: int, side: int, square: bool) -> None:
    placement = fit(width, height, side, 32, square=square)
    across, down = placement.canvas
    assert across % 32 == 0
    assert down % 32 == 0
    assert max(across, down) == side
    assert 1 <= placement.width <= across
    assert 1 <= placement.height <= down


@given(SIDES, SIDES)
def test_corners_of_the_picture_come_back(width: int, height: int) -> None:
    for placement in (fit(width, height, 416, 32, square=False), stretch(width, height, 416)):
        corners = np.array([[0, 0, width * placement.scale_x, height * placement.scale_y]], np.float32)
        assert placement.to_picture(corners) == pytest.approx(np.array([[0, 0, width, height]]), rel=1e-5)


def test_points_map_like_boxes() -> None:
    placement = Placement(0.5, 0.25, 10, 10, (32, 32))
    mapped = placement.to_picture(np.array([[1, 1, 2, 2, 3, 3, 4, 4]], np.float32))
    assert mapped.tolist() == [[2, 4, 4, 8, 6, 12, 8, 16]]


def test_enlarge_keeps_pixels_at_scale_one() -> None:
    image = np.random.default_rng(1).integers(0, 256, (37, 53, 3), np.uint8)
    placement = enlarge(53, 37, 1.0, 32)
    canvas = draw(image, placement, 7)
    assert canvas.shape == (64, 64, 3)
    assert np.array_equal(canvas[:37, :53], image)
    assert (canvas[37:] == 7).all()
    assert (canvas[:, 53:] == 7).all()


@pytest.mark.parametrize("size", [(1920, 1080), (1921, 1083), (4000, 3), (3, 4000), (831, 831), (2, 2)])
def test_draw_is_a_fair_copy_at_every_size(size: tuple[int, int]) -> None:
    """A horizontal ramp stays one, whichever way the picture is shrunk."""
    width, height = size
    ramp = np.linspace(0, 255, width).astype(np.uint8)
    image = np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy()
    placement = fit(width, height, 416, 32, square=False)
    canvas = draw(image, placement, 0)
    assert canvas.shape == (*placement.canvas[::-1], 3)
    row = canvas[0, : placement.width, 0].astype(float)
    centres = (np.arange(placement.width) + 0.5) / placement.width
    expected = np.interp(centres * width - 0.5, np.arange(width), ramp)
    assert np.abs(row - expected).max() <= 3


def test_shrinking_does_not_alias() -> None:
    """Stripes of one pixel turn grey; sampling every fourth pixel would give them back as black or white."""
    image = np.zeros((400, 1664, 3), np.uint8)
    image[:, ::2] = 255
    canvas = draw(image, fit(1664, 400, 416, 32, square=False), 0)
    assert np.abs(canvas[:100].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("rgb", [False, True])
def test_blob_is_normalised_and_channels_first(rgb: bool) -> None:
    canvas = np.random.default_rng(2).integers(0, 256, (32, 64, 3), np.uint8)
    mean, std = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
    ordered = canvas[..., ::-1] if rgb else canvas
    expected = ((ordered - np.array(mean)) / np.array(std)).transpose(2, 0, 1)[None]
    blob = to_blob(canvas, mean, std, rgb=rgb)
    assert blob.dtype == np.float32
    assert blob == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4)])
def test_grey_and_transparent_pictures_become_bgr(shape: tuple[int, ...]) -> None:
    assert as_bgr(np.full(shape, 9, np.uint8)).tolist() == np.full((5, 7, 3), 9).tolist()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 3), np.float32),
    ],
    ids=lambda image: f"{image.dtype}{image.shape}",
)
def test_what_is_no_picture_is_refused(image: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="picture"):
        as_bgr(image)
