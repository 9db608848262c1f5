"""Pictures that are taken, and those that are not."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.store.jpeg import JpegError, Size, inspect
from tests.central.speech import jpeg


def encoded(*options: int, grey: bool = False) -> bytes:
    picture = np.random.default_rng(1).integers(0, 255, (120, 200, 3), np.uint8)
    return cv2.imencode(".jpg", picture[..., 0] if grey else picture, list(options))[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [
        encoded(),
        encoded(grey=True),
        encoded(cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        encoded(cv2.IMWRITE_JPEG_RST_INTERVAL, 4),
        encoded(cv2.IMWRITE_JPEG_QUALITY, 100),
        encoded(cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    ],
)
def test_sound_pictures(data: bytes) -> None:
    assert inspect(data) == Size(200, 120)


EXIF = b"\xff\xe1\x00\x10Exif\x00\x00thumbnai"
LARGE = jpeg().replace(b"\x00\x30\x00\x40\x03", b"\xff\xff\xff\xff\x03")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JPEG"),
        (b"\x89PNG\r\n", "not a JPEG"),
        (b"<svg onload=alert(1)>", "not a JPEG"),
        (jpeg()[:2] + EXIF + jpeg()[2:], "metadata"),
        (jpeg()[:-2], "cut short"),
        (jpeg()[:40], "cut short"),
        (jpeg() + b"PK\x03\x04", "follow its end"),
        (jpeg() + jpeg(), "follow its end"),
        (b"\xff\xd8\xff\xd9", "no picture"),
        (LARGE, "megapixels"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(JpegError, match=reason):
        inspect(data)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_an_answer(tail: bytes) -> None:
    for data in (tail, b"\xff\xd8" + tail, jpeg()[:200] + tail):
        try:
            inspect(data)
        except JpegError:
            continue
