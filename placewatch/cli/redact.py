"""``placewatch redact``: a picture or clip with faces, heads and plates covered."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from placewatch.errors import UsageError

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


class Residuals(msgspec.Struct, frozen=True):
    """What ``--audit --json`` prints.

    Attributes:
        pictures: Looked at.
        residual_faces: Faces of 12 pixels and more that were left.
        residual_plates: Plates at least 40 pixels wide that were left.
        independent: Whether a face detector that redaction does not use looked.
        independent_plates: Whether plates were looked for on vehicles that redaction's detector did not name.
        worst: Pictures of what was left, the worst first; they stay on this machine.
        problems: Files that could not be read.
    """

    pictures: int
    residual_faces: int
    residual_plates: int
    independent: bool
    independent_plates: bool
    worst: list[str]
    problems: list[str]


def redact(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="IN", help="Picture or clip; its content decides.", show_default=False),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="OUT", help=".jpg, .png or .webp for a picture, .mp4 for a clip.", show_default=False
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead: look for what was left in pictures, clips and alerts (.jsonl) that would leave.",
        ),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="DIR holds raw footage: redact each picture first.")
    ] = False,
    every: Annotated[
        float,
        typer.Option(min=0.02, metavar="SECONDS", help="Look at one picture of a clip in so many seconds."),
    ] = 1.0,
    worst: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where pictures of what was left go; DIR-worst unless given."),
    ] = None,
    faces: Annotated[
        str | None,
        typer.Option(
            metavar="yunet:FILE",
            envvar="PLACEWATCH_AUDIT_FACES",
            help="The audit's independent face detector; found in ../shared/models when there.",
        ),
    ] = None,
    vehicles: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FAMILY:FILE",
            help="An object detector that redaction does not use (yolox:FILE, picodet:FILE): plates are "
            "looked for on its vehicles. May be given again; found in ../shared/models when there.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document for a program.")] = False,
) -> None:
    """Cover faces, heads and plates in a picture or clip.

    Heads are covered from any side; what is missed for a moment in a clip stays covered.
    Metadata and sound are left out. OUT appears whole or not at all.

    With --audit other detectors look for faces and plates that were left; exit code 1 when there are any.

    Example: placewatch redact gate.mp4 gate-redacted.mp4 --json

    Example: placewatch redact --audit outgoing/ --faces yunet:face_detection_yunet.onnx
    """
    from edge.redact.files import check_paths
    from edge.redact.redactor import Redactor

    if audit is not None:
        if source is not None:
            raise UsageError("--audit takes no IN and OUT", remedy="placewatch redact --audit DIR")
        done_audit = _audit(audit, worst, faces, vehicles or (), every, raw=raw)
        _print_audit(done_audit, as_json=as_json)
        raise typer.Exit(1 if done_audit.residual_faces or done_audit.residual_plates else 0)
    if source is None or target is None:
        raise UsageError("IN and OUT are missing", remedy="placewatch redact IN OUT, or --audit DIR")
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


def _audit(
    folder: Path,
    worst: Path | None,
    faces: str | None,
    vehicles: Sequence[str],
    every: float,
    *,
    raw: bool,
) -> Residuals:
    """With a line on standard error when a person waits there."""
    from rich.console import Console

    from edge.redact.audit import Auditor
    from edge.redact.audit_folder import audit_folder
    from edge.redact.redactor import Redactor
    from edge.redact.residual import Left
    from placewatch.eval.clips import independent_faces, independent_vehicles

    stderr = Console(stderr=True)
    auditor = Auditor.load(faces or independent_faces(), vehicles or independent_vehicles())
    if not auditor.independent:
        stderr.print("no independent face detector: give one with --faces yunet:FILE", style="yellow")
    if not auditor.on_vehicles:
        stderr.print("no independent vehicle detector: give one with --vehicles yolox:FILE", style="yellow")
    resolved = folder.resolve()
    with stderr.status("looking ...") as status:
        found = audit_folder(
            folder,
            auditor,
            worst=worst or resolved.with_name(f"{resolved.name}-worst"),
            every_s=every,
            redactor=Redactor.load() if raw else None,
            seen=lambda count, name: status.update(f"{count} pictures, {name}"),
        )
    return Residuals(
        pictures=found.pictures,
        residual_faces=found.count(Left.FACE),
        residual_plates=found.count(Left.PLATE),
        independent=auditor.independent,
        independent_plates=bool(auditor.on_vehicles),
        worst=[str(path) for path in found.written],
        problems=list(found.problems),
    )


def _print_audit(found: Residuals, *, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)))
        return
    typer.echo(
        f"{found.residual_faces} faces and {found.residual_plates} plates left in {found.pictures} pictures"
    )
    for path in found.worst:
        typer.echo(path)
    for problem in found.problems:
        typer.echo(f"not looked at: {problem}", err=True)


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
