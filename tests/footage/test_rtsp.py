"""The server's side of RTSP: what it answers to right, wrong and hostile requests."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from placewatch.errors import StreamError
from placewatch.footage.auth import Credentials
from placewatch.footage.rtsp import Transport, parse_transport
from placewatch.footage.serve import running
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


TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@pytest.mark.parametrize(
    ("requests", "status"),
    [
        ([request("OPTIONS")], b"200"),
        ([request("DESCRIBE")], b"200"),
        ([request("DESCRIBE", "rtsp://h/nobody")], b"404"),
        ([request("SETUP", "rtsp://h/street/trackID=0", Transport="RTP/AVP;multicast")], b"461"),
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


def test_port_in_use_is_said(server: ReplayServer, clip: Path) -> None:
    with (
        pytest.raises(StreamError, match="cannot listen") as caught,
        running(ReplayServer({"x": clip}, port=server.port)),
    ):
        pass
    assert str(server.port) in str(caught.value)
