"""What rules remember, as rows of the spool's file (see `edge.memory`)."""

import sqlite3

from edge.memory import Memory
from messages import Kind


def keep(db: sqlite3.Connection, memory: Memory) -> None:
    """Write or forget, inside the caller's transaction."""
    key = (memory.camera, memory.kind.value, memory.target)
    if memory.state is None:
        db.execute("DELETE FROM memory WHERE camera = ? AND kind = ? AND target = ?", key)
    else:
        db.execute(
            "INSERT OR REPLACE INTO memory (camera, kind, target, state) VALUES (?, ?, ?, ?)",
            (*key, memory.state),
        )


def kept(db: sqlite3.Connection) -> list[Memory]:
    """Everything; rows of kinds that this program does not know are left out."""
    rows = db.execute(
        "SELECT camera, kind, target, state FROM memory ORDER BY camera, kind, target"
    ).fetchall()
    known = {kind.value for kind in Kind}
    return [
        Memory(camera, Kind(kind), target, state) for camera, kind, target, state in rows if kind in known
    ]
