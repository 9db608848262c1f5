"""What is counted and found by the database's own sums and indexes agrees with the rows."""

from random import Random

import pytest
from sqlalchemy import func, select, update

from central.api import queries
from central.api.queries import EventFilter, active_slot
from central.events.vocabulary import Colour, EventState
from central.people.scope import WHOLE
from central.store.engine import Store
from central.store.migrate import head, migrate
from central.store.models import Event, EventSum
from tests.central.conftest import Office
from tests.central.speech import Box, at, sent

_KEYS = ("home", "colour", "state", "kind")


def _counted(store: Store) -> dict[tuple[str, ...], tuple[int, ...]]:
    columns = [getattr(Event, name) for name in _KEYS]
    sums = (func.count(), func.sum(Event.alerts), func.sum(Event.episodes), func.count(Event.shown_at))
    with store.read() as connection:
        rows = connection.execute(select(*columns, *sums).where(~Event.open).group_by(*columns)).all()
    return {tuple(row[:4]): tuple(int(each) for each in row[4:]) for row in rows}


def _summed(store: Store) -> dict[tuple[str, ...], tuple[int, ...]]:
    columns = [getattr(EventSum, name) for name in _KEYS]
    sums = (EventSum.events, EventSum.alerts, EventSum.episodes, EventSum.shown)
    with store.read() as connection:
        rows = connection.execute(select(*columns, *sums)).all()
    found = {tuple(row[:4]): tuple(row[4:]) for row in rows}
    assert all(not any(sums) for sums in found.values() if not sums[0])  # what has left leaves nothing
    return {key: sums for key, sums in found.items() if sums[0]}


def test_sums_follow_whatever_changes_an_event(office: Office) -> None:
    office.take(*(sent(Box().alert(alert_id=f"e{n}", zone=f"z{n}", seq=n + 1)) for n in range(12)))
    chance = Random(5)
    for _ in range(60):
        changed = {
            "open": chance.random() < 0.4,
            "state": chance.choice([EventState.CLOSED, EventState.FALSE_ALARM]),
            "colour": chance.choice(list(Colour)),
            "home": chance.choice(["station-square", "newtown"]),
            "alerts": Event.alerts + chance.randrange(3),
            "shown_at": chance.choice([None, at(0)]),
        }
        with office.store.write() as connection:
            connection.execute(update(Event).where(Event.id == chance.randrange(1, 13)).values(**changed))
    assert _counted(office.store)
    assert _summed(office.store) == _counted(office.store)
    assert migrate(office.store, "0013") == (head(), "0013")
    assert migrate(office.store) == ("0013", head())
    assert _summed(office.store) == _counted(office.store)
    with office.store.read() as connection:
        counts = queries.counts_of(connection, WHOLE, ())
        total, alerts = connection.execute(select(func.count(), func.sum(Event.alerts))).one()
    assert counts.events.total == total == sum(counts.events.by_state.values())
    assert counts.alerts_committed == alerts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025", [3, 2, 1]),
        ("20251123-00000", [3, 2, 1]),
        ("20251123-000002", [2]),
        ("000002", [2]),
        ("-2", [2]),
        ("20251122", []),
        ("lamp", []),
        ("%", []),
    ],
)
def test_numbers_are_found_by_their_beginning_or_their_end(
    office: Office, text: str, expected: list[int]
) -> None:
    office.take(*(sent(Box().alert(alert_id=f"e{n}", zone=f"z{n}", seq=n + 1)) for n in range(3)))
    with office.store.read() as connection:
        found = queries.events(connection, EventFilter(text=text), "created", None, 9)
    assert [event.id for event in found] == expected


def test_the_database_and_this_program_agree_on_the_slot(office: Office) -> None:
    moments = [at(seconds) for seconds in (0, 599.999, 600, 1200.5, -86_400)]
    office.take(*(sent(Box().alert(alert_id=f"e{n}", zone=f"z{n}", seq=n + 1)) for n in range(len(moments))))
    with office.store.write() as connection:
        for number, moment in enumerate(moments, 1):
            connection.execute(update(Event).where(Event.id == number).values(last_received=moment))
    with office.store.read() as connection:
        slots = connection.execute(select(Event.active_slot).order_by(Event.id)).scalars().all()
        order = [event.id for event in queries.events(connection, EventFilter(), "activity", None, 9)]
    assert slots == [active_slot(moment) for moment in moments]
    assert order == [4, 3, 2, 1, 5]
