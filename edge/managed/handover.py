"""Between the worker, without rights, and the updater, with them: an order in, an outcome back, as files.

The updater believes nothing of what it finds here: it verifies the order and the bundle itself.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from messages import UpdateHealth
from placewatch.files import write_file


@dataclass(frozen=True, slots=True)
class Handover:
    """A folder.

    Attributes:
        folder: Where.
    """

    folder: Path

    @property
    def order(self) -> Path:
        """The order, as it came from the broker; systemd starts the updater when it appears."""
        return self.folder / "wanted.order"

    @property
    def outcome_file(self) -> Path:
        """What became of it."""
        return self.folder / "outcome.json"

    def bundle(self, sha256: str) -> Path:
        """Where the bundle lies."""
        return self.folder / f"{sha256}.run"

    def want(self, payload: bytes) -> None:
        """Have the updater begin.

        Raises:
            PlacewatchError: The folder cannot be written.
        """
        self.outcome_file.unlink(missing_ok=True)
        write_file(self.order, payload)

    def done(self, outcome: UpdateHealth, payload: bytes, sha256: str) -> None:
        """The updater has ended; neither this order nor its bundle is needed any more.

        Raises:
            PlacewatchError: The folder cannot be written.
        """
        write_file(self.outcome_file, msgspec.json.encode(outcome))
        self.bundle(sha256).unlink(missing_ok=True)
        if self.order.exists() and self.order.read_bytes() == payload:  # else a newer one came meanwhile
            self.order.unlink()

    def outcome(self) -> UpdateHealth | None:
        """What became of the last order, once it is known."""
        try:
            return msgspec.json.decode(self.outcome_file.read_bytes(), type=UpdateHealth)
        except (OSError, msgspec.DecodeError):
            return None
