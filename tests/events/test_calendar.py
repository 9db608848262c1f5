"""Working time: limits that span nights, weekends, holidays and made-up days."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.events.calendar import Calendar, load_calendar
from placewatch.errors import ConfigError
from placewatch.paths import shipped

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = load_calendar(shipped("configs") / "calendar.yaml", ZONE)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        ("2025-11-24T09:00", "5m", "2025-11-24T09:05"),
        ("2025-11-24T23:00", "2h", "2025-11-25T01:00"),
        ("2025-11-24T09:00", "2wh", "2025-11-24T11:00"),
        ("2025-11-24T11:00", "2wh", "2025-11-24T15:00"),  # over noon
        ("2025-11-24T16:30", "4wh", "2025-11-25T11:30"),  # over night
        ("2025-11-21T17:00", "1wh", "2025-11-24T09:00"),  # over a weekend
        ("2025-11-22T12:00", "1wh", "2025-11-24T09:30"),  # begun on a Saturday
        ("2025-11-24T08:30", "1wd", "2025-11-24T17:30"),
        ("2025-11-24T10:00", "1wd", "2025-11-25T10:00"),
        ("2025-09-30T16:30", "2wh", "2025-10-09T09:30"),  # over the National Day holidays
        ("2025-10-10T17:00", "1wh", "2025-10-11T09:00"),  # into a Saturday that is worked
        ("2026-12-31T17:00", "1wh", "2027-01-01T09:00"),  # 2027 is not known: a plain Friday
    ],
)
def test_limits_end(start: str, limit: str, end: str) -> None:
    assert CALENDAR.add(local(start), limit) == local(end)


@given(
    days=st.integers(0, 700),
    minute=st.integers(0, 24 * 60 - 1),
    seconds=st.integers(0, 30 * 7 * 3600),
    working=st.booleans(),
)
def test_what_is_added_is_what_is_measured(days: int, minute: int, seconds: int, working: bool) -> None:
    begin = local("2025-01-01T00:00") + timedelta(days=days, minutes=minute)
    end = CALENDAR.after(begin, seconds, working=working)
    assert CALENDAR.between(begin, end, working=working) == pytest.approx(seconds)


def test_nothing_passes_outside_working_hours() -> None:
    evening, morning = local("2025-11-21T17:30"), local("2025-11-24T08:30")
    assert CALENDAR.between(evening, morning, working=True) == 0
    assert CALENDAR.between(morning, evening, working=False) == 0
    assert CALENDAR.between(evening, morning, working=False) == timedelta(days=2, hours=15).total_seconds()


def test_the_gap_is_known() -> None:
    assert CALENDAR.knows(2026)
    assert not CALENDAR.knows(2031)


def calendar(folder: Path, text: str) -> Calendar:
    path = folder / "calendar.yaml"
    path.write_text(text)
    return load_calendar(path, ZONE)


PLAIN = 'version: "1"\nworkdays: [mon]\nhours: ["09:00-12:00"]\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (PLAIN.replace("09:00-12:00", "12:00-09:00"), 3, "no span of hours within a day"),
        (PLAIN.replace('"09:00-12:00"', '"09:00-12:00", "11:00-13:00"'), 3, "begins before"),
        (PLAIN.replace("[mon]", "[montag]"), 2, "mon"),
        (PLAIN + "years:\n  2025: {holidays: [2026-01-01]}\n", 5, "not in 2025"),
        (PLAIN + "years:\n  2025: {holidays: [2025-02-30]}\n", 5, "put it in quotes"),
        (PLAIN + 'years:\n  2025: {holidays: ["2025-10-08..2025-10-01"]}\n', 5, "no span of days"),
        (PLAIN + "years:\n  2025: {holidays: [2025-01-01]}\n  2027: {holidays: []}\n", 6, "has a gap"),
        (
            PLAIN + "years:\n  2025: {holidays: [2025-10-01], workdays: [2025-10-01]}\n",
            5,
            "both free and worked",
        ),
    ],
)
def test_a_bad_calendar_says_where(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        calendar(tmp_path, text)
    assert caught.value.problems[0].line == line
    assert says in str(caught.value)
