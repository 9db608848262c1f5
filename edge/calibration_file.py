"""What calibration learned, as the file that a box reads."""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from edge.config_shapes import Name, NuisanceArea
from placewatch.config import Settings, load

_HEAD = """\
# Written by placewatch edge calibrate; named in the box's configuration as calibration: {name}
# Motion in these places does not wake its camera, unless it is larger than usual. Take out what is wrong.
"""


class LearnedArea(NuisanceArea):
    """A place, and what speaks for it."""

    moved: float = Field(0.0, ge=0, le=1)
    """Share of the pictures in which it moved."""


class LearnedCamera(Settings):
    """One camera."""

    learned: datetime
    """When."""
    seconds: float = Field(ge=0)
    """From how much of its stream."""
    nuisance: tuple[LearnedArea, ...] = ()
    """Its places."""


class CalibrationFile(Settings):
    """The file."""

    cameras: dict[Name, LearnedCamera]
    """By camera id; cameras that the box does not have do no harm."""

    def areas(self, camera: str) -> tuple[NuisanceArea, ...]:
        """A camera's places."""
        learned = self.cameras.get(camera)
        return () if learned is None else tuple(learned.nuisance)


def merged(path: Path, learned: Mapping[str, LearnedCamera]) -> CalibrationFile:
    """The file's cameras with those that were learned anew in place of their older selves.

    Raises:
        ConfigError: There is a file, and it is none of these.
    """
    before = load(path, CalibrationFile).cameras if path.exists() else {}
    return CalibrationFile(cameras={**before, **learned})


def write(path: Path, content: CalibrationFile) -> None:
    """Write the file at once, or not at all."""
    document: dict[str, Any] = {
        "cameras": {
            name: {
                "learned": camera.learned.isoformat(timespec="seconds"),
                "seconds": round(camera.seconds, 1),
                "nuisance": [_row(area) for area in camera.nuisance],
            }
            for name, camera in content.cameras.items()
        }
    }
    text = _HEAD.format(name=path.name) + yaml.safe_dump(document, sort_keys=False, default_flow_style=None)
    work = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        work.write_text(text, encoding="utf-8")
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)


def _row(area: LearnedArea) -> dict[str, Any]:
    polygon: Sequence[Sequence[float]] = [[round(x, 4), round(y, 4)] for x, y in area.polygon]
    return {"moved": round(area.moved, 3), "usual": round(area.usual, 5), "polygon": polygon}
