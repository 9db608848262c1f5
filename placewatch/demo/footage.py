"""What the demo's cameras show: the default footage, or the user's own clips."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from placewatch.footage.catalog import read_folder
from placewatch.footage.fetch import fetch

if TYPE_CHECKING:
    from placewatch.footage.progress import Progress as Tell


@dataclass(frozen=True, slots=True)
class Footage:
    """Clips for the replay server.

    Attributes:
        folder: Where they lie.
        streams: Names under which the server offers them.
        own: Whether they are the user's.
        problems: One line for each clip that cannot be had or served.
    """

    folder: Path
    streams: tuple[str, ...]
    own: bool
    problems: tuple[str, ...]


def default_footage(console: Console) -> Footage:
    """The default clips, fetched when they are not here yet.

    Raises:
        PlacewatchError: None of them can be had.
    """
    with _bars(console) as tell:
        found = fetch(tell)
    return Footage(found.folder, tuple(found.clips), own=False, problems=tuple(found.problems))


def own_footage(folder: Path, console: Console) -> Footage:
    """The clips of a folder; codecs that cannot be sent as they are get transcoded once.

    Raises:
        PlacewatchError: No such folder, or no video in it.
    """
    with _bars(console) as tell:
        catalog = read_folder(folder, tell)
    return Footage(folder.resolve(), tuple(catalog.clips), own=True, problems=tuple(catalog.problems))


@contextmanager
def _bars(console: Console) -> "Iterator[Tell]":
    """Progress bars that appear with the first news."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, share: float | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None if share is None else 1.0)
            if share is not None:
                bars.update(tasks[what], completed=share)

        yield tell
