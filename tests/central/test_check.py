"""What is taken in, and what becomes a dead letter with which reason."""

import json
import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.ingest.check import Checker
from central.ingest.inbound import AlertIn, HealthIn, Refused, StateIn
from central.setup import Tables
from messages import MAX_PAYLOAD, Kind, Phase, PlaceClass, encode
from tests.central.conftest import Office
from tests.central.speech import BOX, Box, inbound, sent

TOPIC = BOX.alert("ring-road", Kind.NO_STOPPING)


@pytest.fixture(scope="module")
def checker(tables: Tables) -> Checker:
    return Checker(lambda: tables, timedelta(minutes=15))


def refusal(checker: Checker, topic: str, payload: bytes) -> Refused:
    read = checker.read(inbound(topic, payload))
    assert isinstance(read, Refused), read
    return read


def test_sound_messages(checker: Checker) -> None:
    box = Box()
    assert isinstance(checker.read(sent(box.alert())), AlertIn)
    assert isinstance(checker.read(inbound(BOX.health, encode(box.health()))), HealthIn)
    assert isinstance(checker.read(inbound(BOX.state, encode(box.state()))), StateIn)


def changed(**values: object) -> bytes:
    """A sound alert with other JSON values, dotted names reaching into data."""
    document = json.loads(encode(Box().alert()))
    for name, value in values.items():
        target = document["data"] if name.startswith("data_") else document
        key = name.removeprefix("data_")
        if value is ...:
            del target[key]
        else:
            target[key] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"\xff\xfe\x00", "malformed|invalid"),
        (b"null", "object"),
        (b"[" * 100_000, "recursion|malformed|object|array"),
        (changed(specversion="9"), "specversion"),
        (changed(id=...), "id"),
        (changed(id="x" * 200), "id"),
        (changed(plate="A12345"), "plate"),
        (changed(data_track_id=7), "track_id"),
        (changed(data_kind="face_match"), "kind"),
        (changed(data_kind="stopped_vehicle"), "data.kind"),
        (changed(data_place="willow-school"), "data.place"),
        (changed(subject="willow-school"), "subject"),
        (changed(source="//demo/box-2/cam-1"), "source"),
        (changed(source="//demo/box-1/cam-9"), "source"),
        (changed(type="place.alert.closed"), "data.ended: missing"),
        (changed(data_ended="2025-11-23T04:00:01Z"), "data.ended: given"),
        (changed(time="2025-11-23T04:00:00"), "timezone|time"),
        (changed(time="9999-12-31T23:59:59-12:00"), "time: not between"),
        (changed(data_started="0001-01-01T00:00:00+14:00"), "data.started: not between"),
        (changed(data_count=-1), "count"),
        (changed(data_fault="moved"), "data.fault: given in no_stopping"),
        (changed(data_confidence=1.5), "confidence"),
        (changed(seq=2**63), "seq"),
        (changed(data_zone="../../etc/passwd"), "zone"),
    ],
)
def test_refused_alerts(checker: Checker, payload: bytes, reason: str) -> None:
    found = refusal(checker, TOPIC, payload)
    assert re.search(reason, found.reason, re.IGNORECASE)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "pw/v1/demo/box-1/receipt",
        "pw/v2/demo/box-1/health",
        "pw/v1/demo/box 1/health",
        "pw/v1/demo/box-1/alert/ring-road",
        "pw/v1/demo/box-1/alert/ring-road/no_stopping/more",
    ],
)
def test_refused_topics(checker: Checker, topic: str) -> None:
    assert "topic" in refusal(checker, topic, encode(Box().alert())).reason


def test_the_box_is_told_where_its_id_can_be_read(checker: Checker) -> None:
    found = refusal(checker, TOPIC, changed(data_count=-1))
    assert (found.box, found.message_id) == (BOX, "box-1-s1-1")
    assert refusal(checker, TOPIC, b"{").message_id is None


def test_over_the_limit(checker: Checker) -> None:
    assert "over the limit" in refusal(checker, TOPIC, b" " * (MAX_PAYLOAD + 1)).reason
    begun = msgspec.structs.replace(sent(Box().alert()), size=MAX_PAYLOAD + 1)  # the rest was not kept
    read = checker.read(begun)
    assert isinstance(read, Refused)
    assert "over the limit" in read.reason


def test_health_of_another_box(checker: Checker) -> None:
    assert "box-1" in refusal(checker, "pw/v1/demo/box-2/health", encode(Box().health())).reason


@pytest.mark.parametrize("claimed", [PlaceClass.PUBLIC_OFFICE, PlaceClass.MALL])
def test_no_crowd_alert_from_a_public_office(checker: Checker, claimed: PlaceClass) -> None:
    """Whatever class the box claims: the city's word counts too."""
    alert = Box().alert(place="service-hall", place_class=claimed, kind=Kind.CROWD_DENSITY)
    assert "never raised" in refusal(checker, sent(alert).topic, encode(alert)).reason


def test_control_characters_are_taken_out(checker: Checker) -> None:
    alert = Box().alert()
    data = msgspec.structs.replace(alert.data, evidence_missing="no\x00 picture\x1b[31m")
    read = checker.read(sent(msgspec.structs.replace(alert, data=data)))
    assert isinstance(read, AlertIn)
    assert read.alert.data.evidence_missing == "no  picture [31m"


@pytest.mark.parametrize(
    ("received", "late"), [(1, False), (900, False), (901, True), (-299, False), (-301, True)]
)
def test_late(checker: Checker, received: float, late: bool) -> None:
    read = checker.read(sent(Box().alert(), received=received))
    assert isinstance(read, AlertIn)
    assert read.late is late


def test_dead_letters_are_kept_with_their_reason(office: Office) -> None:
    """Hostile bytes in payload, topic and reason reach the table on both databases."""
    nul = b'{"specversion":"1.0","\\u0000\\ud800":1}'
    done = office.take(
        inbound(TOPIC, nul),
        inbound("pw/v1/\x00\ud800", b"\x00\xff"),
        inbound(TOPIC, b"x" * 40_000),
        sent(Box().alert()),
    )
    assert (done.alerts, done.dead_letters) == (1, 3)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payload=st.binary(max_size=400)
    | st.dictionaries(st.text(max_size=20), json_values, max_size=6).map(lambda d: json.dumps(d).encode())
    | st.builds(
        lambda key, value: changed(**{key: value}),
        st.sampled_from(
            [
                "id",
                "time",
                "seq",
                "subject",
                "session",
                "type",
                "data_count",
                "data_place",
                "data_zone",
                "data_started",
                "data_evidence",
                "data_evidence_missing",
                "data_limit",
                "data_confidence",
            ]
        ),
        json_values,
    ),
    topic=st.sampled_from([TOPIC, BOX.health, BOX.state, "pw/v1/x"]) | st.text(max_size=40),
)
def test_no_payload_stops_the_city(sqlite_office: Office, payload: bytes, topic: str) -> None:
    """Every message is either refused or written; the process lives on."""
    done = sqlite_office.take(inbound(topic, payload))
    assert done.alerts + done.duplicates + done.dead_letters <= 1


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_and_kind_is_written(sqlite_office: Office, phase: Phase) -> None:
    box = Box()
    alerts = [box.alert(phase, alert_id=kind, kind=kind) for kind in Kind]
    assert sqlite_office.take(*map(sent, alerts)).alerts == len(Kind)
