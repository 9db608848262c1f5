"""Cameras and clips that cannot be read, each met for real: one clear line, a remedy, no credential."""

from pathlib import Path

import pytest

from edge.ingest.decode import Decoder
from edge.ingest.errors import explain, safe_url
from edge.ingest.source import open_source
from placewatch.errors import StreamError
from tests.edge.clips import picture, write_clip
from tests.edge.scripted import answering, closed_port, rtsp

SECRET = "s3cr3t"


def refusal(url: str, open_s: float = 5.0) -> StreamError:
    with pytest.raises(StreamError) as caught:
        open_source(url, where="gate", open_s=open_s).close()
    error = caught.value
    assert error.remedy
    assert error.where.startswith("camera gate, ")
    assert SECRET not in str(error)
    assert "\n" not in str(error)
    return error


BASIC = 'WWW-Authenticate: Basic realm="cam"'
DIGEST = 'WWW-Authenticate: Digest realm="cam", nonce="5f1b"'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (rtsp("401 Unauthorized", BASIC), "refuses the user name or password"),
        (rtsp("401 Unauthorized", DIGEST), "refuses the user name or password"),
        (rtsp("403 Forbidden"), "forbids this stream"),
        (rtsp("404 Not Found"), "has no stream /live"),
        (rtsp("461 Unsupported Transport"), "refuses the request"),
        (rtsp("453 Not Enough Bandwidth"), "refuses the request"),
        (rtsp("503 Service Unavailable"), "reports a fault of its own"),
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "not with an RTSP video stream"),
        (rtsp("200 OK"), "not with an RTSP video stream"),
        ("hello, this is a shop\r\n\r\n", "not with an RTSP video stream"),
    ],
)
def test_a_camera_that_refuses(reply: str, expected: str) -> None:
    with answering(reply, close=not reply.startswith("RTSP")) as port:
        error = refusal(f"rtsp://admin:{SECRET}@127.0.0.1:{port}/live")
    assert expected in error.message
    assert f"127.0.0.1:{port}" in error.message
    assert error.where.endswith(f"rtsp://127.0.0.1:{port}/live")


def test_credentials_that_are_missing_are_asked_for() -> None:
    with answering(rtsp("401 Unauthorized", BASIC)) as port:
        error = refusal(f"rtsp://127.0.0.1:{port}/live")
    assert "asks for a user name and password" in error.message


def test_nobody_listens() -> None:
    error = refusal(f"rtsp://admin:{SECRET}@127.0.0.1:{closed_port()}/live")
    assert "refuses the connection" in error.message


def test_a_camera_that_says_nothing() -> None:
    with answering(None) as port:
        error = refusal(f"rtsp://127.0.0.1:{port}/live", open_s=1.0)
    assert "did not answer within 1 s" in error.message


def test_a_host_that_is_not_known() -> None:
    error = refusal(f"rtsp://admin:{SECRET}@no-such-camera.invalid/live")
    assert "host name no-such-camera.invalid:554 is not known" in error.message


@pytest.mark.parametrize(
    "url",
    [
        f"rtsp://admin:{SECRET}#@10.0.0.1/live",
        f"rtsp://admin:{SECRET}/x@10.0.0.1/live",
        "rtsp://10.0.0.1:99999/live",
        "rtsp://10.0.0.1:port/live",
    ],
)
def test_an_address_that_is_not_well_formed(url: str) -> None:
    error = refusal(url)
    assert "not well formed" in error.message
    assert "%40" in error.remedy


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"this is not a video\n" * 100, "not a video"),
        (b"", "not a video"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + b"\x00" * 500, "not a video"),
    ],
)
def test_not_a_video(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert expected in refusal(str(path)).message


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert "no such file" in refusal(str(tmp_path / "no.mp4")).message
    assert "folder" in refusal(str(tmp_path)).message


def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", (picture((n * 4, 80, n * 4 + 24, 150)) for n in range(60)))


def test_a_codec_without_decoder(tmp_path: Path) -> None:
    path = clip(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"xyz1"))
    assert "no decoder" in refusal(str(path)).message


def test_sound_only(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    size = 8000 * 2
    header = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += b"\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data" + size.to_bytes(
        4, "little"
    )
    path.write_bytes(header + bytes(size))
    assert "no video track" in refusal(str(path)).message


def test_a_truncated_clip_gives_what_it_holds(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", (picture((n * 4, 80, n * 4 + 24, 150)) for n in range(60)))
    path.write_bytes(path.read_bytes()[:-400])
    with open_source(str(path)) as source:
        decoder = Decoder(source)
        pictures = [picture for packet in source.packets() for picture in decoder.decode(packet)]
    assert 30 <= len(pictures) <= 60


def test_damaged_packets_are_counted_and_the_rest_decodes(tmp_path: Path) -> None:
    path = clip(tmp_path)
    with open_source(str(path)) as source:
        decoder = Decoder(source)
        count = 0
        for n, packet in enumerate(source.packets()):
            if n in {20, 21, 22}:
                packet.update(b"\xff" * packet.size)
            count += len(decoder.decode(packet))
    assert count >= 50
    assert decoder.errors >= 3


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(113, "No route to host"), "cannot be reached"),
        (OSError(101, "Network is unreachable"), "cannot be reached"),
        (OSError(110, "Connection timed out"), "did not answer within 10 s"),
        (ConnectionResetError(104, "reset"), "closed the connection"),
        (RuntimeError(f"odd rtsp://u:{SECRET}@h/x"), "cannot be read: odd rtsp://***@h/x"),
    ],
)
def test_errors_that_need_a_broken_network(error: Exception, expected: str) -> None:
    told = explain(error, f"rtsp://u:{SECRET}@10.0.0.1/x", where="c", limit=10.0)
    assert expected in told.message
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://u:p@h:8554/a/b?token=1#x", "rtsp://h:8554/a/b"),
        ("rtsp://h/a", "rtsp://h/a"),
        ("rtsp://u:p@ss@h/a", "rtsp://h/a"),
        ("rtsp://u:p@[::1]:554/a", "rtsp://[::1]:554/a"),
        ("/data/clip.mp4", "/data/clip.mp4"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert safe_url(url) == shown
