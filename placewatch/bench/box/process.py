"""The measured box, in a process of its own: ``python -m placewatch.bench.box.process BOX.yaml OUT.json``.

It is the box of ``placewatch edge run``, but for the end of its spool: alerts are read from there as the
publisher would, noted, and receipted at once. Lines on standard input steer it (``start``, ``mark``, and the
end of input to stop). It answers on standard output: ``loaded`` with its models, ``ready`` when every camera
shows pictures, and a `Mark` each time.
"""

import sys
import time
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import msgspec

from edge.config import load_as_written
from edge.models import load_models
from edge.outbox.spool import Entry, Spool
from edge.pipeline import Look
from edge.reporting import model_id
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from messages import CameraGear, CameraState, Health, Receipt
from placewatch.bench.box.journal import Journal, Mark, Seen, Told
from placewatch.logs import configure

_BATCH = 64


class _Data(msgspec.Struct):
    camera: str
    kind: str
    zone: str | None = None


class _Alert(msgspec.Struct):
    """Of an alert only what is noted: decoding its picture would cost more than publishing it."""

    type: str
    time: datetime
    data: _Data


class Drain:
    """Takes alerts out of the spool as fast as they come, as a publisher with a quick broker would.

    Args:
        spool: The box's.
        alerts: Where they are noted.
    """

    def __init__(self, spool: Spool, alerts: list[Told]) -> None:
        self._spool = spool
        self._alerts = alerts
        self._woken = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="drain", daemon=True)

    @property
    def connected(self) -> bool:
        """Always."""
        return True

    def start(self) -> None:
        """Begin."""
        self._spool.listen(self._woken.set)
        self._thread.start()

    def stop(self, drain_s: float = 10.0) -> bool:
        """Empty the spool and end."""
        self._spool.listen(None)
        self._stopping = True
        self._woken.set()
        self._thread.join(drain_s)
        return self._spool.stats().waiting == 0

    def publish_health(self, health: Health) -> bool:
        """Nobody is there to read it."""
        del health
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._woken.wait()
            self._woken.clear()
            while entries := self._spool.pending(_BATCH):
                self._alerts += [_told(entry) for entry in entries]
                self._spool.settle(Receipt(ids=[entry.id for entry in entries]))


def _told(entry: Entry) -> Told:
    alert = msgspec.json.decode(entry.payload, type=_Alert)
    data, phase = alert.data, alert.type.rpartition(".")[2]
    return Told(data.camera, data.kind, data.zone or "", phase, alert.time.timestamp(), time.time())


def mark(health: Health) -> Mark:
    """The counters of a health message."""
    cameras = health.cameras
    return Mark(
        time=time.time(),
        decoded=sum(camera.frames_decoded for camera in cameras),
        skipped=sum(camera.frames_skipped for camera in cameras),
        dropped=sum(camera.frames_dropped for camera in cameras),
        errors=sum(camera.decode_errors for camera in cameras),
        canvases_per_look=health.canvases_per_look,
        canvas_fill=health.canvas_fill,
        awake=sum(camera.gear is CameraGear.AWAKE for camera in cameras),
    )


class Box:
    """The measured box.

    Args:
        config: Its configuration file.
    """

    def __init__(self, config: Path) -> None:
        box = load_as_written(config)
        detector, redactor = load_models(box.detector)
        self._model = model_id(detector)
        self._looks: list[Seen] = []
        self._alerts: list[Told] = []
        parts = Parts(
            detector,
            redactor,
            publisher=lambda spool, _config: Drain(spool, self._alerts),
            looked=self._looked,
        )
        self._worker = Worker(box, config.parent, parts)

    def start(self, within_s: float) -> bool:
        """Begin, and wait until every camera shows pictures; False when one does not in time."""
        self._worker.start()
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            cameras = self._worker.health().cameras
            if all(camera.state is CameraState.STREAMING for camera in cameras):
                return True
            time.sleep(0.2)
        return False

    def mark(self) -> Mark:
        """Its counters now."""
        return mark(self._worker.health())

    def stop(self) -> Journal:
        """End; what it wrote down."""
        self._worker.stop(drain_s=5.0)
        return Journal(self._looks, self._alerts, self._model)

    def _looked(self, camera: str, look: Look) -> None:
        frame = look.frame
        self._looks.append(Seen(camera, frame.index, frame.time, time.time(), look.kept))


READY_S = 60.0
"""Cameras that do not stream within this time never will."""


def main() -> None:
    """Run from the first line of input to its end."""
    configure(fmt="json")
    config, journal = (Path(argument) for argument in sys.argv[1:3])
    box = Box(config)
    _say("loaded")
    for line in sys.stdin:
        match line.strip():
            case "start":
                _say("ready" if box.start(READY_S) else "late")
            case "mark":
                _say(msgspec.json.encode(box.mark()).decode())
    journal.write_bytes(msgspec.json.encode(box.stop()))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
