"""The audit log: who saw, changed or exported what; each entry holds the hash of the one before."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

from central.names import Bilingual

START = "0" * 64
"""What the first entry follows."""


class AuditAct(StrEnum):
    """What somebody did. What they did with an event stands in the event's own timeline."""

    SIGNED_IN = "signed_in"
    REFUSED = "refused"
    SIGNED_OUT = "signed_out"
    OPENED = "opened"
    VIEWED = "viewed"
    EXPORTED = "exported"
    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"


ACT_NAMES = {
    AuditAct.SIGNED_IN: Bilingual(zh="登录", en="signed in"),
    AuditAct.REFUSED: Bilingual(zh="登录被拒", en="sign-in refused"),
    AuditAct.SIGNED_OUT: Bilingual(zh="退出", en="signed out"),
    AuditAct.OPENED: Bilingual(zh="打开事件", en="opened an event"),
    AuditAct.VIEWED: Bilingual(zh="查看图像或视频", en="viewed a picture or clip"),
    AuditAct.EXPORTED: Bilingual(zh="导出", en="exported"),
    AuditAct.ADDED: Bilingual(zh="新增", en="added"),
    AuditAct.CHANGED: Bilingual(zh="修改", en="changed"),
    AuditAct.ENDED: Bilingual(zh="停用", en="ended"),
}
"""What people call the acts."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log.

    Attributes:
        id: 1 for the first, without holes.
        at: When, by this server's clock.
        actor: Who.
        act: What.
        kind: With what kind of thing: ``event``, ``evidence``, ``user``, ``token``, ``report``...
        object: Which one.
        org: Whose it is, where it is somebody's.
        data: Details as JSON text.
        prev_hash: Hash of the entry before, `START` for the first.
    """

    id: int
    at: datetime
    actor: str
    act: AuditAct
    kind: str
    object: str
    org: str | None
    data: str
    prev_hash: str

    @property
    def hash(self) -> str:
        """SHA-256 over every field in order, as JSON."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        fields = [
            self.id,
            at,
            self.actor,
            str(self.act),
            self.kind,
            self.object,
            self.org,
            self.data,
            self.prev_hash,
        ]
        return sha256(msgspec.json.encode(fields)).hexdigest()


def first_break(
    entries: Iterable[tuple[AuditEntry, str]], after: int, previous: str
) -> tuple[int | None, int, str]:
    """Follow the chain over a stretch of the log.

    Args:
        entries: Entries in order, with the hash stored beside each.
        after: Number of the entry before them.
        previous: Its hash.

    Returns:
        Number of the first entry that does not fit (None when all do); number and hash of the last that does.
    """
    for entry, stored in entries:
        if entry.id != after + 1 or entry.prev_hash != previous or entry.hash != stored:
            return after + 1, after, previous
        after, previous = entry.id, stored
    return None, after, previous
