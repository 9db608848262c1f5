"""Server-sent events: one reader of the change feed, any number of desks."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError

from central.people.scope import WHOLE, Scope
from central.store import feed
from central.store.engine import Store, first_line
from central.store.feed import FeedPage, FeedRow, Show
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger

_CHUNK = 2000
_GAP_S = 0.05  # after a look that found something: what changes meanwhile is shown once
_SHARE = 2.0  # and at least so many times as long as the look took: in a flood, taking in goes before showing


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who follows the stream.

    Attributes:
        scope: Of which orgs it hears.
        holds: Whether it may still listen; asked now and then, in a thread.
    """

    scope: Scope = WHOLE
    holds: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Manner:
    """How a hub goes about it.

    Attributes:
        poll_s: It looks this often even if nobody notified: another process may have written.
        tick_s: A quiet desk hears from the server this often.
        ask_s: Whether somebody may still listen is asked this often.
        desks: Most connections.
        backlog: A desk this many frames behind is cut off; it reconnects and catches up from the store.
    """

    poll_s: float = 1.0
    tick_s: float = 5.0
    ask_s: float = 15.0
    desks: int = 500
    backlog: int = 4000


class _Desk:
    """One connection: frames that wait for it."""

    def __init__(self, scope: Scope, most: int) -> None:
        self.scope = scope
        self._most = most
        self.ended = False
        self._frames: deque[tuple[int, bytes]] = deque()
        self._changed = asyncio.Event()

    @property
    def empty(self) -> bool:
        return not self._frames

    def put(self, frames: Iterable[tuple[int, bytes]]) -> None:
        self._frames.extend(frames)
        if len(self._frames) > self._most:
            self.ended = True
        self._changed.set()

    def end(self) -> None:
        self.ended = True
        self._changed.set()

    async def wait(self, timeout_s: float) -> None:
        """Until there are frames or the end has come.

        Raises:
            TimeoutError: Neither came in time.
        """
        await asyncio.wait_for(self._changed.wait(), timeout_s)

    def take(self, after: int) -> tuple[int, bytes]:
        """All that waits, as one piece for the wire, and its last number; but what is not after ``after``."""
        frames = [frame for number, frame in self._frames if number > after]
        last = max(after, self._frames[-1][0]) if self._frames else after
        self._frames.clear()
        self._changed.clear()
        return last, b"".join(frames)


class Hub:
    """Reads the feed once and hands frames to all desks. Lives on one event loop."""

    def __init__(self, store: Store, clock: Clock, show: Show, manner: Manner | None = None) -> None:
        """Follow ``store``.

        Args:
            store: Where the feed is.
            clock: For the time in ticks.
            show: How an event is put.
            manner: How often it looks, and how much it bears.
        """
        self._store = store
        self._show = show
        self._clock = clock
        self._manner = manner or Manner()
        self._desks: set[_Desk] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._last = 0
        self._closed = False
        self._log = get_logger(part="stream")

    def __len__(self) -> int:
        """Desks connected."""
        return len(self._desks)

    def notify(self) -> None:
        """Something was committed; may be called from any thread."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has just closed
                loop.call_soon_threadsafe(self._wake.set)

    @property
    def full(self) -> bool:
        """Whether a further desk would be refused."""
        return self._closed or len(self._desks) >= self._manner.desks

    async def start(self) -> None:
        """Note where the feed stands; before the first desk comes."""
        self._loop = asyncio.get_running_loop()
        self._last = await asyncio.to_thread(lambda: self._extent()[0])

    async def run(self) -> None:
        """Follow the feed until `close`."""
        while not self._closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._manner.poll_s)
            self._wake.clear()
            try:
                await self._follow()
            except SQLAlchemyError as error:
                self._log.error("change feed cannot be read", reason=first_line(error))

    async def _follow(self) -> None:
        while not self._closed:
            begun = asyncio.get_running_loop().time()
            page = await asyncio.to_thread(self._after, self._last)
            if page.last == self._last:
                return
            self._spread(page)
            spent = asyncio.get_running_loop().time() - begun
            await asyncio.sleep(max(_GAP_S, _SHARE * spent))

    def close(self) -> None:
        """End every connection; call on the loop."""
        self._closed = True
        self._wake.set()
        for desk in self._desks:
            desk.end()

    async def subscribe(self, after: int | None, watcher: Watcher) -> AsyncIterator[bytes]:
        """Frames for one desk: first what came after ``after``, then what comes, as far as it may see it.

        Args:
            after: Number of the last change the desk has; None for only new ones. A desk that has missed more
                than the store keeps, or comes from another store, gets a ``reset`` and should load anew.
            watcher: Who it is.
        """
        desk = _Desk(watcher.scope, self._manner.backlog)
        self._desks.add(desk)
        try:
            yield self._tick()
            sent = self._last
            if after is not None:
                position, oldest = await asyncio.to_thread(self._extent)
                sent = after
                if after > position or (oldest is None and after < position) or after + 1 < (oldest or 0):
                    sent = position
                    yield format_sse_event(event="reset", id=str(position), data_str="{}")
                while (page := await asyncio.to_thread(self._after, sent)).last > sent:
                    missed = [_frame(row) for row in page.rows if watcher.scope.sees(row.org)]
                    if missed:
                        yield b"".join(missed)
                    sent = page.last
            async for frame in self._live(desk, sent, watcher):
                yield frame
        finally:
            self._desks.discard(desk)

    async def _live(self, desk: _Desk, sent: int, watcher: Watcher) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        while not self._closed:
            if loop.time() - asked >= self._manner.ask_s:
                if not await asyncio.to_thread(watcher.holds):
                    return
                asked = loop.time()
            try:
                await desk.wait(self._manner.tick_s)
            except TimeoutError:
                # All up to here was handed over or is not for this desk: it need not ask for it again.
                sent = max(sent, self._last) if desk.empty else sent
                yield self._tick(sent)
                continue
            if desk.ended:
                return
            sent, frames = desk.take(sent)
            if frames:
                yield frames

    def _spread(self, page: FeedPage) -> None:
        frames = [(row.org, (row.id, _frame(row))) for row in page.rows]
        for desk in list(self._desks):
            desk.put(frame for org, frame in frames if desk.scope.sees(org))
            if desk.ended:
                self._desks.discard(desk)
        self._last = page.last

    def _tick(self, number: int | None = None) -> bytes:
        now = utc(self._clock.now()).isoformat()
        identity = None if number is None else str(number)
        return format_sse_event(event="tick", id=identity, data_str=f'{{"now":"{now}"}}', comment="alive")

    def _extent(self) -> tuple[int, int | None]:
        with self._store.read() as connection:
            return feed.position(connection), feed.oldest(connection)

    def _after(self, number: int) -> FeedPage:
        with self._store.read() as connection:
            if not self._desks:  # nobody looks: whoever comes reads from where the feed stands by then
                return FeedPage([], feed.position(connection))
            return feed.after(connection, number, _CHUNK, self._show)


def _frame(row: FeedRow) -> bytes:
    return format_sse_event(event=row.kind, id=str(row.id), data_str=row.payload)
