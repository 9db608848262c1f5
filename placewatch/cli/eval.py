"""``placewatch eval``: labelled clips through the box's own code, and how right its alerts are."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from placewatch.errors import StreamError, UsageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from edge.redact.audit import Auditor
    from placewatch.eval.report import Redaction, Report
    from placewatch.eval.run import ClipRun
    from placewatch.eval.truth import Truth

Tell = Callable[[float, float], None]
"""Takes what is done and what there is to do."""


def evaluate(
    truth: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of truth files (docs/truth.md), or one of them.")
    ],
    report: Annotated[Path | None, typer.Option(metavar="JSON", help="Where the figures go.")] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="HTML", help="Where timelines of truth and alerts go, with redacted stills."),
    ] = None,
    pictures: Annotated[
        int, typer.Option(min=0, help="Audit at least so many redacted pictures; 0 audits none.")
    ] = 500,
    clips: Annotated[
        int,
        typer.Option(
            min=0,
            help="Of each labelled clip make so many evidence clips, and audit the finished files, too.",
        ),
    ] = 1,
    faces: Annotated[
        str | None,
        typer.Option(
            metavar="yunet:FILE",
            envvar="PLACEWATCH_AUDIT_FACES",
            help="The audit's independent face detector; found in ../shared/models when there.",
        ),
    ] = None,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Leave out clips that are not on this machine.")
    ] = False,
    fail_under: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="F1", help="Exit with 1 when F1 is lower.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Measure alerts against labelled clips: precision, recall, F1, delay, false alarms, redaction.

    Each clip runs through the same code as `placewatch replay`; an alert is right when it opens within the
    event's tolerance of the time at which it was due. Exit code 1 when a clip cannot be read.

    Example: placewatch eval --truth tests/truth --report out.json --html out.html
    """
    from placewatch.eval.truth import load_folder

    for target in (report, html):
        if target is not None and not target.parent.is_dir():
            raise UsageError("no such folder", where=str(target.parent), remedy="make it, or choose another")
    truths = load_folder(truth)
    audited = (pictures, clips if pictures else 0)
    done, page = _evaluate(truths, audited, faces, skip_missing=skip_missing, with_page=html is not None)
    _write(report, msgspec.json.format(msgspec.json.encode(done)) + b"\n")
    _write(html, page.encode())
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(done)))
    else:
        _print(done)
    if fail_under is not None and done.f1 < fail_under:
        sys.stderr.write(f"F1 {done.f1:.4f} is under {fail_under:g}\n")
        raise typer.Exit(1)


def _evaluate(
    truths: "list[Truth]", audited: tuple[int, int], faces: str | None, *, skip_missing: bool, with_page: bool
) -> "tuple[Report, str]":
    from rich.console import Console

    from edge.redact.audit import Auditor
    from placewatch import __version__
    from placewatch.eval.clips import independent_faces, independent_vehicles
    from placewatch.eval.page import page
    from placewatch.eval.report import Conditions, make_report
    from placewatch.eval.residuals import spread

    errors, (pictures, clips) = Console(stderr=True), audited
    present, skipped = _present(truths, skip_missing=skip_missing)
    extra = spread(present, pictures)
    looker = Auditor.load(faces or independent_faces(), independent_vehicles()) if pictures else None
    runs = [_run(errors, each, extra, clips) for each in present]
    redaction: Redaction | None = None
    left: list[tuple[str, bytes]] = []
    if looker is not None:
        if not looker.independent:
            errors.print("no independent face detector: give one with --faces yunet:FILE", style="yellow")
        redaction, left = _audit(errors, looker, runs)
    models = {f"{run.model} at {run.truth.config.detector.input_size}" for run in runs}
    conditions = Conditions(__version__, sorted(models), extra)
    done = make_report(runs, redaction=redaction, skipped=skipped, conditions=conditions)
    return done, page(done, runs, left) if with_page else ""


def _present(truths: "list[Truth]", *, skip_missing: bool) -> "tuple[list[Truth], list[str]]":
    """Those whose clip is on this machine, and one line for each that is not."""
    from placewatch.eval.clips import find_clip

    present, skipped = [], []
    for truth in truths:
        try:
            find_clip(truth.spec.clip, truth.file)
        except StreamError as error:
            if not skip_missing:
                raise
            skipped.append(f"{truth.name}: {error.message}")
        else:
            present.append(truth)
    if not present:
        raise UsageError("none of the clips is on this machine", remedy="run placewatch footage fetch")
    return present, skipped


def _run(errors: "Console", truth: "Truth", extra: float | None, clips: int) -> "ClipRun":
    from placewatch.eval.run import run

    with _bar(errors, truth.name) as tell:
        return run(truth, extra_s=extra, clips=clips, seen=tell)


def _audit(
    errors: "Console", looker: "Auditor", runs: "list[ClipRun]"
) -> "tuple[Redaction, list[tuple[str, bytes]]]":
    from placewatch.eval.residuals import audit

    with _bar(errors, "auditing what would leave") as tell:
        return audit(looker, runs, tell)


@contextmanager
def _bar(errors: "Console", name: str) -> Iterator[Tell]:
    """Progress on standard error when a person waits there."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(
        *columns, TimeRemainingColumn(), console=errors, transient=True, disable=not errors.is_terminal
    ) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole or None)


def _write(target: Path | None, content: bytes) -> None:
    if target is None:
        return
    try:
        target.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", where=str(target), remedy="choose another file"
        ) from error


def _print(done: "Report") -> None:
    from rich.console import Console

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    console.print(_table(done))
    delay = done.delay_s
    late = "" if delay.median is None else f", delay median {delay.median:.1f} s, 95 % {delay.p95:.1f} s"
    hours = sum(clip.seconds for clip in done.clips) / 3600
    console.print(f"F1 {done.f1:.3f}, precision {done.precision:.3f}, recall {done.recall:.3f}{late}")
    console.print(
        f"{done.false_alarms_per_camera_hour:.2f} false alarms per camera-hour"
        f" ({done.false_alarms_per_camera_day:.1f} per day) over {hours:.3f} camera-hours"
    )
    if done.person_ap50 is not None:
        console.print(
            f"person AP50 {done.person_ap50:.3f} on {done.person_boxes} boxes"
            f" ({done.person_ap50_looks or 0:.3f} at the looks of the replay)"
        )
    if done.tracker is not None:
        console.print(f"tracker IDF1 {done.tracker.idf1:.3f}, HOTA {done.tracker.hota:.3f}")
    if done.redaction is not None:
        left = done.redaction
        console.print(
            f"redaction left {left.residual_faces} faces and {left.residual_plates} plates"
            f" in {left.pictures} pictures, {left.clip_pictures} of them out of finished clips"
        )
    for moment in done.wrong:
        note = f" ({moment.note})" if moment.note else ""
        console.print(
            f"{moment.what}: {moment.clip} {moment.kind} {moment.zone or ''} at {moment.at_s:.1f} s{note}"
        )
    for line in done.skipped:
        console.print(f"skipped: {line}")


def _table(done: "Report") -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE)
    heads = ("rule", "F1", "precision", "recall", "events", "found", "false", "delay s")
    for head in heads:
        table.add_column(head, justify="left" if head == "rule" else "right")
    for kind, row in done.by_rule.items():
        delay = "-" if row.delay_s is None else f"{row.delay_s:.1f}"
        shares = (f"{value:.3f}" for value in (row.f1, row.precision, row.recall))
        table.add_row(kind, *shares, str(row.events), str(row.found), str(row.false_alarms), delay)
    return table
