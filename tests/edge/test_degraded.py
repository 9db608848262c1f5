"""A box that is kept from its best says so: disk, clock, neighbours."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from edge.outbox.intake import Intake
from edge.runner.degraded import Degraded, Effort, crowded, jumped, read_effort
from edge.runner.exporter import Exporter
from placewatch.cli.edge_status import picture
from placewatch.clock import ManualClock
from placewatch.errors import StoreError
from tests.edge.test_exporter import health
from tests.outbox.samples import alert, open_spool
from tests.parts import require


class TwoClocks(ManualClock):
    """A wall clock that can be set while the steady one goes on."""

    jump = 0.0

    def now(self) -> float:
        return super().now() + self.jump


def test_a_clock_that_jumps_is_told_for_a_while() -> None:
    clock = TwoClocks(1000.0)
    degraded = Degraded(clock, lambda: None)
    clock.advance(30)
    assert degraded.look() == []
    clock.jump = -3600.0
    clock.advance(30)
    assert degraded.look() == ["the clock jumped by -3600 s: times of alerts before and after do not agree"]
    clock.advance(300)
    assert "-3600" in degraded.look()[0]
    clock.advance(301)
    assert degraded.look() == []


@pytest.mark.parametrize(
    ("wall", "steady", "wanted"), [(30, 30, 0), (31, 30, 0), (40, 30, 10), (-5, 30, -35)]
)
def test_what_counts_as_a_jump(wall: float, steady: float, wanted: float) -> None:
    assert jumped(wall, steady) == wanted


@pytest.mark.parametrize(
    ("idle", "own", "told"),
    [(0.0, 10.0, "90%"), (0.0, 60.0, ""), (50.0, 0.0, ""), (4.0, 40.0, "56%"), (0.0, 100.0, "")],
)
def test_neighbours_are_told_from_ones_own_work(idle: float, own: float, told: str) -> None:
    said = crowded(Effort(0, 0, 0), Effort(100, idle, own))
    assert (told in said) if told else said == ""
    assert crowded(Effort(5, 1, 1), Effort(5, 1, 1)) == ""


def test_this_machines_effort_can_be_read() -> None:
    effort = read_effort()
    assert effort is not None
    assert 0 <= effort.idle <= effort.total
    assert effort.own > 0
    assert read_effort(Path("/nonexistent")) is None


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_disk_that_refuses_is_told_and_alerts_wait_in_memory(tmp_path: Path, how: str) -> None:
    """A real file: SQLite refuses as it does on a full or read-only disk."""
    with open_spool(tmp_path / "spool.sqlite") as spool:
        intake, degraded = Intake(spool, most_waiting=2), Degraded(ManualClock(), lambda: None)
        assert intake.put(alert(1))
        assert degraded.look(intake) == []
        db = spool._db
        if how == "full":
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {pages}")
        else:
            db.execute("PRAGMA query_only = ON")
        numbers = 0
        while intake.put(alert(2 + numbers, picture=60_000)):
            numbers += 1
            assert numbers < 50
        for number in range(3):
            intake.put(alert(100 + number, picture=60_000))
        [told] = degraded.look(intake)
        assert "the disk refuses alerts: 2 wait in memory, 2 were given up" in told
        assert (
            ("full" in told)
            if how == "full"
            else ("readonly" in told or "query_only" in told or "attempt" in told)
        )
        db.execute("PRAGMA max_page_count = 1073741823" if how == "full" else "PRAGMA query_only = OFF")
        assert intake.retry()
        assert degraded.look(intake) == ["the disk refused alerts; 2 were given up"]


@contextmanager
def small_disk(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own with 1 MiB; only root may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", ",".join(("size=1m", *options)), "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False) if os.geteuid() == 0 else None
    require(done is not None and done.returncode == 0, "a file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(file: Path) -> None:
    """Leave no byte."""
    with file.open("wb", buffering=0) as target:
        while True:
            try:
                target.write(b"\0" * 4096)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return


def test_a_disk_that_is_really_full_loses_no_alert(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, open_spool(disk / "spool.sqlite") as spool:
        intake, degraded = Intake(spool), Degraded(ManualClock(), lambda: None)
        assert intake.put(alert(1))
        fill(disk / "others")
        taken = 1
        while intake.put(alert(1 + taken)):
            taken += 1
            assert taken < 50
        assert not intake.put(alert(100))
        [told] = degraded.look(intake)
        assert "the disk refuses alerts: 2 wait in memory" in told
        assert "full" in told
        (disk / "others").unlink()
        assert intake.retry()
        assert degraded.look(intake) == []
        assert spool.stats().waiting == taken + 2


def test_a_disk_that_is_read_only_from_the_beginning_is_one_clear_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "ro") as disk, pytest.raises(StoreError) as caught:
        open_spool(disk / "spool.sqlite")
    assert str(disk) in str(caught.value)


@pytest.mark.parametrize(("waiting", "word"), [(1, "1 waits in memory"), (2, "2 wait in memory")])
def test_counts_are_told_as_people_say_them(tmp_path: Path, waiting: int, word: str) -> None:
    with open_spool(tmp_path / "spool.sqlite") as spool:
        intake = Intake(spool)
        spool._db.execute("PRAGMA query_only = ON")
        for number in range(waiting):
            assert not intake.put(alert(number))
        assert word in intake.trouble
        spool._db.execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize(
    "said",
    [
        "the disk refuses alerts: 2 wait in memory (database or disk is full)",
        "the disk refuses alerts: 2 wait in memory (attempt to write a readonly database)",
        "the clock jumped by -3600 s: times of alerts before and after do not agree",
        "other programs take 90% of the processor: cameras are looked at less often",
    ],
)
def test_whoever_looks_at_the_box_reads_it(said: str) -> None:
    """`edge status` and Prometheus show what health says."""
    told = health()
    told.degraded.append(said)
    console = Console(width=80, file=StringIO(), record=True)
    console.print(picture(told))
    assert f"degraded: {said}" in " ".join(console.export_text().split())
    exporter = Exporter(0, lambda: told)
    exporter.start()
    try:
        assert "placewatch_degraded 1.0" in httpx.get(f"http://127.0.0.1:{exporter.port}/metrics").text
    finally:
        exporter.stop()
