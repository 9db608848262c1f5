"""A gate in a network cable: TCP passes through until it is cut, and again once it is healed."""

import asyncio
import contextlib
import threading

from placewatch.demo.ports import HOST

_CHUNK = 64 * 1024


class Gate:
    """Forwards a port of its own to another one; runs in a thread of its own.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, port: int, target: int) -> None:
        """Prepare to forward ``port`` to ``target``."""
        self.port = port
        self._target = target
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"gate-{port}", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    def cut(self) -> None:
        """Break every connection and refuse new ones until `heal`."""
        self._open = False
        self._loop.call_soon_threadsafe(self._break)

    def heal(self) -> None:
        """Let connections through again."""
        self._open = True

    def stop(self) -> None:
        """End."""

        async def end() -> None:
            if self._server is not None:
                self._server.close()
            self._break()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _break(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            await self._pass(reader, writer)
        finally:
            writer.transport.abort()
            if task is not None:
                self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            return
        try:
            there, back = await asyncio.open_connection(HOST, self._target)
        except OSError:
            return
        self._writers |= {writer, back}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, back))
                group.create_task(_copy(there, writer))
        finally:
            self._writers -= {writer, back}
            back.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
