"""What rules remember: written with the alert or not at all, and read back as it was."""

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from edge.memory import SAVE_S, Memory, Saver, ended, is_idle, recall, remembered
from edge.outbox.intake import Intake
from edge.outbox.spool import MakeAlert, Spool
from edge.rules.episode import EpisodeState, Stage
from edge.rules.no_stopping import NoStoppingRule
from edge.rules.place_rule import RuleState
from edge.vision.keepsake import Keepsake
from messages import Alert, Kind, Phase
from placewatch.clock import ManualClock
from placewatch.errors import StoreError
from tests.outbox.samples import alert
from tests.rules.scenes import CAR, Thing, scene
from tests.rules.test_no_stopping import rule

HERE = (500.0, 300.0)


def opened(path: Path) -> Spool:
    return Spool.open(path, clock=ManualClock(1000.0), max_bytes=1 << 20, max_age_s=1e6)


def memory(state: bytes | None = b"{}", target: str = "gate") -> Memory:
    return Memory("cam-1", Kind.NO_STOPPING, target, state)


def test_an_alert_and_what_its_rule_remembers_are_one_transaction(tmp_path: Path) -> None:
    def broken(_session: str, _seq: int) -> Alert:
        raise RuntimeError

    with opened(tmp_path / "s.sqlite") as spool:
        spool.append(alert(), memory(b"1"))
        with pytest.raises(RuntimeError):
            spool.append(broken, memory(b"2"))
        assert spool.memories() == [memory(b"1")]
    with opened(tmp_path / "s.sqlite") as again:
        assert again.memories() == [memory(b"1")]
        assert again.stats().waiting == 1


def test_the_latest_counts_and_none_forgets(tmp_path: Path) -> None:
    with opened(tmp_path / "s.sqlite") as spool:
        spool.remember([memory(b"1"), memory(b"2"), memory(b"3", "kerb")])
        assert spool.memories() == [memory(b"2"), memory(b"3", "kerb")]
        spool.remember([memory(None)])
        assert spool.memories() == [memory(b"3", "kerb")]
        assert spool.stats().spooled == 0


def test_a_spool_of_an_earlier_program_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    opened(path).close()
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE memory")
    db.close()
    with opened(path) as spool:
        assert spool.memories() == []
        spool.remember([memory()])


def test_a_kind_of_a_later_program_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    opened(path).close()
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO memory VALUES ('cam-1', 'flying_saucer', 'gate', x'00')")
    db.close()
    with opened(path) as spool:
        assert spool.memories() == []


def test_a_state_never_overtakes_an_alert_that_waits_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "s.sqlite") as spool:
        intake, real, full = Intake(spool), spool.append, True

        def append(made: MakeAlert, kept: Memory | None = None) -> Alert:
            if full:
                raise StoreError("disk full")
            return real(made, kept)

        monkeypatch.setattr(spool, "append", append)
        assert not intake.put(alert(), memory(b"alert"))
        intake.remember([memory(b"later")])
        assert spool.memories() == []
        full = False
        assert intake.retry()
        assert spool.memories() == [memory(b"alert")]
        intake.remember([memory(b"later")])
        assert spool.memories() == [memory(b"later")]


def standing() -> NoStoppingRule:
    tested = rule()
    for t in range(15):
        tested.observe(scene([Thing(1, CAR, HERE)]), float(t))
    return tested


def test_a_state_is_read_back_as_it_was() -> None:
    tested = standing()
    written = remembered("cam-1", tested)
    assert (written.camera, written.kind, written.target) == ("cam-1", Kind.NO_STOPPING, "gate")
    assert recall(written) == tested.state()
    assert recall(memory(b"no state")) is None
    assert recall(memory(b'{"episode": {"stage": "flying"}}')) is None
    assert recall(memory(None)) is None


def test_what_is_under_way_is_written_now_and_then_and_its_end_once() -> None:
    tested, saver = rule(), Saver("cam-1")
    written = []
    for t in range(60):
        tested.observe(scene([Thing(1, CAR, HERE)] if 6 <= t < 27 else []), float(t))
        written += [(t, recall(one)) for one in saver.due((tested,), float(t))]
    times = [t for t, _ in written]
    assert all(later - earlier >= SAVE_S for earlier, later in pairwise(times))
    idle = [state is not None and is_idle(state) for _, state in written]
    assert idle == [True] + [False] * (len(idle) - 2) + [True]


def test_a_rule_that_is_gone_closes_its_episode() -> None:
    state = standing().state()
    close = ended(memory(), state)
    assert close is not None
    assert (close.phase, close.kind, close.zone, close.count) == (Phase.CLOSED, Kind.NO_STOPPING, "gate", 0)
    assert (close.started, close.ended) == (0.0, 14.0)
    assert ended(memory(), RuleState(EpisodeState())) is None
    assert ended(memory(), RuleState(EpisodeState(stage=Stage.DWELLING, began=1.0))) is None


def test_a_view_is_written_when_it_is_known_and_when_it_was_seen_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saver, tested, written = Saver("cam-1"), rule(), []
    kept, renewed = Keepsake(1.0, b"a"), Keepsake(601.0, b"b")
    for number, view in enumerate((None, None, kept, kept, renewed)):
        monkeypatch.setattr(tested, "state", lambda view=view: RuleState(EpisodeState(), view=view))
        written.append([recall(each) for each in saver.due((tested,), number * SAVE_S)])
    nothing = RuleState(EpisodeState())
    assert written == [
        [nothing], [], [RuleState(EpisodeState(), view=kept)], [],
        [RuleState(EpisodeState(), view=renewed)],
    ]  # fmt: skip
