"""The whole chain as processes: replay server, broker, central, edge; each can be started, killed, restarted.

Used by ``placewatch demo`` and by the end-to-end tests, which kill parts of it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from placewatch.demo.part import Part, PartError, PartSpec, placewatch
from placewatch.demo.ports import free_ports, wait_open
from placewatch.errors import PlacewatchError

START_ORDER = ("cameras", "broker", "central", "edge")
STOP_ORDER = ("edge", "central", "broker", "cameras")
"""Edge first, so that it still finds someone who takes its last alerts and sends receipts."""

START_TIMEOUT_S = 60.0

DRAIN_S = 45.0
"""Longest wait for receipts at the end: longer than the box waits before it sends an alert again."""

MOST_RESTARTS = 5
"""A part that dies more often than this in one run is broken, not unlucky."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen, all on 127.0.0.1.

    Attributes:
        rtsp: The cameras.
        mqtt: The broker.
        http: Central's page and API.
    """

    rtsp: int
    mqtt: int
    http: int

    @classmethod
    def free(cls, *, http: int | None = None) -> Self:
        """Free ports; ``http`` is taken as given."""
        rtsp, mqtt, other = free_ports(3)
        return cls(rtsp, mqtt, http or other)

    @property
    def url(self) -> str:
        """Address of central's page."""
        return f"http://127.0.0.1:{self.http}/"


@dataclass(frozen=True, slots=True)
class ChainFiles:
    """What the parts read.

    Attributes:
        footage: Folder of clips.
        box: box.yaml.
        central: central.yaml.
        logs: Folder for the parts' logs.
    """

    footage: Path
    box: Path
    central: Path
    logs: Path


def specs(files: ChainFiles, ports: Ports) -> dict[str, PartSpec]:
    """How each part is started."""
    return {
        "cameras": PartSpec(
            "cameras",
            placewatch("footage", "serve", str(files.footage), "--port", str(ports.rtsp)),
            ports.rtsp,
            grace_s=5.0,
        ),
        "broker": PartSpec(
            "broker",
            ("-m", "placewatch.demo.broker", "--port", str(ports.mqtt)),
            ports.mqtt,
            grace_s=5.0,
        ),
        "central": PartSpec(
            "central", placewatch("central", "serve", "--config", str(files.central)), ports.http
        ),
        "edge": PartSpec(
            "edge",
            placewatch("edge", "run", "--config", str(files.box), "--drain-s", f"{DRAIN_S:g}"),
            grace_s=DRAIN_S + 15,
        ),
    }


class Chain:
    """The chain. Parts are made from the main thread; leaving the ``with`` block leaves no process.

    Args:
        files: What the parts read.
        ports: Where they listen.
    """

    def __init__(self, files: ChainFiles, ports: Ports) -> None:
        files.logs.mkdir(parents=True, exist_ok=True)
        self.ports = ports
        self._restarts: dict[str, int] = {}
        self.parts: Mapping[str, Part] = {
            name: Part(spec, files.logs) for name, spec in specs(files, ports).items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()

    def start(self, wanted: Callable[[], bool] = lambda: True) -> Iterator[str]:
        """Start all parts, each once the ones it needs listen; yields each name before its start.

        Args:
            wanted: Asked while waiting; when it turns false, starting ends early.

        Raises:
            PartError: A part ended by itself.
            PlacewatchError: A part does not listen in time.
        """
        for name in START_ORDER:
            if not wanted():
                return
            yield name
            self.start_part(name, wanted)

    def start_part(self, name: str, wanted: Callable[[], bool] = lambda: True) -> None:
        """Start one part and wait until it listens (see `start`)."""
        part = self.parts[name]
        part.start()
        port = part.spec.port
        if port and not wait_open(port, START_TIMEOUT_S, lambda: part.alive and wanted()) and wanted():
            part.check()
            raise PlacewatchError(
                f"does not listen on port {port} after {START_TIMEOUT_S:.0f} s\n{part.tail()}",
                where=name,
                remedy=f"whole log: {part.log}",
            )

    def revive(self, wanted: Callable[[], bool] = lambda: True) -> Iterator[str]:
        """Start parts again that ended by themselves; yields one line about each.

        Raises:
            PartError: One has done so too often.
        """
        for name in START_ORDER:
            try:
                self.parts[name].check()
            except PartError as error:
                self._restarts[name] = self._restarts.get(name, 0) + 1
                if self._restarts[name] > MOST_RESTARTS:
                    raise
                first = error.message.splitlines()[0]
                yield f"{name} {first}; it is started again (log: {self.parts[name].log})"
                self.kill(name)
                self.start_part(name, wanted)

    def check(self) -> None:
        """Make sure that every part runs.

        Raises:
            PartError: One ended by itself.
        """
        for name in START_ORDER:
            self.parts[name].check()

    def stop(self, name: str, tick: Callable[[], None] = lambda: None) -> bool:
        """Stop one part; whether it stopped by itself within its grace."""
        return self.parts[name].stop(tick)

    def kill(self, name: str) -> None:
        """Kill one part without warning, as a power cut would."""
        self.parts[name].kill()

    def restart(self, name: str) -> None:
        """Start a stopped or killed part again."""
        self.kill(name)
        self.start_part(name)

    def kill_all(self) -> None:
        """End what still runs, at once."""
        for name in STOP_ORDER:
            self.parts[name].kill()

    def wait(self, done: Callable[[], bool], timeout_s: float, *, step_s: float = 0.2) -> bool:
        """Wait until ``done``, watching the parts that were started.

        Raises:
            PartError: A part ended by itself meanwhile.
        """
        deadline = time.monotonic() + timeout_s
        while not done():
            self.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(step_s)
        return True


__all__ = ["Chain", "ChainFiles", "PartError", "Ports", "specs"]
