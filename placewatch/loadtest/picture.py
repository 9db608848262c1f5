"""A still to send along: drawn, so nobody is on it."""

import time

import cv2
import numpy as np

from messages import Evidence
from placewatch.clock import utc

_WIDTH, _HEIGHT = 640, 360


def picture() -> Evidence:
    """A JPEG of about 25 KiB, the size of a redacted still."""
    noise = np.random.default_rng(1).integers(0, 60, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    cv2.rectangle(noise, (80, 60), (400, 300), (120, 160, 200), -1)
    quality = (int(cv2.IMWRITE_JPEG_QUALITY), 30)
    jpeg = cv2.imencode(".jpg", noise, quality)[1].tobytes()
    return Evidence(width=_WIDTH, height=_HEIGHT, jpeg=jpeg, captured=utc(time.time()), blurred=0)
