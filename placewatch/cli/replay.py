"""``placewatch replay``: a clip through the edge's own code, the same alerts every time."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import msgspec
import typer

from placewatch.clock import SystemClock
from placewatch.errors import UsageError

if TYPE_CHECKING:
    from edge.replay import Replay, Step


class Summary(msgspec.Struct, frozen=True):
    """What ``--json`` prints.

    Attributes:
        clip: The clip.
        camera: Whose rules applied.
        session: Session of the alerts.
        seconds: Of the clip.
        looks: Pictures that went through the detector.
        opened: Alerts that opened an episode.
        updated: Alerts that updated one.
        closed: Alerts that closed one.
        speed: Seconds of the clip per second of replay.
    """

    clip: str
    camera: str
    session: str
    seconds: float
    looks: int
    opened: int
    updated: int
    closed: int
    speed: float


def replay(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="The clip.")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="The box's configuration.")],
    out: Annotated[Path, typer.Option(help="Where alerts go, one JSON a line; - is standard output.")],
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="MP4", help="Also write the looks with zones and boxes, redacted."),
    ] = None,
    camera: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose rules apply, when the clip's name does not tell.")
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="When the clip begins, in the box's time zone; rules with armed hours go by it."
            " Always the same instant (2026-01-01T00:00:00 UTC) unless given.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run a clip through detector, tracker, rules and redaction, and write the alerts.

    Every sampled picture is looked at and time comes from the clip, so two replays give identical files.

    Example: placewatch replay gate.mp4 --config box.yaml --out alerts.jsonl --annotate seen.mp4
    """
    from zoneinfo import ZoneInfo

    from edge.config import load_box
    from edge.replay import DEFAULT_START, Replay, choose_camera

    if as_json and str(out) == "-":
        raise UsageError("--json and --out - both want standard output", remedy="write the alerts to a file")
    if annotate is not None and annotate.suffix.lower() != ".mp4":
        raise UsageError("clips are written as .mp4", where=str(annotate), remedy="end --annotate in .mp4")
    box = load_box(config)
    chosen = choose_camera(box, clip, camera)
    begins = DEFAULT_START if start is None else start.replace(tzinfo=ZoneInfo(box.timezone)).timestamp()
    run = Replay.load(box, chosen, clip, start=begins)
    summary = _run(run, clip, out, annotate)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(summary)))
        return
    told = f"{summary.opened} opened, {summary.updated} updated, {summary.closed} closed"
    sys.stderr.write(
        f"{clip}: {summary.seconds:.1f} s as camera {summary.camera}, {summary.looks} looks,"
        f" {summary.speed:.1f}x real time; alerts: {told}\n"
    )


def _run(run: "Replay", clip: Path, out: Path, picture: Path | None) -> Summary:
    from edge.annotate import annotate
    from edge.ingest.source import open_source
    from messages import Phase, encode

    clock = SystemClock()
    began = clock.monotonic()
    phases: Counter[Phase] = Counter()
    looks: list[float] = []

    with ExitStack() as stack:
        source = stack.enter_context(open_source(str(clip)))
        lines = stack.enter_context(_lines(out))
        advance = stack.enter_context(_progress(clip.name, source.info.duration_s))

        def seen(step: "Step") -> None:
            looks.append(step.position_s)
            for alert in step.alerts:
                lines.write(encode(alert) + b"\n")
                phases[alert.type.phase] += 1
            advance(step.position_s, clock.monotonic() - began)

        steps = run.steps(source)
        if picture is not None:
            annotate(steps, picture, run.camera, run.redactor, fps=run.config.detector.fps, seen=seen)
        for step in steps:
            seen(step)
    seconds = source.info.duration_s or looks[-1]
    return Summary(
        clip=str(clip),
        camera=run.camera.id,
        session=run.session,
        seconds=round(seconds, 3),
        looks=len(looks),
        opened=phases[Phase.OPENED],
        updated=phases[Phase.UPDATED],
        closed=phases[Phase.CLOSED],
        speed=round(seconds / max(clock.monotonic() - began, 1e-6), 2),
    )


@contextmanager
def _lines(out: Path) -> Iterator[IO[bytes]]:
    """The file of alerts, or standard output."""
    if str(out) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = out.open("wb")
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", where=str(out), remedy="choose another --out"
        ) from error
    with file:
        yield file


@contextmanager
def _progress(name: str, seconds: float) -> Iterator[Callable[[float, float], None]]:
    """A bar on standard error with the speed; a function that takes position and time spent, seconds."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), "{task.percentage:3.0f} %", "{task.fields[speed]}")
    with Progress(
        *(TextColumn(column) if isinstance(column, str) else column for column in columns),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(name, total=seconds or None, speed="")

        def advance(position: float, spent: float) -> None:
            bar.update(task, completed=position, speed=f"{position / max(spent, 1e-6):.1f}x")

        yield advance
