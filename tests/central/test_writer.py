"""One batch, one transaction, on both databases."""

import re

import msgspec
import pytest
from sqlalchemy import event, func, select, text

from central.api import queries_event, queries_service
from central.events.chain import Entry, first_break
from central.events.facts import EventFacts
from central.events.showing import shown_by
from central.people.scope import WHOLE
from central.setup import Tables
from central.store import feed
from central.store.books import EVENT_COLUMNS, event_facts
from central.store.boxes import boxes_as_said
from central.store.engine import Store
from central.store.models import (
    Base,
    Box,
    BoxSession,
    Camera,
    DeadLetter,
    Episode,
    Event,
    EventEntry,
    Evidence,
    Inbox,
    Stream,
)
from messages import CameraState, Fault, Health, Kind, Phase, PlaceClass, encode
from messages.topics import BoxTopics
from tests.central.conftest import Office
from tests.central.speech import BOX, at, evidence, inbound, jpeg, sent
from tests.central.speech import Box as Speaker


def rows(store: Store, model: type[Base]) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def events(store: Store) -> list[EventFacts]:
    with store.read() as connection:
        return [event_facts(row) for row in connection.execute(select(*EVENT_COLUMNS).order_by(Event.id))]


def test_an_alert_becomes_an_event(office: Office) -> None:
    done = office.take(sent(Speaker().alert(picture=evidence())))
    assert (done.alerts, done.duplicates, done.dead_letters, done.stream_last) == (1, 0, 0, 1)
    assert list(done.ids[BOX]) == ["box-1-s1-1"]
    [event] = events(office.store)
    assert event.number == "20251123-000001"
    assert (event.grid, event.org, event.item, event.colour) == ("station-01", "station-square", 13, "blue")
    assert (event.state, event.open, event.cleared_at) == ("filed", True, None)
    assert event.first_seen == at(0)
    assert event.received == at(1)
    with office.store.read() as connection:
        found = queries_event.evidence_file(connection, event.picture or "", WHOLE)
    assert found is not None
    assert office.evidence.path(found.file).read_bytes() == jpeg()


def test_a_repeat_changes_nothing_but_gets_its_receipt(office: Office) -> None:
    message = sent(Speaker().alert(picture=evidence()))
    office.take(message)
    before = events(office.store)
    again = office.take(message, message)
    assert (again.alerts, again.duplicates) == (0, 2)
    assert list(again.ids[BOX]) == ["box-1-s1-1"]
    assert events(office.store) == before
    assert [rows(office.store, model) for model in (Inbox, Episode, Evidence, Stream)] == [1, 1, 1, 1]


def test_a_repeat_within_one_batch_counts_once(office: Office) -> None:
    message = sent(Speaker().alert())
    done = office.take(message, message, message)
    assert (done.alerts, done.duplicates) == (1, 2)
    assert events(office.store)[0].alerts == 1


def test_an_episode_from_beginning_to_end(office: Office) -> None:
    box = Speaker()
    office.take(sent(box.alert(count=1)))
    office.take(sent(box.alert(Phase.UPDATED, seconds=60, count=3, limit=2), received=61))
    office.take(sent(box.alert(Phase.CLOSED, seconds=90, count=0), received=91))
    [event] = events(office.store)
    assert (event.alerts, event.episodes, event.open_episodes) == (3, 1, 0)
    assert (event.peak_count, event.peak_ratio, event.longest_s) == (3, 1.5, 90.0)
    assert event.cleared_at == at(90)
    assert event.open
    with office.store.read() as connection:
        verbs = [entry.verb.id for entry in queries_event.timeline(connection, event)]
    assert verbs == ["reported", "filed", "episode_closed", "cleared"]


def test_two_cameras_on_one_zone_join_one_event(office: Office) -> None:
    box = Speaker()
    office.take(
        sent(box.alert(alert_id="a", camera="cam-1")),
        sent(box.alert(alert_id="b", camera="cam-2", seconds=5)),
        sent(box.alert(Phase.CLOSED, alert_id="a", camera="cam-1", seconds=9)),
    )
    [event] = events(office.store)
    assert (event.episodes, event.open_episodes, event.cleared_at) == (2, 1, None)
    office.take(sent(box.alert(Phase.CLOSED, alert_id="b", camera="cam-2", seconds=20)))
    assert events(office.store)[0].cleared_at == at(20)


def test_a_closed_event_is_left_alone_and_a_new_one_begins(office: Office) -> None:
    box = Speaker()
    office.take(sent(box.alert(alert_id="a")))
    with office.store.write() as connection:
        connection.execute(text("UPDATE event SET open = false"))
    office.take(
        sent(box.alert(alert_id="b", seconds=5)), sent(box.alert(Phase.CLOSED, alert_id="a", seconds=6))
    )
    first, second = events(office.store)
    assert (first.open, first.alerts, second.open, second.alerts) == (False, 2, True, 1)


