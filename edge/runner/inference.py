"""The loop that looks: one thread serves every camera with a fresh picture, all of them with one detector."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Lock

from edge.eye import Eye
from edge.ingest.geared import Sample
from edge.ingest.slot import LatestSlots
from edge.ingest.status import CameraStatus
from edge.pipeline import Look
from edge.rounds import CanvasDetector, Round, look_round
from placewatch.clock import Clock
from placewatch.logs import get_logger

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Effort:
    """What looking cost over a period.

    Attributes:
        mean_ms: Detector time per picture looked at, milliseconds.
        load: Share of the period that the thread was at work.
        looks: Pictures looked at.
        canvases: Inferences.
        fill: Share of their pixels that showed something.
    """

    mean_ms: float
    load: float
    looks: int
    canvases: int
    fill: float


@dataclass(slots=True)
class Meter:
    """Adds up what looking costs; written by one thread, read by another."""

    clock: Clock
    _since: float = field(init=False)
    _spent: float = 0.0
    _looks: int = 0
    _canvases: int = 0
    _pixels: int = 0
    _shown: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._since = self.clock.monotonic()

    def add(self, seconds: float, looks: int, canvases: int, pixels: int, shown: float) -> None:
        """One more round.

        Args:
            seconds: That it took.
            looks: Cameras that it served.
            canvases: Inferences.
            pixels: Of all canvases.
            shown: Pixels that showed something.
        """
        with self._lock:
            self._spent += seconds
            self._looks += looks
            self._canvases += canvases
            self._pixels += pixels
            self._shown += shown

    def take(self) -> Effort:
        """Since the last call."""
        with self._lock:
            now = self.clock.monotonic()
            elapsed = max(now - self._since, 1e-6)
            effort = Effort(
                mean_ms=1000.0 * self._spent / self._looks if self._looks else 0.0,
                load=min(1.0, self._spent / elapsed),
                looks=self._looks,
                canvases=self._canvases,
                fill=self._shown / self._pixels if self._pixels else 0.0,
            )
            self._since = now
            self._spent = self._shown = 0.0
            self._looks = self._canvases = self._pixels = 0
            return effort


@dataclass(slots=True)
class InferenceLoop:
    """Takes the newest picture of each camera through attention, detector, tracker and rules.

    Attributes:
        detector: Shared by all cameras.
        slots: Where pictures wait.
        eyes: One a camera.
        statuses: One a camera.
        report: Takes a look in which something changed; must not block.
        clock: Time.
        each_round: Called on the thread that looks, at least twice a second.
        whole: Whether each picture is looked at whole, by itself.
        looked: Told every look; must not block.
        meter: What it costs.
        last_round: Monotonic time at which the thread last came round.
    """

    detector: CanvasDetector
    slots: LatestSlots[Sample]
    eyes: Mapping[str, Eye]
    statuses: Mapping[str, CameraStatus]
    report: Callable[[str, Look], None]
    clock: Clock
    each_round: Callable[[], None] = lambda: None
    whole: bool = False
    looked: Callable[[str, Look], None] | None = None
    meter: Meter = field(init=False)
    last_round: float = field(init=False)
    _failing: set[str] = field(default_factory=set)
    _errands: SimpleQueue[tuple[Callable[[], None], Future[None]]] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.meter = Meter(self.clock)
        self.last_round = self.clock.monotonic()

    def run(self, stop: Event) -> None:
        """Look until ``stop`` is set; a detector that fails is tried again with the next picture."""
        while not stop.is_set():
            self.last_round = self.clock.monotonic()
            self._run_errands()
            self.each_round()
            if self.whole:
                taken = self.slots.take(_POLL_S)
                if taken is not None:
                    self._look_whole(*taken)
            else:
                self._round()

    def between(self, errand: Callable[[], None], wait_s: float) -> None:
        """Have something done on the thread that looks, between two rounds; returns when it is done.

        Raises:
            TimeoutError: The thread did not come round within ``wait_s`` seconds.
            Exception: Whatever the errand raised.
        """
        done: Future[None] = Future()
        self._errands.put((errand, done))
        try:
            done.result(wait_s)
        except TimeoutError:
            done.cancel()  # what was not begun will not be
            raise

    def _run_errands(self) -> None:
        with suppress(Empty):
            while True:
                errand, done = self._errands.get_nowait()
                if not done.set_running_or_notify_cancel():
                    continue
                try:
                    errand()
                except Exception as error:  # noqa: BLE001 - whoever asked for it is told
                    done.set_exception(error)
                else:
                    done.set_result(None)

    def _round(self) -> None:
        waiting = self._waiting()
        held = {name for name, eye in waiting.items() if eye.sample is not None and eye.sample.kept}
        for name, sample in self.slots.take_each(0.0 if waiting else _POLL_S, but=held).items():
            if name in waiting:
                self.slots.drop(name)
            with self._guarded(name):
                self.eyes[name].offer(sample)
        waiting = self._waiting()
        if not waiting:
            return
        began = self.clock.monotonic()
        # A round that fails must not end the watch: say it, go on with the next pictures.
        with self._guarded(*waiting):
            seen = look_round(waiting, self.detector, began)
            self._settle(seen)
            spent = self.clock.monotonic() - began
            packing = seen.packing
            shown = packing.fill * packing.pixels
            self.meter.add(spent, len(packing.served), len(packing.canvases), packing.pixels, shown)

    def _waiting(self) -> dict[str, Eye]:
        return {name: eye for name, eye in self.eyes.items() if eye.sample is not None}

    def _settle(self, seen: Round) -> None:
        for name, order in seen.orders.items():
            # One camera whose look fails must not take the others' looks away.
            with self._guarded(name):
                look = self.eyes[name].settle(order, seen.found[name], self.clock.monotonic())
                self._looked(name, look, examined=bool(order.regions))

    def _look_whole(self, name: str, sample: Sample) -> None:
        began = self.clock.monotonic()
        with self._guarded(name):
            self._looked(name, self.eyes[name].whole(sample, self.detector.detector), examined=True)
            self.meter.add(self.clock.monotonic() - began, 1, 1, 1, 1.0)

    def _looked(self, name: str, look: Look, *, examined: bool) -> None:
        if examined:
            self._failing.discard(name)
        self.statuses[name].detected(examined=examined)
        if look.changes or look.memories:
            self.report(name, look)
        if self.looked is not None:
            self.looked(name, look)

    @contextmanager
    def _guarded(self, *names: str) -> Iterator[None]:
        """What fails inside is told in the health of these cameras, and logged once while it lasts."""
        try:
            yield
        except Exception as error:
            fresh = not self._failing.issuperset(names)
            self._failing.update(names)
            for name in names:
                self.eyes[name].give_up()
                self.statuses[name].blind(
                    f"its pictures cannot be examined: {str(error) or type(error).__name__}"
                )
            if fresh:
                logger = get_logger(camera=", ".join(names))
                logger.exception("look_failed")
