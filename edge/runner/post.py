"""One camera at work: its thread, its eye, and who reports what is seen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event, Thread

from edge.config import BoxConfig, Camera
from edge.evidence import Redacts
from edge.eye import Eye
from edge.gate.relief import Relief
from edge.ingest.geared import Sample, Stirs
from edge.ingest.reader import CameraReader
from edge.ingest.slot import LatestSlots
from edge.ingest.status import CameraStatus
from edge.ingest.tap import ClipTap
from edge.reporting import CameraReporter
from edge.runner.changes import Changes
from edge.runner.parts import Parts
from edge.watching import eye, gear_box, hardware, looks_per_s, motion_detector, ring_bounds
from messages import CameraState
from placewatch.logs import get_logger

STAGGER_S = 0.05
"""Between the first attempts of two cameras: opening costs more than reading."""

_MEND_S = 5.0
"""Wait after a fault of our own in a camera's thread."""


@dataclass(slots=True)
class Post:
    """One camera at work.

    Attributes:
        camera: Which.
        status: What its stream does.
        tap: Where pieces of its stream are asked for.
        stirs: What wakes it.
        eye: What the detector's side knows of it.
        reporter: Makes its alerts.
        halt: Ends its thread.
        thread: Reads it.
    """

    camera: Camera
    status: CameraStatus
    tap: ClipTap
    stirs: Stirs
    eye: Eye
    reporter: CameraReporter
    halt: Event
    thread: Thread


@dataclass(frozen=True, slots=True)
class PostMaker:
    """Makes posts as one configuration wants them.

    Attributes:
        config: The box.
        parts: Clock and chance.
        redactor: The only door by which a picture leaves.
        model: What alerts name as the detector's model.
        side: Longer side of a whole picture on a canvas, pixels.
        slots: Where pictures wait for the detector.
        relief: How much may be decoded while the box is overloaded.
    """

    config: BoxConfig
    parts: Parts
    redactor: Redacts
    model: str
    side: int
    slots: LatestSlots[Sample]
    relief: Relief

    def post(self, camera: Camera, before: Post | None = None, *, delay_s: float = 0.0) -> Post:
        """A post whose thread has not begun.

        Args:
            camera: Which.
            before: The same camera's, whose thread was told to end: its counters go on.
            delay_s: Before the first attempt to open it.
        """
        if before is None:
            status = CameraStatus(camera.id, camera.place, camera.stall_s, self.parts.clock)
            tap, stirs = ClipTap(), Stirs()
        else:
            status, tap, stirs = before.status, before.tap, before.stirs
            status.place, status.stall_s = camera.place, camera.stall_s
        halt = Event()
        thread = self._thread(camera, status, tap, stirs, halt, delay_s)
        return Post(camera, status, tap, stirs, self.eye(camera, stirs), self.reporter(camera), halt, thread)

    def changed(self, posts: Mapping[str, Post], change: Changes) -> dict[str, Post]:
        """The posts of cameras that are watched otherwise from now on.

        Args:
            posts: As they are.
            change: What becomes of them; threads of those that are reopened were told to end.
        """
        cameras = {camera.id: camera for camera in self.config.cameras}
        fresh = {
            name: self.post(cameras[name], posts.get(name), delay_s=number * STAGGER_S)
            for number, name in enumerate(change.opened)
        }
        for name in change.reruled:
            camera, post = cameras[name], posts[name]
            eye, reporter = self.eye(camera, post.stirs), self.reporter(camera)
            fresh[name] = replace(post, camera=camera, eye=eye, reporter=reporter)
        return fresh

    def eye(self, camera: Camera, stirs: Stirs) -> Eye:
        """Its rules, and what deserves a look."""
        return eye(self.config, camera, stirs.stir, self.side, self.parts.clock.monotonic())

    def reporter(self, camera: Camera) -> CameraReporter:
        """Who makes its alerts."""
        return CameraReporter(self.config, camera, self.redactor, self.model)

    def _thread(
        self, camera: Camera, status: CameraStatus, tap: ClipTap, stirs: Stirs, halt: Event, delay_s: float
    ) -> Thread:
        slots, clock = self.slots, self.parts.clock

        def deliver(sample: Sample) -> None:
            if not halt.is_set():  # a camera that was taken away has no slot any more
                slots.put(camera.id, sample, keep=sample.kept)

        reader = CameraReader(
            camera,
            looks_per_s(self.config, camera),
            deliver,
            status,
            clock,
            self.parts.random,
            gears=gear_box(self.config, camera),
            motion=motion_detector(self.config),
            stirs=stirs,
            hardware=hardware(self.config),
            ring=ring_bounds(self.config),
            tap=tap,
            relief=self.relief,
        )

        def read() -> None:
            halt.wait(delay_s)
            while not halt.is_set():
                try:
                    reader.run(halt)
                except Exception as error:
                    # A fault of ours in one camera's thread must not end the watch of its places.
                    logger = get_logger(camera=camera.id)
                    logger.exception("camera_thread_failed")
                    status.turn(CameraState.FAILED, f"internal error: {error}")
                    halt.wait(_MEND_S)

        return Thread(target=read, name=f"camera-{camera.id}", daemon=True)


@dataclass(frozen=True, slots=True)
class Board:
    """Every camera at work, as the loops look them up; changed by the thread that looks, between two rounds.

    Attributes:
        posts: By camera id.
        eyes: Likewise.
        statuses: Likewise.
        reporters: Likewise.
    """

    posts: dict[str, Post] = field(default_factory=dict)
    eyes: dict[str, Eye] = field(default_factory=dict)
    statuses: dict[str, CameraStatus] = field(default_factory=dict)
    reporters: dict[str, CameraReporter] = field(default_factory=dict)

    def put(self, post: Post) -> None:
        """Take a post in, instead of the one that the camera had."""
        name = post.camera.id
        self.posts[name] = post
        self.eyes[name] = post.eye
        self.statuses[name] = post.status
        self.reporters[name] = post.reporter

    def remove(self, name: str) -> None:
        """Forget a camera."""
        for each in (self.posts, self.eyes, self.statuses, self.reporters):
            each.pop(name, None)

    def taps(self) -> dict[str, ClipTap]:
        """Where pieces of each camera's stream are asked for."""
        return {name: post.tap for name, post in self.posts.items()}


def await_posts(posts: Iterable[Post], until: float, monotonic: Callable[[], float]) -> None:
    """Wait for threads that were told to end, until a moment of the steady clock; leave behind who hangs."""
    for post in posts:
        if post.thread.is_alive():
            post.thread.join(max(0.0, until - monotonic()))
