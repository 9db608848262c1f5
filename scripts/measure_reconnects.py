"""Whether a box's memory stays flat while its cameras hang up again and again.

A replay server throws all clients out every few seconds; a worker of its own process reads them. Its resident
set is taken once a second and a line laid through the second half.

Example: python -m scripts.measure_reconnects ../shared/media/car-detection.mp4 --cameras 4 --minutes 4
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
import psutil
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

COMMAND = [sys.executable, "-m", "placewatch"]
MIB = 1 << 20

Rows = NDArray[np.float64]


def box_file(folder: Path, urls: dict[str, str]) -> Path:
    """A box that watches all of them, and whose broker is not there: alerts wait in its spool."""
    picture = [[0, 0], [1, 0], [1, 1], [0, 1]]
    box = {
        "site": "bench",
        "box": "box-1",
        "broker": {"port": 9},
        "places": [{"id": f"street-{name}", "class": "road"} for name in urls],
        "cameras": [
            {
                "id": name,
                "url": url,
                "place": f"street-{name}",
                "zones": [{"id": "all", "polygon": picture}],
                "rules": [{"kind": "no_stopping", "zone": "all", "dwell_s": 600}],
            }
            for name, url in urls.items()
        ],
    }
    path = folder / "box.yaml"
    path.write_text(yaml.safe_dump(box), encoding="utf-8")
    return path


def watch(worker: "subprocess.Popen[bytes]", seconds: float, log: Path) -> Rows:
    """Seconds and MiB of resident memory, once a second: N x 2.

    Raises:
        SystemExit: The worker ended by itself.
    """
    process = psutil.Process(worker.pid)
    rows, began = [], time.monotonic()
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("watching", total=seconds)
        while (now := time.monotonic() - began) < seconds:
            if worker.poll() is not None:
                raise SystemExit(f"the worker ended by itself: {log.read_text(errors='replace')[-400:]}")
            rows.append((now, process.memory_info().rss / MIB))
            progress.update(task, completed=now)
            time.sleep(1.0)
    return np.array(rows)


@contextmanager
def ended_after(
    command: list[str], stdout: int | None = None, stderr: IO[bytes] | int | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A child that is gone afterwards, whatever happens."""
    with subprocess.Popen(command, stdout=stdout, stderr=stderr) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(30)


def summary(rows: Rows) -> dict[str, Any]:
    """Level and trend of N x 2 seconds and MiB; the first half is warm-up."""
    late = rows[len(rows) // 2 :]
    slope, level = np.polyfit(late[:, 0], late[:, 1], 1)
    mean = float(late[:, 1].mean())
    fitted = level + slope * late[:, 0]
    return {
        "rss_mib": {
            "start": round(float(rows[min(20, len(rows) - 1), 1]), 1),
            "half": round(float(late[0, 1]), 1),
            "end": round(float(rows[-1, 1]), 1),
            "most": round(float(rows[:, 1].max()), 1),
        },
        "slope_percent_an_hour": round(float(100 * slope * 3600 / mean), 2),
        "change_second_half_percent": round(float(100 * (fitted[-1] - fitted[0]) / mean), 2),
    }


def main() -> None:
    """Run, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--every-s", type=float, default=5.0)
    parser.add_argument("--rows", type=Path, help="a CSV file for the seconds and MiB")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        clips, log = folder / "clips", folder / "log"
        clips.mkdir()
        for number in range(options.cameras):
            (clips / f"cam-{number}{options.clip.suffix}").symlink_to(options.clip.resolve())
        fault = f"teardown@{options.every_s:g}/{options.every_s:g}"
        serve = [*COMMAND, "footage", "serve", str(clips), "--port", "0", "--json", "--fault", fault]
        with (
            log.open("wb") as lines,
            ended_after(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server,
        ):
            urls = json.loads(next(iter(server.stdout or ())))["urls"]
            run = [*COMMAND, "edge", "run", "--config", str(box_file(folder, urls)), "--drain-s", "0"]
            with ended_after(run, stderr=lines) as worker:
                rows = watch(worker, options.minutes * 60, log)
                cpu = psutil.Process(worker.pid).cpu_times()
        opened = log.read_bytes().count(b"camera_streaming")
    if options.rows:
        np.savetxt(options.rows, rows, fmt="%.1f", delimiter=",", header="s,rss_mib", comments="")
    print(
        json.dumps(
            {
                "cameras": options.cameras,
                "minutes": options.minutes,
                "every_s": options.every_s,
                "streams_opened": opened,
                "cpu_s_per_camera_s": round((cpu.user + cpu.system) / rows[-1, 0] / options.cameras, 5),
                **summary(rows),
            }
        )
    )


if __name__ == "__main__":
    main()
