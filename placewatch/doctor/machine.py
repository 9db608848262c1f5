"""Python, packages, clock, disk and port."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from placewatch.doctor.finding import Finding, fail, ok, warn
from placewatch.installed import version_of

OLDEST, NEWEST = (3, 11), (3, 13)
NAMED = (
    "av",
    "onnxruntime",
    "numpy",
    "opencv-python-headless",
    "paho-mqtt",
    "sqlalchemy",
    "fastapi",
    "pydantic",
)
"""Packages whose versions are worth telling."""

MIN_YEAR, MAX_YEAR = 2025, 2100
LOW_DISK, NO_DISK = 2 << 30, 200 << 20


def python() -> Iterator[Finding]:
    """The interpreter."""
    found = sys.version_info[:2]
    text = f"{sys.version.split()[0]} at {sys.executable}"
    if OLDEST <= found <= NEWEST:
        yield ok("python", text)
    else:
        wanted = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        yield fail("python", text, f"use Python {wanted}: make clean, then make setup PYTHON=python3.12")


def packages() -> Iterator[Finding]:
    """Whether all that we need is installed, and nothing that collides with it."""
    needed = [_name(line) for line in metadata.requires("placewatch") or [] if "extra ==" not in line]
    missing = [name for name in needed if version_of(name) is None]
    if missing:
        yield fail("packages", f"not installed: {', '.join(missing)}", "make setup")
        return
    shown = ", ".join(f"{name} {version_of(name)}" for name in NAMED)
    yield ok("packages", f"{len(needed)} of {len(needed)} installed: {shown}")
    if version_of("opencv-python") is not None:
        yield fail(
            "packages",
            "opencv-python and opencv-python-headless are both installed and overwrite each other",
            "pip uninstall opencv-python opencv-python-headless, then make setup in a venv of its own",
        )


def _name(requirement: str) -> str:
    for index, letter in enumerate(requirement):
        if not (letter.isalnum() or letter in "-_."):
            return requirement[:index]
    return requirement


def clock() -> Iterator[Finding]:
    """Whether times can be believed: deadlines and evidence rest on them."""
    year = time.gmtime().tm_year
    if not MIN_YEAR <= year <= MAX_YEAR:
        yield fail(
            "clock",
            f"it says the year {year}",
            "set the clock, and let NTP keep it: timedatectl set-ntp true",
        )
        return
    began, wall = time.monotonic(), time.time()
    time.sleep(0.2)
    drift = abs((time.time() - wall) - (time.monotonic() - began))
    if drift > 0.05:
        yield warn(
            "clock",
            f"it moved by {drift:.2f} s against the steady clock just now",
            "something steps it: run one time service, and let it slew",
        )
        return
    stamp = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    synchronised = _ntp()
    if synchronised is None:
        yield ok("clock", f"{stamp}; whether NTP keeps it is not known here (no timedatectl)")
    elif synchronised:
        yield ok("clock", f"{stamp}, kept by NTP")
    else:
        yield warn("clock", f"{stamp}, not synchronised", "timedatectl set-ntp true")


def _ntp() -> bool | None:
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        result = subprocess.run(
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    answer = result.stdout.strip()
    return answer == "yes" if answer in {"yes", "no"} else None


def disk(folders: Sequence[Path]) -> Iterator[Finding]:
    """Whether there is room where we write, and whether we may.

    Args:
        folders: Spool, evidence, cache, ...; those that are not there yet count by their nearest parent.
    """
    for folder in dict.fromkeys(_existing(folder) for folder in folders):
        try:
            free = shutil.disk_usage(folder).free
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"placewatch")
                probe.flush()
        except OSError as error:
            yield fail(
                "disk",
                f"{folder} cannot be written: {error.strerror}",
                "check its rights, its mount and its free space",
            )
            continue
        text = f"{folder}: {free / (1 << 30):.1f} GiB free, writable"
        remedy = "free some space: a full disk makes the box give up pictures first, then alerts"
        if free < NO_DISK:
            yield fail("disk", text, remedy)
        elif free < LOW_DISK:
            yield warn("disk", text, remedy)
        else:
            yield ok("disk", text)


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def port(host: str, number: int, key: str) -> Iterator[Finding]:
    """Whether a port can be listened on.

    Args:
        host: Address.
        number: TCP port; 0 means any.
        key: Which setting names it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        yield warn(
            "port",
            f"{host}:{number} cannot be listened on: {error.strerror or error}",
            f"fine if central runs there already; else choose another {key}",
        )
        return
    yield ok("port", f"{host}:{number} is free" if number else f"{host}: free ports can be had")
