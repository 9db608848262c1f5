"""People's reports, pictures, units and tasks over a real server, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import Response

from central.setup import Tables
from placewatch.errors import RedactionError, UploadError
from tests.central.conftest import Office
from tests.central.speech import jpeg
from tests.central.test_verbs import problem
from tests.central.town import Town, sign_in, town_of

HERE = [117.2050, 30.5050]
"""At the ring road, in a grid of the station's village."""


@dataclass(frozen=True, slots=True)
class Covered:
    jpeg: bytes
    width: int = 64
    height: int = 48
    blurred: int = 2


class Door:
    """Stands in for the boxes' redaction, which has its own tests: one picture passes, others do not."""

    def cover(self, content: bytes) -> Covered:
        if content == jpeg():
            return Covered(jpeg(shade=10))
        if content == b"broken":
            raise RedactionError("no model")
        raise UploadError("not a picture that can be read")


@pytest.fixture
def town(office: Office, tables: Tables) -> Iterator[Town]:
    with town_of(office, tables, Door()) as made:
        yield made


def upload(town: Town, content: bytes = jpeg(), kind: str = "image/jpeg", name: str = "li") -> Response:
    headers = {**town.who(name), "Content-Type": kind}
    return town.client.post("/api/v1/uploads", content=content, headers=headers)


def report(town: Town, name: str = "li", **fields: object) -> Response:
    body = {"source": "grid_worker", "item": 16, "summary": "rubbish beside the bins", "point": HERE} | fields
    given = {key: value for key, value in body.items() if value is not None}
    return town.client.post("/api/v1/reports", json=given, headers=town.who(name))


def test_a_report_becomes_an_event_of_the_same_life_cycle(town: Town) -> None:
    picture = upload(town)
    assert picture.status_code == 201, picture.text
    assert picture.json()["blurred"] == 2
    answer = report(town, pictures=[picture.json()["id"]], reference="12345-77")
    assert answer.status_code == 201, answer.text
    event = answer.json()["event"]
    assert (event["state"]["id"], event["kind"]["id"], event["source"]["id"]) == (
        "filed",
        "exposed_rubbish",
        "grid_worker",
    )
    assert (event["org"]["id"], event["grid"]["id"], event["unmapped"]) == (
        "station-square",
        "station-01",
        None,
    )
    assert (event["place"]["class"], event["place"]["point"], event["box"]) == (None, HERE, None)
    shown = town.show(event["id"]).json()
    assert [entry["verb"]["id"] for entry in shown["timeline"]] == ["reported", "filed"]
    assert shown["timeline"][0]["details"]["reference"] == "12345-77"
    assert {row["limit"] for row in shown["deadlines"]} == {"30m", "2wh", "4wh"}
    assert [one["id"] for one in shown["pictures"]] == [picture.json()["id"]]
    seen = town.client.get(shown["picture"]["url"], headers=town.who("li"))
    assert (seen.status_code, seen.content) == (200, jpeg(shade=10))
    assert town.act("li", "dispatch", {"unit": "grid-1"}, event=event["id"]).status_code == 200


def test_a_residents_report_is_looked_at_first(town: Town) -> None:
    event = report(town, source="resident").json()["event"]
    assert (event["state"]["id"], event["steps"]["filed_at"]) == ("reported", None)
    assert town.act("li", "file", event=event["id"]).status_code == 200
    assert len(town.show(event["id"]).json()["deadlines"]) == 3


@pytest.mark.parametrize(
    ("address", "org", "unmapped"),
    [
        ("柳荫社区南门", "willow", "no_grid"),
        ("in front of Willow Village, gate 2", "willow", "no_grid"),
        ("环城路公交站", "station-square", None),  # names a place
        ("somewhere else", "demo-city", "no_grid"),
    ],
)
def test_an_address_in_words_finds_who_answers(
    sqlite_office: Office, tables: Tables, address: str, org: str, unmapped: str | None
) -> None:
    with town_of(sqlite_office, tables) as town:
        event = report(town, point=None, address=address).json()["event"]
        assert (event["org"]["id"], event["unmapped"]) == (org, unmapped)
        assert (event["state"]["id"] == "reported") == (org == "demo-city")


def test_open_events_near_by_are_hinted_at(town: Town) -> None:
    town.alert()  # an illegally stopped car, seen by a camera
    answer = report(town, item=13, summary="a car on the kerb", point=[117.2052, 30.5052])
    [duplicate] = answer.json()["duplicates"]
    assert (duplicate["event"]["id"], duplicate["distance_m"] < 50) == (1, True)
    query = {"longitude": 117.2051, "latitude": 30.5051, "item": 13}
    before = town.client.get("/api/v1/reports/duplicates", params=query, headers=town.who("li")).json()
    assert {item["event"]["id"] for item in before["items"]} == {1, 2}
    assert town.act("li", "merge", {"into": 1}, event=2).status_code == 200
    far = report(town, item=13, point=[117.25, 30.55]).json()
    other = report(town, item=16).json()
    assert far["duplicates"] == other["duplicates"] == []


REFUSALS: list[tuple[dict[str, object], str]] = [
    ({"item": 22}, "body.item"),
    ({"item": 999}, "body.item"),
    ({"point": None}, "body.point"),
    ({"point": [200, 0]}, "body.point.0"),
    ({"point": None, "place": "nowhere"}, "body.place"),
    ({"summary": ""}, "body.summary"),
    ({"summary": "\u0000\u0007 "}, "body.summary"),
    ({"summary": "x" * 501}, "body.summary"),
    ({"source": "camera"}, "body.source"),
    ({"observed": "1999-01-01T00:00:00Z"}, "body.observed"),
    ({"observed": "2025-11-23T12:00:00"}, "body.observed"),
    ({"observed": "9999-12-31T23:59:59-23:00"}, "body.observed"),
    ({"pictures": ["0" * 32]}, "body.pictures"),
    ({"pictures": ["../../etc/passwd"]}, "body.pictures.0"),
    ({"reporter": "Li Wei"}, "body.reporter"),
]


