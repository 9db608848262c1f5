"""Server-sent events: one reader of the change feed, any number of desks."""

import asyncio
from collections.abc import AsyncIterator, Callable
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

_CHUNK = 500
_GAP_S = 0.05  # after a look that found something: what changes meanwhile is shown once
_BACKLOG = 2000  # a desk this far behind is cut off; it reconnects and catches up from the store


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who follows the stream.

    Attributes:
        scope: Of which orgs it hears.
        holds: Whether it may still listen; asked now and then, in a thread.
    """

    scope: Scope = WHOLE
    holds: Callable[[], bool] = lambda: True


class _Desk:
    """One connection: frames that wait for it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.frames: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue(_BACKLOG + 1)

    def put(self, frame: tuple[int, bytes]) -> bool:
        if self.frames.qsize() >= _BACKLOG:
            return False
        self.frames.put_nowait(frame)
        return True

    def end(self) -> None:
        with suppress(asyncio.QueueFull):
            self.frames.put_nowait(None)


class Hub:
    """Reads the feed once and hands frames to all desks. Lives on one event loop."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        show: Show,
        *,
        poll_s: float = 1.0,
        tick_s: float = 5.0,
        ask_s: float = 15.0,
        desks: int = 500,
    ) -> None:
        """Follow ``store``.

        Args:
            store: Where the feed is.
            clock: For the time in ticks.
            show: How an event is put.
            poll_s: Look this often even if nobody notified: another process may have written.
            tick_s: A quiet desk hears from the server this often.
            ask_s: Whether somebody may still listen is asked this often.
            desks: Most connections.
        """
        self._store = store
        self._show = show
        self._clock = clock
        self._poll_s = poll_s
        self._tick_s = tick_s
        self._ask_s = ask_s
        self._most = desks
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
        return self._closed or len(self._desks) >= self._most

    async def start(self) -> None:
        """Note where the feed stands; before the first desk comes."""
        self._loop = asyncio.get_running_loop()
        self._last = await asyncio.to_thread(lambda: self._extent()[0])

    async def run(self) -> None:
        """Follow the feed until `close`."""
        while not self._closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._poll_s)
            self._wake.clear()
            try:
                await self._follow()
            except SQLAlchemyError as error:
                self._log.error("change feed cannot be read", reason=first_line(error))

    async def _follow(self) -> None:
        while not self._closed:
            page = await asyncio.to_thread(self._after, self._last)
            if page.last == self._last:
                return
            self._spread(page)
            await asyncio.sleep(_GAP_S)

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
        desk = _Desk(watcher.scope)
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
                    for row in page.rows:
                        if watcher.scope.sees(row.org):
                            yield _frame(row)
                    sent = page.last
            async for frame in self._live(desk, sent, watcher):
                yield frame
        finally:
            self._desks.discard(desk)

    async def _live(self, desk: _Desk, sent: int, watcher: Watcher) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        while not self._closed:
            if loop.time() - asked >= self._ask_s:
                if not await asyncio.to_thread(watcher.holds):
                    return
                asked = loop.time()
            try:
                item = await asyncio.wait_for(desk.frames.get(), self._tick_s)
            except TimeoutError:
                # All up to here was handed over or is not for this desk: it need not ask for it again.
                sent = max(sent, self._last) if desk.frames.empty() else sent
                yield self._tick(sent)
                continue
            if item is None:
                return
            number, frame = item
            if number > sent:
                sent = number
                yield frame

    def _spread(self, page: FeedPage) -> None:
        for row in page.rows:
            frame, org = (row.id, _frame(row)), row.org
            listening = [desk for desk in self._desks if desk.scope.sees(org)]
            for desk in [desk for desk in listening if not desk.put(frame)]:
                self._desks.discard(desk)
                desk.end()
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
