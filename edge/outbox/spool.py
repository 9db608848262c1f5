"""The durable queue of a box: an alert is on disk before it is published, and until central has it.

One SQLite file in WAL mode with synchronous=FULL: what `Spool.append` returned survives kill -9 and power
loss. Numbers are never used twice; a new file is a new session.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from edge.memory import Memory
from edge.outbox.access import Access
from edge.outbox.book import Book
from edge.outbox.bounds import Bounds, enforce
from edge.outbox.memories import keep, kept
from edge.outbox.shelf import Shelf, ShelfState
from edge.outbox.tables import SpoolFile, open_file
from messages import Alert, AlertType, ClipPart, Receipt, SpoolHealth, encode
from placewatch.clock import Clock

CLIP_BYTES = 64 * 1024 * 1024
"""Most bytes of evidence clips that wait: half an hour of an alert a minute."""

CLIP_AGE_S = 86400.0
"""A clip that is a day late shows what nobody asks about any more."""

MakeAlert = Callable[[str, int], Alert]
"""Makes the alert of a session and sequence number (see `edge.alerts.Draft`)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One alert that waits for its receipt.

    Attributes:
        seq: Its number in the session.
        id: The message's id.
        place: Place id.
        kind: The rule's kind, as written: a later program may have written one that this one does not know.
        payload: The message, encoded.
    """

    seq: int
    id: str
    place: str
    kind: str
    payload: bytes


class Spool:
    """See the module. Every method may be called from any thread.

    Age is counted in time that a worker ran, not by the wall clock, so that a clock that jumps by years when
    the box finds its time server gives up nothing.

    Attributes:
        session: Id of this file's session.
        shelf: Evidence clips that wait; they have a bound of their own.
    """

    def __init__(self, file: SpoolFile, *, clock: Clock, bounds: Bounds, clips: Bounds) -> None:
        self._access = Access(file)
        self._db = file.db
        self._clock = clock
        self._bounds = bounds
        self._listener: Callable[[], None] | None = None
        self._book = Book.load(self._db)
        self._lived_before = self._book.lived_s
        self._opened = clock.monotonic()
        self.session = self._book.session
        self.shelf = Shelf(self._access, clips, self._lived)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        max_bytes: int,
        max_age_s: float,
        clip_bytes: int = CLIP_BYTES,
        clip_age_s: float = CLIP_AGE_S,
    ) -> Self:
        """Open the spool at ``path`` or begin a new one.

        A damaged file is set aside under another name, loudly, and a new one begun.

        Args:
            path: The SQLite file.
            clock: Monotonic time counts the alerts' age.
            max_bytes: Most bytes of payloads.
            max_age_s: Alerts older than this are given up.
            clip_bytes: Most bytes of clips, besides.
            clip_age_s: Clips older than this are given up.

        Raises:
            StoreError: The file cannot be used; the message says why and what to do.
        """
        stamp = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y%m%dT%H%M%SZ")
        file = open_file(path, stamp=stamp)
        try:
            return cls(
                file,
                clock=clock,
                bounds=Bounds(max_bytes, max_age_s),
                clips=Bounds(clip_bytes, clip_age_s),
            )
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what is in it stays for the next worker."""
        self._access.close()

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Have ``listener`` called after each append, from the appending thread; it must not block."""
        self._listener = listener

    def append(self, make: MakeAlert, memory: Memory | None = None) -> Alert:
        """Number an alert and put it on disk, in one transaction.

        Args:
            make: Given the session and the next number, returns the alert. If it raises, no number is used.
            memory: What the rule remembers after it, written in the same transaction.

        Returns:
            The alert; it will survive whatever happens to this process.

        Raises:
            StoreError: The disk is full or broken; nothing was written and no number used.
        """
        with self._transaction() as book:
            book.seq += 1
            alert = make(self.session, book.seq)
            payload = encode(alert)
            self._db.execute(
                "INSERT INTO alert (seq, id, place, kind, is_update, has_picture, lived_s, bytes, payload)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    book.seq,
                    alert.id,
                    alert.data.place,
                    alert.data.kind.value,
                    alert.type is AlertType.UPDATED,
                    alert.data.evidence is not None,
                    book.lived_s,
                    len(payload),
                    payload,
                ),
            )
            book.spooled += 1
            book.waiting += 1
            book.bytes += len(payload)
            enforce(self._db, self._bounds, book)
            if memory is not None:
                keep(self._db, memory)
        listener = self._listener
        if listener is not None:
            listener()
        return alert

    def remember(self, memories: Iterable[Memory]) -> None:
        """Put on disk what rules remember, in one transaction.

        Raises:
            StoreError: The disk is full or broken; what was remembered before stays.
        """
        with self._transaction():
            for memory in memories:
                keep(self._db, memory)

    def memories(self) -> list[Memory]:
        """What rules remembered when it was last written."""
        with self._access.guarded():
            return kept(self._db)

    def pending(self, limit: int, *, after: int = 0) -> list[Entry]:
        """The oldest alerts without a receipt, in order.

        Args:
            limit: Most entries.
            after: Only numbers above this.
        """
        with self._access.guarded():
            rows = self._db.execute(
                "SELECT seq, id, place, kind, payload FROM alert WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, limit),
            ).fetchall()
        return [_entry(row) for row in rows]

    def entry(self, seq: int) -> Entry | None:
        """The alert of this number, or None when it waits no longer."""
        with self._access.guarded():
            row = self._db.execute(
                "SELECT seq, id, place, kind, payload FROM alert WHERE seq = ?", (seq,)
            ).fetchone()
        return None if row is None else _entry(row)

    def mark_published(self, seqs: Iterable[int]) -> None:
        """Note that a broker has acknowledged these; each counts once however often it is sent.

        Raises:
            StoreError: The disk is full or broken.
        """
        with self._transaction() as book:
            for seq in seqs:
                done = self._db.execute(
                    "UPDATE alert SET published = 1 WHERE seq = ? AND NOT published", (seq,)
                )
                book.published += done.rowcount

    def settle(self, receipt: Receipt) -> list[int]:
        """Forget what central has committed or refused; unknown ids are ignored.

        Returns:
            The numbers that this receipt settles.

        Raises:
            StoreError: The disk is full or broken; the receipt may be applied again later.
        """
        with self._transaction() as book:
            committed = self._forget(receipt.ids, book)
            refused = self._forget([rejection.id for rejection in receipt.rejected], book)
            book.receipted += len(committed)
            book.rejected += len(refused)
        return committed + refused

    def put_clip(self, parts: Sequence[ClipPart]) -> None:
        """Put an evidence clip on disk (see `Shelf.put`)."""
        self.shelf.put(parts)

    def drop_clips(self) -> bool:
        """Give up all clips that wait (see `Shelf.clear`)."""
        return self.shelf.clear()

    def clips(self) -> ShelfState:
        """What waits of clips."""
        return self.shelf.state()

    def stats(self) -> SpoolHealth:
        """What waits, and what has happened in this session."""
        with self._access.guarded():
            row = self._db.execute("SELECT lived_s FROM alert ORDER BY seq LIMIT 1").fetchone()
            book = self._book
        return book.health(0.0 if row is None else max(0.0, self._lived() - row[0]))

    def _lived(self) -> float:
        return self._lived_before + max(0.0, self._clock.monotonic() - self._opened)

    def _forget(self, ids: Iterable[str], book: Book) -> list[int]:
        settled = []
        for id_ in ids:
            row = self._db.execute("SELECT seq, bytes, published FROM alert WHERE id = ?", (id_,)).fetchone()
            if row is not None:
                seq, size, published = row
                self._db.execute("DELETE FROM alert WHERE seq = ?", (seq,))
                book.removed(size)
                book.published += not published  # its receipt may overtake the broker's acknowledgement
                settled.append(seq)
        return settled

    @contextmanager
    def _transaction(self) -> Iterator[Book]:
        """All or nothing, the book included."""
        with self._access.guarded():
            book = replace(self._book, lived_s=self._lived())
            with self._access.transaction() as db:
                yield book
                book.save(db)
            self._book = book


def _entry(row: tuple[int, str, str, str, bytes]) -> Entry:
    seq, id_, place, kind, payload = row
    return Entry(seq, id_, place, kind, payload)
