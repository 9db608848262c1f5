"""The loop that makes evidence clips, when nothing more urgent is to be done.

A clip costs some seconds of a core: decoding, searching, encoding. It is made on a thread of low priority,
which rests after each clip in proportion to the work and refuses what exceeds its bounds. Neither packets nor
looks wait for it: the camera's thread only hands over what lies in its ring.
"""

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Event, Lock

from edge.alerts import Draft
from edge.clips import ClipOrder, clip_order, clip_parts
from edge.config import BoxConfig, Camera
from edge.ingest.tap import ClipTap, Footage
from edge.ingest.unroll import unrolled
from edge.outbox.shelf import ShelfState
from edge.redact.clip import Finds
from edge.redact.video import RedactedClip, make_clip
from edge.runner.priority import lower_priority
from messages import ClipHealth, ClipPart
from placewatch.clock import Clock
from placewatch.errors import PlacewatchError
from placewatch.logs import get_logger

MOST_WAITING = 8
"""Clips that may wait to be made."""

MOST_BYTES = 48 * 1024 * 1024
"""Packets that may wait; the camera's ring holds the newest of them anyway."""


class _StopError(Exception):
    """The worker ends: what is being made is given up."""


class ClipLoop:
    """Takes alerts that were opened, and delivers their clips.

    Args:
        config: The box.
        taps: Where each camera's packets are to be had.
        finder: Finds what must be covered.
        deliver: Takes the finished clip's parts.
        clock: Time.
    """

    def __init__(
        self,
        config: BoxConfig,
        taps: Mapping[str, ClipTap],
        finder: Finds,
        deliver: Callable[[list[ClipPart]], None],
        clock: Clock,
    ) -> None:
        self.reconfigure(config, taps, finder)
        self._deliver = deliver
        self._clock = clock
        self._jobs: SimpleQueue[tuple[ClipOrder, Footage]] = SimpleQueue()
        self._lock = Lock()
        self._waiting = self._bytes = 0
        self._halt = Event()
        self._made = self._skipped = self._failed = 0

    def reconfigure(self, config: BoxConfig, taps: Mapping[str, ClipTap], finder: Finds) -> None:
        """Go on with another configuration of the box; what is under way is made as it was meant."""
        self._config = config
        self._cameras: dict[str, Camera] = {camera.id: camera for camera in config.cameras}
        self._taps = dict(taps)
        self._finder = finder

    def opened(self, draft: Draft, time: float) -> None:
        """An alert is on its way: have its clip made, if it deserves one; returns at once.

        Args:
            draft: The alert.
            time: Capture time of the picture that decided.
        """
        camera, tap = self._cameras.get(draft.data.camera), self._taps.get(draft.data.camera)
        if camera is None or tap is None or not self._config.clips.make:
            return
        order = clip_order(self._config, camera, draft.phase, draft.data, time)
        if order is None:
            return

        def take(footage: Footage) -> None:
            self._take(order, footage)

        if not tap.want(order.begin, order.end, take):
            self._skip(order, "its camera raises more alerts than clips can be taken of")

    def health(self, shelf: ShelfState) -> ClipHealth:
        """What became of the clips.

        Args:
            shelf: What waits of those that were made.
        """
        return ClipHealth(
            made=self._made,
            skipped=self._skipped,
            failed=self._failed,
            waiting_bytes=shelf.waiting_bytes,
            dropped=shelf.dropped,
        )

    def finish(self) -> None:
        """Have `run` end soon; what is not finished is given up."""
        self._halt.set()

    def run(self) -> None:
        """Work until `finish`."""
        lower_priority()
        while not self._halt.is_set():
            try:
                order, footage = self._jobs.get(timeout=0.5)
            except Empty:
                continue
            began = self._clock.monotonic()
            self._make(order, footage)
            with self._lock:
                self._waiting -= 1
                self._bytes -= footage.size
            worked = self._clock.monotonic() - began
            self._halt.wait(worked * (1 / self._config.clips.share - 1))

    def _take(self, order: ClipOrder, footage: Footage) -> None:
        """On the camera's thread."""
        with self._lock:
            room = self._waiting < MOST_WAITING and self._bytes + footage.size <= MOST_BYTES
            if room:
                self._waiting += 1
                self._bytes += footage.size
        if room:
            self._jobs.put((order, footage))
        else:
            self._skip(order, "the box has more clips to make than it may spend on them")

    def _make(self, order: ClipOrder, footage: Footage) -> None:
        logger = get_logger(box=order.box, camera=order.camera, alert_id=order.alert_id)
        settings = self._config.clips
        try:
            clip: RedactedClip = make_clip(
                unrolled(footage, fps=settings.fps, side=settings.max_side),
                self._finder,
                fps=settings.fps,
                zones=order.zones,
                pause=self._pause,
            )
            self._deliver(clip_parts(order, clip))
        except _StopError:
            return
        except PlacewatchError as error:
            self._failed += 1
            logger.warning("clip_failed", reason=str(error))
        except Exception:
            # Whatever went wrong, the fact is out, the clip is not, and the next one may succeed.
            self._failed += 1
            logger.exception("clip_failed")
        else:
            self._made += 1
            logger.info("clip", seconds=round(clip.seconds, 1), bytes=len(clip.mp4), pictures=clip.pictures)

    def _pause(self, _time: float) -> None:
        if self._halt.is_set():
            raise _StopError

    def _skip(self, order: ClipOrder, reason: str) -> None:
        self._skipped += 1
        logger = get_logger(box=order.box, camera=order.camera, alert_id=order.alert_id)
        logger.warning("clip_skipped", reason=reason)
