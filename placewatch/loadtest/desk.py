"""A desk as a process: follows the live stream and tells how old its news are.

``python -m placewatch.loadtest.desk URL`` with a token in $PLACEWATCH_TOKEN; writes a `DeskReport` as a JSON
line each second until stopped.
Box clock and this clock are the same machine's, so an event's ``last_seen`` is when its alert was published.
"""

import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import msgspec

from placewatch.loadtest.plan import Quantiles, quantiles

_LAST_SEEN = re.compile(rb'"last_seen":"([^"]+)"')
_MOST_SAMPLES = 200_000


class DeskReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk saw.

    Attributes:
        changes: Changes of events shown.
        latency_s: From publish to the desk; of the last second while running, of the whole run at the end.
        resets: Times that the stream told it to load anew.
        connects: Times that it connected.
        done: Whether this is the last report.
    """

    changes: int = 0
    latency_s: Quantiles = Quantiles()
    resets: int = 0
    connects: int = 0
    done: bool = False


class _Stop(Exception):  # noqa: N818 - not an error
    """Somebody asked it to end."""


class Desk:
    """Follows one stream, reconnecting with Last-Event-ID."""

    def __init__(self, url: str, token: str) -> None:
        self._token = token
        self._url = url.rstrip("/") + "/api/v1/stream"
        self._samples: list[float] = []
        self._told = 0
        self._changes = self._resets = self._connects = 0
        self._last_id = ""
        self._tell_at = time.monotonic() + 1.0

    def run(self) -> DeskReport:
        """Follow until SIGTERM."""
        with contextlib.suppress(_Stop):
            while True:
                try:
                    self._follow()
                except httpx.HTTPError:
                    time.sleep(0.2)
        return self._made(self._samples, done=True)

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        with httpx.stream("GET", self._url, headers=headers, timeout=15.0) as response:
            response.raise_for_status()
            self._connects += 1
            for frame in _frames(response.iter_raw()):
                self._take(frame)
                if time.monotonic() >= self._tell_at:
                    self._tell_at = time.monotonic() + 1.0
                    write(self._made(self._samples[self._told :], done=False))
                    self._told = len(self._samples)

    def _take(self, frame: bytes) -> None:
        if frame.startswith(b"event: reset"):
            self._resets += 1
        for line in frame.split(b"\n"):
            if line.startswith(b"id: "):
                self._last_id = line[4:].decode().strip()
        seen = _LAST_SEEN.search(frame)
        if seen is not None:
            self._changes += 1
            moment = datetime.fromisoformat(seen[1].decode())
            if len(self._samples) < _MOST_SAMPLES:
                self._samples.append(max(0.0, (datetime.now(UTC) - moment).total_seconds()))

    def _made(self, samples: list[float], *, done: bool) -> DeskReport:
        return DeskReport(
            changes=self._changes,
            latency_s=quantiles(samples),
            resets=self._resets,
            connects=self._connects,
            done=done,
        )


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    waiting = b""
    for chunk in chunks:
        *whole, waiting = (waiting + chunk).split(b"\n\n")
        yield from whole


def write(report: DeskReport) -> None:
    """One JSON line."""
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    sys.stdout.flush()


def _stop(*_: object) -> None:
    raise _Stop


def main() -> None:
    """Entry point."""
    signal.signal(signal.SIGTERM, _stop)
    write(Desk(sys.argv[1], os.environ["PLACEWATCH_TOKEN"]).run())


if __name__ == "__main__":
    main()
