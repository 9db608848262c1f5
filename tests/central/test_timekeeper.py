"""Time on real databases: what was due while nobody looked, two keepers, an event that spoils a look."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from central.events import timing
from central.events.deadlines import Step
from central.setup import Tables
from central.store import cases
from central.store.audit import verify
from central.store.deadlines import events_due
from central.store.models import DeadlineRow, Event
from central.timekeeper import Timekeeper
from messages import Phase
from placewatch.clock import ManualClock
from tests.central.conftest import Office
from tests.central.speech import NOON, Box, at, sent


def keeper(office: Office, tables: Tables, seconds: float) -> Timekeeper:
    return Timekeeper(office.store, lambda: tables, ManualClock(NOON.timestamp() + seconds), keep=1000)


def fill(office: Office, count: int) -> None:
    box = Box()
    office.take(*(sent(box.alert(alert_id=f"e{n}", zone=f"z{n}")) for n in range(count)))


def states(office: Office) -> list[tuple[str, int, str]]:
    with office.store.read() as connection:
        rows = connection.execute(select(Event.state, Event.overdue, Event.org).order_by(Event.id))
        return [(str(row.state), row.overdue, row.org) for row in rows]


def test_limits_begin_with_the_filing(office: Office, tables: Tables) -> None:
    fill(office, 1)
    with office.store.read() as connection:
        due = {row.step: row.due for row in connection.execute(select(DeadlineRow.__table__))}
    assert due == {Step.ACCEPT: at(1 + 900), Step.ARRIVE: at(1 + 3600), Step.CLOSE: at(1 + 4 * 3600)}
    assert keeper(office, tables, 100).look() == 0


def test_nothing_is_missed_while_nobody_looks(office: Office, tables: Tables) -> None:
    fill(office, 230)  # more than one look takes at a time
    assert keeper(office, tables, 5 * 3600).look() == 230
    assert states(office) == [("escalated", 3, "demo-city")] * 230
    assert keeper(office, tables, 5 * 3600).look() == 0
    assert not verify(office.store).breaks


def test_two_keepers_do_each_thing_once(office: Office, tables: Tables) -> None:
    fill(office, 150)
    keepers = [keeper(office, tables, 950) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: [one.look() for _ in range(20)], keepers))
    assert states(office) == [("escalated", 1, "newtown-station")] * 150
    with office.store.read() as connection:
        counted = text("SELECT verb, count(*) FROM event_entry GROUP BY verb")
        verbs = {str(verb): number for verb, number in connection.execute(counted)}
    assert (verbs["breached"], verbs["escalate"]) == (150, 150)
    assert not verify(office.store).breaks


def test_what_another_process_held_is_done_at_the_next_look(
    sqlite_office: Office, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DeadlockError(Exception):
        sqlstate = "40P01"

    def held(*_: object) -> int:
        raise OperationalError("UPDATE event", {}, DeadlockError())

    fill(sqlite_office, 2)
    with monkeypatch.context() as busy:
        busy.setattr(cases.Cases, "elapse", held)
        assert keeper(sqlite_office, tables, 950).look() == 0
    assert keeper(sqlite_office, tables, 950).look() == 2
    with monkeypatch.context() as busy:
        DeadlockError.sqlstate = "57P01"  # the server goes away: that is for the runner to wait out
        busy.setattr(cases.Cases, "elapse", held)
        with pytest.raises(OperationalError):
            keeper(sqlite_office, tables, 10**6).look()


def test_the_camera_settles_a_mild_event(office: Office, tables: Tables) -> None:
    box = Box()
    office.take(sent(box.alert()), sent(box.alert(Phase.CLOSED, seconds=100), received=101))
    assert keeper(office, tables, 399).look() == 0
    assert keeper(office, tables, 400).look() == 1
    assert states(office) == [("closed", 0, "station-square")]
    with office.store.read() as connection:
        left = {row.state for row in connection.execute(select(DeadlineRow.__table__))}
        assert left == {"void", "met"}
        assert events_due(connection, tables, at(10**6), 100) == []


def test_one_event_does_not_stop_the_time_of_the_others(
    sqlite_office: Office, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_office, 3)
    real = timing.elapse

    def fail_for_two(event: object, *rest: object) -> object:
        if getattr(event, "id", 0) == 2:
            msg = "spoilt"
            raise RuntimeError(msg)
        return real(event, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cases, "elapse", fail_for_two)
    keeper(sqlite_office, tables, 950).look()
    assert [state for state, *_ in states(sqlite_office)] == ["escalated", "filed", "escalated"]
