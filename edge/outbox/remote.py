"""A box's one spool for several processes: each asks the process that has the file, over a pipe.

A call returns when the file has it, so that what `RemoteSpool.append` returned from survives whatever happens
to either process. A process that is killed in the middle of a call was either not heard, and then neither
its alert nor the state that made it is written, or it was heard, and both are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Lock
from typing import TypeAlias

from edge.memory import Memory
from edge.outbox.shelf import ShelfState
from edge.outbox.spool import MakeAlert
from messages import ClipPart, Health, Snapshot, SpoolHealth
from placewatch.errors import StoreError
from placewatch.logs import get_logger

Wire: TypeAlias = "Connection[object, object]"


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: Name of a method of the store.
        arguments: Its arguments.
    """

    method: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it.

    Attributes:
        result: What the method returned.
        error: The disk refused.
        fault: Whatever else went wrong: trying again would not help.
    """

    result: object = None
    error: StoreError | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How a process is; no answer is expected.

    Attributes:
        health: Of its cameras.
        healthy: Whether its threads make progress.
    """

    health: Health
    healthy: bool


class RemoteSpool:
    """The caller's side; every method may be called from any thread.

    Args:
        wire: To the process that answers with `serve`.

    Attributes:
        session: Id of the file's session.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = Lock()
        session = self._call("session")
        self.session = session if isinstance(session, str) else ""

    def append(self, make: MakeAlert, memory: Memory | None = None) -> object:
        """Number an alert and put it on disk, with what its rule remembers.

        Raises:
            StoreError: The disk refuses, or the other process is gone; nothing was written.
        """
        return self._call("append", make, memory)

    def remember(self, memories: Iterable[Memory]) -> None:
        """Put on disk what rules remember.

        Raises:
            StoreError: As `append`.
        """
        self._call("remember", tuple(memories))

    def memories(self) -> list[Memory]:
        """What rules remembered when it was last written.

        Raises:
            StoreError: As `append`.
        """
        found = self._call("memories")
        return found if isinstance(found, list) else []

    def stats(self) -> SpoolHealth:
        """What waits, in the whole box.

        Raises:
            StoreError: As `append`.
        """
        found = self._call("stats")
        if not isinstance(found, SpoolHealth):
            raise _gone()
        return found

    def put_clip(self, parts: Sequence[ClipPart]) -> None:
        """Put an evidence clip on disk.

        Raises:
            StoreError: As `append`.
        """
        self._call("put_clip", tuple(parts))

    def drop_clips(self) -> bool:
        """Give up all clips that wait.

        Raises:
            StoreError: As `append`.
        """
        return self._call("drop_clips") is True

    def clips(self) -> ShelfState:
        """What waits of clips, in the whole box: the main process tells it."""
        return ShelfState()

    def publish_snapshot(self, snapshot: Snapshot) -> bool:
        """Have the main process send a picture.

        Raises:
            StoreError: The other process is gone.
        """
        return self._call("publish_snapshot", snapshot) is True

    def report(self, report: Report) -> None:
        """Tell how this process is.

        Raises:
            StoreError: The other process is gone.
        """
        with self._lock:
            try:
                self._wire.send(report)
            except OSError as error:
                raise _gone() from error

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            self._wire.close()

    def _call(self, method: str, *arguments: object) -> object:
        with self._lock:
            try:
                self._wire.send(Call(method, arguments))
                answer = self._wire.recv()
            except (EOFError, OSError) as error:
                raise _gone() from error
        if not isinstance(answer, Answer):
            raise _gone()
        if answer.error is not None:
            raise answer.error
        if answer.fault:
            raise RuntimeError(answer.fault)
        return answer.result


def _gone() -> StoreError:
    return StoreError("the box's main process is gone", remedy="this process ends, too")


def answered(call: Call, methods: Mapping[str, Callable[..., object]]) -> Answer:
    """Do what a call asks for.

    Args:
        call: It.
        methods: What may be asked for.
    """
    try:
        result = methods[call.method](*call.arguments)
    except StoreError as error:
        # As words: what caused it may not travel.
        return Answer(error=StoreError(error.message, where=error.where, remedy=error.remedy))
    except Exception as error:
        logger = get_logger()
        logger.exception("worker_call_failed", method=call.method)
        return Answer(fault=f"{type(error).__name__}: {error}")
    return Answer(result)
