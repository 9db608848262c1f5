"""What a box keeps of its orders: to start with them, to go back, and never to take an old one again."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from edge.managed.believe import Floor
from edge.managed.judge import Before, Patience
from messages import ConfigHealth, ConfigState, UpdateHealth
from placewatch.errors import PlacewatchError
from placewatch.files import write_file
from placewatch.logs import get_logger

FILE = "orders.json"


class KeptConfig(Struct, frozen=True, kw_only=True):
    """A configuration that the centre sent.

    Attributes:
        version: Its version.
        text: YAML, with secrets by name only.
    """

    version: int
    text: str

    @property
    def sha256(self) -> str:
        """Of the text, hex."""
        return sha256(self.text.encode()).hexdigest()


class Probation(Struct, frozen=True, kw_only=True):
    """A configuration whose health is watched.

    Attributes:
        watched_s: Seconds that a worker ran under it; no clock that jumps can shorten or prolong them.
        starts: Times that a worker was started under it and did not stop cleanly.
        before: How the box was.
        touched: Cameras that it changed.
        moved: Whether it named another broker.
    """

    watched_s: float = 0.0
    starts: int = 0
    before: Before = Before()
    touched: tuple[str, ...] = ()
    moved: bool = False


class Kept(Struct, frozen=True, kw_only=True):
    """All that is kept.

    Attributes:
        config_floor: Newest configuration that was believed.
        update_floor: Newest update likewise.
        running: What runs; None for the box's own file.
        good: What ran well before; None for the box's own file.
        probation: While what runs is watched.
        state: What became of the newest configuration.
        reason: Why.
        since: When.
        update: What became of the newest update.
    """

    config_floor: Floor = Floor()
    update_floor: Floor = Floor()
    running: KeptConfig | None = None
    good: KeptConfig | None = None
    probation: Probation | None = None
    state: ConfigState = ConfigState.OWN
    reason: str = ""
    since: datetime | None = None
    update: UpdateHealth | None = None

    def health(self, disbelieved: int = 0, disbelief: str = "") -> ConfigHealth:
        """As the health message tells it."""
        running = self.running
        return ConfigHealth(
            version=running.version if running else 0,
            sha256=running.sha256 if running else "",
            wanted=self.config_floor.version if self.state is not ConfigState.OWN else 0,
            state=self.state,
            reason=self.reason[:500],
            since=self.since,
            disbelieved=disbelieved,
            disbelief=disbelief[:500],
        )


def refused(kept: Kept, reason: str, now: datetime) -> Kept:
    """The newest configuration is not taken; what runs goes on."""
    return replace(kept, state=ConfigState.REFUSED, reason=reason, since=now)


def tried(kept: Kept, config: KeptConfig, probation: Probation, now: datetime) -> Kept:
    """The newest configuration runs, and is watched; one that was watched still is not good by that."""
    watched = kept.probation
    good = kept.good if watched else kept.running
    if watched:
        probation = replace(probation, before=watched.before, touched=(*watched.touched, *probation.touched))
    return replace(
        kept,
        running=config,
        good=good,
        probation=probation,
        state=ConfigState.PROBATION,
        reason="",
        since=now,
    )


def proven(kept: Kept, now: datetime) -> Kept:
    """What runs is good; should a newer one have been refused meanwhile, that stays to be read."""
    kept = replace(kept, good=kept.running, probation=None)
    return kept if kept.state is ConfigState.REFUSED else replace(kept, state=ConfigState.APPLIED, since=now)


def taken_back(kept: Kept, reason: str, now: datetime) -> Kept:
    """What ran well before runs again."""
    return replace(
        kept, running=kept.good, probation=None, state=ConfigState.ROLLED_BACK, reason=reason, since=now
    )


def started(kept: Kept, patience: Patience, now: datetime) -> Kept:
    """A worker starts: under a configuration on probation that counts, until it has stopped cleanly."""
    if kept.probation is None:
        return kept
    starts = kept.probation.starts + 1
    if starts > patience.starts:
        return taken_back(kept, f"the worker ended {starts - 1} times under it", now)
    return replace(kept, probation=replace(kept.probation, starts=starts))


def stopped(kept: Kept) -> Kept:
    """A worker stopped cleanly."""
    return kept if kept.probation is None else replace(kept, probation=replace(kept.probation, starts=0))


@dataclass(frozen=True, slots=True)
class Keeper:
    """The file in which it lies.

    Attributes:
        folder: Where.
        floors: What is too old from the beginning, by the enrolment: configuration and update.
    """

    folder: Path
    floors: tuple[int, int] = (0, 0)

    def load(self) -> Kept:
        """What was kept; a file that is damaged is set aside, loudly."""
        path = self.folder / FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=Kept)
        except FileNotFoundError:
            pass
        except (OSError, msgspec.DecodeError) as error:
            get_logger(part="orders").error("orders_unreadable", file=str(path), reason=str(error))
        config, update = self.floors
        return Kept(
            config_floor=Floor(version=max(0, config - 1)), update_floor=Floor(version=max(0, update - 1))
        )

    def save(self, kept: Kept) -> None:
        """Put it on disk whole, or not at all.

        Raises:
            PlacewatchError: The disk refuses.
        """
        write_file(self.folder / FILE, msgspec.json.encode(kept), secret=True)

    def note(self, kept: Kept) -> None:
        """As `save`, where a disk that refuses is no reason to stop: it is said, and goes on in memory."""
        try:
            self.save(kept)
        except PlacewatchError as error:
            get_logger(part="orders").warning("orders_not_kept", reason=str(error))
