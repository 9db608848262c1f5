"""Cost against activity and against the number of cameras, as a picture."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placewatch.bench.box.report import Floor, Report, Run
from placewatch.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS, _PLAIN, _FLOOR = "#1565c0", "#c62828", "#757575"

_LINE = re.compile("idle|active[0-9]+")


def check(path: Path) -> None:
    """Make sure, before anything is measured, that a plot can be drawn.

    Raises:
        UsageError: matplotlib is not installed, or it knows no such picture.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to load
    except ImportError as error:
        raise UsageError(
            "a plot needs matplotlib", where="--plot", remedy="pip install matplotlib"
        ) from error
    if path.suffix.lower().lstrip(".") not in FigureCanvasAgg.filetypes:
        raise UsageError(f"no picture is called {path.name}", where="--plot", remedy="name a .png or .svg")


def plot(report: Report, path: Path) -> None:
    """Draw a report.

    Args:
        report: With one run or several.
        path: The picture to write, such as a ``.png``.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _against_activity(left, report)
    _against_cameras(right, report)
    cpu = report.machine.get("cpu", "")
    figure.suptitle(f"{report.model}, {cpu}, commit {report.commit}", fontsize=9, color="#555555")
    figure.savefig(path, dpi=130)


def _against_activity(axes: "Axes", report: Report) -> None:
    known = [run for run in report.runs if run.detail.activity is not None]
    rest = [run for run in report.runs if run.detail.activity is None]
    places = {run.set: 100.0 * (run.detail.activity or 0.0) for run in known}
    places |= {run.set: float(number) for number, run in enumerate(rest)}
    for name, costs, colour, mark in (
        ("plain pipeline", _costs(report.reference), _PLAIN, "s"),
        ("Placewatch", _costs(report.runs), _OURS, "o"),
        ("keyframes alone", _costs(report.keyframe_floor), _FLOOR, "_"),
    ):
        points = sorted((places[each], cost, each) for each, cost in costs.items() if each in places)
        if not points:
            continue
        axes.plot(*_columns(points), mark, color=colour, label=name)
        # Sets that differ in activity alone are one line; weather and other formats are points beside it.
        line = [point for point in points if _LINE.fullmatch(point[2])]
        axes.plot(*_columns(line), "-", color=colour, linewidth=0.8)
    for each, cost in _costs(report.runs).items():
        where: Any = (places[each], cost)
        axes.annotate(each, where, textcoords="offset points", xytext=(6, 5), fontsize=7)
    axes.set_yscale("log")
    if known:
        axes.set_xlim(-5, 130)  # the same scale for every report, and room for a name beyond 100 %
    axes.set_xlabel("time with something there, %" if known else "set")
    axes.set_ylabel("CPU ms per second of one camera")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)


def _costs(entries: Sequence[Run] | Sequence[Floor]) -> dict[str, float]:
    """Milliseconds per set; of several numbers of cameras the first that was measured."""
    costs: dict[str, float] = {}
    for entry in entries:
        costs.setdefault(entry.set, 1000 * entry.cpu_s_per_camera_s)
    return costs


def _columns(points: Sequence[tuple[float, float, str]]) -> tuple[list[float], list[float]]:
    return [point[0] for point in points], [point[1] for point in points]


def _against_cameras(axes: "Axes", report: Report) -> None:
    runs = report.runs
    for name in dict.fromkeys(run.set for run in runs):
        points = sorted(
            (run.cameras, run.cpu_s_per_camera_s * run.cameras) for run in runs if run.set == name
        )
        axes.plot(*zip(*points, strict=True), "o-", label=name, markersize=4)
    most = max((run.cameras for run in runs), default=0)
    # Both grow evenly with the number of cameras: the first set of each stands for all.
    for label, entries, colour in (
        ("plain pipeline", report.reference[:1], _PLAIN),
        ("keyframes alone", report.keyframe_floor[:1], _FLOOR),
    ):
        for entry in entries:
            label_ = f"{label}, {entry.set}"
            axes.plot([0, most], [0, entry.cpu_s_per_camera_s * most], "--", color=colour, label=label_)
    axes.set_xlabel("cameras")
    axes.set_ylabel("cores used")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)
    axes.legend(fontsize=7)
