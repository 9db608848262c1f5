"""Armed hours: spans of local time that may cross midnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """Daily spans of local time; the start belongs to a span, the end does not.

    Attributes:
        spans: Pairs of minutes after midnight; an end that is not after its start lies on the next day, so
            equal minutes mean the whole day. No span means always.
        timezone: Whose wall clock is meant; daylight saving follows from it.
    """

    spans: tuple[tuple[int, int], ...]
    timezone: ZoneInfo

    @classmethod
    def parse(cls, texts: Sequence[str], timezone: ZoneInfo) -> "Hours":
        """Spans written as ``22:00-06:00``.

        Raises:
            ValueError: Not written so.
        """
        return cls(tuple(_span(text) for text in texts), timezone)

    def contains(self, now: float) -> bool:
        """Whether the moment (Unix seconds) lies in one of the spans."""
        if not self.spans:
            return True
        local = datetime.fromtimestamp(now, self.timezone)
        minute = local.hour * 60 + local.minute
        return any(
            start <= minute < end if start < end else minute >= start or minute < end
            for start, end in self.spans
        )


def _span(text: str) -> tuple[int, int]:
    start, end = (_minutes(part) for part in text.split("-"))
    return start, end


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        msg = f"{text!r} is not a time of day"
        raise ValueError(msg)
    return hour * 60 + minute
