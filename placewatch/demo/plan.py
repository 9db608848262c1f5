"""The demo's work folder: the shipped configuration with this run's ports, paths and cameras."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import yaml

from placewatch.demo.chain import ChainFiles, Ports
from placewatch.document import read
from placewatch.errors import PlacewatchError
from placewatch.paths import shipped

DEMO_FILES = ("city.yaml", "grids.geojson", "units.yaml")
HEALTH_S = 2.0
"""A demo shows the cameras' figures move; a real box tells them every 30 s."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One stream of the replay server.

    Attributes:
        stream: Path of the stream, without the slash.
        camera: Camera id to use for it.
    """

    stream: str
    camera: str


def camera_ids(streams: Sequence[str]) -> list[Clip]:
    """Camera ids out of file names: what an id may not hold becomes a dash, doubles get a number."""
    clips: list[Clip] = []
    taken: set[str] = set()
    for stream in streams:
        plain = "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "-" for c in stream)
        base = plain.strip("-_.")[:56] or "clip"
        name, number = base, 2
        while name.lower() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.lower())
        clips.append(Clip(stream, name))
    return clips


def shipped_streams() -> list[str]:
    """Streams that the shipped box.yaml has cameras for."""
    box = read(shipped("configs") / "demo" / "box.yaml").data
    return [_stream_of(camera) for camera in box["cameras"]]


def write_files(work: Path, footage: Path, ports: Ports, box: dict[str, Any]) -> ChainFiles:
    """Write this run's configuration.

    Args:
        work: The folder; made if absent.
        footage: Folder of clips that the replay server serves.
        ports: Where the parts listen.
        box: The box's configuration (see `shipped_box` and `box_for`).
    """
    work.mkdir(parents=True, exist_ok=True)
    source = shipped("configs") / "demo"
    for name in DEMO_FILES:
        shutil.copyfile(source / name, work / name)
    central = read(source / "central.yaml", env={}).data
    central |= {
        "broker": {"host": "127.0.0.1", "port": ports.mqtt},
        "http": {"host": "127.0.0.1", "port": ports.http},
        "database": "sqlite:///central.sqlite",
        "evidence": "evidence",
    }
    files = ChainFiles(footage, work / "box.yaml", work / "central.yaml", work / "logs")
    _write(files.box, box)
    _write(files.central, central)
    return files


def _write(path: Path, data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)
    path.write_text(f"# Written by `placewatch demo` for one run.\n{text}", encoding="utf-8")


def shipped_box(streams: Sequence[str], ports: Ports) -> dict[str, Any]:
    """The shipped box with those of its cameras whose clip is among ``streams``.

    Raises:
        PlacewatchError: It has a camera for none of them.
    """
    box: dict[str, Any] = dict(read(shipped("configs") / "demo" / "box.yaml").data)
    box["cameras"] = [
        camera | {"url": _address(_stream_of(camera), ports)}
        for camera in box["cameras"]
        if _stream_of(camera) in streams
    ]
    if not box["cameras"]:
        raise PlacewatchError(
            "no camera of configs/demo/box.yaml has its clip",
            where="footage",
            remedy="placewatch footage fetch, or give clips of your own with --footage DIR",
        )
    return _for_this_run(box, ports)


def box_for(streams: Sequence[str], ports: Ports) -> dict[str, Any]:
    """A box for a user's own clips: each whole picture a zone, at the demo places in turn."""
    city = read(shipped("configs") / "demo" / "city.yaml").data
    clips = camera_ids(streams)
    places = [{"id": place["id"], "class": place["class"]} for place in city["places"]]
    cameras = []
    for index, clip in enumerate(clips):
        zone = f"{clip.camera}-view"
        cameras.append(
            {
                "id": clip.camera,
                "url": _address(clip.stream, ports),
                "place": places[index % len(places)]["id"],
                "zones": [{"id": zone, "polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]}],
                "rules": [
                    {"kind": "perimeter_intrusion", "zone": zone},
                    {"kind": "no_stopping", "zone": zone, "dwell_s": 10.0},
                ],
            }
        )
    box: dict[str, Any] = {"site": "demo", "box": "box-1", "places": places, "cameras": cameras}
    return _for_this_run(box, ports)


def _for_this_run(box: dict[str, Any], ports: Ports) -> dict[str, Any]:
    return box | {
        "broker": {"host": "127.0.0.1", "port": ports.mqtt},
        "spool": {"path": "spool.sqlite"},
        "health_s": HEALTH_S,
    }


def _stream_of(camera: dict[str, Any]) -> str:
    return unquote(urlsplit(camera["url"]).path.lstrip("/"))


def _address(stream: str, ports: Ports) -> str:
    return f"rtsp://127.0.0.1:{ports.rtsp}/{quote(stream)}"
