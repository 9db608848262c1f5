"""Figures over the API, on both databases."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client
from sqlalchemy import text

from central.people.actor import Grant, Role
from central.setup import Tables
from tests.central.conftest import Office
from tests.central.people import bearer, token
from tests.central.speech import at
from tests.central.test_api import desk_of, fill
from tests.central.web import served


@pytest.fixture
def client(office: Office, tables: Tables) -> Iterator[Client]:
    fill(office)
    with served(desk_of(office, tables)) as site:
        yield site.client


def figures(client: Client, **query: str) -> dict[str, Any]:
    query = {"since": "2025-11-23T00:00:00Z", "until": "2025-11-24T00:00:00Z", **query}
    answer = client.get("/api/v1/figures", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    "by", ["place_class", "kind", "item", "org", "department", "colour", "camera", "place", "day", "hour"]
)
def test_rows_add_up(client: Client, by: str) -> None:
    found = figures(client, by=by)
    assert found["total"]["received"] == sum(row["sums"]["received"] for row in found["rows"]) == 7
    assert sum(found["total"]["outcomes"].values()) == 7
    assert all(row["key"]["name"]["zh"] for row in found["rows"])


def test_drilling_down_the_tree(client: Client) -> None:
    rows = {}
    for org in ("demo-city", "newtown", "newtown-station", "station-square"):
        found = figures(client, by="org", org=org)
        rows[org] = [(row["key"]["id"], row["sums"]["received"]) for row in found["rows"]]
    assert rows == {
        "demo-city": [("newtown", 7)],
        "newtown": [("newtown-station", 7)],
        "newtown-station": [("station-square", 7)],
        "station-square": [("station-square", 7)],
    }
    assert figures(client, org="lakeside")["total"]["received"] == 0


def test_a_case_that_was_closed_late(client: Client, office: Office) -> None:
    steps = [("accept", 60, "{}"), ("breached", 90, '{"deadline":"close"}'), ("close", 120, "{}")]
    with office.store.write() as connection:
        for number, (verb, seconds, data) in enumerate(steps, 50):
            connection.execute(
                text(
                    "INSERT INTO event_entry"
                    " (event_id, number, day, at, occurred, verb, actor, data, prev_hash, hash)"
                    " SELECT event_id, :number, day, :at, :at, :verb, 'x', :data, hash, 'h' FROM event_entry"
                    " WHERE event_id = 1 AND verb = 'filed'"
                ),
                {"number": number, "at": at(seconds + 1), "verb": verb, "data": data}
                | ({"at": at(seconds + 1).replace(tzinfo=None)} if office.store.sqlite else {}),
            )
    total = figures(client)["total"]
    assert total["outcomes"]["late"] == 1
    assert total["closing"] == {"part": 1, "of": 7}
    assert total["in_time"] == {"part": 0, "of": 1}
    assert total["accept"]["count"] == total["close"]["count"] == 1
    assert total["accept"]["p50_s"] == pytest.approx(60.0, abs=5.0)


def test_a_part_of_the_city_sees_its_own(client: Client, office: Office) -> None:
    mine = bearer(token(office.store, Grant(Role.SUPERVISOR, "lakeside"), name="mine"))
    stretch = "since=2025-11-23T00:00:00Z&until=2025-11-24T00:00:00Z"
    assert client.get(f"/api/v1/figures?{stretch}", headers=mine).json()["total"]["received"] == 0
    assert client.get("/api/v1/figures?org=newtown", headers=mine).status_code == 404


@pytest.mark.parametrize(
    "query", ["since=2025-01-01T00:00:00", "by=face", "until=2020-01-01T00:00:00Z&since=2020-01-02T00:00:00Z"]
)
def test_what_cannot_be_asked(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/figures?{query}").status_code == 422


def test_the_load_of_a_desk(client: Client) -> None:
    query = "since=2025-11-23T04:00:00Z&until=2025-11-23T05:00:00Z"
    load = client.get(f"/api/v1/alarm-load?{query}").json()
    assert (load["alarms"], load["slots"], load["most"], load["standing"]) == (7, 6, 7, 7)
    assert sum(load["colours"].values()) == 7
    assert load["top"][0]["place"]["name"]["zh"] == "环城路"
    assert load["top_events"] == sum(source["events"] for source in load["top"])


def test_a_row_leads_down_to_what_it_is_made_of(client: Client) -> None:
    by_kind = {row["key"]["id"]: row["sums"]["received"] for row in figures(client, by="kind")["rows"]}
    for kind, count in by_kind.items():
        below = figures(client, by="place", kind=kind)
        assert below["total"]["received"] == count == sum(row["sums"]["received"] for row in below["rows"])
    [day] = figures(client, by="day")["rows"]
    assert figures(client, by="hour", day=day["key"]["id"])["total"]["received"] == 7
    assert figures(client, by="hour", day="2020-01-01")["total"]["received"] == 0


def test_figures_for_a_spreadsheet(client: Client) -> None:
    query = {"since": "2025-11-23T00:00:00Z", "until": "2025-11-24T00:00:00Z", "by": "kind"}
    answer = client.get("/api/v1/figures.csv", params=query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    *parts, total = rows
    assert total["name_en"] == "total"
    for column in ("received", "filed", "closing", "closing_of", "unfiled", "transfers"):
        assert sum(int(row[column]) for row in parts) == int(total[column]), column
    [line] = client.get("/api/v1/audit?kind=figures").json()["items"]
    assert (line["act"]["id"], line["object"], line["details"]["rows"]) == ("exported", "kind", len(parts))


def test_the_loads_of_the_desks_add_up(client: Client) -> None:
    query = "since=2025-11-23T04:00:00Z&until=2025-11-23T05:00:00Z"
    whole = client.get(f"/api/v1/alarm-load?{query}").json()
    for org in ("", "&org=newtown", "&org=newtown-station", "&org=station-square"):
        found = client.get(f"/api/v1/alarm-load/desks?{query}{org}").json()
        assert sum(desk["alarms"] for desk in found["desks"]) == whole["alarms"]
        assert sum(desk["standing"] for desk in found["desks"]) == whole["standing"]
    assert [desk["org"]["id"] for desk in found["desks"]] == ["station-square"]
    assert client.get(f"/api/v1/alarm-load/desks?{query}&org=lakeside").json()["desks"] == []


def test_the_month_as_a_file(client: Client) -> None:
    answer = client.get("/api/v1/situation-report?month=2025-11&org=newtown&format=pdf&language=en")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF")
    assert 'filename="situation-newtown-2025-11-en.pdf"' in answer.headers["content-disposition"]
    [line] = client.get("/api/v1/audit?kind=situation_report").json()["items"]
    assert (line["object"], line["org"], line["details"]["format"]) == ("2025-11", "newtown", "pdf")


@pytest.mark.parametrize(
    ("query", "status"),
    [("month=2025-13", 422), ("month=2031-01", 422), ("", 422), ("month=2025-11&org=nowhere", 404)],
)
def test_reports_that_cannot_be_made(client: Client, query: str, status: int) -> None:
    assert client.get(f"/api/v1/situation-report?{query}").status_code == status


def test_reports_are_for_those_who_supervise(client: Client, office: Office) -> None:
    for role, status, start in ((Role.SUPERVISOR, 200, b"PK"), (Role.OPERATOR, 403, b"{")):
        mine = bearer(token(office.store, Grant(role, "newtown"), name=str(role)))
        answer = client.get("/api/v1/situation-report?month=2025-11&format=docx", headers=mine)
        assert (answer.status_code, answer.content[: len(start)]) == (status, start)
