"""Drawn pictures of things that detectors know, so that tests need no photographs."""

import cv2
import numpy as np

from edge.detect.detections import Image

_GREY = (150, 150, 150)


def blank(width: int, height: int) -> Image:
    """Grey, with a soft gradient: flat canvases are unlike any photograph."""
    ramp = np.linspace(110, 190, height, dtype=np.float32)[:, None, None]
    return np.broadcast_to(ramp, (height, width, 3)).astype(np.uint8)


def stop_sign(width: int, height: int, centre: tuple[int, int], radius: int) -> tuple[Image, list[float]]:
    """A stop sign on a pole, and its box."""
    image = blank(width, height)
    x, y = centre
    cv2.rectangle(image, (x - radius // 12, y), (x + radius // 12, height), (90, 90, 90), -1)
    for size, colour in ((radius, (255, 255, 255)), (int(radius * 0.93), (40, 30, 190))):
        angles = np.pi / 8 + np.arange(8) * np.pi / 4
        corners = np.stack([x + size * np.cos(angles), y + size * np.sin(angles)], axis=1)
        cv2.fillPoly(image, [corners.round().astype(np.int32)], colour, cv2.LINE_AA)
    scale, thick = radius / 42, max(1, radius // 9)
    (across, down), _ = cv2.getTextSize("STOP", cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    at = (x - across // 2, y + down // 2)
    cv2.putText(image, "STOP", at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), thick, cv2.LINE_AA)
    reach = radius * np.cos(np.pi / 8)
    return image, [x - reach, y - reach, x + reach, y + reach]


def plate(width: int, height: int, at: tuple[int, int], size: int) -> tuple[Image, list[float]]:
    """A blue Chinese plate (440 x 140 mm) ``size`` pixels wide, with letters only, and its box."""
    image = blank(width, height)
    image[:] = image // 4
    x, y = at
    tall = size * 140 // 440
    cv2.rectangle(image, (x, y), (x + size, y + tall), (180, 80, 20), -1)
    edge = max(1, size // 100)
    cv2.rectangle(
        image, (x + 2 * edge, y + 2 * edge), (x + size - 2 * edge, y + tall - 2 * edge), (240, 240, 240), edge
    )
    scale, thick = size / 175, max(1, size // 60)
    at_text = (x + size // 16, y + tall * 3 // 4)
    cv2.putText(
        image,
        "AB-12345",
        at_text,
        cv2.FONT_HERSHEY_SIMPLEX,
        scale * 1.05,
        (240, 240, 240),
        thick,
        cv2.LINE_AA,
    )
    return image, [x, y, x + size, y + tall]


def face(width: int, height: int, centre: tuple[int, int], radius: int) -> tuple[Image, list[float]]:
    """A face seen from the front, and a box from brow to chin."""
    image = blank(width, height)
    x, y = centre
    r = radius

    def spot(dx: float, dy: float, ax: float, ay: float, colour: tuple[int, int, int]) -> None:
        at = (round(x + dx * r), round(y + dy * r))
        cv2.ellipse(
            image, at, (max(1, round(ax * r)), max(1, round(ay * r))), 0, 0, 360, colour, -1, cv2.LINE_AA
        )

    cv2.rectangle(image, (x - r // 2, y + r), (x + r // 2, y + 2 * r), (110, 140, 190), -1)
    spot(0, 2.6, 1.9, 1.2, (90, 60, 50))
    spot(0, -0.25, 0.95, 1.2, (30, 40, 50))
    spot(0, 0.05, 0.8, 1.1, (140, 170, 215))
    for side in (-1, 1):
        spot(side * 0.33, -0.32, 0.2, 0.05, (40, 50, 70))
        spot(side * 0.33, -0.15, 0.16, 0.09, (235, 235, 235))
        spot(side * 0.33, -0.15, 0.08, 0.08, (40, 40, 40))
        spot(side * 0.08, 0.3, 0.05, 0.04, (80, 100, 150))
    spot(0, 0.2, 0.1, 0.16, (125, 155, 205))
    spot(0, 0.62, 0.3, 0.09, (90, 90, 190))
    spot(0, 0.62, 0.28, 0.02, (50, 50, 110))
    image[:] = cv2.GaussianBlur(image, (0, 0), max(0.6, r / 40))
    return image, [x - 0.8 * r, y - 0.9 * r, x + 0.8 * r, y + 1.1 * r]
