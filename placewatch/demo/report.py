"""What a demo run came to."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from placewatch.demo.watch import Snapshot
from placewatch.errors import PlacewatchError


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one run, taken after everything has come to rest.

    Attributes:
        cameras: Cameras of the box.
        frames_decoded: Pictures decoded by all of them.
        alerts_published: Distinct alerts that the box handed to the broker, by its own count.
        alerts_committed: Distinct alerts in central's books, by central's count.
        events: Grid events in central's books.
        first_alert_s: From the start of the first process to the first committed alert; None without one.
        url: Where the page was.
    """

    cameras: int
    frames_decoded: int
    alerts_published: int
    alerts_committed: int
    events: int
    first_alert_s: float | None
    url: str

    @classmethod
    def of(cls, snapshot: Snapshot, *, first_alert_s: float | None, url: str) -> "Report":
        """The report of a final snapshot."""
        return cls(
            cameras=len(snapshot.cameras),
            frames_decoded=snapshot.frames_decoded,
            alerts_published=snapshot.published,
            alerts_committed=snapshot.committed,
            events=snapshot.events,
            first_alert_s=None if first_alert_s is None else round(first_alert_s, 2),
            url=url,
        )

    def write(self, path: Path) -> None:
        """Write it as JSON.

        Raises:
            PlacewatchError: The file cannot be written.
        """
        try:
            path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise PlacewatchError(
                f"cannot be written: {error.strerror}", where=str(path), remedy="choose another file"
            ) from error


def check_writable(path: Path) -> None:
    """Make sure, before a long run, that the report can be written.

    Raises:
        PlacewatchError: It cannot.
    """
    is_new = not path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
        if is_new:
            path.unlink()  # a run that fails leaves no empty report
    except OSError as error:
        raise PlacewatchError(
            f"cannot be written: {error.strerror}", where=f"--report {path}", remedy="choose another file"
        ) from error
