"""The table of docs/performance.md, row by row, in a bounded time; a second call goes on where one ended.

    python -m scripts.make_footage --out ~/footage
    python -m scripts.measure_edge --footage ~/footage --out ~/figures --minutes 25

Each row's report stays in the folder of ``--out``; rows that have one are not measured again (``--again``
does). Rows for which there is no footage, or no time, are named and left out. Every call writes, of all that
is there: ``report.json``, ``table.md`` and ``performance.png``. The rows stand in the order of their worth.

Where the plain pipeline is measured, it runs at the same time as the box, each on a core of its own, so that
whatever else the machine does is on both their bills.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from placewatch.bench.box.budget import OVERHEAD_S, Budget, box_s, plain_s
from placewatch.bench.box.edge import EdgeBench, Wish, usual_setting
from placewatch.bench.box.measured import Tell
from placewatch.bench.box.merge import read_reports
from placewatch.bench.box.plot import plot
from placewatch.bench.box.recordings import Recording, read_sets
from placewatch.bench.box.table import markdown
from placewatch.errors import PlacewatchError, UsageError

USUAL = "720p25-h264-cbr-gop50"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Attributes:
        set: The set's folder.
        form: Format of its clips (see `scripts.footagesets.formats`).
        cameras: At once.
        target: Whether the row is held against a target: it is repeated, and its CPU is the median.
        plain: Whether the plain pipeline is measured too.
        floor: Whether the loop over keyframes is measured too.
    """

    set: str
    form: str = USUAL
    cameras: int = 8
    target: bool = False
    plain: bool = True
    floor: bool = False

    @property
    def name(self) -> str:
        """The set's name in reports: with the format, where it is not the usual one."""
        return self.set if self.form == USUAL else f"{self.set} {self.form}"

    @property
    def file(self) -> str:
        """Of its report."""
        return f"{self.set}-{self.form}-{self.cameras}.json"


_LARGE = "1080p25-h264-cbr-gop50"

# What is compared must be borne: a pipeline that drops looks tells too few events, whichever of both it is.
ROWS = (
    Row("active10", cameras=16, target=True, floor=True),
    Row("idle", target=True, plain=False, floor=True),
    Row("active100", cameras=3, target=True),
    Row("idle", _LARGE, target=True, plain=False, floor=True),
    Row("active50", cameras=4),
    Row("wind"),
    Row("night"),
    Row("noise"),
    Row("active10", _LARGE, floor=True),
    Row("active10", cameras=4, plain=False),
    Row("active10", cameras=32, plain=False),
    Row("active10", "720p25-h264-cbr-gop250"),
    Row("active10", "720p25-h264-cbr-gop25"),
    Row("active10", "720p25-h265-crf-gop50"),
    Row("active100", cameras=6),
    Row("active100", _LARGE, cameras=2),
    Row("active10", cameras=8, plain=False),
    Row("active50", _LARGE, cameras=4),
    Row("active10", "720p25-h264-crf-gop50"),
    Row("wind", _LARGE, cameras=4),
    Row("night", _LARGE, cameras=4),
    Row("noise", _LARGE, cameras=4),
    Row("active10", "1080p25-h264-cbr-gop250", cameras=4),
    Row("active10", "1080p25-h264-cbr-gop25", cameras=4),
    Row("active10", "1080p25-h265-crf-gop50", cameras=4),
    Row("active10", "1080p25-h264-crf-gop50", cameras=4),
)


@dataclass(frozen=True, slots=True)
class Length:
    """How long each measurement lasts.

    Attributes:
        seconds: Of the box.
        warm_s: Before anything counts.
        repeat: Of rows with a target.
    """

    seconds: float
    warm_s: float
    repeat: int

    def of(self, row: Row, recordings: Sequence[Recording]) -> float:
        """Seconds that a row takes."""
        box = box_s(self.seconds, self.warm_s) * (self.repeat if row.target else 1)
        plain = plain_s(recordings, self.warm_s) if row.plain else 0.0
        return max(box, plain) + (OVERHEAD_S + self.seconds if row.floor else 0.0)


def measure(row: Row, recordings: Sequence[Recording], length: Length, console: Console) -> bytes:
    """One row's report, as JSON."""
    wish = Wish(
        usual_setting("rtsp", one_core=True, warm_s=length.warm_s),
        row.cameras,
        reference=row.plain,
        seconds=length.seconds,
        repeat=length.repeat if row.target else 1,
        floor=row.floor,
        beside=row.plain,
    )
    with _progress(console) as tell:
        bench = EdgeBench(wish, tell, console.print)
        bench.add(row.name, recordings)
    return msgspec.json.format(msgspec.json.encode(bench.report()), indent=2) + b"\n"


def conclude(rows: Sequence[Row], out: Path) -> None:
    """Write what all rows that are there come to."""
    there = [out / row.file for row in rows if (out / row.file).exists()]
    if not there:
        return
    report = read_reports(there)
    (out / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    (out / "table.md").write_text(markdown(report), encoding="utf-8")
    plot(report, out / "performance.png")


def _found(row: Row, footage: Path) -> list[Recording]:
    """The row's clips; none where the footage lacks them."""
    try:
        return read_sets(footage, [row.set], f"*-{row.form}.mp4")[row.set]
    except UsageError:
        return []


@contextmanager
def _progress(console: Console) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)


def _run(args: argparse.Namespace, console: Console) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    length = Length(args.seconds, args.warm_s, args.repeat)
    budget = Budget(60.0 * args.minutes)
    for number, row in enumerate(ROWS, 1):
        path, what = args.out / row.file, f"{number} of {len(ROWS)}, {row.name}, {row.cameras} cameras"
        if not any(fnmatch(row.file, pattern) for pattern in args.only) or (path.exists() and not args.again):
            continue
        recordings = _found(row, args.footage)
        lacks = budget.lacks(length.of(row, recordings)) if recordings else f"has no clips in {args.footage}"
        if lacks:
            console.print(f"left out: {what}: {lacks}")
            continue
        began = time.monotonic()
        path.write_bytes(measure(row, recordings, length, console))
        conclude(ROWS, args.out)
        console.print(f"{what}: {time.monotonic() - began:.0f} s")
    conclude(ROWS, args.out)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--minutes", type=float, default=25.0, help="for everything (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement (%(default)s)")
    parser.add_argument("--warm-s", type=float, default=20.0, help="before it (%(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="of rows with a target (%(default)s)")
    parser.add_argument(
        "--only", nargs="+", default=["*"], metavar="PATTERN", help="rows by the names of their reports"
    )
    parser.add_argument("--again", action="store_true", help="measure rows that have a report anew")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is missing, and write what there is."""
    console = Console(stderr=True, highlight=False)
    try:
        _run(_arguments(argv), console)
    except PlacewatchError as error:
        console.print(f"error: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
