"""What nobody sends by accident: clocks a year off, paths for names, code for text, bodies that unpack."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from central.setup import Tables
from messages import encode
from tests.central.conftest import Office
from tests.central.speech import Box, evidence, inbound, sent
from tests.central.test_verbs import problem
from tests.central.town import Town, town_of

YEAR = 365 * 24 * 3600.0
CODE = "<img src=x onerror=alert(1)>'; DROP TABLE event; -- {{7*7}}"


@pytest.fixture
def town(sqlite_office: Office, tables: Tables) -> Iterator[Town]:
    with town_of(sqlite_office, tables) as made:
        yield made


@pytest.mark.parametrize("off", [-YEAR, YEAR])
def test_a_clock_a_year_off_informs_and_sends_nobody(town: Town, off: float) -> None:
    town.office.take(sent(Box().alert(seconds=off), received=1))
    event = town.show().json()
    assert (event["state"]["id"], event["steps"]["filed_at"], event["late_alerts"]) == ("reported", None, 1)
    assert town.client.get("/api/v1/tasks", headers=town.who("zhao")).json()["items"] == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..%2f..%2fcentral.sqlite", "/etc/passwd", "a" * 32 + "/../x", "\x00" * 32]
)
def test_no_evidence_name_is_a_path(town: Town, name: str) -> None:
    answer = town.client.get(f"/api/v1/evidence/{quote(name, safe='')}", headers=town.who("wang"))
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["..", "a/../../b", "%2e%2e", "a\\..\\b", "c:con"])
def test_no_name_in_a_topic_leads_out_of_the_evidence_folder(town: Town, tmp_path: Path, name: str) -> None:
    alert = Box().alert(picture=evidence())
    topic = sent(alert).topic
    place = alert.data.place
    before = set(tmp_path.rglob("*.jpg"))
    town.office.take(
        inbound(topic.replace(place, name), encode(replace(alert, data=replace(alert.data, place=name))))
    )
    assert set(tmp_path.rglob("*.jpg")) == before
    assert town.client.get("/api/v1/events", headers=town.who("wang")).json()["items"] == []


def test_code_in_a_text_comes_back_as_text(town: Town) -> None:
    town.alert(zone="kerb")
    assert town.act("li", "note", {"note": CODE}).status_code == 200
    answer = town.show()
    assert answer.json()["timeline"][-1]["details"]["note"] == CODE
    assert answer.headers["content-type"] == "application/json"
    found = town.client.get("/api/v1/events", params={"text": CODE}, headers=town.who("wang"))
    assert (found.status_code, found.json()["items"]) == (200, [])
    assert town.client.get("/api/v1/events", headers=town.who("wang")).json()["items"]


def test_a_packed_body_is_not_unpacked(town: Town) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {**town.who("li"), "Content-Encoding": "gzip", "Content-Type": "application/json"}
    problem(town.client.post("/api/v1/reports", content=bomb, headers=headers), 422)


def test_a_body_nested_without_end_names_the_body(town: Town) -> None:
    for content in (b"[" * 200_000, b'"\xff"'):
        headers = {**town.who("li"), "Content-Type": "application/json"}
        said = problem(town.client.post("/api/v1/reports", content=content, headers=headers), 422)
        assert str(said["errors"]).startswith("[{'field': 'body")
