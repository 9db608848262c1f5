"""The duty roster: weekly duty, shifts that add and take away, dispatch that follows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from central.dispatch.roster import Shift, Source, covered_s, spells
from central.dispatch.units import Unit
from central.events.calendar import Calendar
from central.names import Bilingual
from central.people.actor import Grant, Role
from central.setup import Tables
from placewatch.clock import ManualClock
from tests.central.conftest import Office
from tests.central.people import bearer, token
from tests.central.speech import NOON
from tests.central.test_api import desk_of
from tests.central.web import Site, served

MONDAY = date(2026, 11, 23)
SHIFTS = "/api/v1/units/day-shift/shifts"


def unit_of(*duty: str) -> Unit:
    return Unit(id="u", name=Bilingual(zh="岗", en="post"), org="willow", duty=duty)


def local(calendar: Calendar, day: int, hour: int, minute: int = 0) -> datetime:
    start = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=calendar.zone)
    return start + timedelta(days=day, hours=hour, minutes=minute)


def shift(starts: datetime, ends: datetime, *, works: bool) -> Shift:
    return Shift(
        id=1, unit="u", starts=starts, ends=ends, works=works, note="", changed_by="x", changed=starts
    )


def told(calendar: Calendar, unit: Unit, *held: Shift, days: int = 7) -> list[tuple[str, str, Source]]:
    found = spells(unit, held, MONDAY, days, calendar)

    def wall(moment: datetime) -> str:
        return f"{moment.astimezone(calendar.zone):%d %H:%M}"

    return [(wall(one.starts), wall(one.ends), one.source) for one in found]


def test_weekly_duty_reaches_over_midnight_and_into_the_first_day(tables: Tables) -> None:
    calendar = tables.calendar
    nights = unit_of("sun-mon 22:00-06:00")
    assert told(calendar, nights, days=2) == [
        ("23 00:00", "23 06:00", Source.WEEKLY),
        ("23 22:00", "24 06:00", Source.WEEKLY),
    ]
    assert told(calendar, unit_of(), days=2) == [("23 00:00", "25 00:00", Source.WEEKLY)]
    halves = unit_of("mon 08:00-12:00", "mon 12:00-24:00")
    assert told(calendar, halves) == [("23 08:00", "24 00:00", Source.WEEKLY)]


def test_shifts_cut_and_add(tables: Tables) -> None:
    calendar = tables.calendar
    days = unit_of("mon-fri 08:00-17:00")
    off = shift(local(calendar, 0, 10), local(calendar, 0, 12), works=False)
    more = shift(local(calendar, 1, 16), local(calendar, 1, 20), works=True)
    assert told(calendar, days, off, more, days=2) == [
        ("23 08:00", "23 10:00", Source.WEEKLY),
        ("23 10:00", "23 12:00", Source.OFF),
        ("23 12:00", "23 17:00", Source.WEEKLY),
        ("24 08:00", "24 17:00", Source.WEEKLY),
        ("24 16:00", "24 20:00", Source.EXTRA),
    ]
    assert covered_s(spells(days, [off, more], MONDAY, 2, calendar)) == (7 + 12) * 3600


def test_a_holiday_is_no_monday(tables: Tables) -> None:
    duty = unit_of("mon-fri 08:00-17:00", "holiday 09:00-10:00")
    found = spells(duty, [], date(2026, 10, 1), 1, tables.calendar)
    assert covered_s(found) == 3600


@pytest.fixture
def site(office: Office, tables: Tables) -> Iterator[Site]:
    with served(desk_of(office, tables, ManualClock(NOON.timestamp()))) as running:
        yield running


def said(hours: float, length: float, **more: object) -> dict[str, object]:
    starts = NOON + timedelta(hours=hours)
    ends = starts + timedelta(hours=length)
    return {"starts": starts.isoformat(), "ends": ends.isoformat(), **more}


def on_duty(site: Site) -> bool:
    [now] = [one for one in site.client.get("/api/v1/units").json()["items"] if one["id"] == "day-shift"]
    [planned] = [one for one in site.client.get("/api/v1/roster").json()["items"] if one["id"] == "day-shift"]
    assert now["on_duty"] == planned["on_duty"]
    return bool(now["on_duty"])


def test_a_shift_counts_at_once_until_it_is_taken_away(site: Site) -> None:
    before = on_duty(site)
    made = site.client.post(SHIFTS, json=said(-1, 2, works=not before, note="换班"))
    assert made.status_code == 201
    assert made.json()["note"] == "换班"
    assert made.json()["changed_by"].startswith("token:tests")
    assert on_duty(site) is not before
    there = f"{SHIFTS}/{made.json()['id']}"
    assert site.client.put(there, json=said(3, 2, works=not before)).status_code == 200
    assert on_duty(site) is before
    assert site.client.put(there, json=said(-1, 2, works=not before)).status_code == 200
    assert site.client.delete(there).status_code == 204
    assert on_duty(site) is before
    assert [site.client.delete(there).status_code, site.client.put(there, json=said(0, 1)).status_code] == [
        404,
        404,
    ]
    lines = site.client.get("/api/v1/audit?kind=shift").json()["items"]
    assert [line["act"]["id"] for line in lines] == ["ended", "changed", "changed", "added"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (said(0, 0), "body.ends", "ends_early"),
        (said(0, 24 * 32), "body.ends", "shift_long"),
        (said(0, 1, note="x" * 201), "body.note", "string_too_long"),
        ({"starts": "2026-11-23T08:00", "ends": "2026-11-23T09:00"}, "body.starts", "timezone_aware"),
        ({"ends": "2026-11-23T09:00Z"}, "body.starts", "missing"),
    ],
)
def test_what_is_wrong_is_told_by_field(site: Site, body: dict[str, object], field: str, code: str) -> None:
    answer = site.client.post(SHIFTS, json=body)
    assert answer.status_code == 422
    assert (field, code) in {(one["field"], one["code"]) for one in answer.json()["errors"]}


def test_who_may_enter_shifts(site: Site) -> None:
    store = site.desk.store
    for number, (grant, status, shown) in enumerate(
        (
            (Grant(Role.ADMIN, "newtown"), 201, True),
            (Grant(Role.SUPERVISOR, "station-square"), 201, True),
            (Grant(Role.OPERATOR, "station-square"), 403, False),
            (Grant(Role.ADMIN, "lakeside"), 404, None),
        )
    ):
        headers = bearer(token(store, grant, name=f"who-{number}"))
        assert site.client.post(SHIFTS, json=said(0, 1), headers=headers).status_code == status
        items = site.client.get("/api/v1/roster", headers=headers).json()["items"]
        found = [one["may_change"] for one in items if one["id"] == "day-shift"]
        assert found == ([] if shown is None else [shown])


def test_days_are_the_citys(site: Site, tables: Tables) -> None:
    answer = site.client.get("/api/v1/roster?from=2026-10-01&days=3").json()
    assert (answer["first"], answer["timezone"]) == ("2026-10-01", str(tables.zone))
    assert answer["holidays"] == ["2026-10-01", "2026-10-02", "2026-10-03"]
    begins = [datetime.fromisoformat(day) for day in answer["days"]]
    assert begins[0].astimezone(UTC) == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert len(begins) == 4
    assert site.client.get("/api/v1/roster?from=1999-01-01").json()["errors"][0]["field"] == "query.from"
    assert site.client.get("/api/v1/roster?days=43").status_code == 422
