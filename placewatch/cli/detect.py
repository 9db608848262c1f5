"""``placewatch detect``: what the object detector sees in pictures."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from placewatch.errors import PlacewatchError

if TYPE_CHECKING:
    from rich.progress import Progress

    from edge.detect.registry import Detector


class Found(msgspec.Struct, frozen=True, rename={"class_name": "class"}):
    """One object: class, score, box ``x1 y1 x2 y2`` in pixels."""

    class_name: str
    score: float
    box: tuple[float, float, float, float]


class Looked(msgspec.Struct, frozen=True):
    """One picture and what is in it, the surest first."""

    file: str
    width: int
    height: int
    objects: tuple[Found, ...]


class Failed(msgspec.Struct, frozen=True):
    """One file that is no picture."""

    file: str
    error: str


class Document(msgspec.Struct, frozen=True):
    """What ``--json`` prints."""

    model: str
    version: str
    images: tuple[Looked | Failed, ...]


def detect(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Picture files.")],
    model: Annotated[
        str, typer.Option(help="Name in 'placewatch models list', or FAMILY:FILE, such as yolox:my.onnx.")
    ] = "nanodet_m_416",
    score: Annotated[float, typer.Option(min=0.01, max=0.99, help="Least score to show.")] = 0.35,
    size: Annotated[
        int, typer.Option(min=32, max=4096, help="Longer side that the network sees; a multiple of 32.")
    ] = 416,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for a program.")] = False,
) -> None:
    """Print what the detector sees in pictures: class, score, and box x1 y1 x2 y2 in pixels.

    A file that is no picture gets one line on standard error, the others go on, and the exit code is 1.

    Example: placewatch detect street.jpg --score 0.5
    """
    from edge.detect.registry import load_detector

    if size % 32:
        raise typer.BadParameter(f"{size} is not a multiple of 32", param_hint="--size")
    detector = load_detector(model, input_size=size, score=score)
    results = []
    with _progress() as progress:
        for path in progress.track(images, description="detecting"):
            result = _look(path, detector)
            results.append(result)
            if isinstance(result, Failed):
                progress.console.print(
                    f"error: {result.error}", markup=False, highlight=False, soft_wrap=True
                )
            elif not as_json:
                _print(result)
    if as_json:
        document = Document(detector.name, detector.version, tuple(results))
        typer.echo(msgspec.json.format(msgspec.json.encode(document)))
    if any(isinstance(result, Failed) for result in results):
        raise typer.Exit(1)


def _progress() -> "Progress":
    """A bar on standard error, where a person waits there for lines that go elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    stderr = Console(stderr=True)
    wanted = stderr.is_terminal and not sys.stdout.isatty()
    return Progress(console=stderr, transient=True, redirect_stdout=False, disable=not wanted)


def _look(path: Path, detector: "Detector") -> Looked | Failed:
    from edge.detect.pictures import read_picture

    try:
        image = read_picture(path)
    except PlacewatchError as error:
        return Failed(str(path), str(error))
    (seen,) = detector.detect([image])
    objects = []
    for box, score, index in zip(
        seen.boxes.tolist(), seen.scores.tolist(), seen.classes.tolist(), strict=True
    ):
        x1, y1, x2, y2 = (round(value, 1) for value in box)
        objects.append(Found(detector.classes[index], round(score, 3), (x1, y1, x2, y2)))
    return Looked(str(path), image.shape[1], image.shape[0], tuple(objects))


def _print(result: Looked) -> None:
    count = len(result.objects)
    typer.echo(f"{result.file}: {result.width} x {result.height}, {count} object{'' if count == 1 else 's'}")
    for found in result.objects:
        x1, y1, x2, y2 = found.box
        typer.echo(f"  {found.class_name:<14} {found.score:.2f}  {x1:7.1f} {y1:7.1f} {x2:7.1f} {y2:7.1f}")
