"""Advisory letters: from a template to the answer, on both databases."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from httpx import Client
from pypdf import PdfReader

from central.people.actor import Grant, Role
from central.reports.advisory import HOLES, State, load_templates, state_now
from central.setup import Tables
from placewatch.clock import ManualClock
from placewatch.errors import ConfigError
from placewatch.paths import shipped
from tests.central.conftest import Office
from tests.central.people import bearer, token
from tests.central.speech import NOON
from tests.central.test_api import desk_of, fill
from tests.central.web import served


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON.timestamp() + 3600)


@pytest.fixture
def client(office: Office, tables: Tables, clock: ManualClock) -> Iterator[Client]:
    fill(office)
    with served(desk_of(office, tables, clock)) as site:
        yield site.client


def drafted(client: Client, **said: object) -> dict[str, Any]:
    answer = client.post("/api/v1/advisories", json={"template": "repeated", "place": "ring-road", **said})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def step(client: Client, letter: dict[str, Any], name: str, **said: object) -> int:
    return client.post(f"/api/v1/advisories/{letter['id']}/steps/{name}", json=said).status_code


def test_a_letter_from_draft_to_answer(client: Client, clock: ManualClock) -> None:
    letter = drafted(client, addressee="环城路养护所")
    assert letter["number"] == "2025-0001"
    assert letter["state"]["id"] == "draft"
    assert letter["body"].startswith("环城路养护所：")
    assert "{" not in letter["title"] + letter["body"]
    path = f"/api/v1/advisories/{letter['id']}"
    assert client.patch(path, json={"title": "请清理"}).json()["title"] == "请清理"

    assert step(client, letter, "reply", reply="x") == 409
    assert step(client, letter, "send") == 200
    assert client.patch(path, json={"title": "另一个"}).status_code == 409
    assert client.get(path).json()["state"]["id"] == "sent"

    clock.advance(timedelta(days=8).total_seconds())
    late = client.get("/api/v1/advisories?state=overdue").json()
    assert ([one["id"] for one in late["items"]], late["overdue"]) == ([letter["id"]], 1)
    assert client.get("/api/v1/advisories?state=sent").json()["items"] == []

    assert step(client, letter, "reply") == 422
    assert step(client, letter, "reply", reply="已整改") == 200
    done = client.get(path).json()
    assert (done["state"]["id"], done["reply"]) == ("replied", "已整改")
    assert step(client, letter, "withdraw") == 409
    assert client.get("/api/v1/advisories").json()["overdue"] == 0
    acts = [line["act"]["id"] for line in client.get("/api/v1/audit?kind=advisory").json()["items"]]
    assert acts == ["changed", "changed", "changed", "added"]


def test_a_letter_about_an_event(client: Client) -> None:
    letter = drafted(client, place=None, event_id=1, language="en")
    assert letter["event_id"] == 1
    assert letter["addressee"]
    assert letter["place"]["name"]["en"] in letter["title"]
    assert drafted(client)["number"] == "2025-0002"


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_letter_as_a_file(client: Client, kind: str) -> None:
    letter = drafted(client)
    answer = client.get(f"/api/v1/advisories/{letter['id']}/file?format={kind}")
    assert answer.status_code == 200
    if kind == "pdf":
        text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    else:
        text = "\n".join(one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert "编号 2025-0001" in text
    assert "特此提示" in text
    [line] = client.get("/api/v1/audit?kind=advisory&act=exported").json()["items"]
    assert line["details"] == {"format": kind}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"template": "nothing", "place": "ring-road"}, 422),
        ({"template": "repeated"}, 422),
        ({"template": "repeated", "place": "ring-road", "event_id": 1}, 422),
        ({"template": "repeated", "place": "nowhere"}, 404),
        ({"template": "repeated", "event_id": 999}, 404),
    ],
)
def test_letters_that_cannot_be_drafted(client: Client, said: dict[str, Any], status: int) -> None:
    assert client.post("/api/v1/advisories", json=said).status_code == status


def test_each_supervisor_writes_in_a_part_of_the_city(client: Client, office: Office) -> None:
    letter = drafted(client)
    for role, org, seen, written in (
        (Role.SUPERVISOR, "newtown", 200, 201),
        (Role.SUPERVISOR, "lakeside", 404, 404),
        (Role.AUDITOR, "newtown", 200, 404),
        (Role.OPERATOR, "newtown", 404, 404),
    ):
        mine = bearer(token(office.store, Grant(role, org), name=f"{role}-{org}"))
        assert client.get(f"/api/v1/advisories/{letter['id']}", headers=mine).status_code == seen
        said = {"template": "repeated", "place": "ring-road"}
        assert client.post("/api/v1/advisories", json=said, headers=mine).status_code == written


def test_templates_are_checked(tmp_path: Path) -> None:
    document = yaml.safe_load((shipped("configs") / "advisory.yaml").read_text(encoding="utf-8"))
    document["templates"][0]["body"]["en"] += " {nobody}"
    document["templates"][1]["id"] = document["templates"][0]["id"]
    file = tmp_path / "advisory.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        load_templates(file)
    assert [problem.message for problem in told.value.problems] == [
        "nothing fills {nobody}",
        "template 'repeated' is given twice",
    ]
    assert "place" in HOLES


@pytest.mark.parametrize(
    ("kept", "days", "seen"),
    [(State.SENT, 1, State.SENT), (State.SENT, -1, State.OVERDUE), (State.DRAFT, -1, State.DRAFT)],
)
def test_overdue_is_told_by_the_clock(kept: State, days: int, seen: State) -> None:
    assert state_now(kept, NOON + timedelta(days=days), NOON) is seen
