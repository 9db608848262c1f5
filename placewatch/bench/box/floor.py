"""What the bare minimum costs: reading the packets of cameras, decoding their keyframes, and nothing else.

It is the least that anything which looks at keyframes can cost; a box at rest is held against it. Measured
twice: from the files, as fast as they can be read, and as the box reads them, over the same transport from
the same server (``python -m placewatch.bench.box.floor URL ...``, a thread a camera, nothing but PyAV).
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from threading import Event, Thread

from placewatch.bench.box.cameras import BenchCamera, write_clips
from placewatch.bench.box.children import measured, served
from placewatch.bench.box.measured import Tell, wait
from placewatch.bench.box.recordings import Recording
from placewatch.bench.decode import keyframes
from placewatch.errors import StreamError

_REPEATS = 3

_WARM_S = 3.0
"""The decoders' memory is filled by then."""

_READY_S = 60.0
"""Cameras that show no picture within this time never will."""


def from_files(recordings: Sequence[Recording]) -> float:
    """CPU seconds per second of reading a set's recordings and decoding their keyframes.

    Raises:
        StreamError: One cannot be read.
    """
    costs = []
    for recording in recordings:
        spent = []
        for _ in range(_REPEATS):
            began = time.process_time()
            keyframes(str(recording.path))
            spent.append(time.process_time() - began)
        costs.append(median(spent) / recording.seconds)
    return sum(costs) / len(costs)


def over_rtsp(cameras: Sequence[BenchCamera], seconds: float, warm_s: float, tell: Tell) -> float:
    """CPU seconds per camera-second of the same over RTSP, in real time, for all these cameras at once.

    Args:
        cameras: What is served.
        seconds: How long is measured.
        warm_s: Seconds before that, of which a few are enough.
        tell: Told what goes on.

    Raises:
        BenchError: The server or the loop ended.
        StreamError: A recording cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="placewatch-bench-") as name:
        work = Path(name)
        clips = work / "clips"
        clips.mkdir()
        files = write_clips(cameras, clips)
        with served(clips, files, "rtsp", work) as urls:
            what, module = "the loop over keyframes", "placewatch.bench.box.floor"
            with measured(what, module, list(urls.values()), work / "floor.log") as loop:
                loop.answer()
                wait(min(warm_s, _WARM_S), lambda share: tell("warming up", share))
                began, used = time.monotonic(), loop.cpu_s()
                wait(seconds, lambda share: tell("measuring", share))
                used, passed = loop.cpu_s() - used, time.monotonic() - began
                loop.finish()
    return used / (passed * len(cameras))


def _loop(url: str, shown: Event) -> None:
    """One camera; a loop without one of its cameras measures nothing, so all of it ends."""
    try:
        keyframes(url, shown.set)
    except StreamError as error:
        sys.stderr.write(f"{error}\n")
    os._exit(1)


def main() -> None:
    """Say ``ready`` when every camera shows pictures; end with the input."""
    shown = [Event() for _ in sys.argv[1:]]
    for url, event in zip(sys.argv[1:], shown, strict=True):
        Thread(target=_loop, args=(url, event), daemon=True).start()
    until = time.monotonic() + _READY_S
    for url, event in zip(sys.argv[1:], shown, strict=True):
        if not event.wait(max(0.0, until - time.monotonic())):
            sys.exit(f"{url} shows no picture")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
