"""The real recordings that sets are made from, and when something moves in each. Seconds into the clip."""

from dataclasses import dataclass

Span = tuple[float, float]
"""From, to; seconds."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One fixed camera's recording.

    Attributes:
        name: For file names.
        clip: Name of the recording, as truth files have it.
        truth: Its truth file's name: zones, rules and events are taken from there.
        things: When somebody or something is in the picture; labelled by eye on frames 0.16 to 0.3 s apart.
        quiet: When nothing is; empty for a place that is never so.
        crop: Share of the picture's height that is cut off at its top and its bottom, to make it 16:9.
    """

    name: str
    clip: str
    truth: str
    things: tuple[Span, ...]
    quiet: tuple[Span, ...] = ()
    crop: Span = (0.0, 0.0)


ROAD = Scene(
    "road",
    "car-detection.mp4",
    "car-detection.yaml",
    things=((4.35, 8.65), (14.4, 19.15), (25.15, 27.8)),
    quiet=((9.8, 14.1), (20.0, 24.8)),
)
TABLE = Scene(
    "table",
    "one-by-one-person-detection.mp4",
    "one-by-one.yaml",
    things=((5.85, 20.1), (22.55, 45.25), (50.1, 70.3), (74.3, 87.1), (91.95, 120.2), (123.2, 136.3)),
    quiet=((1.0, 5.0), (46.4, 49.6), (71.4, 73.8), (89.0, 91.5)),
)
STREET = Scene("street", "vtest", "vtest.yaml", things=((0.0, 79.4),), crop=(0.125, 0.125))

SCENES = (ROAD, TABLE, STREET)
