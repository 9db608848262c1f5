"""The server's side of RTSP: what it answers to right, wrong and hostile requests."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Self

import pytest

from placewatch.errors import StreamError
from placewatch.footage import connection
from placewatch.footage import server as server_module
from placewatch.footage.auth import Credentials
from placewatch.footage.rtsp import Transport, parse_transport
from placewatch.footage.serve import reachable, running
from placewatch.footage.server import ReplayServer
from tests.edge.clips import picture, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(10))
    return write_clip(tmp_path_factory.mktemp("clip") / "street.mp4", images, fps=10)


@pytest.fixture(scope="module")
def server(clip: Path) -> Iterator[ReplayServer]:
    with running(ReplayServer({"street": clip}, port=0)) as started:
        yield started


def ask(server: ReplayServer, *requests: bytes) -> list[bytes]:
    """Send requests on one connection; the first line of each answer."""
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        lines = []
        for request in requests:
            client.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer and (part := client.recv(65536)):
                answer += part
            lines.append(answer.partition(b"\r\n")[0])
        return lines


def request(method: str, url: str = "rtsp://h/street", **headers: str) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", "CSeq: 1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


TRACK = "rtsp://h/street/trackID=0"
TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@pytest.mark.parametrize(
    ("requests", "status"),
    [
        ([request("OPTIONS")], b"200"),
        ([request("DESCRIBE")], b"200"),
        ([request("DESCRIBE", "rtsp://h/nobody")], b"404"),
        ([request("SETUP", TRACK, Transport="RTP/AVP;multicast")], b"461"),
        ([request("SETUP", "rtsp://h/street/trackID=9", Transport=TCP)], b"404"),
        ([request("PLAY")], b"454"),
        ([request("PAUSE", Session="0000")], b"454"),
        ([request("TEARDOWN")], b"454"),
        ([request("GET_PARAMETER")], b"200"),
        ([request("RECORD")], b"501"),
        ([b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"], b"400"),
        ([b"\x16\x03\x01\x02\x00 tls hello\r\n\r\n"], b"400"),
        ([request("OPTIONS", X="y" * 40_000)], b"400"),
        ([request("DESCRIBE", **{"Content-Length": "999999999"})], b"400"),
        ([b"DESCRIBE rtsp://h/street RTSP/2.0\r\nCSeq: 1\r\n\r\n"], b"505"),
        ([request("DESCRIBE", "rtsp://[h/street")], b"400"),
        ([request("DESCRIBE", **{"Content-Length": "\u00b2"})], b"400"),
        ([request("DESCRIBE", **{"Content-Length": "9" * 5000})], b"400"),
        ([request("DESCRIBE", "rtsp://h/street?mode=live")], b"200"),
        ([b"\r\n" + request("OPTIONS", "*")], b"200"),
        ([b"$\x01\x00\x03abc" + request("OPTIONS")], b"200"),
        (
            [request("SETUP", TRACK, Transport="RTP/AVP/TCP;interleaved=255-256")],
            b"461",
        ),
        ([request("SETUP", TRACK, Transport=TCP), request("PLAY")], b"454"),
        (
            [request("SETUP", TRACK, Transport=TCP), request("PLAY", Session="0")],
            b"454",
        ),
    ],
)
def test_answers(server: ReplayServer, requests: list[bytes], status: bytes) -> None:
    assert ask(server, *requests)[-1].split()[1] == status
    assert ask(server, request("OPTIONS"))[0].split()[1] == b"200", "the server lives on"


@pytest.mark.parametrize(
    ("header", "transport"),
    [
        (TCP, Transport(channel=0)),
        ("RTP/AVP/TCP;unicast;interleaved=4-5", Transport(channel=4)),
        ("RTP/AVP;multicast,RTP/AVP/TCP;interleaved=2-3", Transport(channel=2)),
        ("RTP/AVP;unicast;client_port=5000-5001", Transport(ports=(5000, 5001))),
        ("RTP/AVP;unicast;client_port=5000", Transport(ports=(5000, 5001))),
        ("RTP/AVP/UDP;unicast;client_port=70000-70001", None),
        ("RTP/AVP/TCP;interleaved=300-301", None),
        ("RTP/AVP/TCP;interleaved=255-255", None),
        ("RTP/AVP/TCP;interleaved=\u00b2-\u00b3", None),
        ("RTP/AVP;unicast;client_port=0-1", None),
        ("RTP/AVP;unicast;client_port=65535", None),
        ("RTP/AVP;unicast", None),
        ("", None),
    ],
)
def test_transport_header(header: str, transport: Transport | None) -> None:
    assert parse_transport(header) == transport


def test_password_is_asked_for(clip: Path) -> None:
    with running(
        ReplayServer({"street": clip}, port=0, credentials=Credentials("viewer", "s3cret"))
    ) as guarded:
        assert ask(guarded, request("DESCRIBE"))[0].split()[1] == b"401"
        basic = {"Authorization": "Basic dmlld2VyOnMzY3JldA=="}
        assert ask(guarded, request("DESCRIBE", **basic))[0].split()[1] == b"200"
        wrong = {"Authorization": "Basic dmlld2VyOnd2cm9uZw=="}
        assert ask(guarded, request("DESCRIBE", **wrong))[0].split()[1] == b"401"
        assert "s3cret" not in repr(guarded.credentials)


class Viewer:
    """A client by hand."""

    def __init__(self, server: ReplayServer, transport: str = TCP) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=5)
        self._stream = self.socket.makefile("rb")
        self.session = ""
        reply = self.ask("SETUP", TRACK, Transport=transport)
        self.session = reply["session"].partition(";")[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self.socket.close()

    def ask(self, method: str, url: str = "rtsp://h/street", **headers: str) -> dict[str, str]:
        """The answer's headers, with ``status``; packets before it are passed over."""
        if self.session:
            headers["Session"] = self.session
        self.socket.sendall(request(method, url, **headers))
        while (first := self._stream.read(1)) == b"$":
            self._stream.read(int.from_bytes(self._stream.read(3)[1:]))
        lines = (first + self._stream.readline()).decode().split()
        reply = {"status": lines[1]}
        while line := self._stream.readline().decode().strip():
            name, _, value = line.partition(": ")
            reply[name.lower()] = value
        return reply

    def packet(self) -> tuple[int, bytes]:
        """Channel and bytes of the next packet."""
        mark, channel, *size = self._stream.read(4)
        assert mark == ord("$")
        return channel, self._stream.read(int.from_bytes(bytes(size)))

    def picture(self) -> tuple[int, int]:
        """RTP time and sequence number of the next media packet."""
        while (packet := self.packet())[0] != 0:
            pass
        return int.from_bytes(packet[1][4:8]), int.from_bytes(packet[1][2:4])


