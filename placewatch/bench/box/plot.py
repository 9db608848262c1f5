"""Cost against activity and against the number of cameras, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from placewatch.bench.box.report import Report, Run
from placewatch.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS, _PLAIN, _FLOOR = "#1565c0", "#c62828", "#757575"


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
    _against_cameras(right, report.runs)
    cpu = report.machine.get("cpu", "")
    figure.suptitle(f"{report.model}, {cpu}, commit {report.commit}", fontsize=9, color="#555555")
    figure.savefig(path, dpi=130)


def _against_activity(axes: "Axes", report: Report) -> None:
    known = [run for run in report.runs if run.detail.activity is not None]
    rest = [run for run in report.runs if run.detail.activity is None]
    places = {run.set: 100.0 * (run.detail.activity or 0.0) for run in known}
    places |= {run.set: float(number) for number, run in enumerate(rest)}
    for name, runs, colour, mark in (
        ("plain pipeline", report.reference, _PLAIN, "s"),
        ("Placewatch", report.runs, _OURS, "o"),
    ):
        points = sorted((places[run.set], 1000 * run.cpu_s_per_camera_s) for run in runs if run.set in places)
        if points:
            axes.plot(*zip(*points, strict=True), mark, color=colour, label=name)
    floors = sorted(
        (places[each.set], 1000 * each.cpu_s_per_camera_s)
        for each in report.keyframe_floor
        if each.set in places
    )
    if floors:
        axes.plot(*zip(*floors, strict=True), "_", color=_FLOOR, markersize=12, label="keyframes alone")
    for run in report.runs:
        where: Any = (places[run.set], 1000 * run.cpu_s_per_camera_s)
        axes.annotate(run.set, where, textcoords="offset points", xytext=(6, 5), fontsize=8)
    axes.set_yscale("log")
    if known:
        axes.set_xlim(-5, 115)  # the same scale for every report, and room for a name beyond 100 %
    axes.set_xlabel("time with something there, %" if known else "set")
    axes.set_ylabel("CPU ms per second of one camera")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=8)


def _against_cameras(axes: "Axes", runs: Sequence[Run]) -> None:
    for name in dict.fromkeys(run.set for run in runs):
        points = sorted(
            (run.cameras, run.cpu_s_per_camera_s * run.cameras) for run in runs if run.set == name
        )
        axes.plot(*zip(*points, strict=True), "o-", label=name, markersize=4)
    axes.set_xlabel("cameras")
    axes.set_ylabel("cores used by the box")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)
    axes.legend(fontsize=8)
