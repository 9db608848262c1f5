"""Boxes with their real outbox, as a process: ``python -m placewatch.loadtest.boxes PLAN.json``.

Every box has a spool on disk and a publisher, as `placewatch edge run` has; only what is seen is invented.
The process may be killed at any moment; its successor goes on with the same spools. Once a file called
``quiet`` lies beside them, it invents no more and ends when every spool is empty.
"""

import random
import sys
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.config import Broker
from edge.outbox.publisher import Publisher, PublisherTimes
from edge.outbox.spool import Spool
from edge.outbox.window import Pace
from messages import Alert
from placewatch import logs
from placewatch.clock import SystemClock, utc
from placewatch.errors import StoreError
from placewatch.loadtest.city import CAMERAS_PER_BOX
from placewatch.loadtest.traffic import Traffic, box_of

_MAX_BYTES = 512 * 1024 * 1024
_MAX_AGE_S = 7 * 24 * 3600.0
_RETRY_S = 0.2
_LOOK_EVERY = 16
_MOST_WAITING = 2000
_CATCH_UP_S = 5.0


class BoxesPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do.

    Attributes:
        port: The broker's, on this machine.
        folder: Where the spools lie.
        first: Number of the first box.
        count: How many boxes.
        rate: Alerts a second, of all together.
        seed: Of the traffic; the successor of a killed process gets another.
        drain_s: Longest wait for empty spools.
        resend_s: An alert without a receipt is sent again after this long.
    """

    port: int
    folder: str
    first: int
    count: int
    rate: float
    seed: int
    drain_s: float = 300.0
    resend_s: float = 5.0


def spool_path(folder: Path, box: int) -> Path:
    """Where the spool of box ``box`` lies."""
    return folder / f"box-{box:05d}.sqlite"


def quiet_path(folder: Path) -> Path:
    """Its being there ends the invention; a signal could come before anybody listens."""
    return folder / "quiet"


class Boxes:
    """Spools and publishers of some boxes."""

    def __init__(self, plan: BoxesPlan, stack: ExitStack) -> None:
        self._plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311 - traffic, not a secret
        self._traffic = Traffic(
            plan.count * CAMERAS_PER_BOX, plan.seed, session="unused", first_box=plan.first
        )
        self._spools: dict[int, Spool] = {}
        self._publishers: list[Publisher] = []
        times = PublisherTimes(pace=Pace(resend_s=plan.resend_s, stuck_s=10.0))
        for box in range(plan.first, plan.first + plan.count):
            path = spool_path(Path(plan.folder), box)
            spool = Spool.open(path, clock=SystemClock(), max_bytes=_MAX_BYTES, max_age_s=_MAX_AGE_S)
            self._spools[box] = stack.enter_context(spool)
            broker = Broker(host="127.0.0.1", port=plan.port)
            publisher = Publisher(spool, broker, box_of(box), version="load", times=times)
            publisher.start()
            self._publishers.append(publisher)

    def speak(self) -> None:
        """Alerts at random moments until it is to be quiet; what a busy machine delays comes late."""
        quiet = quiet_path(Path(self._plan.folder))
        due = time.monotonic()
        for number in count():
            if number % _LOOK_EVERY == 0 and (quiet.exists() or self._crowded(quiet)):
                return
            due = max(due + self._random.expovariate(self._plan.rate), time.monotonic() - _CATCH_UP_S)
            time.sleep(max(0.0, due - time.monotonic()))
            spoken = self._traffic.draw(utc(time.time()))
            self._spool(spoken.box, spoken.alert)

    def _crowded(self, quiet: Path) -> bool:
        """Wait while too much waits, so that a run can end in time; whether it is to be quiet by then."""
        while any(spool.stats().waiting > _MOST_WAITING for spool in self._spools.values()):
            if quiet.exists():
                return True
            time.sleep(_RETRY_S)
        return False

    def _spool(self, box: int, alert: Alert) -> None:
        """Put it on disk; with a full disk, try until there is room: nothing has been sent yet."""

        def numbered(session: str, seq: int) -> Alert:
            return replace(alert, id=f"{box_of(box).box}-{session}-{seq}", session=session, seq=seq)

        while True:
            try:
                self._spools[box].append(numbered)
            except StoreError:
                time.sleep(_RETRY_S)
            else:
                return

    def drain(self) -> bool:
        """Wait until every alert has its receipt; whether all have."""
        done = True
        for publisher in self._publishers:
            done = publisher.stop(drain_s=self._plan.drain_s) and done
        return done


def main() -> None:
    """Entry point; exit code 1 when something is left in a spool."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=BoxesPlan)
    logs.configure(fmt="json")
    with ExitStack() as stack:
        boxes = Boxes(plan, stack)
        boxes.speak()
        done = boxes.drain()
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
