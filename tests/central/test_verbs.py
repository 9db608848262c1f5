"""Acts on events over a real server, on both databases."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Response
from sqlalchemy import text

from central.events.vocabulary import Act, EventState
from central.setup import Tables
from central.store.audit import verify
from messages import Phase
from tests.central.conftest import Office
from tests.central.town import Town, town_of


@pytest.fixture
def town(office: Office, tables: Tables) -> Iterator[Town]:
    with town_of(office, tables) as made:
        yield made


def problem(answer: Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, object] = answer.json()
    return said


def test_the_whole_loop_and_its_timeline(town: Town) -> None:
    town.alert()
    before = town.show().headers["etag"]
    answer = town.act("li", "dispatch", {"unit": "traffic-1", "note": "a lorry"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["unit"] == {"id": "traffic-1", "name": {"zh": "交警一队", "en": "Traffic squad 1"}}
    assert answer.headers["etag"] == answer.json()["etag"] == town.show().headers["etag"] != before
    for name, verb, body in (
        ("zhao", "accept", {}),
        ("zhao", "arrive", {}),
        ("zhao", "feedback", {"note": "towed"}),
        ("li", "verify", {}),
        ("li", "close", {}),
        ("wang", "reopen", {"reason": "it is back"}),
    ):
        answer = town.act(name, verb, body)
        assert answer.status_code == 200, answer.text
    shown = town.show().json()
    verbs = [entry["verb"]["id"] for entry in shown["timeline"]]
    acts = ["dispatch", "accept", "arrive", "feedback", "verify", "close", "reopen", "regraded"]
    assert verbs == ["reported", "filed", *acts]
    assert shown["timeline"][2]["actor"] == "li"
    assert shown["timeline"][2]["details"] == {"state": "dispatched", "note": "a lorry", "unit": "traffic-1"}
    assert (shown["counts"]["reopens"], shown["colour"]["rule"]) == (1, "closed-too-soon")
    limits = {(row["round"], row["step"]): row["state"] for row in shown["deadlines"]}
    assert limits == {
        (0, "accept"): "met",
        (0, "arrive"): "met",
        (0, "close"): "met",
        (1, "accept"): "running",
        (1, "arrive"): "running",
        (1, "close"): "running",
    }
    audit = verify(town.office.store)
    assert (audit.events, audit.entries, audit.breaks) == (1, 10, ())


def test_a_changed_timeline_is_found(town: Town) -> None:
    town.alert()
    town.act("li", "note", {"note": "seen"})
    with town.office.store.write() as connection:
        connection.execute(text("UPDATE event_entry SET actor = 'x' WHERE number = 2"))
    [broken] = verify(town.office.store).breaks
    assert (broken.event_id, broken.entry) == (1, 2)


def test_an_illegal_step_says_what_is_possible_and_changes_nothing(town: Town) -> None:
    town.alert()
    before = town.show().json()
    said = problem(town.act("li", "close"), 409)
    assert "dispatch" in str(said["detail"])
    assert town.show().json() == before


REFUSALS: list[tuple[str, str, dict[str, object], int, str | None]] = [
    ("chen", "dispatch", {"unit": "grid-1"}, 404, "path.event_id"),
    ("audit", "dispatch", {"unit": "grid-1"}, 403, None),
    ("zhao", "accept", {}, 409, None),
    ("li", "false_alarm", {}, 422, "body.reason"),
    ("li", "false_alarm", {"reason": "  "}, 422, "body.reason"),
    ("li", "dispatch", {"unit": "nobody"}, 422, "body.unit"),
    ("li", "dispatch", {"unit": "../etc"}, 422, "body.unit"),
    ("li", "dispatch", {"colour": "red"}, 422, "body.colour"),
    ("li", "refer", {"reason": "r", "to_org": "nowhere"}, 422, "body.to_org"),
    ("li", "shelve", {"reason": "r", "until": "2025-11-23T04:00:00Z"}, 422, "body.until"),
    ("li", "shelve", {"reason": "r", "until": "2025-11-24T04:00:00"}, 422, "body.until"),
    ("li", "note", {"note": "n", "pictures": ["0" * 32]}, 422, "body.pictures"),
    ("li", "merge", {"into": 1}, 422, "body.into"),
    ("li", "merge", {"into": 77}, 422, "body.into"),
    ("li", "explode", {}, 422, "path.verb"),
]


def test_a_refusal_names_what_is_wrong(town: Town) -> None:
    town.alert()
    before = town.show().json()
    for name, verb, body, status, field in REFUSALS:
        said = problem(town.act(name, verb, body), status)
        named = [error["field"] for error in said["errors"]]  # type: ignore[attr-defined]
        assert named == ([field] if field else []), (verb, body)
        assert town.show().json() == before, (verb, body)


def test_nobody_acts_without_having_signed_in(town: Town) -> None:
    town.alert()
    answer = town.client.post("/api/v1/events/1/verbs/note", json={"note": "n"}, headers={"If-Match": "*"})
    problem(answer, 401)


def test_two_operators_cannot_overwrite_each_other(town: Town) -> None:
    town.alert()
    seen = town.show().headers["etag"]
    assert town.act("li", "dispatch", {"unit": "grid-1"}, If_Match=seen).status_code == 200
    late = town.act("sun", "dispatch", {"unit": "traffic-1"}, If_Match=seen)
    problem(late, 412)
    assert late.headers["etag"] == town.show().headers["etag"]
    assert town.show().json()["unit"]["id"] == "grid-1"
    answer = town.client.post("/api/v1/events/1/verbs/note", json={"note": "n"}, headers=town.who("li"))
    problem(answer, 428)


def test_of_many_who_act_at_once_one_is_first(town: Town) -> None:
    town.alert()
    seen = town.show().headers["etag"]

    def try_it(number: int) -> int:
        return town.act("li", "note", {"note": f"n{number}"}, If_Match=seen).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(try_it, range(8)))
    assert codes == [200, *[412] * 7]


def test_a_refresh_by_the_camera_does_not_disturb_the_operator(town: Town) -> None:
    town.alert()
    seen = town.show().headers["etag"]
    town.alert(Phase.UPDATED, seconds=30)
    assert town.show().json()["alerts"] == 2
    assert town.act("li", "acknowledge", If_Match=seen).status_code == 200


def test_a_repeated_request_has_its_effect_once(town: Town) -> None:
    town.alert()
    first = town.act("li", "note", {"note": "n"}, Idempotency_Key="k1", If_Match="*")
    again = town.act("li", "note", {"note": "n"}, Idempotency_Key="k1", If_Match="*")
    assert (again.status_code, again.json(), again.headers["etag"]) == (
        200,
        first.json(),
        first.headers["etag"],
    )
    assert [e["verb"]["id"] for e in town.show().json()["timeline"]].count("note") == 1
    other = town.act("li", "note", {"note": "m"}, Idempotency_Key="k1", If_Match="*")
    said = problem(other, 422)
    assert [error["field"] for error in said["errors"]] == ["header.Idempotency-Key"]  # type: ignore[attr-defined]
    assert town.act("sun", "note", {"note": "m"}, Idempotency_Key="k1", If_Match="*").status_code == 200


def test_what_people_decided_is_not_undone_by_the_next_alert(town: Town) -> None:
    town.alert()
    town.act("li", "refer", {"reason": "across the street", "to_org": "willow"})
    assert town.act("chen", "take_over").status_code == 200
    town.alert(Phase.UPDATED, seconds=30)
    town.alert(alert_id="b", seconds=40)
    shown = town.client.get("/api/v1/events/1", headers=town.who("chen")).json()
    assert (shown["org"]["id"], shown["state"]["id"], shown["episodes"]) == ("willow", "filed", 2)


def test_what_is_merged_keeps_its_alerts_and_closes_with_its_whole(town: Town) -> None:
    town.alert()
    town.alert(alert_id="b", zone="carriageway")
    assert town.act("li", "merge", {"into": 2}, event=1).status_code == 200
    town.alert(alert_id="c", seconds=50)
    assert (town.state(1), town.show(1).json()["episodes"]) == ("merged", 2)
    assert town.show(2).json()["part_of_it"] == [1]
    town.act("li", "dispatch", {"unit": "traffic-1"}, event=2)
    town.act("zhao", "accept", event=2)
    town.act("zhao", "feedback", {"note": "done"}, event=2)
    town.act("li", "verify", event=2)
    town.act("li", "close", event=2)
    shown = town.show(1).json()
    assert (shown["state"]["id"], shown["open"], shown["merged_into"]) == ("merged", False, 2)
    assert {row["state"] for row in shown["deadlines"]} == {"void"}
    assert not verify(town.office.store).breaks


def test_a_reopening_gives_way_to_the_event_that_is_open_since(town: Town) -> None:
    town.alert()
    town.act("li", "false_alarm", {"reason": "a shadow"})
    town.alert(alert_id="b", seconds=30)
    assert town.state(2) == "filed"
    assert "go on with that one" in str(problem(town.act("li", "reopen", {"reason": "no"}), 409)["detail"])


def test_desks_hear_of_it(town: Town) -> None:
    town.alert()
    town.act("li", "acknowledge")
    with town.office.store.read() as connection:
        payload = connection.execute(text("SELECT payload FROM stream ORDER BY id DESC LIMIT 1")).scalar_one()
    assert json.loads(payload) == ["acknowledge"]


def test_the_table_is_shown(town: Town) -> None:
    table = town.client.get("/api/v1/verbs", headers=town.who("audit")).json()
    assert [verb["id"] for verb in table["verbs"]] == [str(act) for act in Act]
    assert [state["id"] for state in table["states"]] == [str(state) for state in EventState]
    [row] = next(verb for verb in table["verbs"] if verb["id"] == "feedback")["transitions"]
    assert row == {
        "from": ["accepted", "on_site"],
        "to": "handled",
        "roles": ["responder", "dispatcher", "operator"],
        "requires": ["note"],
        "allows": ["pictures"],
        "guards": [],
    }
    assert all(verb["transitions"] for verb in table["verbs"])
