"""One demo run: footage, work folder, chain, screen, orderly end, report."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

from rich.console import Console

from placewatch.clock import SystemClock, utc
from placewatch.demo.chain import Chain, Ports
from placewatch.demo.footage import Footage, default_footage, own_footage
from placewatch.demo.orders import govern
from placewatch.demo.part import PartError
from placewatch.demo.people import admit
from placewatch.demo.plan import box_for, shipped_box, write_files
from placewatch.demo.ports import check_free, is_free
from placewatch.demo.report import Report, check_writable
from placewatch.demo.screen import Screen, open_screen
from placewatch.demo.watch import CentralClient, Follower, Snapshot, wait_ready
from placewatch.errors import PlacewatchError

USUAL_PORT = 8600
POLL_S = 1.0
TICK_S = 0.2
SILENT_S = 2.0
"""A box that was stopped before its first word has no last one either."""

REST_S = 15.0
"""How long central may take, once the box has stopped, to have everything in its books."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the user asked for.

    Attributes:
        seconds: End by itself after this long; None runs until Ctrl-C.
        report: Where to write the figures.
        footage: Folder of the user's own clips.
        port: Port of the page; None takes the usual or a free one.
        keep: Work folder that stays.
        browser: Open the page in a browser.
    """

    seconds: float | None = None
    report: Path | None = None
    footage: Path | None = None
    port: int | None = None
    keep: Path | None = None
    browser: bool = True


class Interrupt:
    """Ctrl-C, SIGTERM and a closed terminal ask for an orderly end; a second time ends at once."""

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def wanted(self) -> bool:
        """Whether to go on."""
        return not self.requested


@dataclass(slots=True)
class _State:
    """What a run has come to so far."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    first_alert_s: float | None = None
    polled: float = 0.0


class Run:
    """A chain that runs, seen from outside.

    Args:
        chain: The parts.
        screen: Where to show it.
        interrupt: Who may end it.
        started: Monotonic time at which the first process was started.
        token: Opens central's API.
    """

    def __init__(
        self, chain: Chain, screen: Screen, interrupt: Interrupt, started: float, token: str
    ) -> None:
        self._chain = chain
        self._screen = screen
        self._interrupt = interrupt
        self._started = started
        self._client = CentralClient(chain.ports.url, token)
        self._follower = Follower(chain.ports.url, token)
        self._state = _State()

    def __enter__(self) -> Self:
        self._follower.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._follower.stop()
        self._client.close()

    def until(self, deadline: float | None) -> None:
        """Show what comes until ``deadline`` (monotonic) or an interrupt; a part that dies is started again.

        Raises:
            PartError: A part died again and again.
        """
        while self._interrupt.wanted() and (deadline is None or time.monotonic() < deadline):
            for line in self._chain.revive(self._interrupt.wanted):
                self._screen.say(line)
            self.tick()
            time.sleep(TICK_S)

    def tick(self) -> None:
        """Look once."""
        now = time.monotonic()
        changes = self._follower.take()
        if changes and self._state.first_alert_s is None:
            self._state.first_alert_s = now - self._started
        polling = now - self._state.polled >= POLL_S
        if polling:
            self._state.polled = now
            with contextlib.suppress(PlacewatchError):  # a busy centre is asked again; a dead one is noticed
                self._state.snapshot = self._client.snapshot()
        if changes or polling:
            self._screen.show(changes, self._state.snapshot)

    def drain(self) -> Report:
        """Stop the box, wait until central has its last word, and sum up; central still runs then."""
        if not self._chain.stop("edge", self.tick):
            self._screen.say("the box did not stop in time and was killed; its spool keeps what was not sent")
        began = time.monotonic()
        while True:
            snapshot = self._client.snapshot()
            done = snapshot.stopping and snapshot.committed >= snapshot.published
            patience = REST_S if snapshot.cameras else SILENT_S
            if done or time.monotonic() - began > patience:
                break
            time.sleep(TICK_S)
        self._state.polled = 0.0
        self.tick()
        return Report.of(snapshot, first_alert_s=self._state.first_alert_s, url=self._chain.ports.url)


