"""One stream in two gears: packets in, pictures that deserve a look out. The same code live and in replay."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

import cv2
import numpy as np
from av.video.frame import VideoFrame

from edge.frame import Frame
from edge.gate.gears import Gear, GearBox
from edge.gate.luma import small_luma
from edge.gate.motion import Motion, MotionDetector
from edge.gate.relief import Place
from edge.gate.ring import Entry, PacketRing
from edge.ingest.decode import DecodedPixels, Decoder
from edge.ingest.source import VideoPacket
from edge.ingest.stamps import Stamp
from edge.ingest.timing import Sampler

PEEK_FPS = 1.25
"""Keyframes that come more often than this need not all be looked at while idle."""

_PEEKS = 32


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture that deserves a look.

    Attributes:
        frame: It.
        motion: What moved since the sample before; None where nobody asks.
        gear: In which it was decoded.
        kept: It must not be replaced by a newer one: a keyframe, or what was decoded in retrospect.
    """

    frame: Frame
    motion: Motion | None
    gear: Gear
    kept: bool

    def instead_of(self, older: "Sample") -> "Sample":
        """This sample when nobody looked at ``older``: what changed then has still not been looked at."""
        mine, its = self.motion, older.motion
        if mine is None or its is None or mine.changed.shape != its.changed.shape:
            return self
        changed = np.asarray(cv2.bitwise_or(mine.changed, its.changed), np.uint8)
        return replace(self, motion=replace(mine, changed=changed))


class Stirs:
    """What wakes a camera, told by whoever sees it and read by the camera's thread."""

    def __init__(self) -> None:
        self._news: deque[tuple[float, str]] = deque(maxlen=_PEEKS)

    def stir(self, time: float, why: str) -> None:
        """Something was to be seen in the picture of ``time``."""
        self._news.append((time, why))

    def take(self) -> Iterator[tuple[float, str]]:
        """What was told since the last call."""
        while self._news:
            yield self._news.popleft()


