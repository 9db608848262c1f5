"""An independent camera: GStreamer's RTSP server, read by the edge's source, with and without a password."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from edge.ingest.source import Transport, open_source
from placewatch.errors import StreamError
from tests.edge.clips import SIZE, picture, write_clip
from tests.encoding import write_with_ffmpeg
from tests.parts import ROOT, program, require
from tests.servers import free_port

PYTHON = "/usr/bin/python3"
BINDINGS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


@contextmanager
def camera(clip: Path, port: int, *options: str) -> Iterator[str]:
    script = str(ROOT / "scripts" / "gst_camera.py")
    command = [PYTHON, script, str(clip), "--port", str(port), *options]
    environment = os.environ | {"PLACEWATCH_RTSP_PASSWORD": "s3cret"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program("gst-launch-1.0")
    found = subprocess.run([PYTHON, "-c", BINDINGS], capture_output=True, check=False).returncode == 0
    require(found, "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi)")
    images = (picture((n % 30 * 8, 80, n % 30 * 8 + 24, 150)) for n in range(60))
    return write_clip(tmp_path_factory.mktemp("clip") / "street.mp4", images, fps=20, gop=10)


def seconds(url: str, count: int = 20) -> list[float]:
    """Seconds of the first pictures; this server's very first one has no time yet."""
    times: list[float | None] = [frame.time for frame in pictures(url, "tcp", count)[1]]
    return [second for second in times[1:] if second is not None]


def pictures(url: str, transport: Transport, count: int) -> tuple[str, list[av.VideoFrame]]:
    """Codec and first pictures."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with open_source(url, transport=transport, read_s=5.0) as source:
                decoded = (frame for packet in source.packets() for frame in packet.decode())
                return source.info.codec, list(islice(decoded, count))
        except StreamError:
            # The server says its address a moment before it accepts.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_edge_reads_it(clip: Path) -> None:
    """Over the clip's end and on."""
    with camera(clip, free_port()) as url:
        times = seconds(url, 80)
    assert len(times) == 79
    assert all(later - earlier == pytest.approx(0.05, abs=0.01) for earlier, later in pairwise(times))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("codec", "encoder", "name"),
    [("h264", "libx264", "h264"), ("h265", "libx265", "hevc"), ("jpeg", "mjpeg", "mjpeg")],
)
def test_edge_decodes_what_cameras_send(
    clip: Path, tmp_path: Path, codec: str, encoder: str, name: str, transport: Transport
) -> None:
    """Each codec over each transport, by a server and encoders that are not ours."""
    images = [picture((n % 30 * 8, 80, n % 30 * 8 + 24, 150)) for n in range(60)]
    quiet = {"x265-params": "log-level=none"} if encoder == "libx265" else {"bf": "0"}
    film = write_with_ffmpeg(tmp_path / "film.mov", images, fps=20, gop=10, codec=encoder, options=quiet)
    with camera(film, free_port(), "--codec", codec) as url:
        found, shown = pictures(url, transport, 20)
    assert found == name
    assert all((shown_one.width, shown_one.height) == SIZE for shown_one in shown)
    last = shown[-1].to_ndarray(format="bgr24").astype(int)
    assert (last[:, :, 2] - last[:, :, 1]).max() > 120  # the red person is there


@pytest.mark.parametrize("method", ["digest", "basic"])
def test_edge_gives_the_password(clip: Path, method: str) -> None:
    with camera(clip, free_port(), "--user", "viewer", "--auth", method) as url:
        assert len(seconds(url.replace("//", "//viewer:s3cret@"))) == 19
        with pytest.raises(StreamError) as caught:
            open_source(url.replace("//", "//viewer:wrong@"))
        assert "wrong" not in str(caught.value)
