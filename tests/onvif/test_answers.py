"""What cameras answer, and what is made of answers that no camera gives."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from edge.onvif import transport
from edge.onvif.device import SignIn, ask
from edge.onvif.discovery import answers, interfaces, search
from edge.onvif.profiles import Profile, advice, choose, profile_of, stream_address
from placewatch.errors import PlacewatchError, StreamError, UsageError

SECRET = "unspeakable-8/@#"

_MATCH = """<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches><d:ProbeMatch>
<a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>
<d:Scopes>onvif://www.onvif.org/name/East%20gate%1B onvif://www.onvif.org/hardware/X_1</d:Scopes>
<d:XAddrs>{xaddrs}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"""


def test_a_sound_answer() -> None:
    text = _MATCH.format(
        xaddrs="http://10.0.0.9/x http://192.0.2.7:8080/onvif/device_service ftp://192.0.2.7/"
    )
    (found,) = answers(text.encode(), "192.0.2.7")
    assert found.service == "http://192.0.2.7:8080/onvif/device_service"
    assert (found.endpoint, found.name, found.hardware) == ("urn:uuid:1", "East gate", "X 1")


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><x>&j;</x>"
).encode()
FETCH = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no XML"),
        (b"\x00\xff" * 400, "no XML"),
        (b"<a>" * 300_000, "no XML"),
        (b"<a/>" + b" " * (1 << 20), "more than 1 MiB"),
        (BOMB, "document type|no XML"),
        (BOMB.decode().encode("utf-16"), "document type|no XML"),
        (FETCH, "document type"),
        (_MATCH.format(xaddrs="http://198.51.100.1/onvif").encode(), "which is another host"),
        (_MATCH.format(xaddrs="http://user:pass@198.51.100.1/").encode(), "which is another host"),
        (_MATCH.format(xaddrs="file:///etc/passwd http://[::1").encode(), "which is another host"),
        (_MATCH.format(xaddrs="").encode(), "at nothing"),
    ],
)
def test_answers_that_are_none(content: bytes, told: str) -> None:
    with pytest.raises(StreamError, match=told):
        answers(content, "192.0.2.7")


def test_interfaces_are_named() -> None:
    assert interfaces("lo") == interfaces("127.0.0.1") == ("127.0.0.1",)
    with pytest.raises(UsageError, match="no interface wlan9"):
        interfaces("wlan9")


def test_nonsense_on_the_wire_ends_no_search() -> None:
    """A device that answers garbage is told; the search goes on to its end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.setsockopt(
            socket.IPPROTO_IP,
            socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton("239.255.255.250") + socket.inet_aton("127.0.0.1"),
        )
        device.bind(("239.255.255.250", 0))

        def reply() -> None:
            for answer in (b"\x00garbage", _MATCH.format(xaddrs="http://127.0.0.1/d").encode()):
                _, sender = device.recvfrom(65536)
                device.sendto(answer, sender)

        thread = threading.Thread(target=reply, daemon=True)
        thread.start()
        heard = threading.Event()
        found, problems = search(
            ("127.0.0.1",), 1.0, uuid4, port=device.getsockname()[1], found=lambda _: heard.set()
        )
    assert heard.is_set()
    assert [each.service for each in found] == ["http://127.0.0.1/d"]
    assert "no XML" in str(problems[0])


