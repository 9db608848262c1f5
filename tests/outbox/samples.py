"""Alerts for tests of the outbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from edge.outbox.spool import Spool
from messages import Alert, AlertData, Evidence, Kind, Phase, PlaceClass, alert_type
from placewatch.clock import Clock, SystemClock

WHEN = datetime(2025, 6, 10, 12, 0, tzinfo=UTC)
SITE, BOX = "north", "box-1"


def alert(number: int = 0, phase: Phase = Phase.OPENED, picture: int = 0) -> Callable[[str, int], Alert]:
    """An alert that waits for its number; ``picture`` is the size of its still in bytes."""
    evidence = None
    if picture:
        evidence = Evidence(width=64, height=64, jpeg=b"\xff" * picture, captured=WHEN, blurred=2)
    data = AlertData(
        alert_id=f"episode-{number}",
        kind=Kind.NO_STOPPING,
        place="gate-school",
        place_class=PlaceClass.SCHOOL,
        camera="cam-1",
        zone="gate",
        count=1,
        confidence=0.8,
        started=WHEN,
        ended=WHEN if phase is Phase.CLOSED else None,
        evidence=evidence,
        evidence_missing=None if picture else "not wanted",
        rule_version="abc",
        model="nanodet-1",
    )

    def make(session: str, seq: int) -> Alert:
        return Alert(
            id=f"{BOX}-{session}-{seq}",
            source=f"//{SITE}/{BOX}/cam-1",
            type=alert_type(phase),
            subject="gate-school",
            time=WHEN,
            session=session,
            seq=seq,
            data=data,
        )

    return make


def open_spool(
    path: Path, *, clock: Clock | None = None, max_bytes: int = 64_000_000, max_age_s: float = 1e6
) -> Spool:
    return Spool.open(path, clock=clock or SystemClock(), max_bytes=max_bytes, max_age_s=max_age_s)
