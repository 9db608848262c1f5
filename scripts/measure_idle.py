"""What a box costs at rest: memory, CPU, and what it writes to its disk.

Cameras in which nothing happens are served from a clip; a broker of its own listens; the box runs as it would
in a cupboard. What it writes is read from the block device under its state folder (``/sys/dev/block``) and
from ``/proc/PID/io``; give that folder a file system of its own, or others' writes count too:

    truncate -s 1G box.img && mkfs.ext4 -q box.img && sudo mount -o loop box.img /mnt/box
    sudo .venv/bin/python -m scripts.measure_idle CLIP --state /mnt/box --cameras 16 --minutes 10
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
import yaml

from tests import servers

COMMAND = [sys.executable, "-m", "placewatch"]
MIB = 1 << 20
_SECTOR = 512


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of a process and of the disk under its state, at one moment.

    Attributes:
        at: Monotonic seconds.
        cpu_s: CPU seconds used.
        rss: Resident bytes.
        pss: Bytes, shared pages counted in part.
        written: Bytes that the process had sent to a disk (``write_bytes``).
        calls: Bytes in write calls, sockets included (``wchar``).
        device: Bytes that the block device wrote, the file system's journal included.
    """

    at: float
    cpu_s: float
    rss: int
    pss: int
    written: int
    calls: int
    device: int


def usage(process: psutil.Process, state: Path) -> Usage:
    """Read all counters."""
    memory, counters, times = process.memory_full_info(), process.io_counters(), process.cpu_times()
    return Usage(
        at=time.monotonic(),
        cpu_s=times.user + times.system,
        rss=memory.rss,
        pss=memory.pss,
        written=counters.write_bytes,
        calls=counters.write_chars,
        device=device_written(state),
    )


def device_written(folder: Path) -> int:
    """Bytes that the block device of ``folder`` wrote since it is there; 0 where it has no counters."""
    number = folder.stat().st_dev
    counters = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return int(counters.read_text().split()[6]) * _SECTOR if counters.exists() else 0


def box_file(state: Path, urls: dict[str, str], broker_port: int) -> Path:
    """A box as ``edge new-camera`` begins one, with all rules of its place's class."""
    polygon = [[0.02, 0.35], [0.98, 0.35], [1.0, 1.0], [0.0, 1.0]]
    box = {
        "site": "bench",
        "box": "box-1",
        "broker": {"port": broker_port},
        "spool": {"path": "spool.sqlite"},
        "status_port": servers.free_port(),
        "places": [{"id": "street", "class": "road"}],
        "cameras": [
            {"id": name, "url": url, "place": "street", "zones": [{"id": f"view-{name}", "polygon": polygon}]}
            for name, url in urls.items()
        ],
    }
    path = state / "box.yaml"
    path.write_text(yaml.safe_dump(box), encoding="utf-8")
    return path


def told(before: Usage, after: Usage, every: list[Usage]) -> dict[str, object]:
    """The figures between two moments."""
    hours = (after.at - before.at) / 3600
    return {
        "minutes": round(hours * 60, 2),
        "cpu_share_of_a_core": round((after.cpu_s - before.cpu_s) / (after.at - before.at), 4),
        "rss_mib_median": round(median(each.rss for each in every) / MIB, 1),
        "pss_mib_median": round(median(each.pss for each in every) / MIB, 1),
        "device_mb_per_hour": round((after.device - before.device) / 1e6 / hours, 3),
        "process_mb_per_hour": round((after.written - before.written) / 1e6 / hours, 3),
        "write_calls_mb_per_hour": round((after.calls - before.calls) / 1e6 / hours, 1),
    }


def main() -> None:
    """Run, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--state", type=Path, help="the box's state folder; a temporary one unless given")
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--warm-s", type=float, default=60.0)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        state = options.state or folder
        (folder / "clips").mkdir()
        for number in range(options.cameras):
            (folder / "clips" / f"cam-{number}{options.clip.suffix}").symlink_to(options.clip.resolve())
        broker = stack.enter_context(servers.mosquitto())
        serve = [*COMMAND, "footage", "serve", str(folder / "clips"), "--port", "0", "--json"]
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        stack.callback(servers.end, server)
        urls = json.loads(next(iter(server.stdout or ())))["urls"]
        run = [*COMMAND, "edge", "run", "--config", str(box_file(state, urls, broker.port)), "--drain-s", "0"]
        with (folder / "log").open("wb") as log:
            worker = subprocess.Popen(run, stderr=log)
        stack.callback(servers.end, worker)
        process = psutil.Process(worker.pid)
        time.sleep(options.warm_s)
        if worker.poll() is not None:
            sys.exit((folder / "log").read_text())
        every = [usage(process, state)]
        while every[-1].at - every[0].at < options.minutes * 60:
            time.sleep(min(10.0, options.minutes * 60))
            every.append(usage(process, state))
        figures = told(every[0], every[-1], every)
        files = {each.name: each.stat().st_size for each in state.glob("spool.sqlite*")}
        print(json.dumps({"cameras": options.cameras, **figures, "spool_files": files}, indent=1))
        sys.stderr.write((folder / "log").read_text()[-2000:] + f"\n{asdict(every[-1])}\n")


if __name__ == "__main__":
    main()
