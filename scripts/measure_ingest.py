"""CPU of an alert in the aggregator alone: `Checker` and `Writer` on batches, without broker and desks.

python -m scripts.measure_ingest --db postgresql --alerts 40000 --batch 1000 --profile 40
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import psutil

from central.config import CentralConfig
from central.ingest.check import Checker
from central.ingest.inbound import Inbound
from central.ingest.writer import Writer
from central.setup import load_tables
from central.store.engine import Store
from central.store.evidence_remote import open_evidence
from central.store.migrate import migrate
from messages import encode
from placewatch.clock import SystemClock, utc
from placewatch.demo.ports import free_ports
from placewatch.loadtest.city import shape_for, write_city
from placewatch.loadtest.engines import PostgresEngine, find_postgres
from placewatch.loadtest.traffic import Traffic, box_of


def batches(traffic: Traffic, alerts: int, size: int, gap: timedelta) -> Iterator[list[Inbound]]:
    """What a broker would deliver, ``size`` at a time and ``gap`` apart."""
    now = utc(SystemClock().now())
    for _ in range(0, alerts, size):
        now += gap
        batch = []
        for _ in range(size):
            spoken = traffic.draw(now)
            payload = encode(spoken.alert)
            topic = box_of(spoken.box).alert(spoken.alert.data.place, spoken.alert.data.kind)
            batch.append(Inbound(topic, payload, len(payload), now, 1, 1, 1))
        yield batch


@contextmanager
def database(name: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """An empty database: its address, and its server's process."""
    if name == "sqlite":
        yield f"sqlite:///{folder}/central.sqlite", None
        return
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed: apt install postgresql")
    data = folder / "database"
    data.mkdir()
    with ExitStack() as stack:
        server = PostgresEngine(binaries, free_ports(1)[0], data)
        server.create()
        stack.callback(server.stop)
        server.start()
        yield server.database(), server.pid


def _used(pid: int | None) -> float:
    """CPU seconds of a server and its children so far."""
    if pid is None:
        return 0.0
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    """Print what an alert costs, in microseconds of CPU."""
    city, grids = write_city(folder, shape_for(arguments.cameras))
    with database(arguments.db, folder) as (url, pid):
        config = CentralConfig.model_validate(
            {"database": url, "city": city, "grids": grids, "evidence": folder / "evidence"},
            context={"folder": folder},
        )
        tables = load_tables(config)
        store = Store(url)
        migrate(store)
        checker = Checker(lambda: tables, timedelta(days=1))
        writer = Writer(store, open_evidence(config.evidence, config.evidence_s3), lambda: tables, config)
        traffic = Traffic(arguments.cameras, seed=1)
        for batch in batches(traffic, arguments.warm, arguments.batch, timedelta(seconds=0.2)):
            writer.write([checker.read(message) for message in batch])
        profile = cProfile.Profile() if arguments.profile else None
        reading, writing, wall, server = [], [], [], _used(pid)
        for batch in batches(traffic, arguments.alerts, arguments.batch, timedelta(seconds=0.2)):
            start = time.process_time()
            reads = [checker.read(message) for message in batch]
            middle, clock = time.process_time(), time.perf_counter()
            if profile is not None:
                profile.enable()
            writer.write(reads)
            if profile is not None:
                profile.disable()
            reading.append((middle - start) / len(batch) * 1e6)
            writing.append((time.process_time() - middle) / len(batch) * 1e6)
            wall.append((time.perf_counter() - clock) / len(batch) * 1e6)
        done = len(reading) * arguments.batch
        print(
            f"reading {median(reading):.0f} us, writing {median(writing):.0f} us an alert, median of batches"
        )
        print(f"written {median(wall):.0f} us of wall time an alert")
        if pid is not None:
            print(f"server {(_used(pid) - server) / done * 1e6:.0f} us an alert, mean")
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(arguments.profile)
        store.close()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--db", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--cameras", type=int, default=100_000)
    parser.add_argument("--warm", type=int, default=20_000, help="Alerts before measuring begins.")
    parser.add_argument("--alerts", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--profile", type=int, default=0, help="Lines of a profile to print.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        measure(arguments, Path(made))


if __name__ == "__main__":
    main()
