"""Read picture files."""

from pathlib import Path

import cv2
import numpy as np

from edge.detect.detections import Image
from placewatch.errors import PlacewatchError


class PictureError(PlacewatchError):
    """A file that cannot be read as a picture."""


def read_picture(path: Path) -> Image:
    """A picture file as H x W x 3 BGR, turned upright as its EXIF data say.

    Raises:
        PictureError: No such file, not readable, or not a picture.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise PictureError(f"cannot be read: {reason}", where=str(path)) from error
    remedy = "give a JPEG, PNG, WebP, BMP or TIFF file"
    if not content:
        raise PictureError("the file is empty", where=str(path), remedy=remedy)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PictureError(f"not a picture: {error.err}", where=str(path), remedy=remedy) from error
    if image is None:
        raise PictureError("not a picture", where=str(path), remedy=remedy)
    return np.asarray(image, np.uint8)
