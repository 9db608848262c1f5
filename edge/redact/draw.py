"""Zones and boxes drawn on a picture that is already redacted: crisp by day and by night."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Image

Polygon = Sequence[tuple[float, float]]
"""Corners in normalised picture coordinates, 0..1, origin top left."""

Colour = tuple[int, int, int]

ZONE: Colour = (0, 191, 255)
BOX: Colour = (80, 255, 80)
HALO: Colour = (16, 16, 16)
"""BGR. A dark halo under every bright line: one of the two stands out from any background."""

_FILL = 0.14
_SHIFT = 4
"""Fractional bits of the coordinates that OpenCV draws at: lines lie on sixteenths of a pixel."""


def draw_zones(pixels: Image, zones: Sequence[Polygon], labels: Sequence[str] = ()) -> None:
    """Draw outlines and a faint fill in place; a label, where there is one, at the zone's topmost corner."""
    height, width = pixels.shape[:2]
    corners = [np.array(zone, np.float64) * (width, height) for zone in zones]
    if corners:
        _fill(pixels, corners)
    for points in corners:
        _line(pixels, points, ZONE)
    for points, label in zip(corners, labels, strict=False):
        _label(pixels, label, points[points[:, 1].argmin()], ZONE)


def _fill(pixels: Image, polygons: Sequence[NDArray[np.float64]]) -> None:
    """Faintly; only the rectangle around them is touched, which in most pictures is a small part."""
    height, width = pixels.shape[:2]
    every = np.concatenate(polygons)
    left, top = (max(0, int(value) - 1) for value in np.floor(every.min(axis=0)))
    right, bottom = np.minimum(np.ceil(every.max(axis=0)).astype(int) + 2, (width, height)).tolist()
    if right <= left or bottom <= top:
        return
    part = pixels[top:bottom, left:right]
    filled = part.copy()
    cv2.fillPoly(filled, [_fixed(points - (left, top)) for points in polygons], ZONE, cv2.LINE_AA, _SHIFT)
    part[:] = cv2.addWeighted(filled, _FILL, part, 1 - _FILL, 0)


def draw_boxes(pixels: Image, boxes: Boxes, labels: Sequence[str] = ()) -> None:
    """Draw boxes (N x 4, pixels of this picture) in place; labels, where given, above them."""
    height, width = pixels.shape[:2]
    for x1, y1, x2, y2 in boxes.astype(np.float64):
        left, right = np.clip((x1, x2), 1, width - 2)
        top, bottom = np.clip((y1, y2), 1, height - 2)
        _line(pixels, np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), BOX)
    for box, label in zip(boxes, labels, strict=False):
        _label(pixels, label, box[:2].astype(np.float64), BOX)


def _stroke(pixels: Image) -> int:
    """Line width that looks the same on every picture size: 2 pixels at 720p."""
    return max(1, round(min(int(pixels.shape[0]), int(pixels.shape[1])) / 360))


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    fixed: NDArray[np.int32] = np.rint(points * 2**_SHIFT).astype(np.int32)
    return fixed


def _line(pixels: Image, points: NDArray[np.float64], colour: Colour) -> None:
    stroke = _stroke(pixels)
    for width, ink in ((stroke + 2, HALO), (stroke, colour)):
        cv2.polylines(pixels, [_fixed(points)], True, ink, width, cv2.LINE_AA, _SHIFT)


def _label(pixels: Image, text: str, anchor: NDArray[np.float64], colour: Colour) -> None:
    """Dark letters on a plate of the line's colour, moved inside the picture where it would stick out."""
    if not text:
        return
    scale = max(0.4, min(pixels.shape[:2]) / 1200)
    face, pen = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(scale * 1.6))
    (wide, high), base = cv2.getTextSize(text, face, scale, pen)
    pad = max(2, high // 3)
    height, width = pixels.shape[:2]
    left = int(np.clip(anchor[0], 0, max(0, width - wide - 2 * pad)))
    bottom = int(np.clip(anchor[1] - 1, high + base + 2 * pad, height - 1))
    plate = (left, bottom - high - base - 2 * pad), (left + wide + 2 * pad, bottom)
    cv2.rectangle(pixels, *plate, colour, cv2.FILLED)
    cv2.putText(pixels, text, (left + pad, bottom - base - pad + 1), face, scale, HALO, pen, cv2.LINE_AA)
