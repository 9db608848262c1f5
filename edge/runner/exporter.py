"""A box's health on its own loopback: Prometheus metrics for programs, JSON for ``placewatch edge status``.

Nothing but figures leaves here, and only to programs on this machine.
"""

import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric

from messages import CameraGear, CameraState, ConfigHealth, ConfigState, Health, encode
from placewatch.errors import PlacewatchError

HOST = "127.0.0.1"

_BOX_GAUGES = {
    "uptime_s": ("uptime_seconds", "Seconds since the worker's start"),
    "detect_ms": ("detect_milliseconds", "Mean detector time per picture over the last period"),
    "detect_load": ("detect_load", "Share of the last period that the detector was at work"),
    "canvases_per_look": ("canvases_per_look", "Inferences per look over the last period"),
    "canvas_fill": ("canvas_fill", "Share of the inferences' pixels that showed something"),
    "disk_free_bytes": ("disk_free_bytes", "Free bytes where the spool lies"),
}
_SPOOL_GAUGES = {
    "waiting": ("spool_waiting", "Alerts without a receipt yet"),
    "bytes": ("spool_bytes", "Bytes of their payloads"),
    "oldest_s": ("spool_oldest_seconds", "Age of the oldest"),
}
_SPOOL_COUNTERS = {
    "spooled": ("alerts_spooled", "Alerts written in this session"),
    "published": ("alerts_published", "Distinct alerts handed to a broker at least once"),
    "receipted": ("alerts_receipted", "Alerts that the centre has committed"),
    "rejected": ("alerts_rejected", "Alerts that the centre put into its dead letters"),
    "pictures_dropped": ("pictures_dropped", "Pictures given up to keep the spool within its bounds"),
    "alerts_dropped": ("alerts_dropped", "Alerts given up to keep the spool within its bounds"),
}
_CAMERA_GAUGES = {
    "fps": ("camera_fps", "Pictures that came per second"),
    "looks_per_s": ("camera_looks_per_second", "Pictures looked at per second"),
}
_CAMERA_COUNTERS = {
    "frames_decoded": ("camera_frames_decoded", "Pictures decoded"),
    "frames_skipped": ("camera_frames_skipped", "Pictures passed over while idle"),
    "frames_detected": ("camera_frames_detected", "Pictures looked at"),
    "frames_dropped": ("camera_frames_dropped", "Sampled pictures that a newer one replaced"),
    "decode_errors": ("camera_decode_errors", "Packets that could not be decoded"),
    "reconnects": ("camera_reconnects", "Times the stream was reopened"),
}


def metrics(health: Health) -> Iterator[Metric]:
    """Health as Prometheus metrics; counters begin anew with the worker, as Prometheus expects."""
    for attribute, (name, text) in _BOX_GAUGES.items():
        yield GaugeMetricFamily(f"placewatch_{name}", text, value=float(getattr(health, attribute)))
    for attribute, (name, text) in _SPOOL_GAUGES.items():
        yield GaugeMetricFamily(f"placewatch_{name}", text, value=float(getattr(health.spool, attribute)))
    for attribute, (name, text) in _SPOOL_COUNTERS.items():
        yield CounterMetricFamily(f"placewatch_{name}", text, value=float(getattr(health.spool, attribute)))
    for attribute, (name, text) in _CAMERA_GAUGES.items():
        gauge = GaugeMetricFamily(f"placewatch_{name}", text, labels=["camera"])
        for camera in health.cameras:
            gauge.add_metric([camera.camera], float(getattr(camera, attribute)))
        yield gauge
    for attribute, (name, text) in _CAMERA_COUNTERS.items():
        counter = CounterMetricFamily(f"placewatch_{name}", text, labels=["camera"])
        for camera in health.cameras:
            counter.add_metric([camera.camera], float(getattr(camera, attribute)))
        yield counter
    yield _states(health)
    yield GaugeMetricFamily(
        "placewatch_degraded", "What keeps the box from its best", value=float(len(health.degraded))
    )
    if health.config is not None:
        yield from _config(health.config)


def _config(config: ConfigHealth) -> Iterator[Metric]:
    """The version that runs, and what became of the newest: 1 for the state that holds."""
    yield GaugeMetricFamily(
        "placewatch_config_version",
        "Configuration that runs; 0 is the box's own",
        value=float(config.version),
    )
    yield CounterMetricFamily(
        "placewatch_orders_disbelieved", "Orders that were not believed", value=float(config.disbelieved)
    )
    family = GaugeMetricFamily(
        "placewatch_config_state", "What became of the newest configuration", labels=["state"]
    )
    for state in ConfigState:
        family.add_metric([state], float(config.state is state))
    yield family


def _states(health: Health) -> Metric:
    """One series a camera and state, as is the custom for words: 1 for the one that holds."""
    family = GaugeMetricFamily(
        "placewatch_camera_state", "What a camera's stream does", labels=["camera", "state"]
    )
    for camera in health.cameras:
        for state in CameraState:
            family.add_metric([camera.camera, state], float(camera.state is state))
        family.add_metric([camera.camera, "awake"], float(camera.gear is CameraGear.AWAKE))
    return family


class _Collector:
    def __init__(self, latest: Callable[[], Health | None]) -> None:
        self._latest = latest

    def collect(self) -> Iterator[Metric]:
        health = self._latest()
        if health is not None:
            yield from metrics(health)


class Exporter:
    """Serves ``/metrics`` and ``/status`` on loopback, on threads of its own.

    Args:
        port: TCP port; 0 takes a free one.
        latest: The newest health, or None before the first.

    Raises:
        PlacewatchError: The port is in use.
    """

    def __init__(self, port: int, latest: Callable[[], Health | None]) -> None:
        registry = CollectorRegistry()
        registry.register(_Collector(latest))

        class Handler(_Handler):
            answers: ClassVar = {
                "/metrics": lambda: (CONTENT_TYPE_LATEST, generate_latest(registry)),
                "/status": lambda: _status(latest()),
            }

        try:
            self._server = ThreadingHTTPServer((HOST, port), Handler)
        except OSError as error:
            raise PlacewatchError(
                f"cannot listen: {error.strerror}",
                where=f"status_port {port}",
                remedy="stop the other program, or choose another status_port (0 takes a free one)",
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _status(health: Health | None) -> tuple[str, bytes]:
    return "application/json", b"null" if health is None else encode(health)


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, Callable[[], tuple[str, bytes]]]] = {}
    timeout = 10

    def do_GET(self) -> None:
        """Answer one of the two paths."""
        answer = self.answers.get(self.path.partition("?")[0])
        if answer is None or not self._local():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind, body = answer()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _local(self) -> bool:
        """A page in a browser on this machine must not read it under a name of its own (DNS rebinding)."""
        host = self.headers.get("Host", "").rpartition(":")[0]
        return host in {"127.0.0.1", "localhost"}

    def log_message(self, *_: object) -> None:
        """Say nothing: it is asked every few seconds."""
