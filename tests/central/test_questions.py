"""What is counted and found by the database's own sums and indexes agrees with the rows."""

from random import Random

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.event import listen

from central.api import queries, queries_service
from central.api.queries import EventFilter, active_slot
from central.events.vocabulary import Colour, EventState
from central.people.scope import WHOLE, Scope
from central.setup import Tables
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
        counts = queries_service.counts_of(connection, WHOLE, ())
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


SAID = {1: "Lamp 12 by the GATE", 2: "100 % dark_ness", 3: "湖边的路灯不亮", 4: None}


def _say(office: Office) -> None:
    office.take(*(sent(Box().alert(alert_id=f"e{n}", zone=f"z{n}", seq=n)) for n in SAID))
    with office.store.write() as connection:
        for number, said in SAID.items():
            told = {"summary": said, "address": "Lake Street 5" if number == 1 else None}
            connection.execute(update(Event).where(Event.id == number).values(**told))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("lamp", [1]),
        ("by the gate", [1]),
        ("LAKE street", [1]),
        ("gate lake", []),
        ("%", [2]),
        ("k_n", [2]),
        ("k%n", []),
        ("路灯", [3]),
        ("/", []),
    ],
)
def test_words_are_found_anywhere(office: Office, words: str, expected: list[int]) -> None:
    _say(office)
    with office.store.read() as connection:
        found = queries.events(connection, EventFilter(text=words), "created", None, 9)
    assert [event.id for event in found] == expected


def test_words_follow_what_is_said(office: Office) -> None:
    """Also after a step down and up, and when it is taken back."""
    _say(office)
    assert migrate(office.store, "0015") == (head(), "0015")
    assert migrate(office.store) == ("0015", head())
    with office.store.write() as connection:
        connection.execute(update(Event).where(Event.id == 1).values(summary="a fallen tree", address=None))
        connection.execute(update(Event).where(Event.id == 2).values(summary=None))

    def found(words: str) -> list[int]:
        with office.store.read() as connection:
            return [one.id for one in queries.events(connection, EventFilter(text=words), "created", None, 9)]

    assert (found("lamp"), found("TREE"), found("dark"), found("湖边")) == ([], [1], [], [3])


def test_words_are_searched_by_an_index(store: Store) -> None:
    """Of trigrams, where PostgreSQL has them; else one narrow table is read, and no further event."""
    with store.read() as connection:
        if store.sqlite:
            rows = connection.execute(
                text("EXPLAIN QUERY PLAN " + _plan_of(EventFilter(text="lamp 12"), store))
            )
            told = " ".join(str(row.detail) for row in rows)
            assert "SCAN event_words" in told
            assert "SCAN event " not in told
            return
        able = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).first()
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.execute(text("EXPLAIN " + _plan_of(EventFilter(text="lamp 12"), store)))
        told = "\n".join(rows.scalars())
    assert ("ix_event_words_trigram" in told) == (able is not None)


def _plan_of(chosen: EventFilter, store: Store) -> str:
    """The question's SQL, with its values."""
    statement = select(Event.id).where(chosen.condition())
    compiled = statement.compile(store.engine, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%").replace(":", "\\:")


def test_what_is_open_is_found_by_its_own_indexes(sqlite_store: Store) -> None:
    """SQLite does not see that ``open = 1`` is ``open``, and takes an index for its order."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    listen(sqlite_store.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with sqlite_store.read() as connection:
        queries.events(connection, EventFilter(open=True), "activity", None, 9)
        queries_service.counts(connection)
    plans = {}
    with sqlite_store.read() as connection:
        for statement, parameters in [pair for pair in asked if "FROM event " in pair[0]]:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans[statement] = " ".join(row[3] for row in rows)
    assert len(plans) == 3
    for statement, plan in plans.items():
        assert "event.open = " not in statement
        assert any(name in plan for name in ("ix_event_active_slot", "ix_event_open_")), plan


def test_a_county_is_one_parameter(store: Store) -> None:
    """However many orgs it has."""
    county = Scope(whole=False, orgs=frozenset(f"village-{n}" for n in range(500)))
    compiled = select(Event.id).where(EventFilter(open=True, within=county).condition()).compile(store.engine)
    assert len(compiled.params) <= 4
    with store.read() as connection:
        assert queries.events(connection, EventFilter(open=True, within=county), "activity", None, 9) == []


def test_a_part_of_the_city_by_its_orgs(office: Office, tables: Tables) -> None:
    office.take(sent(Box().alert()))
    city = tables.city
    with office.store.read() as connection:
        [home] = connection.execute(select(Event.home)).scalars()
        for root in city.orgs:
            below = city.below({root})
            assert below == {org for org in city.orgs if root in {up.id for up in city.chain(org)}}
            within = EventFilter(within=Scope(whole=False, orgs=below))
            assert len(queries.events(connection, within, "created", None, 9)) == (home in below)
    assert city.below(()) == frozenset()
    assert city.below({"nowhere"}) == frozenset()


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
