"""Served clips as ONVIF cameras: found by WS-Discovery, asked over SOAP."""

import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from lxml import etree

from edge.onvif.discovery import GROUP, PORT
from edge.onvif.xml import parse
from placewatch.clock import Clock, SystemClock, utc
from placewatch.errors import StreamError
from placewatch.footage import onvif_answers as say
from placewatch.footage.server import ReplayServer

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_REQUEST = 64 * 1024
_PATH = "/onvif/"


class OnvifServer:
    """Cameras of a replay server, as ONVIF has them.

    Args:
        server: Whose clips; started, so that its port is known.
        host: Address under which others reach this machine.
        port: TCP port of its services; 0 takes a free one.
        discovery_port: UDP port on which it is looked for.
        clock: Time.

    Attributes:
        clock_off_s: How far the cameras' clocks are ahead of ours.
    """

    def __init__(
        self,
        server: ReplayServer,
        host: str,
        port: int = 0,
        *,
        discovery_port: int = PORT,
        clock: Clock | None = None,
    ) -> None:
        self.cameras = {each.name: each for each in say.cameras_of([s.clip for s in server.shelves.values()])}
        self.clock_off_s = 0.0
        self.host = host
        self._server = server
        self._clock = clock or SystemClock()
        try:
            self._http = ThreadingHTTPServer((host, port), _handler(self))
            self._listener = _listener(host, discovery_port)
        except OSError as error:
            raise StreamError(
                f"cannot listen: {error.strerror or error}",
                where=f"{host}:{port}",
                remedy="stop what uses the port, or choose another with --onvif",
            ) from error
        self.port = int(self._http.server_address[1])
        self._threads = [
            threading.Thread(target=self._http.serve_forever, name="onvif-http", daemon=True),
            threading.Thread(target=self._listen, name="onvif-discovery", daemon=True),
        ]

    def service(self, name: str) -> str:
        """Address of a camera's device service."""
        return f"http://{self.host}:{self.port}{_PATH}{quote(name, safe='')}"

    def start(self) -> None:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._http.shutdown()
        self._http.server_close()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def now(self) -> datetime:
        """What the cameras' clocks show."""
        return utc(self._clock.now()) + timedelta(seconds=self.clock_off_s)

    def answer(self, path: str, body: bytes) -> tuple[HTTPStatus, bytes]:
        """Answer a request to a device or media service."""
        camera = self.cameras.get(unquote(path.removeprefix(_PATH)))
        if camera is None or not path.startswith(_PATH):
            return HTTPStatus.NOT_FOUND, say.fault("NoEntity", "there is no such camera")
        try:
            request = parse(body, where="client")
            wanted = etree.QName(request.find("s:Body", say.NS)[0]).localname
        except (StreamError, TypeError, IndexError):
            return HTTPStatus.BAD_REQUEST, say.fault("WellFormed", "not a request")
        if wanted == "GetSystemDateAndTime":  # the standard lets everybody ask this
            return HTTPStatus.OK, say.envelope(say.date_and_time(self.now()))
        credentials = self._server.credentials
        if credentials is not None and not say.signed_in(request, credentials, self.now()):
            return HTTPStatus.BAD_REQUEST, say.fault("NotAuthorized", "Sender not authorized")
        return self._answer(camera, wanted, request)

    def _answer(
        self, camera: say.SimulatedCamera, wanted: str, request: etree._Element
    ) -> tuple[HTTPStatus, bytes]:
        answers: dict[str, Callable[[], str]] = {
            "GetDeviceInformation": lambda: say.device_information(camera),
            "GetCapabilities": lambda: say.capabilities(self.service(camera.name)),
            "GetProfiles": lambda: say.profiles(camera),
            "GetStreamUri": lambda: say.stream_uri(self._server.url(_token(request, camera), self.host)),
        }
        if wanted not in answers:
            return HTTPStatus.BAD_REQUEST, say.fault("ActionNotSupported", f"{wanted} is not supported")
        try:
            return HTTPStatus.OK, say.envelope(answers[wanted]())
        except KeyError:
            return HTTPStatus.BAD_REQUEST, say.fault("NoProfile", "there is no such profile")

    def _listen(self) -> None:
        while True:
            try:
                content, sender = self._listener.recvfrom(65536)
            except OSError:
                return
            if not content:
                return
            with suppress(StreamError, OSError):
                probe = parse(content, where="client")
                if probe.find(".//d:Probe", say.NS) is None:
                    continue
                addresses = {self.service(name): camera for name, camera in self.cameras.items()}
                answer = say.probe_matches(addresses, probe.findtext(".//a:MessageID", "", say.NS))
                self._listener.sendto(answer, sender)


def _token(request: etree._Element, camera: say.SimulatedCamera) -> str:
    wanted = request.findtext(".//trt:ProfileToken", "", say.NS)
    if wanted not in {clip.name for clip in camera.streams}:
        raise KeyError(wanted)
    return str(wanted)


def _listener(host: str, port: int) -> socket.socket:
    """Hears what is sent to the group, beside others that do the same on this machine."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((GROUP, port))
        member = socket.inet_aton(GROUP) + socket.inet_aton(host)
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host))
    except OSError:
        listener.close()
        raise
    return listener


def _handler(cameras: OnvifServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > _MAX_REQUEST:
                self.send_error(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdigit() else HTTPStatus.LENGTH_REQUIRED
                )
                return
            status, answer = cameras.answer(self.path, self.rfile.read(int(length)))
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def answering(onvif: OnvifServer) -> "Iterator[OnvifServer]":
    """The cameras answer while the block runs."""
    onvif.start()
    try:
        yield onvif
    finally:
        onvif.stop()
