"""What a demo shows: a live table on a terminal, plain lines elsewhere."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from placewatch.demo.watch import Change, Snapshot

_COLOURS = {"blue": "bright_blue", "yellow": "yellow", "red": "bold red"}
_COLUMNS = {
    "at": 0,
    "event": 0,
    "colour": 0,
    "what": 3,
    "where": 5,
    "camera": 2,
    "there": 0,
    "alerts": 0,
    "now": 2,
}
"""Heading to the share of the room that the fixed columns leave; 0 means fixed."""

_KEPT = 200
_HEALTH_LINE_S = 10.0


class Screen(Protocol):
    """Where a demo's progress goes."""

    def say(self, text: str) -> None:
        """One line of progress."""
        ...

    def show(self, changes: list[Change], snapshot: Snapshot) -> None:
        """New changes, and how things stand."""
        ...


class PlainScreen:
    """A line for each change, and one for the stages now and then."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._health_at = self._started

    def say(self, text: str) -> None:
        """One line of progress."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def show(self, changes: list[Change], snapshot: Snapshot) -> None:
        """New changes, and how things stand."""
        for change in changes:
            self.say(f"{self._age():6.1f} s  {describe(change)}")
        if time.monotonic() - self._health_at >= _HEALTH_LINE_S:
            self._health_at = time.monotonic()
            self.say(f"{self._age():6.1f} s  {stages(snapshot)}")

    def _age(self) -> float:
        return time.monotonic() - self._started


class TableScreen:
    """A table that is drawn anew: newest changes first, cameras and stages below."""

    def __init__(self, console: Console, live: Live, url: str) -> None:
        self._console = console
        self._live = live
        self._url = url
        self._started = time.monotonic()
        self._rows: deque[tuple[float, Change]] = deque(maxlen=_KEPT)

    def say(self, text: str) -> None:
        """One line of progress, above the table."""
        self._console.print(text, highlight=False)

    def show(self, changes: list[Change], snapshot: Snapshot) -> None:
        """New changes, and how things stand."""
        age = time.monotonic() - self._started
        self._rows.extendleft((age, change) for change in changes)
        self._live.update(self._draw(snapshot), refresh=True)

    def _draw(self, snapshot: Snapshot) -> RenderableType:
        room = max(4, self._console.size.height - len(snapshot.cameras) - 12)
        return Group(
            self._changes(room) if self._rows else Text("waiting for the first alert ...", style="dim"),
            _cameras(snapshot),
            Text(stages(snapshot), style="dim"),
            Text.assemble("page ", (self._url, "bold underline"), "   Ctrl-C ends"),
        )

    def _changes(self, room: int) -> Table:
        table = Table(
            title="Alerts become events", title_justify="left", expand=True, box=None, pad_edge=False
        )
        for name, share in _COLUMNS.items():
            table.add_column(name, no_wrap=True, ratio=share or None, min_width=len(name))
        for at, change in list(self._rows)[:room]:
            table.add_row(
                f"{at:.0f} s",
                str(change.event),
                Text(change.colour, style=_COLOURS.get(change.colour, "")),
                change.kind,
                f"{change.place}, {change.zone}",
                change.camera,
                str(change.count),
                str(change.alerts),
                change.verbs[-1] if change.verbs else _what(change),
            )
        return table


def _cameras(snapshot: Snapshot) -> Table:
    table = Table(expand=True, box=None, header_style="dim", pad_edge=False)
    for name in ("camera", "stream", "fps", "decoded", "detected"):
        table.add_column(name, no_wrap=True, ratio=1 if name == "stream" else None, min_width=len(name))
    for camera in snapshot.cameras:
        good = camera.state == "streaming"
        state = camera.state if good else f"{camera.state}: {camera.reason}".removesuffix(": ")
        table.add_row(
            camera.name,
            Text(state, style="green" if good else "yellow"),
            f"{camera.fps:.1f}",
            str(camera.frames_decoded),
            str(camera.frames_detected),
        )
    return table


def _what(change: Change) -> str:
    return ", ".join(change.verbs) or ("goes on" if change.active else "clear")


def describe(change: Change) -> str:
    """A change as one plain line."""
    return (
        f"{change.title} {change.colour:<6} {change.kind} at {change.place}, {change.zone}"
        f" ({change.camera}; {change.count} there, {change.alerts} alerts; {change.org}): {_what(change)}"
    )


def stages(snapshot: Snapshot) -> str:
    """How the stages stand, in one line (the box's own count is a health period old, central's is not)."""
    fps = sum(camera.fps for camera in snapshot.cameras)
    return (
        f"cameras {snapshot.streaming}/{len(snapshot.cameras)} streaming, {fps:.0f} pictures/s"
        f" | alerts {max(snapshot.published, snapshot.committed)} published, {snapshot.committed} committed,"
        f" {snapshot.waiting} waiting | {snapshot.events} events"
    )


@contextmanager
def open_screen(url: str, console: Console) -> Iterator[Screen]:
    """The live table on a terminal, plain lines elsewhere."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield PlainScreen()
        return
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
        yield TableScreen(console, live, url)
