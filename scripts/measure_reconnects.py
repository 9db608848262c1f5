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
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import yaml

COMMAND = [sys.executable, "-m", "placewatch"]
MIB = 1 << 20


def box_file(folder: Path, urls: dict[str, str]) -> Path:
    """A box that watches all of them, and whose broker is not there: alerts wait in its spool."""
    zone = {"id": "all", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}
    box = {
        "site": "bench",
        "box": "box-1",
        "broker": {"port": 9},
        "places": [{"id": "street", "class": "road"}],
        "cameras": [
            {
                "id": name,
                "url": url,
                "place": "street",
                "zones": [zone],
                "rules": [{"kind": "no_stopping", "zone": "all", "dwell_s": 600}],
            }
            for name, url in urls.items()
        ],
    }
    path = folder / "box.yaml"
    path.write_text(yaml.safe_dump(box), encoding="utf-8")
    return path


def watch(process: psutil.Process, seconds: float) -> np.ndarray:
    """Seconds and MiB of resident memory, once a second: N x 2."""
    rows, began = [], time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        rows.append((now, process.memory_info().rss / MIB))
        time.sleep(1.0)
    return np.array(rows)


def main() -> None:
    """Run, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--every-s", type=float, default=5.0)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        clips = folder / "clips"
        clips.mkdir()
        for number in range(options.cameras):
            (clips / f"cam-{number}{options.clip.suffix}").symlink_to(options.clip.resolve())
        fault = f"teardown@{options.every_s}/{options.every_s}"
        serve = [*COMMAND, "footage", "serve", str(clips), "--port", "0", "--json", "--fault", fault]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server,
        ):
            urls = json.loads(next(iter(server.stdout or ())))["urls"]
            run = [*COMMAND, "edge", "run", "--config", str(box_file(folder, urls)), "--drain-s", "0"]
            with subprocess.Popen(run, stderr=log) as worker:
                rows = watch(psutil.Process(worker.pid), options.minutes * 60)
                worker.terminate()
                worker.wait(30)
            server.terminate()
        reconnects = (folder / "log").read_bytes().count(b"camera_streaming")
    late = rows[len(rows) // 2 :]
    slope, level = np.polyfit(late[:, 0], late[:, 1], 1)
    print(
        json.dumps(
            {
                "cameras": options.cameras,
                "minutes": options.minutes,
                "streams_opened": reconnects,
                "rss_mib": {
                    "start": round(float(rows[min(20, len(rows) - 1), 1]), 1),
                    "half": round(float(late[0, 1]), 1),
                    "end": round(float(rows[-1, 1]), 1),
                },
                "slope_percent_an_hour": round(float(100 * slope * 3600 / (level + slope * late[0, 0])), 2),
                "change_second_half_percent": round(
                    float(100 * slope * (late[-1, 0] - late[0, 0]) / late[:, 1].mean()), 2
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