def test_other_kind_zone_or_place_is_another_event(office: Office) -> None:
    box = Speaker()
    office.take(
        sent(box.alert(alert_id="a")),
        sent(box.alert(alert_id="b", zone="carriageway")),
        sent(box.alert(alert_id="c", kind=Kind.PERIMETER_INTRUSION)),
        sent(box.alert(alert_id="d", place="willow-school", place_class=PlaceClass.SCHOOL)),
    )
    assert [event.id for event in events(office.store)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("place", "org", "grid", "unmapped", "state"),
    [
        ("ring-road", "station-square", "station-01", None, "filed"),
        ("waterworks", "newtown-station", None, "no_grid", "reported"),
        ("atlantis", "demo-city", None, "unknown_place", "reported"),
    ],
)
def test_where_it_belongs(
    sqlite_office: Office, place: str, org: str, grid: str | None, unmapped: str | None, state: str
) -> None:
    sqlite_office.take(sent(Speaker().alert(place=place)))
    [event] = events(sqlite_office.store)
    assert (event.org, event.grid, event.unmapped, event.state) == (org, grid, unmapped, state)


def test_a_late_alert_informs_but_is_not_filed(sqlite_office: Office) -> None:
    box = Speaker()
    sqlite_office.take(sent(box.alert(), received=86400))
    [event] = events(sqlite_office.store)
    assert (event.state, event.late_alerts) == ("reported", 1)
    assert (event.first_seen, event.received) == (at(0), at(86400))
    sqlite_office.take(sent(box.alert(Phase.UPDATED, seconds=86400), received=86401))
    [event] = events(sqlite_office.store)
    assert (event.state, event.late_alerts, event.alerts) == ("filed", 1, 2)


def test_a_clock_ahead_is_as_doubtful_as_a_late_alert(sqlite_office: Office) -> None:
    sqlite_office.take(sent(Speaker().alert(seconds=3600), received=1))
    assert events(sqlite_office.store)[0].state == "reported"


def test_one_box_cannot_touch_another_boxs_episode_or_ids(office: Office) -> None:
    other = BoxTopics("demo", "box-2")
    mine, theirs = Speaker(), Speaker(other)
    office.take(sent(mine.alert(alert_id="shared")))
    forged = msgspec.structs.replace(
        theirs.alert(Phase.CLOSED, alert_id="shared", seconds=5), id="box-1-s1-2"
    )
    office.take(sent(forged, other))
    office.take(sent(mine.alert(Phase.UPDATED, alert_id="shared", seconds=9)))
    [event] = events(office.store)
    assert (event.alerts, event.episodes, event.open_episodes) == (3, 2, 1)


def test_an_episode_that_changes_its_place_is_refused(office: Office) -> None:
    box = Speaker()
    office.take(sent(box.alert(alert_id="a")))
    done = office.take(sent(box.alert(Phase.UPDATED, alert_id="a", place="willow-school", seconds=2)))
    assert (done.alerts, done.dead_letters) == (0, 1)
    assert done.rejected[BOX][0].id == "box-1-s1-2"
    assert not done.ids[BOX]
    with office.store.read() as connection:
        figures = queries_service.counts(connection)
    assert (figures.alerts_committed, figures.dead_letters, figures.events.total) == (1, 1, 1)


def test_numbers_that_never_came_are_counted(office: Office) -> None:
    box = Speaker()
    alerts = [box.alert(alert_id=f"e{n}") for n in range(6)]
    office.take(*(sent(alerts[n]) for n in (5, 0, 2)))
    with office.store.read() as connection:
        assert sum(queries_service.missing(connection).values()) == 3
    office.take(*(sent(alerts[n]) for n in (1, 3, 4)))
    with office.store.read() as connection:
        assert queries_service.missing(connection) == {}
    assert rows(office.store, BoxSession) == 1


def test_health_and_state(office: Office) -> None:
    box = Speaker()
    done = office.take(
        inbound(BOX.state, encode(box.state())), inbound(BOX.health, encode(box.health(waiting=4)))
    )
    assert done.stream_last == 0
    with office.store.read() as connection:
        row = connection.execute(boxes_as_said()).one()
        camera = connection.execute(select(Camera.__table__)).one()
    assert (row.online, row.session, row.version) == (True, "s1", "0.1.0")
    assert '"waiting":4' in row.health
    assert camera.state == "streaming"
    assert '"frames_decoded":100' in row.health
    silent = msgspec.structs.replace(box.health(), cameras=[], stopping=True)
    office.take(inbound(BOX.health, encode(silent)))
    assert rows(office.store, Camera) == 0


