"""A scripted day: an alert and a resident's report travel the whole loop, over HTTP, on both databases."""

from collections import Counter
from collections.abc import Iterator

import pytest

from central.setup import Tables
from central.store.audit import verify
from central.timekeeper import Timekeeper
from messages import Phase
from tests.central.conftest import (
    Office,
    database,  # noqa: F401 - fixtures
    office,  # noqa: F401
    postgres,  # noqa: F401
    store,  # noqa: F401
    tables,  # noqa: F401
)
from tests.central.town import Town, town_of

pytestmark = pytest.mark.slow  # begins first

HERE = [117.2050, 30.5050]


@pytest.fixture
def town(office: Office, tables: Tables) -> Iterator[Town]:  # noqa: F811 - a fixture's own way
    with town_of(office, tables) as made:
        yield made


def look(town: Town, tables: Tables, seconds: float) -> None:  # noqa: F811 - a fixture's own way
    """Time goes on to so many seconds after noon."""
    town.at(seconds)
    Timekeeper(town.office.store, lambda: tables, town.clock, keep=1000).look()


def done(town: Town, name: str, verb: str, event: int, **body: object) -> str:
    """An act that has to succeed; the state afterwards."""
    answer = town.act(name, verb, body, event)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"]["id"])


def test_a_day(town: Town, tables: Tables) -> None:  # noqa: F811 - a fixture's own way
    # 12:00 A camera sees a car where none may stop; a resident reports rubbish.
    town.alert()
    body = {"source": "resident", "item": 16, "summary": "rubbish beside the bins", "point": HERE}
    report = town.client.post("/api/v1/reports", json=body, headers=town.who("li"))
    assert report.status_code == 201, report.text
    assert (town.state(1), town.state(2)) == ("filed", "reported")

    # The desk files the report and sends units; the traffic squad refuses, once, with its reason.
    assert done(town, "li", "file", 2) == "filed"
    assert done(town, "li", "dispatch", 1, unit="traffic-1") == "dispatched"
    assert done(town, "zhao", "return", 1, reason="the kerb is private ground") == "returned"

    # 12:16 Nobody has accepted within 15 minutes: the level above has to decide, and sends the squad again.
    look(town, tables, 16 * 60)
    assert (town.state(1), town.show(1).json()["org"]["id"]) == ("escalated", "newtown-station")
    assert town.act("li", "dispatch", {"unit": "traffic-1"}, 1).status_code == 403
    assert done(town, "wang", "dispatch", 1, unit="traffic-1", note="it is not") == "dispatched"
    assert done(town, "zhao", "accept", 1) == "accepted"
    assert done(town, "zhao", "arrive", 1) == "on_site"
    assert done(town, "zhao", "feedback", 1, note="towed") == "handled"

    # 12:30 The camera sees a clear kerb for five minutes: it vouches, and closes what is yellow.
    town.alert(Phase.CLOSED, seconds=1500)
    look(town, tables, 1500 + 299)
    assert town.state(1) == "handled"
    look(town, tables, 1500 + 300)
    shown = town.show(1).json()
    assert (shown["state"]["id"], shown["steps"]["verified_by"], shown["open"]) == ("closed", "camera", False)

    # The report goes its way by people: who handles it does not check it.
    assert done(town, "li", "dispatch", 2, unit="grid-1") == "dispatched"
    for verb, said in (("accept", {}), ("feedback", {"note": "cleared"})):
        done(town, "li", verb, 2, **said)  # on behalf of the grid post, by telephone
    assert town.act("li", "verify", {}, 2).status_code == 409
    assert done(town, "sun", "verify", 2) == "verified"
    assert done(town, "sun", "close", 2) == "closed"

    # It was closed too soon: limits begin anew.
    assert done(town, "wang", "reopen", 2, reason="half of it is still there") == "reopened"
    assert done(town, "li", "dispatch", 2, unit="grid-1") == "dispatched"
    for verb, said in (("accept", {}), ("feedback", {"note": "cleared, all of it"})):
        done(town, "li", verb, 2, **said)
    assert done(town, "wang", "verify", 2) == "verified"
    assert done(town, "wang", "close", 2) == "closed"

    figures_add_up(town)


def figures_add_up(town: Town) -> None:
    """What the events, their timelines and their limits say is the same."""
    listed = town.client.get("/api/v1/events", headers=town.who("wang")).json()["items"]
    assert [item["state"]["id"] for item in listed] == ["closed", "closed"]
    first, second = town.show(1).json(), town.show(2).json()
    told = Counter(entry["verb"]["id"] for event in (first, second) for entry in event["timeline"])
    counts = {name: first["counts"][name] + second["counts"][name] for name in first["counts"]}
    assert counts == {
        "returns": told["return"],
        "transfers": told["take_over"],
        "pauses": told["suspend"],
        "reopens": told["reopen"],
        "escalations": told["escalate"],
        "overdue": told["breached"],
    }
    assert counts == {
        "returns": 1,
        "transfers": 0,
        "pauses": 0,
        "reopens": 1,
        "escalations": 1,
        "overdue": 1,
    }
    late = [
        (row["step"], row["round"]) for event in (first, second) for row in event["deadlines"] if row["late"]
    ]
    assert late == [("accept", 0)]
    assert not {row["state"] for event in (first, second) for row in event["deadlines"]} - {"met", "void"}
    assert (first["alerts"], first["episodes"], first["open_episodes"]) == (2, 1, 0)
    states = {task["state"] for event in (first, second) for task in event["tasks"]}
    assert states == {"refused", "done"}
    audit = verify(town.office.store)
    assert (audit.events, audit.breaks) == (2, ())
    assert audit.entries == len(first["timeline"]) + len(second["timeline"])
