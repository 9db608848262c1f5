"""CPU and memory of each part, its children included."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil


@dataclass(slots=True)
class Usage:
    """One part.

    Attributes:
        cpu_s: CPU seconds since the meter began, of all its processes.
        rss_bytes: Most resident memory seen.
    """

    cpu_s: float = 0.0
    rss_bytes: int = 0
    _last: dict[int, float] = field(default_factory=dict, repr=False)


class Meter:
    """Samples processes by part; a process that was replaced goes on counting under its part."""

    def __init__(self) -> None:
        self.parts: dict[str, Usage] = {}

    def sample(self, pids: Mapping[str, list[int]]) -> None:
        """Take note of what ``pids`` and their children have used since the last call.

        What a process had used before it was first seen is not counted.
        """
        for part, own in pids.items():
            usage = self.parts.setdefault(part, Usage())
            memory = 0
            for process in _family(own):
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    used = times.user + times.system
                    usage.cpu_s += used - usage._last.get(process.pid, used)  # noqa: SLF001 - same module
                    usage._last[process.pid] = used  # noqa: SLF001
                    memory += process.memory_info().rss
            usage.rss_bytes = max(usage.rss_bytes, memory)

    def cores(self, elapsed_s: float) -> dict[str, float]:
        """Mean cores used by part over ``elapsed_s``."""
        return {part: round(usage.cpu_s / elapsed_s, 3) for part, usage in self.parts.items()}


def _family(pids: list[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            found += [process, *process.children(recursive=True)]
    return found
