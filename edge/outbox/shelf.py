"""Evidence clips that wait for central: parts in the spool's file, given up before any fact.

They have a bound of their own, so that they never displace an alert, and when the disk has no room for an
alert they all go. A clip of which a part was given up is worth nothing: the whole of it goes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from edge.outbox.access import Access
from edge.outbox.bounds import Bounds
from messages import ClipPart, encode

_TOTAL = "SELECT coalesce(sum(bytes), 0) FROM clip_part"
_OLDEST = "SELECT clip, lived_s FROM clip_part ORDER BY number LIMIT 1"


@dataclass(frozen=True, slots=True)
class PartEntry:
    """One part that waits for its receipt.

    Attributes:
        number: Its place in the queue; never used twice.
        clip: The clip's id.
        payload: The message, encoded.
    """

    number: int
    clip: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class ShelfState:
    """What waits.

    Attributes:
        waiting_bytes: Of the parts.
        dropped: Clips given up since the worker's start.
    """

    waiting_bytes: int = 0
    dropped: int = 0


class Shelf:
    """The clips of a spool; every method may be called from any thread.

    Args:
        access: The spool's file.
        bounds: How much is kept.
        lived: Seconds that workers have run on this file: the clock of the parts' age.

    Attributes:
        dropped: Clips given up since the worker's start.
    """

    def __init__(self, access: Access, bounds: Bounds, lived: Callable[[], float]) -> None:
        self._access = access
        self._bounds = bounds
        self._lived = lived
        self.dropped = 0

    def put(self, parts: Sequence[ClipPart]) -> None:
        """Keep a clip until central has it; older ones are given up where it takes too much room.

        Raises:
            StoreError: The disk is full or broken; nothing was written.
        """
        lived = self._lived()
        rows = [(part.id, part.clip, len(payload := encode(part)), lived, payload) for part in parts]
        with self._access.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO clip_part (id, clip, bytes, lived_s, payload) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            dropped = 0
            while (oldest := db.execute(_OLDEST).fetchone()) and (
                db.execute(_TOTAL).fetchone()[0] > self._bounds.max_bytes
                or oldest[1] < lived - self._bounds.max_age_s
            ):
                db.execute("DELETE FROM clip_part WHERE clip = ?", (oldest[0],))
                dropped += 1
        self.dropped += dropped

    def pending(self, limit: int, *, after: int = 0) -> list[PartEntry]:
        """The oldest parts without a receipt, in order.

        Args:
            limit: Most entries.
            after: Only numbers above this.
        """
        with self._access.guarded() as db:
            rows = db.execute(
                "SELECT number, clip, payload FROM clip_part WHERE number > ? ORDER BY number LIMIT ?",
                (after, limit),
            ).fetchall()
        return [PartEntry(*row) for row in rows]

    def part(self, number: int) -> PartEntry | None:
        """The part of this number, or None when it waits no longer."""
        with self._access.guarded() as db:
            row = db.execute(
                "SELECT number, clip, payload FROM clip_part WHERE number = ?", (number,)
            ).fetchone()
        return None if row is None else PartEntry(*row)

    def settle(self, committed: Iterable[str], refused: Iterable[str]) -> list[int]:
        """Forget what central has; of a part that it refused the whole clip.

        Args:
            committed: Ids of receipts, of parts or of anything else.
            refused: Ids that central does not take.

        Returns:
            The numbers that wait no longer.

        Raises:
            StoreError: The disk is full or broken; the receipt may be applied again later.
        """
        settled: list[int] = []
        with self._access.transaction() as db:
            for id_ in committed:
                done = db.execute("DELETE FROM clip_part WHERE id = ? RETURNING number", (id_,)).fetchall()
                settled += [row[0] for row in done]
            for id_ in refused:
                done = db.execute(
                    "DELETE FROM clip_part WHERE clip = (SELECT clip FROM clip_part WHERE id = ?)"
                    " RETURNING number",
                    (id_,),
                ).fetchall()
                settled += [row[0] for row in done]
        return settled

    def state(self) -> ShelfState:
        """What waits."""
        with self._access.guarded() as db:
            return ShelfState(int(db.execute(_TOTAL).fetchone()[0]), self.dropped)

    def clear(self) -> bool:
        """Give everything up; whether there was anything.

        Raises:
            StoreError: The disk is broken.
        """
        with self._access.transaction() as db:
            (clips,) = db.execute("SELECT count(DISTINCT clip) FROM clip_part").fetchone()
            if clips:
                db.execute("DELETE FROM clip_part")
        self.dropped += clips
        return bool(clips)
