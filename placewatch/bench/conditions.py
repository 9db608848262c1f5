"""Under which conditions figures were measured: without them a figure says nothing."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from placewatch import __version__
from placewatch.installed import version_of


@dataclass(frozen=True, slots=True)
class Conditions:
    """The machine and the programs.

    Attributes:
        cpu: Processor as it calls itself.
        cores: Cores that this process may use.
        load: Other work on the machine when the measurement began: 1-minute load average.
        python: Version.
        packages: Versions of the packages that do the work.
        placewatch: Version.
    """

    cpu: str
    cores: int
    load: float
    python: str
    packages: dict[str, str]
    placewatch: str

    @classmethod
    def here(cls) -> "Conditions":
        """This machine now."""
        return cls(
            cpu=_cpu(),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            load=round(os.getloadavg()[0], 2),
            python=platform.python_version(),
            packages={name: version_of(name) or "" for name in ("av", "onnxruntime", "numpy")},
            placewatch=__version__,
        )

    def line(self) -> str:
        """All of it, for people."""
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        return (
            f"{self.cpu}, {self.cores} cores, load {self.load} at the start;"
            f" placewatch {self.placewatch}, Python {self.python}, {packages}"
        )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
