"""Where one client is in an endless clip, and the picture that is there."""

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import count, islice

from placewatch.footage.clip import Clip, Nals

AHEAD = 50
"""Pictures that are read from a file at a time: few turns to a thread, little memory."""


class Tape:
    """A clip that never ends; its times go on over the loops.

    Args:
        clip: The clip.
        begin: When its first picture is decoded, 90 kHz ticks.
    """

    def __init__(self, clip: Clip, begin: int = 0) -> None:
        self.clip = clip
        self._dts = clip.timeline.dts
        self._pts = clip.timeline.pts
        self._key = clip.timeline.key
        self._index = 0
        self._offset = begin
        self._read = _endless(clip)
        self._ahead: deque[Nals] = deque()

    @property
    def dts(self) -> int:
        """The picture's decoding time since the beginning, 90 kHz ticks."""
        return self._offset + int(self._dts[self._index])

    @property
    def pts(self) -> int:
        """Its presentation time since the beginning, 90 kHz ticks."""
        return self._offset + int(self._pts[self._index])

    @property
    def key(self) -> bool:
        """Whether it is a keyframe."""
        return bool(self._key[self._index])

    async def nals(self) -> Nals:
        """Its NAL units. To be awaited once before each `advance`.

        Raises:
            StreamError: The file cannot be read any more.
        """
        if self.clip.held is not None:
            return self.clip.held[self._index]
        if not self._ahead:
            self._ahead.extend(await asyncio.to_thread(list, islice(self._read, AHEAD)))
        return self._ahead.popleft()

    def advance(self) -> None:
        """On to the next picture, over the end to the first."""
        self._index += 1
        if self._index == len(self._dts):
            self._index = 0
            self._offset += self.clip.timeline.duration


def _endless(clip: Clip) -> Iterator[Nals]:
    for _ in count():
        yield from clip.pictures()
