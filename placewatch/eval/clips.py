"""Where the clip that a truth file names lies."""

import os
from pathlib import Path

from placewatch.errors import StreamError
from placewatch.paths import cache_dir, shipped


def media_folders() -> list[Path]:
    """Where clips are looked for besides beside their truth file: development footage, what was fetched."""
    shared = os.environ.get("PLACEWATCH_SHARED")
    base = Path(shared) if shared else shipped("configs").parent.parent / "shared"
    return [base / "media", cache_dir() / "footage"]


YUNET = "yunet_n_dynamic.onnx"
"""A face detector that redaction does not use, among the development models."""


def independent_faces() -> str | None:
    """The independent face detector as `edge.detect.registry.load_faces` takes it, where it is there."""
    found = media_folders()[0].parent / "models" / YUNET
    return f"yunet:{found}" if found.is_file() else None


VEHICLES = ("yolox:yolox_nano_416.onnx", "picodet:picodet_s_416.onnx")
"""Object detectors that redaction does not use, among the development models."""


def independent_vehicles() -> list[str]:
    """The independent object detectors that are there, as `edge.detect.registry.load_detector` takes them."""
    folder = media_folders()[0].parent / "models"
    known = [each.split(":") for each in VEHICLES]
    return [f"{family}:{folder / file}" for family, file in known if (folder / file).is_file()]


def find_clip(name: str, beside: Path) -> Path:
    """The file.

    Args:
        name: As the truth file has it; `vtest` finds `vtest.mp4`.
        beside: The truth file.

    Raises:
        StreamError: It is nowhere.
    """
    folders = [beside.parent, *media_folders()]
    for folder in folders:
        for candidate in (folder / name, folder / f"{name}.mp4"):
            if candidate.is_file():
                return candidate
    looked = ", ".join(str(folder) for folder in folders)
    raise StreamError(
        f"no clip {name!r} in {looked}",
        where=str(beside),
        remedy="run placewatch footage fetch, give the clip's path, or leave it out with --skip-missing",
    )
