"""CPU of the replay server: N clients watch a 720p25 clip, percent of a core per stream is printed.

    python scripts/measure_replay.py --streams 32 --seconds 20 [clip.mp4]

The server runs as its own process, as `placewatch footage serve` does; the clients here only read and
discard, so that the figure is the server's alone.
"""

import argparse
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import av
import msgspec
import numpy as np
import psutil

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 25, 10
BITRATE = 4_000_000


def street(path: Path) -> None:
    """A 720p25 clip of 4 Mbit/s with a keyframe every two seconds: noise that moves over a ramp."""
    chance = np.random.default_rng(1)
    noise = chance.integers(0, 90, (HEIGHT, WIDTH * 2, 3), np.uint8)
    with av.open(str(path), "w") as out:
        rates = {"maxrate": str(BITRATE), "bufsize": str(BITRATE)}
        video = out.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "bf": "0", **rates})
        video.width, video.height, video.pix_fmt, video.bit_rate = WIDTH, HEIGHT, "yuv420p", BITRATE
        video.codec_context.gop_size = 2 * FPS
        for number in range(SECONDS * FPS):
            window = noise[:, number * 3 : number * 3 + WIDTH]
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(window), format="bgr24")))
        out.mux(video.encode(None))


class Viewer:
    """One client that reads and discards; negotiates by hand, so that no library's work is on the bill."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.read = 0
        self.socket = socket.create_connection((str(parts.hostname), int(parts.port or 554)), timeout=5)
        self._ask("DESCRIBE", url)
        setup = self._ask("SETUP", f"{url}/trackID=0", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        session = setup.partition("Session: ")[2].partition(";")[0]
        self._ask("PLAY", url, f"Session: {session}")
        self.socket.setblocking(False)

    def _ask(self, method: str, url: str, *headers: str) -> str:
        text = "\r\n".join((f"{method} {url} RTSP/1.0", "CSeq: 1", *headers, "", ""))
        self.socket.sendall(text.encode())
        answer = self.socket.recv(4096).decode("latin-1")
        if " 200 " not in answer.partition("\r\n")[0]:
            raise SystemExit(f"{method} {url}: {answer.partition(chr(13))[0]}")
        return answer


def watch(viewers: list[Viewer], seconds: float) -> None:
    """Read from all of them for a while."""
    with selectors.DefaultSelector() as selector:
        for viewer in viewers:
            selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.read += len(key.data.socket.recv(1 << 20))


def measure(clip: Path, streams: int, seconds: float) -> None:
    """Serve ``streams`` copies of a clip, each to one viewer."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(streams):
            (Path(folder) / f"camera-{number:02}{clip.suffix}").symlink_to(clip.resolve())
        command = [sys.executable, "-m", "placewatch", "footage", "serve", folder, "--port", "0", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
            try:
                urls = msgspec.json.decode(server.stdout.readline() if server.stdout else b"")["urls"]
                viewers = [Viewer(url) for url in urls.values()]
                process = psutil.Process(server.pid)
                watch(viewers, 3.0)
                before, began = process.cpu_times(), time.monotonic()
                held = sum(viewer.read for viewer in viewers)
                watch(viewers, seconds)
                after, took = process.cpu_times(), time.monotonic() - began
                read = sum(viewer.read for viewer in viewers) - held
                memory = process.memory_info().rss
            finally:
                server.terminate()
    used = after.user + after.system - before.user - before.system
    print(
        f"{streams} streams of {read * 8 / took / streams / 1e6:.2f} Mbit/s: "
        f"{100 * used / took / streams:.2f} % of a core per stream "
        f"(user {100 * (after.user - before.user) / took / streams:.2f}), {memory >> 20} MiB"
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clip", nargs="?", type=Path, help="H.264 or H.265; a made one when absent")
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = arguments.clip
        if clip is None:
            clip = Path(folder) / "street.mp4"
            street(clip)
        measure(clip, arguments.streams, arguments.seconds)


if __name__ == "__main__":
    main()
