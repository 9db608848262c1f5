"""Pictures on demand: a command goes to a box, its redacted answer to whoever asked; none is kept."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex

from central.ingest.pictures import check
from central.store.jpeg import JpegError
from messages import Command, MessageError, Snapshot, decode, encode
from messages.topics import BoxTopics, parse
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger

MOST_ASKED = 64
"""Questions that may be open at once in this process."""

Publish = Callable[[str, bytes], bool]
"""Sends a payload to a topic with QoS 1; whether the broker is there."""


@dataclass(slots=True)
class _Question:
    box: BoxTopics
    camera: str
    done: threading.Event = field(default_factory=threading.Event)
    answer: Snapshot | None = None


class Snapshots:
    """Asks boxes for pictures.

    Args:
        publish: Sends commands.
        clock: Time.
    """

    def __init__(self, publish: Publish, clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._open: dict[str, _Question] = {}
        self._lock = threading.Lock()

    def ask(self, box: BoxTopics, camera: str, wait_s: float) -> Snapshot | str:
        """A redacted picture of a camera, now; blocks until it comes.

        Args:
            box: Whose camera it is.
            camera: Camera id.
            wait_s: Longest wait.

        Returns:
            The box's answer, or why there is none.
        """
        id_ = token_hex(12)
        question = _Question(box, camera)
        with self._lock:
            if len(self._open) >= MOST_ASKED:
                return "too many pictures are asked for at once"
            self._open[id_] = question
        issued = utc(self._clock.now())
        expires = issued + timedelta(seconds=wait_s)
        command = Command(id=id_, verb="snapshot", camera=camera, issued=issued, expires=expires)
        try:
            if not self._publish(box.command, encode(command)):
                return "the broker is not connected"
            question.done.wait(wait_s)
        finally:
            with self._lock:
                del self._open[id_]
        return question.answer or f"the box did not answer within {wait_s:g} s"

    def arrived(self, topic: str, payload: bytes) -> None:
        """An answer came, on the broker's thread; what nobody waits for, or another box sent, is dropped."""
        address = parse(topic)
        try:
            answer = decode(payload, Snapshot)
            if answer.picture is not None:
                check(answer.picture)
        except (MessageError, JpegError) as error:
            get_logger(part="snapshots").warning("snapshot refused", topic=topic, reason=str(error))
            return
        with self._lock:
            question = self._open.get(answer.id)
        asked = None if question is None else (question.box, question.camera, question.camera)
        if question is None or address is None or asked != (address.box, address.item, answer.camera):
            return
        question.answer = answer
        question.done.set()
