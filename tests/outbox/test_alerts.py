"""From transition to message."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.alerts import NO_BETTER, AlertMaker, episode_id
from edge.config import Camera, Place
from edge.evidence import Still
from edge.rules.scene import Transition
from messages import MAX_INLINE_PICTURE, MAX_PAYLOAD, Alert, AlertType, Evidence, Kind, Phase, decode, encode
from placewatch.clock import utc

CAMERA = Camera.model_validate({"id": "cam-1", "url": "rtsp://127.0.0.1/a", "place": "school-1"})
PLACE = Place.model_validate({"id": "school-1", "class": "school"})
OPENED = Transition(
    phase=Phase.OPENED,
    kind=Kind.NO_STOPPING,
    zone="gate",
    count=2,
    limit=None,
    confidence=0.6,
    started=1_749_556_800.1234,
    ended=None,
    boxes=np.zeros((0, 4), np.float32),
)


def maker() -> AlertMaker:
    return AlertMaker("north", "box-1", CAMERA, PLACE, "nanodet_m_416-1")


def still(size: int = 5000) -> Still:
    return Still(Evidence(width=640, height=360, jpeg=b"\xff" * size, captured=utc(1.0), blurred=3))


def test_every_field_is_filled_and_passes_the_contract() -> None:
    draft = maker().draft(
        OPENED, rule_version="abc123", time=1_749_556_860.5, still=still(), clock_offset_s=-0.02
    )
    alert = draft("s3ss10n", 17)
    assert decode(encode(alert), Alert) == alert
    assert (alert.id, alert.source, alert.subject) == ("box-1-s3ss10n-17", "//north/box-1/cam-1", "school-1")
    assert (alert.type, alert.session, alert.seq) == (AlertType.OPENED, "s3ss10n", 17)
    assert alert.time == datetime(2025, 6, 10, 12, 1, 0, 500000, UTC)
    data = alert.data
    assert data.started == datetime(2025, 6, 10, 12, 0, 0, 123000, UTC)
    assert (data.place, data.place_class, data.camera, data.zone) == ("school-1", "school", "cam-1", "gate")
    assert (data.count, data.limit, data.confidence, data.ended) == (2, None, 0.6, None)
    assert (data.rule_version, data.model, data.clock_offset_s) == ("abc123", "nanodet_m_416-1", -0.02)
    assert data.evidence is not None
    assert data.evidence_missing is None


def test_the_alert_id_is_the_episodes() -> None:
    first, second = maker(), maker()
    closed = replace(OPENED, phase=Phase.CLOSED, count=0, ended=OPENED.started + 90)
    ids = {
        one.draft(transition, rule_version=version, time=time)("s", number).data.alert_id
        for number, (one, transition, version, time) in enumerate(
            [(first, OPENED, "a", 2e9), (first, closed, "b", 2.1e9), (second, OPENED, "c", 3e9)]
        )
    }
    assert ids == {episode_id("north", "school-1", "gate", Kind.NO_STOPPING, OPENED.started)}


def test_another_place_zone_kind_or_start_is_another_episode() -> None:
    ids = {
        episode_id("north", "school-1", "gate", Kind.NO_STOPPING, 100.0),
        episode_id("south", "school-1", "gate", Kind.NO_STOPPING, 100.0),
        episode_id("north", "school-2", "gate", Kind.NO_STOPPING, 100.0),
        episode_id("north", "school-1", "yard", Kind.NO_STOPPING, 100.0),
        episode_id("north", "school-1", "gate", Kind.FIRE_LANE_BLOCKED, 100.0),
        episode_id("north", "school-1", "gate", Kind.NO_STOPPING, 100.001),
    }
    assert len(ids) == 6
    assert episode_id("n", "p", "z", Kind.WRONG_WAY, 100.0) == episode_id(
        "n", "p", "z", Kind.WRONG_WAY, 100.0001
    )


@pytest.mark.parametrize(
    ("phase", "confidence", "wanted"),
    [
        (Phase.OPENED, 0.1, True),
        (Phase.CLOSED, 0.1, True),
        (Phase.UPDATED, 0.6, False),
        (Phase.UPDATED, 0.64, False),
        (Phase.UPDATED, 0.66, True),
    ],
)
def test_a_picture_only_where_it_tells_something(phase: Phase, confidence: float, wanted: bool) -> None:
    tested = maker()
    tested.draft(OPENED, rule_version="a", time=2e9, still=still())
    assert tested.wants_picture(replace(OPENED, phase=phase, confidence=confidence)) == wanted


def test_an_update_without_a_picture_says_so() -> None:
    data = maker().draft(replace(OPENED, phase=Phase.UPDATED), rule_version="a", time=2e9).data
    assert (data.evidence, data.evidence_missing) == (None, NO_BETTER)


def test_a_missing_picture_carries_its_reason_and_is_wanted_again() -> None:
    tested = maker()
    data = tested.draft(OPENED, rule_version="a", time=2e9, still=Still(missing="redaction failed")).data
    assert (data.evidence, data.evidence_missing) == (None, "redaction failed")
    assert tested.wants_picture(replace(OPENED, phase=Phase.UPDATED))


def test_a_picture_that_is_too_large_stays_behind() -> None:
    fits = maker().draft(OPENED, rule_version="a", time=2e9, still=still(MAX_INLINE_PICTURE))
    assert len(encode(fits("s", 1))) < MAX_PAYLOAD
    data = maker().draft(OPENED, rule_version="a", time=2e9, still=still(MAX_INLINE_PICTURE + 1)).data
    assert data.evidence is None
    assert str(MAX_INLINE_PICTURE) in str(data.evidence_missing)


@pytest.mark.parametrize(("value", "sent"), [(1.0000001, 1.0), (-0.1, 0.0), (float("nan"), 0.0), (0.5, 0.5)])
def test_the_confidence_stays_a_fraction(value: float, sent: float) -> None:
    draft = maker().draft(replace(OPENED, confidence=value), rule_version="a", time=2e9)
    assert decode(encode(draft("s", 1)), Alert).data.confidence == sent


def test_the_longest_names_fit() -> None:
    name = "n" * 64
    camera = Camera.model_validate({"id": name, "url": "rtsp://127.0.0.1/a", "place": name})
    place = Place.model_validate({"id": name, "class": "road"})
    draft = AlertMaker(name, name, camera, place, "m" * 128).draft(OPENED, rule_version="v", time=2e9)
    assert decode(encode(draft("f" * 16, 2**53)), Alert).source == f"//{name}/{name}/{name}"


def test_a_moment_needs_one_picture() -> None:
    crossed = replace(OPENED, kind=Kind.LINE_CROSSING)
    assert maker().wants_picture(crossed)
    assert not maker().wants_picture(replace(crossed, phase=Phase.CLOSED, ended=crossed.started))
    assert maker().wants_picture(replace(OPENED, phase=Phase.CLOSED, ended=OPENED.started))
