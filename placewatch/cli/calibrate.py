"""``placewatch edge calibrate``: what of a camera's picture only ever deceives."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from placewatch.errors import PlacewatchError, UsageError

if TYPE_CHECKING:
    from edge.calibrate import Learned
    from edge.calibration_file import LearnedCamera
    from edge.config import BoxConfig, Camera


class Place(msgspec.Struct, frozen=True):
    """A place that is proposed: corners as fractions of the picture, the share of pictures it moved in."""

    polygon: list[tuple[float, float]]
    usual: float
    moved: float


class Row(msgspec.Struct, frozen=True):
    """What ``--json`` prints of each camera."""

    camera: str
    seconds: float
    pictures: int
    nuisance: list[Place]
    picture: str | None


def calibrate(
    config: Annotated[Path, typer.Option(metavar="FILE", help="The box's configuration.")],
    camera: Annotated[
        str | None, typer.Option(metavar="ID", help="This camera alone; all of them one by one otherwise.")
    ] = None,
    clip: Annotated[
        Path | None, typer.Option(help="A recording of the camera, in place of its stream.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--for", min=5, max=86400, help="Seconds to watch each camera.")
    ] = 600.0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What the box will read; calibration.yaml beside it otherwise."),
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw each proposal on a redacted picture there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the proposals as JSON.")] = False,
) -> None:
    """Learn which places of a picture always move and never are anything: trees, flags, a burnt-in clock.

    Watch when nothing happens and the wind blows. Motion there no longer wakes the camera unless it is larger
    than usual; now and then it is looked at all the same. Look at the pictures before you use the file.

    Example: placewatch edge calibrate --config box.yaml --camera gate-cam --for 600 --pictures .
    """
    from edge.calibration_file import merged, write
    from edge.config import load_box
    from placewatch.logs import configure

    configure()
    box = load_box(config)
    cameras = _chosen(box, camera, clip)
    file = out or config.parent / (box.calibration or "calibration.yaml")
    rows, learned = [], {}
    for one, result in _watched(box, cameras, clip, seconds):
        learned[one.id] = _as_learned(result)
        rows.append(_row(one, result, pictures))
    if not learned:
        raise PlacewatchError("no camera could be watched", where=str(config), remedy="see the lines above")
    write(file, merged(file, learned))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return
    for row in rows:
        areas = "1 place" if len(row.nuisance) == 1 else f"{len(row.nuisance)} places"
        shown = f"; see {row.picture}" if row.picture else ""
        typer.echo(f"{row.camera}: {row.seconds:.0f} s watched, {areas} to leave alone{shown}")
    if box.calibration is None:
        typer.echo(f"wrote {file}; to use it write into {config}:  calibration: {file.name}")
    else:
        typer.echo(f"wrote {file}; start the box again to use it")


def _chosen(box: "BoxConfig", wanted: str | None, clip: Path | None) -> "list[Camera]":
    if clip is not None:
        from edge.replay import choose_camera

        return [choose_camera(box, clip, wanted)]
    cameras = [one for one in box.cameras if wanted in {None, one.id}]
    if not cameras:
        ids = ", ".join(one.id for one in box.cameras)
        raise UsageError(f"no camera {wanted!r}", where=f"box {box.box}", remedy=f"cameras here: {ids}")
    return cameras


def _watched(
    box: "BoxConfig", cameras: "list[Camera]", clip: Path | None, seconds: float
) -> "Iterator[tuple[Camera, Learned]]":
    """Each camera's result; one that cannot be watched is told, and the others go on."""
    from edge.calibrate import calibrate as learn
    from edge.ingest.source import open_source
    from edge.models import load_models
    from placewatch.clock import SystemClock

    detector, redactor = load_models(box.detector)
    for camera in cameras:
        try:
            with (
                open_source(
                    str(clip or camera.url),
                    transport=camera.transport,
                    where=camera.id,
                    read_s=camera.stall_s,
                ) as source,
                _bar(camera.id, min(seconds, source.info.duration_s or seconds)) as tell,
            ):
                result = learn(
                    source, camera, detector, redactor, seconds=seconds, clock=SystemClock(), progress=tell
                )
        except PlacewatchError as error:
            sys.stderr.write(f"not calibrated: {error}\n")
            continue
        yield camera, result


def _as_learned(result: "Learned") -> "LearnedCamera":
    from datetime import UTC, datetime

    from edge.calibration_file import LearnedArea, LearnedCamera

    areas = tuple(
        LearnedArea(polygon=one.area.polygon, usual=max(one.area.usual, 1e-4), moved=one.moved)
        for one in result.proposals
    )
    return LearnedCamera(learned=datetime.now(UTC), seconds=result.seconds, nuisance=areas)


def _row(camera: "Camera", result: "Learned", folder: Path | None) -> Row:
    picture = None
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            picture = folder / f"calibration-{camera.id}.jpg"
            picture.write_bytes(result.picture.file(".jpg"))
        except OSError as error:
            raise PlacewatchError(
                f"the picture cannot be written: {error.strerror}",
                where=str(folder),
                remedy="name a folder that can be written",
            ) from error
    places = [
        Place([(round(x, 4), round(y, 4)) for x, y in one.area.polygon], one.area.usual, one.moved)
        for one in result.proposals
    ]
    return Row(
        camera.id,
        round(result.seconds, 1),
        result.pictures,
        places,
        None if picture is None else str(picture),
    )


@contextmanager
def _bar(name: str, seconds: float) -> Iterator[Callable[[float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"watching {name}", total=seconds)
        yield lambda watched: bars.update(task, completed=watched)