def run_demo(options: DemoOptions, console: Console) -> Report | None:
    """Run the demo to its end.

    Args:
        options: What the user asked for.
        console: Where to show it (standard output).

    Returns:
        The figures; None when it was ended before the chain stood.

    Raises:
        PlacewatchError: No footage, a port in use, a part that died, or alerts that did not arrive.
    """
    ports = Ports.free(http=_page_port(options.port))
    if options.report:
        check_writable(options.report)
    with _work_folder(options.keep) as work:
        footage = _footage(options, Console(stderr=True))
        report = _run(options, console, ports, footage, work)
    if report and options.report:
        report.write(options.report)
    if report and report.alerts_committed != report.alerts_published:
        raise PlacewatchError(
            f"{report.alerts_published} alerts were published, {report.alerts_committed} are committed",
            where="demo",
            remedy="run it again with --keep DIR and read the logs there",
        )
    return report


def _footage(options: DemoOptions, console: Console) -> Footage:
    footage = own_footage(options.footage, console) if options.footage else default_footage(console)
    for problem in footage.problems:
        console.print(f"without: {problem}", highlight=False, markup=False, soft_wrap=True)
    return footage


def _page_port(asked: int | None) -> int | None:
    if asked is not None:
        check_free(asked, "--port")
        return asked
    return USUAL_PORT if is_free(USUAL_PORT) else None


def _run(options: DemoOptions, console: Console, ports: Ports, footage: Footage, work: Path) -> Report | None:
    box = box_for(footage.streams, ports) if footage.own else shipped_box(footage.streams, ports)
    files = write_files(work, footage.folder, ports, box)
    people = admit(files.central)
    govern(files, ports, utc(SystemClock().now()))
    with Interrupt() as interrupt, Chain(files, ports) as chain:
        started = time.monotonic()
        with console.status("starting"):
            for name in chain.start(interrupt.wanted):
                console.print(f"starting {name} ...", highlight=False)
                if name == "edge":
                    wait_ready(ports.url, people.token, 10.0)
        if not interrupt.wanted():
            return None
        console.print(
            f"page: {ports.url}  (API: {ports.url}api/openapi.json)", highlight=False, soft_wrap=True
        )
        console.print(people.line, highlight=False, soft_wrap=True)
        _open_browser(options, console, ports.url)
        deadline = None if options.seconds is None else time.monotonic() + options.seconds
        with (
            open_screen(f"{ports.url}  {people.line}", console) as screen,
            Run(chain, screen, interrupt, started, people.token) as run,
        ):
            run.until(deadline)
            screen.say("stopping: the box first, so that its last alerts arrive ...")
            report = run.drain()
        for name in ("central", "broker", "cameras"):
            chain.stop(name)
        return report


@contextlib.contextmanager
def _work_folder(keep: Path | None) -> Iterator[Path]:
    """The folder of this run: gone after a good end, kept when asked or when a part died."""
    if keep is not None:
        yield _fresh(keep)
        return
    folder = Path(tempfile.mkdtemp(prefix="placewatch-demo-"))
    try:
        yield folder
    except PartError:
        raise  # its log is named in the error: leave it there
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _fresh(keep: Path) -> Path:
    """A new or empty folder: an earlier run's spool and books would be counted again."""
    where = f"--keep {keep}"
    try:
        keep.mkdir(parents=True, exist_ok=True)
        empty = not any(keep.iterdir())
    except OSError as error:
        raise PlacewatchError(
            f"cannot be made: {error.strerror}", where=where, remedy="choose another folder"
        ) from error
    if not empty:
        raise PlacewatchError("is not empty", where=where, remedy="choose a new folder")
    return keep.resolve()


def _open_browser(options: DemoOptions, console: Console, url: str) -> None:
    """Only where there is a screen: a text browser must not take over the terminal."""
    graphical = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if options.browser and options.seconds is None and console.is_terminal and graphical:
        webbrowser.open(url)
