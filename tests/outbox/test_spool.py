"""The spool: nothing it took is lost, whatever happens; what it gives up is in order and counted."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.bounds import REASON
from edge.outbox.intake import Intake
from edge.outbox.spool import Spool
from messages import Alert, Phase, Receipt, Rejection, decode
from placewatch.clock import ManualClock
from placewatch.errors import StoreError
from tests.outbox.samples import alert, open_spool
from tests.parts import ROOT

PHASE = {"o": Phase.OPENED, "u": Phase.UPDATED, "c": Phase.CLOSED}


def seqs(spool: Spool) -> list[int]:
    return [entry.seq for entry in spool.pending(10_000)]


def fill(disk: Spool) -> None:
    """Let the file grow no further, as a full disk does."""
    (pages,) = disk._db.execute("PRAGMA page_count").fetchone()
    disk._db.execute(f"PRAGMA max_page_count = {pages}")


def free(disk: Spool) -> None:
    disk._db.execute("PRAGMA max_page_count = 1000000")


def test_alerts_are_numbered_and_wait_in_order(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:
        sent = [spool.append(alert(number)) for number in range(5)]
        assert [one.seq for one in sent] == [1, 2, 3, 4, 5]
        assert {one.session for one in sent} == {spool.session}
        waiting = spool.pending(3, after=1)
        assert [entry.seq for entry in waiting] == [2, 3, 4]
        assert [decode(entry.payload, Alert) for entry in waiting] == sent[1:4]
        assert spool.entry(5) is not None
        assert spool.entry(6) is None


def test_a_restart_goes_on_with_session_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_spool(path) as spool:
        session = spool.session
        first = [spool.append(alert(number)) for number in range(3)]
        spool.settle(Receipt(ids=[one.id for one in first]))
    with open_spool(path) as spool:
        assert spool.session == session
        assert spool.append(alert(3)).seq == 4
        stats = spool.stats()
        assert (stats.spooled, stats.receipted, stats.waiting) == (4, 3, 1)


def test_a_new_file_is_a_new_session(tmp_path: Path) -> None:
    with open_spool(tmp_path / "a.sqlite") as one, open_spool(tmp_path / "b.sqlite") as other:
        assert one.session != other.session


def test_receipts_settle_and_are_counted_once(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:
        ids = [spool.append(alert(number)).id for number in range(4)]
        receipt = Receipt(ids=[ids[0], "other-box-1"], rejected=[Rejection(id=ids[2], reason="bad")])
        assert spool.settle(receipt) == [1, 3]
        assert spool.settle(receipt) == []
        stats = spool.stats()
        assert (stats.waiting, stats.receipted, stats.rejected) == (2, 1, 1)
        assert seqs(spool) == [2, 4]


def test_published_counts_distinct_alerts(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:
        ids = [spool.append(alert(number)).id for number in range(3)]
        spool.mark_published([1, 2])
        spool.mark_published([2, 1, 77])
        assert spool.stats().published == 2
        spool.settle(Receipt(ids=ids))  # the third one's receipt came before the broker's word
        stats = spool.stats()
        assert (stats.published, stats.receipted) == (3, 3)


def test_an_alert_that_cannot_be_made_uses_no_number(tmp_path: Path) -> None:
    def broken(session: str, seq: int) -> Alert:
        raise ValueError(session)

    with open_spool(tmp_path / "s.sqlite") as spool:
        with pytest.raises(ValueError, match=spool.session):
            spool.append(broken)
        assert spool.append(alert()).seq == 1
        assert spool.stats().spooled == 1


@pytest.mark.parametrize(
    ("phases", "pictures", "room", "kept", "with_picture", "lost"),
    [
        pytest.param("ooo", "ppp", 100_000, [1, 2, 3], [1, 2, 3], (0, 0), id="room for all"),
        pytest.param("ooo", "ppp", 25_000, [1, 2, 3], [3], (2, 0), id="the oldest pictures go first"),
        pytest.param("ouoc", "pppp", 3_200, [1, 2, 3, 4], [], (4, 0), id="then all pictures"),
        pytest.param("ouou", "....", 2_000, [1, 3, 4], [], (0, 1), id="then the oldest update"),
        pytest.param("ouou", "....", 1_400, [1, 3], [], (0, 2), id="then all updates"),
        pytest.param("oucoc", "....p", 1_400, [4, 5], [], (1, 3), id="then the oldest"),
    ],
)
def test_bounds_in_bytes(
    tmp_path: Path,
    phases: str,
    pictures: str,
    room: int,
    kept: list[int],
    with_picture: list[int],
    lost: tuple[int, int],
) -> None:
    with open_spool(tmp_path / "s.sqlite", max_bytes=room) as spool:
        for number, (phase, picture) in enumerate(zip(phases, pictures, strict=True)):
            spool.append(alert(number, PHASE[phase], 9_000 if picture == "p" else 0))
        left = {entry.seq: decode(entry.payload, Alert) for entry in spool.pending(100)}
        assert list(left) == kept
        assert [seq for seq, one in left.items() if one.data.evidence] == with_picture
        for number, one in left.items():
            had_one = pictures[number - 1] == "p"
            assert (one.data.evidence_missing == REASON) == (had_one and number not in with_picture)
        stats = spool.stats()
        assert (stats.pictures_dropped, stats.alerts_dropped) == lost
        assert stats.bytes == sum(len(entry.payload) for entry in spool.pending(100)) <= room


def test_bounds_in_age(tmp_path: Path) -> None:
    clock = ManualClock(1000.0)
    with open_spool(tmp_path / "s.sqlite", clock=clock, max_age_s=100) as spool:
        for _ in range(5):
            spool.append(alert())
            clock.advance(40)
        assert seqs(spool) == [3, 4, 5]
        stats = spool.stats()
        assert (stats.alerts_dropped, stats.oldest_s) == (2, 120.0)


class JumpingClock(ManualClock):
    """Its wall clock is set from 1970 to 2025 while it runs."""

    def now(self) -> float:
        return super().now() + (1.75e9 if super().now() > 50 else 0.0)


def test_a_clock_that_jumps_by_years_gives_up_nothing(tmp_path: Path) -> None:
    clock = JumpingClock(10.0)
    with open_spool(tmp_path / "s.sqlite", clock=clock, max_age_s=86400) as spool:
        spool.append(alert())
        clock.advance(60)
        spool.append(alert())
        assert seqs(spool) == [1, 2]
    restarted = ManualClock(5.0)
    with open_spool(tmp_path / "s.sqlite", clock=restarted, max_age_s=86400) as spool:
        assert seqs(spool) == [1, 2]
        restarted.advance(30)
        assert spool.stats().oldest_s == pytest.approx(90.0)


@given(
    st.lists(st.tuples(st.sampled_from("ouc"), st.integers(0, 6_000)), max_size=25),
    st.integers(3_000, 30_000),
)
def test_whatever_comes_the_bounds_hold_and_the_sums_add_up(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, int]], room: int
) -> None:
    with open_spool(tmp_path_factory.mktemp("spool") / "s.sqlite", max_bytes=room) as spool:
        for number, (phase, picture) in enumerate(story):
            spool.append(alert(number, PHASE[phase], picture))
        entries, stats = spool.pending(100), spool.stats()
        assert stats.bytes == sum(len(entry.payload) for entry in entries) <= room
        assert stats.waiting == len(entries) == len(story) - stats.alerts_dropped
        assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)


@pytest.mark.parametrize("damage", ["garbage", "middle", "truncated"])
def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "s.sqlite"
    with open_spool(path) as spool:
        session = spool.session
        for number in range(40):
            spool.append(alert(number, picture=3000))
    content = bytearray(path.read_bytes())
    match damage:
        case "garbage":
            content = bytearray(b"not a database, whatever it was before" * 200)
        case "middle":
            content[4096:40000] = b"\x5a" * (40000 - 4096)
        case _:
            content = content[:5000]
    path.write_bytes(content)
    with structlog.testing.capture_logs() as logs, open_spool(path) as spool:
        assert spool.session != session
        assert spool.append(alert()).seq == 1
    (aside,) = tmp_path.glob("s.sqlite.damaged-*")
    assert aside.read_bytes() == bytes(content)
    (line,) = [log for log in logs if log["log_level"] == "error"]
    assert (line["event"], line["kept_as"]) == ("spool_damaged", str(aside))


def test_a_strange_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "central.sqlite"
    strange = sqlite3.connect(path)
    strange.execute("CREATE TABLE event (id INTEGER)")
    strange.commit()
    strange.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a spool"):
        open_spool(path)
    assert path.read_bytes() == before


def test_two_workers_cannot_share_a_spool(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with open_spool(path), pytest.raises(StoreError, match="another worker uses this spool"):
        open_spool(path)
    open_spool(path).close()


def test_a_path_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        open_spool(tmp_path / "file" / "s.sqlite")
    assert caught.value.remedy
    with pytest.raises(StoreError):
        open_spool(tmp_path)


def test_the_file_is_private(tmp_path: Path) -> None:
    open_spool(tmp_path / "s.sqlite").close()
    assert (tmp_path / "s.sqlite").stat().st_mode & 0o077 == 0


def test_a_full_disk_is_said_and_uses_no_number(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:
        spool.append(alert(1))
        fill(spool)
        with pytest.raises(StoreError, match="full") as caught:
            spool.append(alert(2, picture=60_000))
        assert str(tmp_path) in str(caught.value)
        assert spool.stats().spooled == 1
        free(spool)
        assert spool.append(alert(2, picture=60_000)).seq == 2


def test_the_intake_waits_in_memory_for_a_full_disk(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:
        intake = Intake(spool, most_waiting=3)
        assert intake.put(alert(0))
        fill(spool)
        with structlog.testing.capture_logs() as logs:
            for number in range(1, 6):
                assert not intake.put(alert(number, picture=60_000))
            assert not intake.retry()
        assert [log["event"] for log in logs] == ["spool_refuses"]
        assert (intake.waiting, intake.given_up) == (3, 2)
        free(spool)
        assert intake.retry()
        assert intake.waiting == 0
        episodes = [decode(entry.payload, Alert).data.alert_id for entry in spool.pending(10)]
        assert episodes == ["episode-0", "episode-3", "episode-4", "episode-5"]
        assert seqs(spool) == [1, 2, 3, 4]


def test_an_alert_that_cannot_be_made_does_not_stop_the_intake(tmp_path: Path) -> None:
    def broken(session: str, seq: int) -> Alert:
        raise ValueError(session)

    with open_spool(tmp_path / "s.sqlite") as spool:
        intake = Intake(spool)
        with pytest.raises(ValueError, match=spool.session):
            intake.put(broken)
        assert intake.put(alert())


def test_threads_share_it(tmp_path: Path) -> None:
    with open_spool(tmp_path / "s.sqlite") as spool:

        def work() -> None:
            for number in range(25):
                one = spool.append(alert(number))
                if number % 2:
                    spool.settle(Receipt(ids=[one.id]))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stats = spool.stats()
        assert (stats.spooled, stats.receipted, stats.waiting) == (100, 48, 52)
        assert len(seqs(spool)) == 52


def test_the_listener_hears_of_each_append(tmp_path: Path) -> None:
    heard: list[int] = []
    with open_spool(tmp_path / "s.sqlite") as spool:
        spool.listen(lambda: heard.append(spool.stats().waiting))
        spool.append(alert())
        spool.append(alert())
    assert heard == [1, 2]


APPENDER = """
import sys
from pathlib import Path
from messages import Receipt
from tests.outbox.samples import alert, open_spool
spool = open_spool(Path(sys.argv[1]))
while True:
    one = spool.append(alert(0, picture=2000))
    if one.seq % 3 == 0:
        spool.settle(Receipt(ids=[one.id]))
    print(one.seq, flush=True)
"""


def test_kill_9_at_any_moment_loses_nothing_and_repeats_no_number(tmp_path: Path) -> None:
    path, told, session = tmp_path / "s.sqlite", 0, None
    for attempt in range(6):
        worker = subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert worker.stdout is not None
        first = int(worker.stdout.readline())
        # One more may have been written than was told before the kill; never one less, never one twice.
        assert first in {told + 1, told + 2}
        time.sleep(0.05 + 0.03 * attempt)
        worker.send_signal(signal.SIGKILL)
        told = max([first, *(int(line) for line in worker.stdout.read().split())])
        worker.wait()
        worker.stdout.close()
        with open_spool(path) as spool:
            session = session or spool.session
            assert spool.session == session
            last = spool.stats().spooled
            assert last in {told, told + 1}
            waiting = seqs(spool)
            lost = [seq for seq in range(1, told + 1) if seq % 3 and seq not in waiting]
            assert not lost
            told = last
