"""Heat over the API, on both databases: whole sums, by the city's clock, of one's own part alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx import Client

from central.people.actor import Grant, Role
from central.reports.heat import steady
from central.setup import Tables
from messages import Kind, PlaceClass
from tests.central.conftest import Office
from tests.central.people import bearer, token
from tests.central.speech import Box, evidence, sent
from tests.central.test_api import desk_of, fill
from tests.central.web import served

DAY = {"since": "2025-11-23T00:00:00Z", "until": "2025-11-25T00:00:00Z"}
HOUR = 3600


@pytest.fixture
def client(office: Office, tables: Tables) -> Iterator[Client]:
    """Seven events at the ring road at noon of the city; two at the lake two hours later."""
    fill(office)
    box = Box(session="lake")
    for number in range(2):
        alert = box.alert(
            alert_id=f"lake-{number}",
            place="lake-promenade",
            place_class=PlaceClass.PARK,
            zone=f"shore-{number}",
            kind=Kind.WATER_EDGE,
            seconds=2 * HOUR + number,
            started=2 * HOUR,
            picture=evidence(90 + number),
        )
        office.take(sent(alert, received=2 * HOUR + number + 1))
    with served(desk_of(office, tables)) as site:
        yield site.client


def heat(client: Client, **query: str) -> dict[str, Any]:
    answer = client.get("/api/v1/heat", params={**DAY, **query})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["events"] == sum(cell["events"] for cell in body["cells"]) + body["elsewhere"]
    return body


def test_everything_is_summed_once(client: Client) -> None:
    found = heat(client)
    assert found["events"] == 9
    assert [cell["events"] for cell in found["cells"]] == [7, 2]
    assert {one["kind"]["id"]: one["events"] for one in found["kinds"]} == {
        "no_stopping": 3,
        "perimeter_intrusion": 2,
        "water_edge": 4,
    }
    assert all(one["kind"]["name"]["zh"] for one in found["kinds"])
    assert (found["hours"][12], found["hours"][14], sum(found["hours"])) == (7, 2, 9)
    assert found["timezone"] == "Asia/Shanghai"


def test_a_kind_and_an_hour_lead_to_their_cells(client: Client) -> None:
    found = heat(client, kind="water_edge")
    assert found["events"] == sum(found["hours"]) == 4
    assert len(found["kinds"]) == 3  # the choice stays
    found = heat(client, kind="water_edge", hour="14")
    assert [cell["events"] for cell in found["cells"]] == [2]
    assert found["cells"][0]["point"] == [117.105, 30.505]
    assert heat(client, hour="3")["events"] == 0
    assert heat(client, kind="nothing")["cells"] == []


def test_time_is_cut_where_it_was_asked_to_be(client: Client) -> None:
    assert heat(client, since="2025-11-23T05:00:00Z")["events"] == 2
    assert heat(client, until="2025-11-23T04:00:00Z")["events"] == 0
    assert heat(client, until="2025-11-23T04:00:01Z")["events"] == 7
    refused = client.get("/api/v1/heat", params={"since": DAY["until"], "until": DAY["since"]})
    assert refused.status_code == 422


def test_nobody_sees_the_heat_of_others(client: Client, office: Office) -> None:
    for org, events, cells in (("lakeside", 2, [2]), ("newtown", 7, [7]), ("drum-tower", 0, [])):
        secret = token(office.store, Grant(Role.OPERATOR, org), name=f"heat-{org}")
        answer = client.get("/api/v1/heat", params=DAY, headers=bearer(secret)).json()
        assert (answer["events"], [cell["events"] for cell in answer["cells"]]) == (events, cells)
        assert sum(answer["hours"]) == sum(one["events"] for one in answer["kinds"]) == events
    secret = token(office.store, Grant(Role.OPERATOR, "lakeside"), name="heat-elsewhere")
    foreign = client.get("/api/v1/heat", params={**DAY, "org": "newtown"}, headers=bearer(secret))
    assert foreign.status_code == 404


def test_clocks_that_change_cut_the_stretch() -> None:
    zone = ZoneInfo("Europe/Berlin")
    since, until = datetime(2025, 3, 29, 10, 30, tzinfo=UTC), datetime(2025, 11, 1, 0, 15, tzinfo=UTC)
    parts = list(steady(since, until, zone))
    assert [offset / timedelta(hours=1) for *_, offset in parts] == [1, 2, 1]
    assert parts[0][:2] == (since, datetime(2025, 3, 30, 1, tzinfo=UTC))
    assert parts[1][1] == parts[2][0] == datetime(2025, 10, 26, 1, tzinfo=UTC)
    assert parts[2][1] == until
    assert len(list(steady(since, until, ZoneInfo("Asia/Shanghai")))) == 1
