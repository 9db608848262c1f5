"""The cameras of a measured box: which recording each shows, from where on, and what it is watched for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from placewatch.bench.box.recordings import Recording, begun_at

ANYWHERE: Mapping[str, Any] = {
    "zones": [{"id": "picture", "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}],
    "rules": [{"kind": "perimeter_intrusion", "zone": "picture", "clear_s": 2.0}],
}
"""What a recording without a truth file is watched for: anybody or any vehicle anywhere."""


@dataclass(frozen=True, slots=True)
class BenchCamera:
    """One camera.

    Attributes:
        id: Camera id.
        recording: What it shows, over and over.
        first: Number of the packet that it begins with.
    """

    id: str
    recording: Recording
    first: int

    def position(self, packet: int) -> float:
        """Second of its endless show at which packet number ``packet`` comes."""
        times = self.recording.times
        rounds, number = divmod(packet + self.first, len(times))
        return rounds * self.recording.seconds + times[number]


def cameras(recordings: Sequence[Recording], count: int, *, spread: bool) -> list[BenchCamera]:
    """Cameras that take turns with the recordings.

    Args:
        recordings: What there is to show.
        count: Cameras.
        spread: Whether cameras with the same recording begin at different moments of it.
    """
    made = []
    for number in range(count):
        recording = recordings[number % len(recordings)]
        share = number / count if spread else 0.0
        made.append(BenchCamera(f"camera-{number:03}", recording, recording.start(share)))
    return made


def write_clips(cameras_: Sequence[BenchCamera], folder: Path) -> dict[str, Path]:
    """A file for each camera in ``folder``, by camera id."""
    files = {}
    for camera in cameras_:
        target = folder / f"{camera.id}{camera.recording.path.suffix}"
        if camera.first:
            begun_at(camera.recording, camera.first, target)
        else:
            target.symlink_to(camera.recording.path.resolve())
        files[camera.id] = target
    return files


def write_box(
    cameras_: Sequence[BenchCamera], urls: Mapping[str, str], path: Path, *, model: str, plain: bool
) -> None:
    """The box's configuration.

    Args:
        cameras_: Its cameras.
        urls: Where each is read.
        path: The YAML file to write.
        model: The detector's name.
        plain: Whether it works as plain pipelines do: every picture decoded, each look a whole picture.
    """
    places, rows = [], []
    for camera in cameras_:
        truth = camera.recording.truth
        spec = ANYWHERE if truth is None else truth.spec.camera
        place = "school" if truth is None else truth.config.places[0].place_class
        places.append({"id": f"place-{camera.id}", "class": str(place)})
        own = {key: value for key, value in spec.items() if key not in {"id", "url", "place"}}
        own["rules"] = [_without_rejoin(rule) for rule in own.get("rules", ())]
        rows.append({**own, "id": camera.id, "url": urls[camera.id], "place": f"place-{camera.id}"})
    document = {
        "site": "bench",
        "box": "box",
        "health_s": 3600.0,
        "detector": {"model": model, "looks": "full" if plain else "regions"},
        "places": places,
        "cameras": rows,
    }
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def _without_rejoin(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Each visit is an event of its own, so that every round of a recording has the same ones."""
    return {**rule, "rejoin_s": 0.0}
