"""Timelines by day: made ahead, dropped when their time is over, and never a reason to refuse an entry."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, inspect, literal_column, select, text, update

from central.config import Keep
from central.store import days
from central.store.audit import verify
from central.store.engine import Store
from central.store.migrate import head, migrate
from central.store.models import Event, EventEntry, TimelineDay
from central.store.retention import clear, survey
from tests.central.conftest import Office
from tests.central.speech import Box, at, sent

DAY = 86_400.0
KEEP = Keep(timeline_days=60, key_days=3650)


def report(office: Office, **days_after: float) -> None:
    """An event in each zone, so many days after the first noon."""
    box = Box()
    for zone, after in days_after.items():
        seconds = after * DAY
        office.take(sent(box.alert(zone=zone, alert_id=zone, seconds=seconds), received=seconds))


def close(office: Office, **days_after: float) -> None:
    with office.store.write() as connection:
        for zone, after in days_after.items():
            ended = {"open": False, "closed_at": at(after * DAY)}
            connection.execute(update(Event).where(Event.zone == zone).values(**ended))


def lies(office: Office) -> dict[str, int]:
    """Entries by where they lie: the partition on PostgreSQL, the day on SQLite."""
    where = "day" if office.store.sqlite else "tableoid::regclass::text"
    with office.store.read() as connection:
        statement: Any = (
            select(literal_column(where), func.count()).select_from(EventEntry).group_by(text("1"))
        )
        rows = connection.execute(statement).all()
    return {days.partition(name) if isinstance(name, int) else name: number for name, number in rows}


def tables(store: Store) -> set[str]:
    return {name for name in inspect(store.engine).get_table_names() if name.startswith("event_entry_2")}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at(0), "20251123"),
        (datetime.fromisoformat("2026-01-01T00:00:00+00:00"), "20260101"),
        (datetime.fromisoformat("2025-12-31T23:59:59.999999+00:00"), "20251231"),
        (datetime.fromisoformat("2026-01-01T07:59:59+08:00"), "20251231"),
    ],
)
def test_a_day_begins_at_midnight_utc(moment: datetime, day: str) -> None:
    assert days.partition(days.day_of(moment)) == f"event_entry_{day}"
    assert days.begin_of(days.day_of(moment)) <= moment < days.begin_of(days.day_of(moment) + 1)


def test_days_are_made_ahead_and_once(office: Office) -> None:
    assert len(days.prepare(office.store, at(0))) == days.AHEAD + 1
    assert days.prepare(office.store, at(0)) == []
    assert len(days.prepare(office.store, at(DAY))) == 1
    report(office, kerb=0, other=1)
    assert set(lies(office)) == {days.partition(days.day_of(at(n * DAY))) for n in (0, 1)}
    if not office.store.sqlite:
        assert {days.partition(days.day_of(at(n * DAY))) for n in range(days.AHEAD + 2)} <= tables(
            office.store
        )


def test_an_entry_without_a_partition_is_taken_in_and_finds_its_day_later(office: Office) -> None:
    report(office, kerb=0)
    [before] = lies(office).values()
    assert office.store.sqlite or lies(office) == {"event_entry_rest": before}
    days.prepare(office.store, at(20 * DAY))
    assert lies(office) == {days.partition(days.day_of(at(0))): before}
    assert verify(office.store).breaks == ()


def test_a_timeline_lies_in_the_day_of_its_event(office: Office) -> None:
    days.prepare(office.store, at(0))
    box = Box()
    office.take(sent(box.alert(alert_id="e")))
    office.take(sent(box.alert("closed", alert_id="e", seconds=3 * DAY), received=3 * DAY))
    assert set(lies(office)) == {days.partition(days.day_of(at(0)))}


def test_a_day_goes_when_all_of_its_events_are_long_over(office: Office) -> None:
    days.prepare(office.store, at(0))
    report(office, kerb=0, gate=0.01, other=1)
    close(office, kerb=1, gate=30)
    first = days.partition(days.day_of(at(0)))
    now = at(85 * DAY)
    assert clear(office.store, office.evidence, KEEP, now).entries == 0  # the gate's is over since 55 days
    assert (
        clear(office.store, office.evidence, Keep(key_days=3650), at(900 * DAY)).days == 0
    )  # by default all stay
    later = now + timedelta(days=10)
    found = survey(office.store, KEEP, later)
    number = lies(office)[first]
    assert (found.days, found.entries) == (1, number)
    done = clear(office.store, office.evidence, KEEP, later)
    assert (done.days, done.entries) == (1, number)
    assert set(lies(office)) == {days.partition(days.day_of(at(DAY)))}  # what is open holds its day
    assert first not in tables(office.store)
    audit = verify(office.store)
    assert (audit.events, audit.dropped, audit.breaks) == (1, 2, ())
    with office.store.read() as connection:
        gone = connection.execute(select(TimelineDay.day).where(TimelineDay.entries == number)).scalars()
        assert list(gone) == [days.day_of(at(0))]
        assert connection.execute(select(func.count()).select_from(Event)).scalar_one() == 3
    assert clear(office.store, office.evidence, KEEP, later).days == 0


def test_a_day_whose_event_was_reopened_meanwhile_stays(office: Office) -> None:
    days.prepare(office.store, at(0))
    report(office, kerb=0)
    assert days.drop(office.store, days.day_of(at(0)), at(90 * DAY), at(90 * DAY)) is None
    assert sum(lies(office).values()) == 2


def test_an_event_that_comes_back_after_its_day_went_goes_on(office: Office) -> None:
    """Its next entries are told apart by nobody, but they are kept."""
    days.prepare(office.store, at(0))
    report(office, kerb=0)
    close(office, kerb=1)
    assert clear(office.store, office.evidence, KEEP, at(90 * DAY)).entries == 2
    with office.store.write() as connection:
        connection.execute(update(Event).values(open=True, closed_at=None))
    office.take(
        sent(Box(session="s2").alert(alert_id="again", zone="kerb", seconds=91 * DAY), received=91 * DAY)
    )
    assert sum(lies(office).values()) > 0
    days.prepare(office.store, at(92 * DAY))
    assert verify(office.store).breaks == ()


def test_entries_stay_unique(office: Office) -> None:
    report(office, kerb=0)
    with pytest.raises(Exception, match=r"(?i)unique"), office.store.write() as connection:
        connection.execute(text("INSERT INTO event_entry SELECT * FROM event_entry"))


def test_a_step_down_and_up_keeps_every_entry(office: Office) -> None:
    days.prepare(office.store, at(0))
    report(office, kerb=0, other=1, late=40)
    before = verify(office.store)
    assert migrate(office.store, "0014") == (head(), "0014")
    assert not tables(office.store)
    assert migrate(office.store) == ("0014", head())
    assert verify(office.store) == before
    assert before.entries >= 6
    assert len(lies(office)) == 3
    assert "event_entry_rest" not in lies(office)


def test_one_timeline_is_read_from_one_partition(office: Office) -> None:
    days.prepare(office.store, at(0))
    report(office, kerb=0)
    if office.store.sqlite:
        pytest.skip("SQLite has no partitions")
    day = days.day_of(at(0))
    with office.store.read() as connection:
        plan = connection.execute(
            text("EXPLAIN SELECT * FROM event_entry WHERE event_id = 1 AND day = :day ORDER BY number DESC"),
            {"day": day},
        ).scalars()
        told = "\n".join(plan)
    assert days.partition(day) in told
    assert told.count(" on event_entry_") == 1
