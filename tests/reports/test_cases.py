"""What becomes of events, and sums that add up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reports.cases import TOLD, Case, Happened, Outcome, Subject, case_of
from central.reports.load import Arrival, alarm_load
from central.reports.sums import Share, sum_up, table_of, times_of

NOON = datetime(2025, 11, 23, 4, tzinfo=UTC)


def subject(**fields: object) -> Subject:
    values: dict[str, Any] = {
        "event_id": 1,
        "place": "ring-road",
        "place_class": "road",
        "kind": "no_stopping",
        "item": 13,
        "colour": "blue",
        "org": "willow",
        "camera": "s/b/c",
        "received": NOON,
        "alerts": 3,
        "episodes": 2,
    }
    return Subject(**{**values, **fields})


def timeline(text: str) -> list[Happened]:
    """Verbs a minute apart; ``breached:close`` names the limit."""
    entries = []
    for minute, word in enumerate(text.split()):
        verb, _, limit = word.partition(":")
        details = {"deadline": limit} if limit else {}
        entries.append(Happened(verb, NOON + timedelta(minutes=minute), details))
    return entries


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "unfiled"),
        ("filed", "open_in_time"),
        ("file", "open_in_time"),
        ("filed breached:accept", "open_in_time"),
        ("filed breached:close", "open_late"),
        ("filed accept arrive close", "in_time"),
        ("filed breached:close close", "late"),
        ("filed close reopen", "open_in_time"),
        ("filed close reopen close", "in_time"),
        ("filed close reopen breached:close close", "late"),
        ("filed false_alarm", "false_alarm"),
        ("filed breached:close false_alarm", "false_alarm"),
        ("filed merge", "merged"),
        ("filed merge split", "open_in_time"),
    ],
)
def test_what_becomes_of_an_event(text: str, outcome: str) -> None:
    assert case_of(subject(), timeline(text)).outcome == outcome


def test_times_and_counts_of_one_case() -> None:
    text = "filed return refer accept suspend accept arrive close reopen return close"
    case = case_of(subject(), timeline(text))
    assert (case.accept_s, case.arrive_s, case.close_s) == (180.0, 360.0, 600.0)
    assert (case.returned, case.transfers, case.pauses, case.reopened) == (2, 1, 1, 1)


_CASES = st.lists(
    st.builds(
        case_of,
        st.builds(
            lambda org, kind, alerts: subject(org=org, kind=kind, alerts=alerts),
            st.sampled_from("abcd"),
            st.sampled_from("xyz"),
            st.integers(0, 50),
        ),
        st.lists(st.sampled_from(TOLD), max_size=8).map(" ".join).map(timeline),
    ),
    max_size=40,
)


@given(_CASES, st.sampled_from(["org", "kind"]))
def test_the_parts_of_a_table_equal_its_total(cases: list[Case], by: str) -> None:
    total = sum_up(cases)
    rows = list(table_of(cases, lambda case: str(getattr(case.subject, by))).values())
    assert sum(total.outcomes.values()) == total.received == len(cases)
    for name in ("received", "filed", "transfers", "pauses", "alerts", "episodes"):
        assert sum(getattr(row, name) for row in rows) == getattr(total, name), name
    for name in ("closing", "in_time", "reopened", "returned", "false_alarms"):
        whole: Share = getattr(total, name)
        assert sum(getattr(row, name).part for row in rows) == whole.part, name
        assert sum(getattr(row, name).of for row in rows) == whole.of, name
        assert 0 <= whole.part <= whole.of
    for name in ("accept", "arrive", "close"):
        assert sum(getattr(row, name).count for row in rows) == getattr(total, name).count
    for outcome in Outcome:
        assert sum(row.outcomes[outcome] for row in rows) == total.outcomes[outcome]


def test_quantiles_are_times_that_were_taken() -> None:
    times = times_of([*map(float, range(1, 101)), None])
    assert (times.count, times.p50_s, times.p95_s) == (100, 50.0, 95.0)
    assert times_of([7.0]).p95_s == 7.0
    assert times_of([None]).p50_s is None


def test_the_load_of_a_desk() -> None:
    minutes = [0, *[25] * 11, 31]
    found = [
        Arrival(NOON + timedelta(minutes=minute), "red" if minute == 31 else "blue", (f"p{minute}", "k"))
        for minute in minutes
    ]
    load = alarm_load(found, NOON, NOON + timedelta(minutes=35))
    assert (load.slots, load.alarms, load.most, load.floods) == (4, 13, 11, 1)
    assert load.mean == 13 / 4
    assert load.colours == {"blue": 12, "red": 1}
    assert load.top[0] == (("p25", "k"), 11)
    assert load.top_share == 13
    assert alarm_load([], NOON, NOON + timedelta(minutes=1)).slots == 1
