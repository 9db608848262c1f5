"""Parts of evidence clips become clips: inside the batch's transaction, whoever brings the last one.

Parts may come twice, in any order, and to several processes. Each is a row until all are there; the row of
the clip is locked while a part is counted, so that exactly one transaction sees it whole. Then the file is
checked, stored under its content's name, and the parts go.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update

from central.ingest.inbound import ClipIn
from central.ingest.pictures import evidence_id
from central.store.evidence import EvidenceStore
from central.store.models import Clip, ClipPart, Episode, Evidence
from central.store.mp4 import Mp4Error, inspect_mp4
from central.store.upsert import insert_into, table

MOST_UNFINISHED = 32
"""Unfinished clips of one box; a further one pushes the oldest out: a broken box cannot fill the disk."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a part.

    Attributes:
        refused: Why it is not taken; None when it is.
        event_id: The event whose clip it made whole, or None.
    """

    refused: str | None = None
    event_id: int | None = None


class Clips:
    """Takes parts over one connection.

    Args:
        connection: Inside a transaction.
        store: Where files lie.
    """

    def __init__(self, connection: Connection, store: EvidenceStore) -> None:
        self._connection = connection
        self._store = store

    def take(self, read: ClipIn, box_id: int) -> Taken:
        """Take a part in.

        Args:
            read: It.
            box_id: Row of its box.

        Raises:
            OSError: The evidence directory cannot be written.
        """
        part = read.part
        clip_id = evidence_id((read.box.site, read.box.box, f"clip/{part.clip}"))
        if self._connection.execute(select(Evidence.id).where(Evidence.id == clip_id)).first():
            return Taken()  # it is whole already: the receipt was lost on its way
        event_id = self._event(box_id, part.alert_id)
        if event_id is None:
            return Taken(f"alert_id: there is no episode {part.alert_id} of this box")
        if (fault := self._begin(clip_id, read, box_id)) is not None:
            return Taken(fault)
        if not self._count(clip_id, read):
            return Taken()
        fault = self._finish(clip_id, read, box_id, event_id)
        return Taken(fault, None if fault else event_id)

    def _event(self, box_id: int, alert_id: str) -> int | None:
        statement = select(Episode.event_id).where(Episode.box_id == box_id, Episode.alert_id == alert_id)
        return self._connection.execute(statement).scalar_one_or_none()

    def _begin(self, clip_id: str, read: ClipIn, box_id: int) -> str | None:
        """Make the clip's row, or see that the part fits the one there is; why it does not."""
        part = read.part
        row = {"id": clip_id, "box_id": box_id, "parts": part.parts, "have": 0, "sha256": part.sha256}
        statement = insert_into(self._connection.dialect.name, Clip).values(
            **row, received=read.source.received
        )
        if self._connection.execute(statement.on_conflict_do_nothing().returning(Clip.id)).first():
            self._push_out(box_id)
            return None
        known = self._connection.execute(select(Clip.parts, Clip.sha256).where(Clip.id == clip_id)).one()
        if (known.parts, known.sha256) != (part.parts, part.sha256):
            return "parts, sha256: not those of the clip's other parts"
        return None

    def _push_out(self, box_id: int) -> None:
        own = select(Clip.id).where(Clip.box_id == box_id).order_by(Clip.received.desc(), Clip.id)
        old = self._connection.execute(own.offset(MOST_UNFINISHED)).scalars().all()
        for clip_id in old:
            self._forget(clip_id)

    def _count(self, clip_id: str, read: ClipIn) -> bool:
        """Keep a part; whether the clip is whole with it."""
        part = read.part
        row = {"clip_id": clip_id, "part": part.part, "content": part.content}
        statement = insert_into(self._connection.dialect.name, ClipPart).values(**row)
        if not self._connection.execute(statement.on_conflict_do_nothing().returning(ClipPart.part)).first():
            return False
        counted = (
            update(Clip).where(Clip.id == clip_id).values(have=Clip.have + 1).returning(Clip.have, Clip.parts)
        )
        have, parts = self._connection.execute(counted).one()
        return bool(have >= parts)

    def _finish(self, clip_id: str, read: ClipIn, box_id: int, event_id: int) -> str | None:
        """Store a whole clip; why it is not taken."""
        part = read.part
        pieces = select(ClipPart.content).where(ClipPart.clip_id == clip_id).order_by(ClipPart.part)
        content = b"".join(self._connection.execute(pieces).scalars())
        self._forget(clip_id)
        if len(content) != part.size or sha256(content).hexdigest() != part.sha256:
            return "sha256: the parts do not make the file that they name"
        try:
            found = inspect_mp4(content)
        except Mp4Error as error:
            return f"content: {error}"
        if (found.width, found.height) != (part.width, part.height):
            return f"content: is {found.width} x {found.height}, not {part.width} x {part.height}"
        stored = self._store.put(content, ".mp4")
        self._store.settle()
        row = {
            "id": clip_id,
            "event_id": event_id,
            "box_id": box_id,
            "alert_id": part.alert_id,
            "media_type": part.media_type,
            "file": stored.file,
            "sha256": stored.sha256,
            "size": stored.size,
            "width": part.width,
            "height": part.height,
            "seconds": part.seconds,
            "blurred": part.blurred,
            "captured": part.started,
            "received": read.source.received,
        }
        self._connection.execute(insert(table(Evidence)), [row])
        return None

    def _forget(self, clip_id: str) -> None:
        self._connection.execute(delete(ClipPart).where(ClipPart.clip_id == clip_id))
        self._connection.execute(delete(Clip).where(Clip.id == clip_id))
