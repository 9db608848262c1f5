"""``placewatch redact``: a picture or clip with faces, heads and plates covered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from edge.redact.files import Redacted
    from edge.redact.redactor import Redactor


class Covered(msgspec.Struct, frozen=True):
    """Regions covered, by subject; in a clip the sum over its pictures."""

    faces: int
    heads: int
    plates: int


class Document(msgspec.Struct, frozen=True, rename={"source": "in", "target": "out"}):
    """What ``--json`` prints."""

    source: str
    target: str
    media: str
    width: int
    height: int
    pictures: int
    seconds: float
    covered: Covered
    damaged_packets: int


def redact(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Picture or clip; its content decides.")],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help=".jpg, .png or .webp for a picture, .mp4 for a clip.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for a program.")] = False,
) -> None:
    """Cover faces, heads and plates in a picture or clip.

    Heads are covered from any side; what is missed for a moment in a clip stays covered.
    Metadata and sound are left out. OUT appears whole or not at all.

    Example: placewatch redact gate.mp4 gate-redacted.mp4 --json
    """
    from edge.redact.files import check_paths
    from edge.redact.redactor import Redactor

    check_paths(source, target)
    done = _redact(source, target, Redactor.load())
    if as_json:
        covered = Covered(done.counts.faces, done.counts.heads, done.counts.plates)
        document = Document(
            source=str(source),
            target=str(target),
            media=done.media,
            width=done.width,
            height=done.height,
            pictures=done.pictures,
            seconds=round(done.seconds, 3),
            covered=covered,
            damaged_packets=done.damaged,
        )
        typer.echo(msgspec.json.format(msgspec.json.encode(document)))
    else:
        typer.echo(_line(target, done))


def _redact(source: Path, target: Path, redactor: "Redactor") -> "Redacted":
    """With a bar on standard error when a person waits there."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from edge.redact.files import redact_file

    stderr = Console(stderr=True)
    columns = (TextColumn("redacting"), BarColumn(), TextColumn("{task.fields[at]}"), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("", total=None, at="")

        def show(done: float, length: float) -> None:
            at = f"{done:.0f} of {length:.0f} s" if length else f"{done:.0f} s"
            progress.update(task, completed=done, total=length or None, at=at)

        return redact_file(source, target, redactor, show)


def _line(target: Path, done: "Redacted") -> str:
    counts = done.counts
    what = f"{counts.faces} faces, {counts.heads} heads, {counts.plates} plates covered"
    if done.media == "picture":
        return f"{target}: {done.width} x {done.height}, {what}"
    damaged = f"; {done.damaged} damaged packets left out" if done.damaged else ""
    return f"{target}: {done.pictures} pictures of {done.width} x {done.height}, {what} in all{damaged}"