def test_cameras_are_written_when_their_list_changes(office: Office) -> None:
    box = Speaker()

    def said(health: Health) -> tuple[int, list[tuple[str, str]]]:
        """How many statements touch cameras' rows, and what lies there afterwards."""
        touched: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object) -> None:
            if re.search(r"(?i)(insert into|update|delete from) camera\b", statement):
                touched.append(statement)

        event.listen(office.store.engine, "before_cursor_execute", note)
        try:
            office.take(inbound(BOX.health, encode(health)))
        finally:
            event.remove(office.store.engine, "before_cursor_execute", note)
        with office.store.read() as connection:
            found = connection.execute(select(Camera.camera, Camera.state).order_by(Camera.camera)).all()
        return len(touched), [(camera, str(state)) for camera, state in found]

    first = box.health()
    (camera,) = first.cameras
    assert said(first) == (1, [("cam-1", "streaming")])
    assert said(msgspec.structs.replace(first, uptime_s=60.0)) == (0, [("cam-1", "streaming")])
    away = msgspec.structs.replace(camera, state=CameraState.STALLED)
    assert said(msgspec.structs.replace(first, cameras=[away])) == (1, [("cam-1", "stalled")])
    other = msgspec.structs.replace(camera, camera="cam-2")
    assert said(msgspec.structs.replace(first, cameras=[other])) == (2, [("cam-2", "streaming")])


def test_a_cameras_fault_is_the_latest(office: Office, tables: Tables) -> None:
    box = Speaker()
    office.take(
        sent(box.alert(kind=Kind.CAMERA_HEALTH, fault=Fault.MOVED, seconds=9)),
        sent(box.alert(Phase.UPDATED, kind=Kind.CAMERA_HEALTH, fault=Fault.DARK, seconds=5)),
    )
    [event] = events(office.store)
    assert (event.fault, event.item) == (Fault.MOVED, 22)
    with office.store.read() as connection:
        payload = feed.after(connection, 0, 10, shown_by(tables)).rows[0].payload
    assert '"fault":{"id":"moved","name":{"zh":"角度偏移","en":"moved"}}' in payload


def test_boxes_beyond_the_limit_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    config = office.writer._config
    few = config.model_copy(update={"ingest": config.ingest.model_copy(update={"max_boxes": 2})})
    monkeypatch.setattr(office.writer, "_config", few)
    boxes = [BoxTopics("demo", f"b{n}") for n in range(4)]
    done = office.take(*(sent(Speaker(box).alert(), box) for box in boxes))
    assert (done.alerts, done.dead_letters, rows(office.store, Box)) == (2, 2, 2)
    assert list(done.rejected) == boxes[2:]


def test_a_refused_picture_leaves_the_fact(office: Office) -> None:
    picture = msgspec.structs.replace(evidence(), jpeg=b"<html>")
    office.take(sent(Speaker().alert(picture=picture)))
    [event] = events(office.store)
    assert event.picture is None
    assert rows(office.store, Evidence) == 0
    with office.store.read() as connection:
        notes = queries_event.timeline(connection, event)
        assert connection.execute(select(Box.pictures_refused)).scalar_one() == 1
    assert [note.details["reason"] for note in notes if note.verb.id == "picture_refused"] == ["not a JPEG"]


def test_the_timeline_is_chained(office: Office) -> None:
    box = Speaker()
    for n in range(4):
        office.take(sent(box.alert(alert_id=f"e{n}", seconds=n)))
        office.take(sent(box.alert(Phase.CLOSED, alert_id=f"e{n}", seconds=n + 1)))
    [event] = events(office.store)
    with office.store.read() as connection:
        found = connection.execute(select(EventEntry.__table__).order_by(EventEntry.number)).all()
    names = Entry.__struct_fields__
    entries = [(Entry(**{name: getattr(row, name) for name in names}), row.hash) for row in found]
    assert first_break(entries, event.head, event.entries) is None
    assert first_break(entries[:-1], event.head, event.entries) == len(entries)
    assert first_break([*entries[:2], *entries[3:]], event.head, event.entries) == 3


def test_a_rolled_back_batch_leaves_nothing(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office = sqlite_office

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("central.store.boxes.add_sessions", fail)
        with pytest.raises(RuntimeError):
            office.take(sent(Speaker().alert()))
    assert [rows(office.store, model) for model in (Box, Inbox, Event, Stream, DeadLetter)] == [0] * 5
    assert office.take(sent(Speaker().alert())).alerts == 1
    assert [event.id for event in events(office.store)] == [1]
