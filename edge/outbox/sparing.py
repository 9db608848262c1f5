"""Log lines about a trouble that goes on: an outage of a night is not a log of a million lines."""

from dataclasses import dataclass

REPEAT_S = 300.0
"""The same trouble is told again after this long, seconds."""


@dataclass(slots=True)
class Sparing:
    """Remembers what was said last, and when (seconds of a monotonic clock)."""

    text: str = ""
    at: float = 0.0

    def is_news(self, text: str, now: float) -> bool:
        """Whether ``text`` should be logged now; if so it counts as said."""
        if text == self.text and now - self.at < REPEAT_S:
            return False
        self.text, self.at = text, now
        return True
