"""A camera's reader in a thread, and what it hands over."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Literal

from edge.config import Camera
from edge.frame import Frame
from edge.gate.gears import GearBox, GearPolicy
from edge.ingest.backoff import Backoff
from edge.ingest.hardware import Hardware
from edge.ingest.reader import CameraReader
from edge.ingest.status import CameraStatus
from messages import CameraHealth
from placewatch.clock import SystemClock

CLOCK = SystemClock()
Transport = Literal["tcp", "udp"]
CALM_S = 60.0
"""Nobody looks at the pictures of these tests: nothing else would keep a camera awake."""


class Reading:
    """A reader at work.

    Attributes:
        frames: Sampled pictures so far.
        status: State and counters.
    """

    def __init__(
        self,
        url: str,
        *,
        stall_s: float = 1.0,
        fps: float = 10.0,
        transport: Transport = "tcp",
        hardware: Hardware | None = None,
        calm_s: float = CALM_S,
    ) -> None:
        camera = Camera(id="gate", url=url, place="school", stall_s=stall_s, transport=transport)
        self.frames: list[Frame] = []
        self.status = CameraStatus("gate", "school", stall_s, CLOCK)
        self.stop = Event()
        reader = CameraReader(
            camera,
            fps,
            lambda sample: self.frames.append(sample.frame),
            self.status,
            CLOCK,
            random=lambda: 0.0,
            backoff=Backoff(first_s=0.1, cap_s=0.2),
            open_s=1.5,
            gears=GearBox(GearPolicy(calm_s=calm_s)),
            hardware=hardware,
        )
        self.thread = Thread(target=reader.run, args=(self.stop,), daemon=True)
        self.thread.start()

    @property
    def health(self) -> CameraHealth:
        """The camera's entry in a health message."""
        return self.status.health(dropped=0)

    def wait(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        """Wait until a condition holds; fail with the camera's health if it does not."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.health
            assert self.thread.is_alive()
            time.sleep(0.02)


@contextmanager
def reading(
    url: str,
    *,
    stall_s: float = 1.0,
    fps: float = 10.0,
    transport: Transport = "tcp",
    hardware: Hardware | None = None,
    calm_s: float = CALM_S,
) -> Iterator[Reading]:
    """Read a camera until the block is left; its thread must then end."""
    run = Reading(url, stall_s=stall_s, fps=fps, transport=transport, hardware=hardware, calm_s=calm_s)
    try:
        yield run
    finally:
        run.stop.set()
        run.thread.join(5)
    assert not run.thread.is_alive()
