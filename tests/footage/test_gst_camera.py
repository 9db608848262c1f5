"""An independent camera: GStreamer's RTSP server, read by the edge's source, with and without a password."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.ingest.source import open_source
from placewatch.errors import StreamError
from tests.edge.clips import picture, write_clip
from tests.parts import ROOT, program, require
from tests.servers import free_port

PYTHON = "/usr/bin/python3"
BINDINGS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


@contextmanager
def camera(clip: Path, port: int, *options: str) -> Iterator[str]:
    script = str(ROOT / "scripts" / "gst_camera.py")
    command = [PYTHON, script, str(clip), "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
        finally:
            child.kill()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program("gst-launch-1.0")
    found = subprocess.run([PYTHON, "-c", BINDINGS], capture_output=True, check=False).returncode == 0
    require(found, "GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0, python3-gi)")
    images = (picture((n % 30 * 8, 80, n % 30 * 8 + 24, 150)) for n in range(60))
    return write_clip(tmp_path_factory.mktemp("clip") / "street.mp4", images, fps=20, gop=10)


def packets(url: str) -> int:
    deadline = time.monotonic() + 20
    while True:
        try:
            with open_source(url, read_s=5.0) as source:
                stream = source.packets()
                return sum(bool(next(stream).size) for _ in range(20))
        except StreamError:
            # The server says its address a moment before it accepts.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_edge_reads_it(clip: Path) -> None:
    with camera(clip, free_port()) as url:
        assert packets(url) == 20


def test_edge_gives_the_password(clip: Path) -> None:
    with camera(clip, free_port(), "--user", "viewer", "--password", "s3cret") as url:
        assert packets(url.replace("//", "//viewer:s3cret@")) == 20
        with pytest.raises(StreamError) as caught:
            open_source(url.replace("//", "//viewer:wrong@"))
        assert "wrong" not in str(caught.value)