class Wire:
    """A device that answers every request with the same bytes."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.service = f"http://127.0.0.1:{self.listener.getsockname()[1]}/onvif/device_service"
        self.heard: list[bytes] = []
        self._answer = answer
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self.heard.append(connection.recv(65536))
                    self._answer(connection)
                except OSError:
                    continue


@contextmanager
def wire(answer: Callable[[socket.socket], None]) -> Iterator[Wire]:
    made = Wire(answer)
    try:
        yield made
    finally:
        made.listener.close()


def http(content: bytes, status: str = "200 OK", more: str = "") -> Callable[[socket.socket], None]:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{more}Connection: close\r\n\r\n"
    return lambda connection: connection.sendall(head.encode() + content)


def flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<a>")
    while True:
        connection.sendall(b"x" * 65536)


def silence(connection: socket.socket) -> None:
    while connection.recv(65536):
        continue


def soap(body: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body>' + body + "</s:Body></s:Envelope>"
    ).encode()


WRONG_TYPES = soap(
    "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>x</tt:DateTimeType>"
    "<tt:UTCDateTime><tt:Time><tt:Hour>many</tt:Hour></tt:Time><tt:Date>never</tt:Date></tt:UTCDateTime>"
    "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http(b"hello"), "no XML"),
        (http(BOMB), "document type|no XML"),
        (flood, "more than 1 MiB"),
        (http(b"", "302 Found", "Location: http://198.51.100.1/\r\n"), "sends us elsewhere"),
        (http(b"<a/>", "401 Unauthorized"), "refuses the user name or password"),
        (http(WRONG_TYPES), "names no media service"),
        (http(soap("<tds:Surprise/>")), "does not answer as ONVIF has it|names no media service"),
        (
            http(b"<a/>", "200 OK", "Content-Type: multipart/related; boundary=b\r\n"),
            "does not answer as ONVIF|names no media",
        ),
        (lambda connection: connection.sendall(b"SSH-2.0-x\r\n"), "cannot be asked"),
        (silence, "no answer within"),
    ],
)
def test_hostile_devices_end_in_one_line(
    answer: Callable[[socket.socket], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer is silence:
        monkeypatch.setattr(transport, "ANSWER_S", 0.3)
    with wire(answer) as device, pytest.raises(StreamError, match=told) as raised:
        asyncio.run(ask(device.service, SignIn("viewer", SECRET), lambda: datetime.now(UTC)))
    assert SECRET not in str(raised.value) + repr(raised.value)
    assert all(SECRET.encode() not in heard for heard in device.heard)


def test_nobody_there() -> None:
    with pytest.raises(StreamError, match="cannot be asked"):
        asyncio.run(ask("http://127.0.0.1:1/onvif", None, lambda: datetime.now(UTC)))


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("rtsp://192.0.2.7:554/s?x=1", ("rtsp://192.0.2.7:554/s?x=1", "")),
        ("rtsp://u:p@192.0.2.7/s", ("rtsp://192.0.2.7/s", "")),
        ("rtsp://198.51.100.1/s", ("", "its stream is at another host, 198.51.100.1")),
        ("http://192.0.2.7/s", ("", "its stream's address is not rtsp://")),
        ("file:///etc/passwd", ("", "its stream's address is not rtsp://")),
        ("rtsp://192.0.2.7/s\x1b[2J", ("", "its stream's address is not rtsp://")),
        ("rtsp://[::1", ("", "its stream's address is not well formed")),
        ("rtsp://192.0.2.7:99999/", ("", "its stream's address is not well formed")),
        (None, ("", "it names no address for its stream")),
        (7, ("", "it names no address for its stream")),
    ],
)
def test_stream_addresses(uri: object, expected: tuple[str, str]) -> None:
    assert stream_address(uri, "192.0.2.7") == expected


@pytest.mark.parametrize("odd", [None, "many", -1, 10**9, float("nan"), True, [], object()])
def test_odd_values_count_as_not_said(odd: Any) -> None:  # noqa: ANN401
    encoder = SimpleNamespace(
        Encoding=odd,
        Resolution=SimpleNamespace(Width=odd, Height=odd),
        RateControl=SimpleNamespace(FrameRateLimit=odd),
        H264=SimpleNamespace(GovLength=odd),
    )
    raw = SimpleNamespace(Name=odd, VideoEncoderConfiguration=encoder)
    made = profile_of(raw, "t", "rtsp://h/s", "h")
    assert made == Profile("t", made.name, "", 0, 0, 0.0, 0, "rtsp://h/s")


def stream(
    token: str, height: int, fps: float = 10, gop: int = 20, codec: str = "h264", url: str = "rtsp://h/"
) -> Profile:
    return Profile(token, token, codec, height * 16 // 9, height, fps, gop, url)


@pytest.mark.parametrize(
    ("profiles", "wanted"),
    [
        ([stream("main", 1080), stream("sub", 360)], "sub"),
        ([stream("main", 1080), stream("tiny", 240)], "main"),
        ([stream("main", 2160), stream("mid", 720), stream("tiny", 180)], "mid"),
        ([stream("main", 1080), stream("slow", 480, fps=1)], "main"),
        ([stream("main", 1080, codec="h265"), stream("pictures", 360, codec="mjpeg")], "main"),
        ([stream("a", 480, codec="h265"), stream("b", 480)], "b"),
        ([stream("elsewhere", 360, url=""), stream("main", 1080)], "main"),
        ([stream("pictures", 360, codec="mjpeg")], None),
        ([], None),
    ],
)
def test_the_stream_to_analyse(profiles: list[Profile], wanted: str | None) -> None:
    chosen = choose(tuple(profiles))
    assert (chosen.token if chosen else None) == wanted


def test_advice() -> None:
    assert advice(stream("sub", 360)) == ()
    assert "keyframe interval to 50" in advice(stream("s", 720, fps=25, gop=250))[1]
    assert "substream" in advice(stream("s", 2160))[0]


def test_no_password_shows_anywhere() -> None:
    assert SECRET not in repr(SignIn("viewer", SECRET))
    assert issubclass(StreamError, PlacewatchError)