def test_a_bad_report_names_its_field_and_leaves_nothing(town: Town) -> None:
    for fields, field in REFUSALS:
        said = problem(report(town, "li", **dict(fields)), 422)
        assert [error["field"] for error in said["errors"]] == [field], fields  # type: ignore[attr-defined]
    assert town.client.get("/api/v1/events", headers=town.who("wang")).json()["items"] == []
    problem(report(town, "audit"), 403)


def test_a_repeated_report_is_one_event(town: Town) -> None:
    body = {"source": "hotline", "item": 16, "summary": "<script>alert(1)</script>'; --", "point": HERE}
    headers = {**town.who("li"), "Idempotency-Key": "call-1"}
    first, again = (town.client.post("/api/v1/reports", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["event"]["summary"] == body["summary"]  # text is text


def test_pictures_that_are_not_taken(town: Town) -> None:
    problem(upload(town, b"GIF89a", "image/gif"), 415)
    problem(upload(town, b"zip bomb"), 422)
    problem(upload(town, b"broken"), 503)
    problem(upload(town, b"x" * (20 * 2**20 + 1)), 413)
    problem(upload(town, name="audit"), 403)
    picture = upload(town).json()
    problem(town.client.get(picture["url"], headers=town.who("sun")), 404)  # not used yet: the sender's own
    town.alert()
    problem(town.act("sun", "note", {"note": "n", "pictures": [picture["id"]]}), 422)
    assert town.act("li", "note", {"note": "n", "pictures": [picture["id"]]}).status_code == 200
    assert town.client.get(picture["url"], headers=town.who("sun")).status_code == 200
    town.alert(alert_id="b", zone="other")
    problem(town.act("li", "note", {"note": "n", "pictures": [picture["id"]]}, event=2), 422)


def test_a_picture_that_nobody_uses_goes_after_a_day(town: Town) -> None:
    picture = upload(town).json()
    town.at(86400 + 120)
    town.keys["li"] = sign_in(town.client, "li")
    assert upload(town).status_code == 201
    problem(town.client.get(picture["url"], headers=town.who("li")), 404)


def test_the_nearest_suitable_unit_is_sent_and_has_its_task(town: Town) -> None:
    town.alert()
    ranked = get(town, "li", "/api/v1/units?event=1")["items"]
    assert [unit["id"] for unit in ranked if not unit["unfit"]] == ["grid-1", "traffic-1", "traffic-2"]
    assert put_position(town, "traffic-1").status_code == 204
    problem(put_position(town, "grid-1"), 403)
    answer = town.act("li", "dispatch", {"units": ["grid-1"]})
    assert answer.json()["unit"]["id"] == "traffic-1"
    [task] = get(town, "zhao", "/api/v1/tasks")["items"]
    assert (task["role"], task["state"], task["event"]["id"]) == ("lead", "offered", 1)
    assert town.act("zhao", "accept").status_code == 200
    path = f"/api/v1/tasks/{task['id']}/verbs/arrive"
    problem(town.client.post(path, json={}, headers=town.who("zhao")), 409)  # the lead acts on the event
    units = {unit["id"]: unit for unit in get(town, "li", "/api/v1/units")["items"]}
    assert (units["traffic-1"]["load"], units["grid-1"]["load"]) == (1, 1)
    assert not units["day-shift"]["on_duty"]
    assert "willow-grid" not in units


def get(town: Town, name: str, path: str) -> Any:  # noqa: ANN401 - JSON
    answer = town.client.get(path, headers=town.who(name))
    assert answer.status_code == 200, answer.text
    return answer.json()


def put_position(town: Town, unit: str) -> Response:
    path = f"/api/v1/units/{unit}/position"
    return town.client.put(path, json={"point": HERE}, headers=town.who("zhao"))


def test_an_assistant_takes_its_own_steps(town: Town) -> None:
    town.alert()
    town.act("li", "dispatch", {"unit": "grid-1"})
    town.act("li", "support", {"units": ["traffic-1"], "reason": "a heavy lorry"})
    [task] = get(town, "zhao", "/api/v1/tasks")["items"]
    assert task["role"] == "assistant"

    def step(verb: str, **body: object) -> Response:
        path = f"/api/v1/tasks/{task['id']}/verbs/{verb}"
        return town.client.post(path, json=body, headers=town.who("zhao"))

    problem(step("feedback", note="done"), 409)
    assert step("accept").json()["state"] == "accepted"
    problem(step("feedback"), 422)
    assert step("feedback", note="towed").json()["state"] == "done"
    shown = town.show().json()
    assert shown["state"]["id"] == "dispatched"
    assert [entry["verb"]["id"] for entry in shown["timeline"]][-2:] == ["assisted", "assisted"]
    assert {(one["unit"]["id"], one["state"]) for one in shown["tasks"]} == {
        ("grid-1", "offered"),
        ("traffic-1", "done"),
    }
    problem(town.client.get("/api/v1/tasks", headers=town.who("li")), 422)
    mine = town.client.get("/api/v1/tasks?unit=traffic-1&live=false", headers=town.who("wang")).json()
    assert [one["state"] for one in mine["items"]] == ["done"]
    problem(town.client.get("/api/v1/tasks?unit=willow-grid", headers=town.who("wang")), 403)
