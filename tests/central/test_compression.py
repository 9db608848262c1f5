"""What a desk is spared: who hides whom, silent boxes, floods, chattering; traffic hides nothing red."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import text

from central.events.compression import FLOOD, Standing, arrange, load_compression
from central.events.vocabulary import Colour
from central.setup import Tables
from central.timekeeper import Timekeeper
from central.watchman import Watchman
from messages import Fault, Kind, Phase, encode
from messages.topics import BoxTopics
from placewatch.clock import ManualClock
from placewatch.errors import ConfigError
from placewatch.loadtest.day import Day, DayPlan
from placewatch.loadtest.day_report import report_of
from placewatch.paths import shipped
from tests.central.conftest import Office
from tests.central.speech import NOON, Box, at, inbound, sent
from tests.central.test_api import desk_of
from tests.central.web import Site, served

TABLE = load_compression(shipped("configs") / "compression.yaml")
SAMPLE = (shipped("configs") / "compression.yaml").read_text()


def standing(number: int, kind: str, colour: Colour, **fields: Any) -> Standing:  # noqa: ANN401 - any of its fields
    plain = Standing(number, "gate", "willow", kind, colour, None, "s/b", f"s/b/c{number}")
    return replace(plain, **fields)


CASES: list[tuple[str, list[Standing], dict[int, int | None]]] = [
    (
        "a red hides the yellow and the blue of its place and cause",
        [
            standing(1, "no_stopping", Colour.BLUE),
            standing(2, "fire_lane_blocked", Colour.YELLOW),
            standing(3, "exit_blocked", Colour.RED),
            standing(4, "crowd_density", Colour.YELLOW),
            standing(5, "no_stopping", Colour.BLUE, place="market"),
        ],
        {1: 3, 2: 3, 3: None, 4: None, 5: None},
    ),
    (
        "two reds of one place are both shown",
        [standing(1, "water_edge", Colour.RED), standing(2, "water_edge", Colour.RED)],
        {1: None, 2: None},
    ),
    (
        "two yellows of one place are both shown, a group",
        [standing(1, "exit_blocked", Colour.YELLOW), standing(2, "fire_lane_blocked", Colour.YELLOW)],
        {1: None, 2: None},
    ),
    (
        "blues of one place and cause are one line, the oldest",
        [standing(1, "no_stopping", Colour.BLUE), standing(2, "no_stopping", Colour.BLUE, camera="x")],
        {1: None, 2: 1},
    ),
    (
        "a silent box hides its cameras' offline events, wherever, but not a covered one nor another box's",
        [
            standing(1, "box_silent", Colour.BLUE, camera="s/b/"),
            standing(2, "camera_health", Colour.YELLOW, fault=Fault.OFFLINE, place="market"),
            standing(3, "camera_health", Colour.YELLOW, fault=Fault.COVERED, place="market"),
            standing(4, "camera_health", Colour.YELLOW, fault=Fault.OFFLINE, place="harbour", box="s/other"),
        ],
        {1: None, 2: 1, 3: None, 4: None},
    ),
]


@pytest.mark.parametrize(("what", "events", "hidden_by"), CASES, ids=[case[0] for case in CASES])
def test_who_hides_whom(what: str, events: list[Standing], hidden_by: dict[int, int | None]) -> None:
    found = arrange(events, TABLE)
    assert {number: position.hidden_by for number, position in found.items()} == hidden_by


def test_a_dead_network_hides_its_boxes_and_cameras(tmp_path: Path) -> None:
    file = tmp_path / "compression.yaml"
    network = "networks:\n  - {id: sw, name: {zh: 一, en: one}, members: [s/a, s/b]}"
    file.write_text(SAMPLE.replace("networks: []", network))
    events = [
        standing(1, "network_down", Colour.BLUE, box="", camera="sw"),
        standing(2, "box_silent", Colour.YELLOW, box="s/a", camera="s/a/", place="market"),
        standing(3, "camera_health", Colour.YELLOW, fault=Fault.OFFLINE, place="pier"),
        standing(4, "box_silent", Colour.YELLOW, box="s/elsewhere", camera="", place="hall"),
    ]
    found = arrange(events, load_compression(file))
    assert [found[number].hidden_by for number in (1, 2, 3, 4)] == [None, 1, 1, None]


def test_a_flood_leaves_the_gravest_of_each_place_every_red_and_what_people_work_on() -> None:
    events = [
        standing(1, "crowd_density", Colour.YELLOW),
        standing(2, "perimeter_intrusion", Colour.YELLOW),
        standing(3, "water_edge", Colour.RED),
        standing(4, "abandoned_object", Colour.RED),
        standing(5, "line_crossing", Colour.BLUE, place="market"),
        standing(6, "ebike_indoors", Colour.YELLOW, hands_on=True),
        standing(7, "crowd_density", Colour.YELLOW, home="elsewhere"),
    ]
    found = arrange(events, TABLE, frozenset({"willow"}))
    assert {number for number, position in found.items() if position.hidden_by is None} == {3, 4, 5, 6, 7}
    assert found[1].hidden_why == FLOOD
    assert found[2].hidden_why == "red-hides-milder"  # of the same cause anyway


KINDS = ["no_stopping", "fire_lane_blocked", "water_edge", "camera_health", "box_silent", "other"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.builds(
            Standing,
            id=st.integers(1, 10**6),
            place=st.sampled_from("ab"),
            home=st.sampled_from(["x", "y"]),
            kind=st.sampled_from(KINDS),
            colour=st.sampled_from(Colour),
            fault=st.sampled_from([None, *Fault]),
            box=st.sampled_from(["", "s/b"]),
            camera=st.just("s/b/c"),
            hands_on=st.booleans(),
        ),
        max_size=12,
        unique_by=lambda event: event.id,
    ),
    st.frozensets(st.sampled_from(["x", "y"])),
    st.randoms(),
)
def test_reds_are_kept_order_does_not_matter_and_something_stays(
    events: list[Standing], flooded: frozenset[str], order: object
) -> None:
    found = arrange(events, TABLE, flooded)
    assert arrange(sorted(events, key=lambda event: -event.id), TABLE, flooded) == found
    devices = {"camera_health", "box_silent"}
    for event in events:
        position = found[event.id]
        if event.colour is Colour.RED and event.kind not in devices:
            assert position.hidden_by is None
        assert position.hidden_by != event.id
    if events:
        assert any(position.hidden_by is None for position in found.values())


BAD = [
    ("kinds: [camera_health, box_silent, network_down]", "kinds: [camera_wealth]", "unknown kind"),
    ("hides: {colours: [yellow, blue]}", "hides: {colours: [red]}", "a red event would be hidden"),
    ("id: yellow-hides-blue", "id: dead-network", "is taken"),
    ("ends: 5", "ends: 50", "before it begins"),
    ("within: 24h", "within: 4wh", "working time"),
]


@pytest.mark.parametrize(("old", "new", "word"), BAD)
def test_a_bad_table_is_refused(tmp_path: Path, old: str, new: str, word: str) -> None:
    file = tmp_path / "compression.yaml"
    assert old in SAMPLE
    file.write_text(SAMPLE.replace(old, new, 1))
    with pytest.raises(ConfigError, match=word) as refused:
        load_compression(file)
    assert refused.value.problems[0].line > 1


@pytest.fixture
def site(office: Office, tables: Tables) -> Iterator[Site]:
    clock = ManualClock(NOON.timestamp() + 60)
    with served(desk_of(office, tables, clock)) as made:
        yield made


def watchman(office: Office, tables: Tables, seconds: float) -> Watchman:
    clock = ManualClock(NOON.timestamp() + seconds)
    return Watchman(office.store, lambda: tables, clock, keep=1000, listening=lambda: at(-1000))


def listed(site: Site, **query: Any) -> Any:  # noqa: ANN401 - JSON
    answer = site.client.get("/api/v1/events", params={"open": True, "order": "created", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_shows_what_a_desk_needs_and_counts_what_it_hides(site: Site, office: Office) -> None:
    box = Box()
    office.take(sent(box.alert(zone="a", alert_id="a")))
    office.take(sent(box.alert(zone="b", alert_id="b")), sent(box.alert(zone="c", alert_id="c")))
    page = listed(site, hidden=False)
    [shown] = page["items"]
    assert (shown["id"], shown["group_of"], shown["hidden_by"]) == (1, 1, None)
    assert page["hides"] == {"1": 2}
    assert page["spared"] == {
        "hidden": 2,
        "hidden_by_rule": {"one-blue-a-place": 2},
        "shelved": 0,
        "flooded": [],
    }
    hidden = listed(site, hidden=True)["items"]
    assert [event["hidden_why"]["id"] for event in hidden] == ["one-blue-a-place"] * 2
    assert len(listed(site)["items"]) == 3
    counts = site.client.get("/api/v1/counts").json()["events"]
    assert (counts["total"], counts["hidden"], counts["shown"]) == (3, 2, 1)
    body = {"reason": "roadworks", "until": at(7200).isoformat()}
    answer = site.client.post("/api/v1/events/1/verbs/shelve", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    page = listed(site, hidden=False, shelved=False)
    assert (page["items"], page["spared"]["shelved"]) == ([], 1)
    [aside] = listed(site, shelved=True)["items"]
    told = [aside[name] for name in ("shelved_until", "shelved_reason", "shelved_by")]
    assert (at(7200), told[1]) == (datetime.fromisoformat(told[0]), "roadworks")
    assert told[2]
    answer = site.client.post("/api/v1/events/1/verbs/unshelve", json={}, headers={"If-Match": "*"})
    event = answer.json()
    assert [event[name] for name in ("shelved_until", "shelved_reason", "shelved_by")] == [None] * 3
    site.client.post("/api/v1/events/1/verbs/shelve", json=body, headers={"If-Match": "*"})
    closed = {"reason": "there was nothing"}
    site.client.post("/api/v1/events/1/verbs/false_alarm", json=closed, headers={"If-Match": "*"})
    [shown] = listed(site, hidden=False)["items"]
    assert (shown["id"], shown["hidden_by"]) == (2, None)  # what hid it is over, the next one leads
    assert shown["shown_at"] is not None
    assert shown["due_at"] is not None


def test_a_silent_box_raises_one_event_and_hides_its_cameras(
    site: Site, office: Office, tables: Tables
) -> None:
    box = Box(BoxTopics("demo", "box-9"))
    health = box.health()
    [seen] = health.cameras
    cameras = [replace(seen, camera=f"cam-{n}", place="ring-road") for n in range(3)]
    office.take(
        inbound(box.topics.state, encode(box.state())),
        inbound(box.topics.health, encode(replace(health, cameras=cameras))),
    )
    for n in range(3):
        alert = box.alert(
            kind=Kind.CAMERA_HEALTH, zone=f"cam-{n}", camera=f"cam-{n}", alert_id=f"a{n}", fault=Fault.OFFLINE
        )
        office.take(sent(alert, box.topics))
    assert watchman(office, tables, 60).look() == 0
    deaf = Watchman(
        office.store, lambda: tables, ManualClock(NOON.timestamp() + 200), keep=1000, listening=lambda: None
    )
    deaf.look()
    assert len(listed(site)["items"]) == 3
    for _ in range(2):
        watchman(office, tables, 200).look()
    [shown] = listed(site, hidden=False)["items"]
    assert (shown["kind"]["id"], shown["source"]["id"], shown["place"]["id"]) == (
        "box_silent",
        "system",
        "ring-road",
    )
    assert listed(site, hidden=False)["hides"] == {str(shown["id"]): 3}
    office.take(inbound(box.topics.health, encode(replace(health, cameras=cameras)), received=300))
    watchman(office, tables, 310).look()
    found = site.client.get(f"/api/v1/events/{shown['id']}").json()
    assert found["cleared_at"] is not None
    clock = ManualClock(NOON.timestamp() + 310 + 31 * 60)
    Timekeeper(office.store, lambda: tables, clock, keep=1000).look()
    found = site.client.get(f"/api/v1/events/{shown['id']}").json()
    assert (found["state"]["id"], found["open"]) == ("closed", False)


def test_a_flood_begins_hides_keeps_reds_and_ends(site: Site, office: Office, tables: Tables) -> None:
    box = Box()
    kinds = [Kind.ABANDONED_OBJECT, Kind.CROWD_DENSITY, Kind.PERIMETER_INTRUSION, Kind.LINE_CROSSING]
    for n in range(12):
        kind = kinds[n % 4]
        office.take(sent(box.alert(kind=kind, zone=f"z{n}", alert_id=f"a{n}", limit=None)))
    office.take(sent(box.alert(kind=Kind.WATER_EDGE, zone="w", alert_id="w")))
    watchman(office, tables, 30).look()
    page = listed(site, hidden=False)
    assert page["spared"]["flooded"] == ["station-square"]
    assert page["spared"]["hidden_by_rule"][FLOOD] > 0
    reds = [event for event in page["items"] if event["colour"]["id"] == "red"]
    assert reds
    office.take(
        sent(box.alert(kind=Kind.FIRE_LANE_BLOCKED, zone="late", alert_id="late", seconds=40), received=41)
    )
    assert listed(site, hidden=True)["items"][0]["hidden_why"]["id"] == FLOOD
    watchman(office, tables, 2000).look()
    page = listed(site, hidden=False)
    assert page["spared"]["flooded"] == []
    assert FLOOD not in page["spared"]["hidden_by_rule"]
    watchman(office, tables, 2010).look()
    assert listed(site, hidden=False)["spared"]["flooded"] == []


def test_a_spot_that_repeats_itself_is_held_open(sqlite_office: Office, tables: Tables) -> None:
    office, box = sqlite_office, Box()
    clock = ManualClock()
    keeper = Timekeeper(office.store, lambda: tables, clock, keep=1000)
    for n in range(6):
        start = n * 1200.0
        office.take(sent(box.alert(alert_id=f"a{n}", seconds=start, started=start), received=start))
        end = start + 100
        closed = box.alert(Phase.CLOSED, alert_id=f"a{n}", seconds=end, started=start)
        office.take(sent(closed, received=end))
        clock.set(NOON.timestamp() + end + 600)
        keeper.look()
    with office.store.read() as connection:
        rows = connection.execute(text("SELECT episodes, earlier, open FROM event ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(1, 0, 0), (1, 1, 0), (4, 2, 1)]


def test_two_hours_of_a_simulated_day(tmp_path: Path) -> None:
    plan = DayPlan(desks=1, cameras=16, hours=1.0, episodes=400, outages=0, seed=3)
    result = Day(plan, tmp_path).run()
    figures = report_of(plan, result)
    assert result.alerts > 100
    assert result.shown < result.events <= result.alerts
    assert result.reds_shown == result.reds
    assert sum(result.hours) + result.shown_in_floods == result.shown
    assert figures["alerts_per_shown_event"] == round(result.alerts / result.shown, 1)
    (tmp_path / "again").mkdir()
    assert Day(plan, tmp_path / "again").run() == result


def test_hours_before_the_day_are_lived_and_not_counted(tmp_path: Path) -> None:
    plan = DayPlan(desks=1, cameras=16, hours=0.5, episodes=400, outages=0, seed=3, hours_before=0.5)
    told: list[float] = []
    result = Day(plan, tmp_path, told.append).run()
    (tmp_path / "all").mkdir()
    both = Day(dataclasses.replace(plan, hours=1.0, hours_before=0.0), tmp_path / "all").run()
    assert len(told) == 60, "a look of the timekeeper in each minute of both halves"
    assert 0 < result.alerts < both.alerts
    assert result.curve[0][0] == result.alerts
    assert sum(result.hours) + result.shown_in_floods == result.shown <= result.events
