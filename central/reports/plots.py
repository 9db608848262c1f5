"""Plots of reports as PNG; the library is loaded with the first one."""

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from central.reports import fonts
from central.reports.paper import Picture, clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN = 7.4
_DPI = 170
_DRAWING = threading.Lock()
"""The library is not made for two threads at a time."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values with a name and a colour."""

    name: str
    values: Sequence[float]
    colour: str


def stacked(labels: Sequence[str], series: Sequence[Series], caption: str) -> Picture:
    """Lying bars, one a label, the series on top of one another."""

    def draw(axes: "Axes") -> None:
        before = [0.0] * len(labels)
        places = list(range(len(labels)))
        for one in series:
            axes.barh(places, one.values, 0.62, left=before, color=one.colour, label=_say(one.name))
            before = [low + value for low, value in zip(before, one.values, strict=True)]
        axes.set_yticks(places, [_say(label) for label in labels])
        axes.set_xlim(0, max([1.0, *before]) * 1.04)
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)

    return _drawn(draw, caption, 1.1 + 0.32 * max(1, len(labels)))


def course(labels: Sequence[str], bars: Series, line: Series, caption: str) -> Picture:
    """Standing bars with a line over them, along time."""

    def draw(axes: "Axes") -> None:
        places = list(range(len(labels)))
        axes.bar(places, bars.values, 0.7, color=bars.colour, label=_say(bars.name))
        axes.plot(
            places,
            line.values,
            color=line.colour,
            marker="o",
            markersize=3,
            linewidth=1.4,
            label=_say(line.name),
        )
        step = max(1, -(-len(labels) // 12))
        axes.set_xticks(places[::step], [_say(label) for label in labels[::step]])
        axes.grid(axis="y", alpha=0.3)

    return _drawn(draw, caption, 2.5)


def _drawn(draw: Callable[["Axes"], None], caption: str, height_in: float) -> Picture:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - slow to load

    with _DRAWING:
        face = FontProperties(fname=str(fonts.FILE), size=8.5)
        figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        draw(axes)
        for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
            label.set_fontproperties(face)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_axisbelow(True)
        handles, names = axes.get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside upper center", ncols=min(4, len(names)), prop=face, frameon=False
        )
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": "Placewatch"})
    return Picture(out.getvalue(), caption, height_in / _WIDTH_IN)


def _say(text: str) -> str:
    """As the font can print it, without the library's mathematics between dollar signs."""
    return fonts.printable(clean(text)).replace("$", r"\$")
