"""What is built: the table ``ffmpeg.yaml``, and the configure line that follows from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("ffmpeg.yaml")


@dataclass(frozen=True, slots=True)
class Table:
    """What ``ffmpeg.yaml`` says.

    Attributes:
        series: FFmpeg's major version by PyAV's.
        suites: Debian's suites to look through for sources.
        libraries: Package of the distribution by pkg-config's name.
        tools: Package of the distribution by the program's name.
        enable: Names of parts by FFmpeg's kind of part.
    """

    series: dict[int, int]
    suites: tuple[str, ...]
    libraries: dict[str, str]
    tools: dict[str, str]
    enable: dict[str, tuple[str, ...]]

    def configure(self, prefix: Path) -> list[str]:
        """Arguments of FFmpeg's ``configure``; shared libraries, so that they can be exchanged (LGPL)."""
        parts = [f"--enable-{kind}={','.join(names)}" for kind, names in self.enable.items()]
        return [
            f"--prefix={prefix}",
            *("--disable-everything", "--disable-autodetect", "--disable-programs", "--disable-doc"),
            *("--disable-debug", "--disable-static", "--enable-shared", "--enable-pic"),
            # PyAV binds all seven libraries; the table keeps them small.
            *("--enable-libopenh264", "--enable-openssl", "--enable-v4l2-m2m", *parts),
        ]


def table(file: Path = TABLE) -> Table:
    """Read it."""
    said: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Table(
        series={int(key): int(value) for key, value in said["series"].items()},
        suites=tuple(said["suites"]),
        libraries=dict(said["libraries"]),
        tools=dict(said["tools"]),
        enable={kind: tuple(map(str, names)) for kind, names in said["enable"].items()},
    )