def play_info(reply: dict[str, str]) -> tuple[int, int]:
    """RTP time and sequence number that PLAY announces."""
    fields = dict(part.partition("=")[::2] for part in reply["rtp-info"].split(";"))
    return int(fields["rtptime"]), int(fields["seq"])


def test_pause_goes_on_where_it_was(server: ReplayServer) -> None:
    with Viewer(server) as viewer:
        announced = play_info(viewer.ask("PLAY"))
        channel, report = viewer.packet()
        assert (channel, report[1]) == (1, 200), "a sender report comes first, with the wall clock"
        assert viewer.picture() == announced
        viewer.picture()
        assert viewer.ask("PAUSE")["status"] == "200"
        viewer.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            viewer.socket.recv(1)
        viewer.socket.settimeout(5)
        announced = play_info(viewer.ask("PLAY"))
        assert announced[0] > 0
        assert viewer.picture() == announced
        assert viewer.ask("SETUP", TRACK, Transport=TCP)["status"] == "455"
        assert viewer.ask("GET_PARAMETER")["status"] == "200"
        assert viewer.ask("TEARDOWN")["status"] == "200"


def test_ports_for_datagrams(server: ReplayServer) -> None:
    with Viewer(server, "RTP/AVP;unicast;client_port=40000-40001") as viewer:
        for _ in range(3):
            transport = viewer.ask("SETUP", TRACK, Transport="RTP/AVP;unicast;client_port=40002")["transport"]
            pair = dict(part.partition("=")[::2] for part in transport.split(";"))["server_port"]
            first, second = (int(port) for port in pair.split("-"))
            assert (first % 2, second) == (0, first + 1)


def test_silent_client_is_hung_up_on(server: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IDLE_S", 0.3)
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        client.sendall(b"OPTIONS rtsp://h/")
        assert b" 408 " in client.recv(100)
        assert client.recv(100) == b""


def test_too_many_clients(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_CLIENTS", 2)
    with running(ReplayServer({"street": clip}, port=0)) as server, Viewer(server) as viewer, Viewer(server):
        with socket.create_connection((server.host, server.port), timeout=5) as client:
            assert b" 503 " in client.recv(100)
        assert viewer.ask("OPTIONS")["status"] == "200"


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "rtsp://127.0.0.1:0/a%20b/%E9%97%A8"), ("::1", "rtsp://[::1]:0/a%20b/%E9%97%A8")],
)
def test_url(host: str, url: str) -> None:
    assert ReplayServer([], host=host, port=0).url("a b/\u95e8") == url


def test_reachable() -> None:
    assert reachable("192.0.2.7") == "192.0.2.7"
    assert reachable("camera.example") == "camera.example"
    assert not ip_address(reachable(str(IPv4Address(0)))).is_multicast


def test_port_in_use_is_said(server: ReplayServer, clip: Path) -> None:
    with (
        pytest.raises(StreamError, match="cannot listen") as caught,
        running(ReplayServer({"x": clip}, port=server.port)),
    ):
        pass
    assert str(server.port) in str(caught.value)
