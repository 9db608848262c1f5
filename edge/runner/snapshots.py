"""Pictures on demand: central asks for a camera's, the box answers with a redacted one, or says why not.

A picture is made on a thread of its own, out of the camera's packet ring, so that an idle camera stays idle
and no look waits. The box keeps its own limit: whoever may send commands cannot make it do more than that.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import Protocol, runtime_checkable

from edge.config import BoxConfig, Camera
from edge.detect.detections import Detections, Image
from edge.evidence import Redacts
from edge.ingest.tap import ClipTap, Footage
from edge.ingest.unroll import unrolled
from edge.redact.jpeg import jpeg_size
from edge.runner.priority import lower_priority
from messages import Command, Evidence, MessageError, Snapshot, decode
from placewatch.clock import Clock, utc
from placewatch.errors import PlacewatchError, StoreError
from placewatch.logs import get_logger

BACK_S = 2.5
"""The newest picture of the last seconds is taken; a slow camera has only a few."""

WAIT_S = 5.0
"""A camera that brings no packet for so long is said to show nothing."""

SKEW_S = 10.0
"""Difference between the box's and central's clock that is borne."""


Publish = Callable[[Snapshot], bool]
"""Delivers an answer, or not: it is worth nothing later."""


@runtime_checkable
class TakesCommands(Protocol):
    """A publisher that hears central's commands."""

    def on_command(self, handler: Callable[[bytes], None]) -> None:
        """Have each command given to ``handler``, which must not block."""
        ...

    def publish_snapshot(self, snapshot: Snapshot) -> bool:
        """Send a picture."""
        ...


class RateLimit:
    """So many a second on average, a few at once (token bucket).

    Args:
        per_s: On average.
        burst: At once.
        now: Seconds of a steady clock.
    """

    def __init__(self, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._tokens = burst
        self._then = now

    def allows(self, now: float) -> bool:
        """Whether one more may be done now; then it counts."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._then) * self._per_s)
        self._then = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


@dataclass(slots=True)
class _Asked:
    command: Command
    camera: Camera
    due: float
    footage: Footage | None = None


class SnapshotLoop:
    """Answers commands; each is answered once.

    Args:
        config: The box.
        taps: Where each camera's packets are to be had.
        redactor: The only door by which a picture leaves.
        publish: Delivers answers.
        clock: Time.
    """

    def __init__(
        self,
        config: BoxConfig,
        taps: Mapping[str, ClipTap],
        redactor: Redacts,
        publish: Publish,
        clock: Clock,
    ) -> None:
        self._publish = publish
        self._clock = clock
        self.reconfigure(config, taps, redactor)
        self._ready: SimpleQueue[_Asked] = SimpleQueue()
        self._pending: dict[str, _Asked] = {}
        self._lock = Lock()
        self._halt = Event()

    def reconfigure(self, config: BoxConfig, taps: Mapping[str, ClipTap], redactor: Redacts) -> None:
        """Go on with another configuration of the box."""
        self._config = config
        self._cameras = {camera.id: camera for camera in config.cameras}
        self._taps = dict(taps)
        self._redactor = redactor
        self._limit = RateLimit(config.snapshots.per_s, config.snapshots.burst, self._clock.monotonic())

    def command(self, payload: bytes) -> None:
        """Take a command as it came; returns at once. What is not one is logged and not answered."""
        logger = get_logger(box=self._config.box)
        try:
            command = decode(payload, Command)
        except MessageError as error:
            logger.warning("bad_command", reason=str(error))
            return
        camera = self._cameras.get(command.camera)
        if camera is None:
            logger.debug("command_for_another", camera=command.camera)  # of another process of this box
            return
        why = self._refuses(command)
        if why is None:
            why = self._ask(command, camera)
        if why is not None:
            self._answer(command, camera, missing=why)

    def finish(self) -> None:
        """Have `run` end."""
        self._halt.set()

    def run(self) -> None:
        """Work until `finish`."""
        lower_priority()
        while not self._halt.is_set():
            try:
                asked = self._ready.get(timeout=0.25)
            except Empty:
                self._give_up_late()
                continue
            self._make(asked)

    def _refuses(self, command: Command) -> str | None:
        if self._clock.now() > command.expires.timestamp() + SKEW_S:
            return "the command has expired; if this repeats, compare the box's clock with the centre's"
        if not self._limit.allows(self._clock.monotonic()):
            return f"the box gives {self._config.snapshots.per_s:g} pictures a second"
        return None

    def _ask(self, command: Command, camera: Camera) -> str | None:
        asked = _Asked(command, camera, self._clock.monotonic() + WAIT_S)
        with self._lock:
            if command.id in self._pending:
                return None  # the broker brought it twice
            self._pending[command.id] = asked
        now = self._clock.now()

        def take(footage: Footage) -> None:
            asked.footage = footage
            self._ready.put(asked)

        tap = self._taps.get(camera.id)
        if tap is not None and tap.want(now - BACK_S, now, take):
            return None
        with self._lock:
            self._pending.pop(command.id, None)
        return "too many pictures of this camera are asked for at once"

    def _give_up_late(self) -> None:
        now = self._clock.monotonic()
        with self._lock:
            late = [asked for asked in self._pending.values() if now > asked.due and asked.footage is None]
            for asked in late:
                del self._pending[asked.command.id]
        for asked in late:
            self._answer(asked.command, asked.camera, missing="the camera sends no picture")

    def _make(self, asked: _Asked) -> None:
        with self._lock:
            if self._pending.pop(asked.command.id, None) is None:
                return  # it was given up
        try:
            picture = self._picture(asked.footage)
        except PlacewatchError as error:
            why = f"the picture could not be redacted: {error.message}"
            self._answer(asked.command, asked.camera, missing=why)
        except Exception as error:
            # Whatever went wrong, the picture must not leave, and the next one may succeed.
            logger = get_logger(camera=asked.camera.id)
            logger.exception("snapshot_failed")
            why = f"the picture could not be redacted: {type(error).__name__}"
            self._answer(asked.command, asked.camera, missing=why)
        else:
            missing = None if picture else "the camera sends no picture"
            self._answer(asked.command, asked.camera, picture, missing)

    def _picture(self, footage: Footage | None) -> Evidence | None:
        side = self._config.snapshots.max_side
        last = None
        for frame in unrolled(footage, fps=1000.0, side=side) if footage else ():
            last = frame
        if last is None:
            return None
        image: Image = last.image
        redacted = self._redactor.redact(image, Detections.empty())
        jpeg = redacted.jpeg(max_side=side)
        width, height = jpeg_size(jpeg)
        return Evidence(
            width=width, height=height, jpeg=jpeg, captured=utc(last.time), blurred=redacted.blurred
        )

    def _answer(
        self,
        command: Command,
        camera: Camera,
        picture: Evidence | None = None,
        missing: str | None = None,
    ) -> None:
        text = None if missing is None else missing[:500]
        answer = Snapshot(id=command.id, camera=camera.id, place=camera.place, picture=picture, missing=text)
        with suppress(StoreError):  # the main process is gone, and this one ends
            self._publish(answer)