class GearedStream:
    """One session of one camera.

    Args:
        decoder: Its decoder, not yet used.
        gears: Its gear box.
        stirs: What the detector's side tells it.
        fps: Looks a second while awake.
        motion: Finds what moves; None for a camera that is looked at whole and never rests.
        ring: The packets of the last seconds.
        place: Where it asks whether the box has the time to decode all of it; None where it always has.

    Attributes:
        decoded: Pictures decoded from packets as they came: keyframes, or all.
        skipped: Packets that were passed over while idle.
        size: Width and height of the newest picture, (0, 0) before the first.
        time: Capture time of the newest picture.
        spared: Whether only a part of it is decoded, though it is awake: the box has no time for more.
    """

    def __init__(
        self,
        decoder: Decoder,
        gears: GearBox,
        stirs: Stirs,
        fps: float,
        motion: MotionDetector | None,
        ring: PacketRing[VideoPacket] | None = None,
        place: Place | None = None,
    ) -> None:
        self._decoder = decoder
        self._gears = gears
        self._stirs = stirs
        self._fps = fps
        self._motion = motion
        self._place = place
        self._ring: PacketRing[VideoPacket] = PacketRing() if ring is None else ring
        self._sampler = Sampler(fps)
        self._peeker = Sampler(PEEK_FPS)
        self._peeks: deque[float] = deque(maxlen=_PEEKS)
        self._gear = Gear.AWAKE
        self._woken: float | None = None
        self._last = self._rested = self._key = -inf
        self._cut = False
        self.decoded = 0
        self.skipped = 0
        self.size = (0, 0)
        self.time = 0.0
        self.spared = False

    def feed(self, packet: VideoPacket, stamp: Stamp) -> Iterator[Sample]:
        """The samples that a packet brings: none or one, or, where the camera wakes, those of the last GOP.

        Args:
            packet: The next packet, stamped.
            stamp: Its stamp.
        """
        keyframe = self._decoder.keyframes.is_one(packet)
        self._ring.add(Entry(stamp.time, keyframe, packet.size, packet))
        self._gears.packet(stamp.time, keyframe=keyframe, partial=packet.is_keyframe and not keyframe)
        if keyframe:
            self._key, self._cut, self.spared = stamp.time, False, self._cut
        if self._shift(stamp.time) is Gear.AWAKE:
            if self._gear is not Gear.AWAKE:
                yield from self._wake()
            elif self._may_follow(stamp.time):
                yield from self._follow(packet, stamp)
            else:
                self._pass_over(stamp.time)
            return
        if self._gear is Gear.AWAKE:
            self._rest()
        if not (keyframe and self._peeker.wants(stamp.time)):
            self.skipped += 1
            return
        yield from self._peek(packet, stamp)
        if self._shift(stamp.time) is Gear.AWAKE:
            yield from self._wake()

    def flush(self) -> Iterator[Sample]:
        """What the decoder still holds at the end of a clip."""
        if self._gear is Gear.AWAKE:
            yield from self._samples(self._decoder.decode(None), kept=False)

    def _may_follow(self, now: float) -> bool:
        """Whether the box has the time to decode this packet, and had it for those before."""
        if self._place is None:
            return True
        interval = self._gears.gop_s or _USUAL_GOP_S
        part = max(0.0, now - self._key) / interval if self._gears.sparable else None
        may = self._place.asks(part)
        if part is None:
            self.spared = self._cut = False
        return may and not self._cut

    def _pass_over(self, now: float) -> None:
        """Awake, but the box has no time for what comes until the next keyframe."""
        if not self._cut:
            self._cut = self.spared = True
            self._decoder.restart()
        self._gears.unseen(now)
        self.skipped += 1

    def _shift(self, now: float) -> Gear:
        for time, why in self._stirs.take():
            self._woken = time if self._woken is None else min(time, self._woken)
            # What a keyframe showed wakes the camera however late it is told; what was seen before it came
            # to rest does not.
            wakes = self._gear is Gear.IDLE and self._rested < time <= now
            self._gears.stir(now if wakes else time, why)
        return self._gears.shift(now)

    def _follow(self, packet: VideoPacket, stamp: Stamp) -> Iterator[Sample]:
        """Awake: every packet is decoded as it comes."""
        errors = self._decoder.errors
        pictures = self._decoder.decode(packet)
        self._woken = None
        # Who joins in the middle of a GOP sees damage until the first keyframe: that says nothing.
        if self._decoder.errors > errors and len(self._ring):
            self._gears.damage(stamp.time)
        yield from self._samples(pictures, kept=False)

    def _rest(self) -> None:
        self._gear = Gear.IDLE
        self._stop_asking()
        self._decoder.restart()
        self._peeks.clear()
        self._peeks.append(self._last)
        self._rested = self._last
        self._woken = None

    def _stop_asking(self) -> None:
        self.spared = self._cut = False
        if self._place is not None:
            self._place.leaves()

    def _peek(self, packet: VideoPacket, stamp: Stamp) -> Iterator[Sample]:
        """Idle: a keyframe alone."""
        errors = self._decoder.errors
        pictures = self._decoder.keyframe(packet)
        if self._decoder.errors > errors or not pictures:
            self._gears.damage(stamp.time)
        for picture in pictures[-1:]:
            self._note(picture, stamp.time)
            self.decoded += 1
            self._last = stamp.time
            yield self._sample(picture, stamp, Gear.IDLE, kept=True)
            self._peeks.append(stamp.time)

    def _wake(self) -> Iterator[Sample]:
        """Awake again: first what happened since the last keyframe before whatever woke the camera."""
        self._gear = Gear.AWAKE
        seen = [time for time in self._peeks if self._woken is None or time < self._woken]
        # What was looked at already is decoded again, for the others need it, but not looked at.
        self._last = seen[-1] if seen else self._last
        self._woken = None
        self._decoder.restart()
        self._sampler = Sampler(self._fps)
        self._sampler.wants(self._last)
        for entry in self._ring.since(self._last):
            errors = self._decoder.errors
            pictures = self._decoder.decode(entry.packet)
            if self._decoder.errors > errors:
                self._gears.damage(entry.time)
            yield from self._samples(pictures, kept=True)

    def _samples(self, pictures: list[VideoFrame], *, kept: bool) -> Iterator[Sample]:
        for picture in pictures:
            stamp = picture.opaque
            if not isinstance(stamp, Stamp):
                continue
            if not kept:
                self.decoded += 1
            self._note(picture, stamp.time)
            backwards = self._last - _JUMP_S < stamp.time <= self._last
            if not backwards and self._sampler.wants(stamp.time):
                self._last = stamp.time
                yield self._sample(picture, stamp, Gear.AWAKE, kept=kept)

    def _sample(self, picture: VideoFrame, stamp: Stamp, gear: Gear, *, kept: bool) -> Sample:
        frame = Frame(DecodedPixels(picture), stamp.time, stamp.index)
        motion = None
        if self._motion is not None:
            motion = self._motion.observe(small_luma(frame.luma), stamp.time)
            if motion.doubt:
                self._gears.stir(stamp.time, motion.doubt)
                self._woken = stamp.time
        return Sample(frame, motion, gear, kept)

    def _note(self, picture: VideoFrame, time: float) -> None:
        self.size = picture.width, picture.height
        self.time = time


_USUAL_GOP_S = 2.0
"""Between keyframes, as long as nothing was measured."""

_JUMP_S = 30.0
"""A picture that seems older than this is new, and the clock was set back."""
