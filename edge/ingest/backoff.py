"""How long to wait before the next attempt to open a camera."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with jitter, so that cameras behind one dead switch do not come back in step.

    Attributes:
        first_s: Longest wait before the first repeat, seconds.
        cap_s: Longest wait ever, seconds.
        factor: Growth from one attempt to the next.
        spread: Share of the wait that the jitter may take off, 0..1.
    """

    first_s: float = 1.0
    cap_s: float = 30.0
    factor: float = 2.0
    spread: float = 0.5

    def delay(self, failures: int, jitter: float) -> float:
        """Seconds to wait after ``failures`` failures in a row.

        Args:
            failures: 1 or more.
            jitter: A random number in [0, 1), given by the caller.

        Returns:
            Between ``(1 - spread)`` times the full wait and the full wait, which grows from ``first_s``
            to ``cap_s``.
        """
        steps = min(max(failures, 1) - 1, 64)  # past this the power would overflow before the cap is applied
        full = min(self.cap_s, self.first_s * self.factor**steps)
        return full * (1.0 - self.spread * (1.0 - jitter))
