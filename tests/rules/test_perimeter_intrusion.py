"""perimeter_intrusion: who is inside while armed, and nobody else."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge.config import PerimeterIntrusion
from edge.rules.perimeter_intrusion import PerimeterIntrusionRule
from edge.rules.place_rule import PlaceRule
from edge.rules.scene import Transition
from edge.rules.scheduled import Scheduled
from messages import Kind, Phase
from placewatch.hours import Hours
from tests.rules.scenes import BICYCLE, CAR, DOG, MOTORCYCLE, PERSON, Thing, scene, zone

SHANGHAI = ZoneInfo("Asia/Shanghai")
INSIDE = (500.0, 300.0)


def rule(armed: tuple[str, ...] = (), **more: float) -> PlaceRule:
    parameters = PerimeterIntrusion.model_validate(
        {"kind": "perimeter_intrusion", "zone": "gate", "armed": armed, "clear_s": 2, "rejoin_s": 10, **more}
    )
    return Scheduled(PerimeterIntrusionRule(parameters, zone()), Hours.parse(parameters.spans, SHANGHAI))


def play(tested: PlaceRule, looks: list[tuple[float, list[Thing]]]) -> list[Transition]:
    return [said for now, things in looks for said in tested.observe(scene(things), now)]


def spoken(said: list[Transition]) -> list[str]:
    return [one.phase.value for one in said]


@pytest.mark.parametrize(
    ("cls", "expected"), [(PERSON, 1), (CAR, 1), (MOTORCYCLE, 1), (BICYCLE, 0), (DOG, 0)]
)
def test_persons_and_motor_vehicles_count(cls: int, expected: int) -> None:
    said = play(rule(), [(t / 5, [Thing(1, cls, INSIDE)]) for t in range(10)])
    assert len(said) == expected
    if expected:
        assert (said[0].kind, said[0].started, said[0].count) == (Kind.PERIMETER_INTRUSION, 0.0, 1)


@pytest.mark.parametrize(
    ("ground", "expected"),
    [
        ((500, 300), True),
        ((300, 300), True),  # on the border
        ((500, 200), True),
        ((290, 300), False),
        ((500, 199), False),
        ((500, 451), False),  # the head is inside, the feet are not
    ],
)
def test_the_feet_decide(ground: tuple[float, float], expected: bool) -> None:
    said = play(rule(), [(t / 5, [Thing(1, PERSON, ground)]) for t in range(10)])
    assert bool(said) == expected


def test_feet_below_the_picture_are_in_a_zone_that_reaches_its_edge() -> None:
    parameters = PerimeterIntrusion.model_validate({"kind": "perimeter_intrusion", "zone": "gate"})
    edge_rule = PerimeterIntrusionRule(parameters, zone(y2=1.0))
    assert play(edge_rule, [(t / 5, [Thing(1, PERSON, (500, 510))]) for t in range(10)])


def test_one_stray_look_is_no_intrusion() -> None:
    looks = [(t / 5, [Thing(1, PERSON, INSIDE)] if t % 20 == 0 else []) for t in range(100)]
    assert not play(rule(), looks)


def test_passers_by_do_not_add_up() -> None:
    def passing(t: float) -> list[Thing]:
        walker = int(t // 4)  # every four seconds another one crosses the zone in two
        x = 300 + 200 * (t - 4 * walker)
        return [Thing(walker, PERSON, (x, 300), born=4.0 * walker)] if x <= 700 else []

    assert not play(rule(dwell_s=5.0), [(t / 5, passing(t / 5)) for t in range(300)])
    assert play(rule(dwell_s=1.0), [(t / 5, passing(t / 5)) for t in range(300)])


def test_a_lost_track_that_goes_on_as_another_keeps_its_time() -> None:
    looks = [(t / 5, [Thing(1 + t // 8, PERSON, (350 + 6 * t, 300), born=t // 8 * 1.6)]) for t in range(40)]
    said = play(rule(dwell_s=4.0), looks)
    assert [(one.phase, one.started) for one in said] == [(Phase.OPENED, 0.0)]


def test_flicker_at_the_border_is_one_episode() -> None:
    noise = np.random.default_rng(5).normal(0, 6, 600)
    looks = [(t / 5, [Thing(1, PERSON, (300 + noise[t], 300))]) for t in range(600)]
    said = play(rule(clear_s=1.0, rejoin_s=0.0, update_s=1000.0), looks)
    assert spoken(said) == ["opened"]


def test_leaving_closes_and_coming_back_soon_rejoins() -> None:
    looks = [(t / 5, [Thing(1, PERSON, INSIDE if t < 20 or t > 50 else (100, 300))]) for t in range(80)]
    said = play(rule(), looks)
    assert spoken(said) == ["opened", "closed", "opened"]
    assert said[0].started == said[2].started


def local(hour: int, minute: int, day: int = 10) -> float:
    return datetime(2025, 6, day, hour, minute, tzinfo=SHANGHAI).timestamp()


@pytest.mark.parametrize(
    ("spans", "hour", "minute", "expected"),
    [
        ((), 12, 0, True),
        (("22:00-06:00",), 21, 59, False),
        (("22:00-06:00",), 22, 0, True),
        (("22:00-06:00",), 0, 0, True),
        (("22:00-06:00",), 5, 59, True),
        (("22:00-06:00",), 6, 0, False),
        (("08:00-12:00", "14:00-18:00"), 13, 0, False),
        (("08:00-12:00", "14:00-18:00"), 14, 0, True),
        (("00:00-00:00",), 12, 0, True),
        (("00:00-24:00",), 23, 59, True),
        (("18:00-24:00",), 0, 0, False),
        (("tue 12:00-13:00",), 12, 30, True),  # the tenth of June 2025 is a Tuesday
        (("mon,wed-sun,holiday 12:00-13:00",), 12, 30, False),
        (("mon 22:00-06:00",), 5, 0, True),
        (("tue 22:00-06:00",), 5, 0, False),
        (("fri-tue 12:00-13:00",), 12, 30, True),
    ],
)
def test_armed_hours_are_local(spans: tuple[str, ...], hour: int, minute: int, expected: bool) -> None:
    assert Hours.parse(spans, SHANGHAI).contains(local(hour, minute)) == expected


def test_armed_hours_follow_daylight_saving() -> None:
    hours = Hours.parse(["22:00-06:00"], ZoneInfo("Europe/Berlin"))
    winter = datetime(2025, 1, 10, 21, 30, tzinfo=UTC).timestamp()  # 22:30 there
    summer = datetime(2025, 7, 10, 20, 30, tzinfo=UTC).timestamp()  # 22:30 there
    assert hours.contains(winter)
    assert hours.contains(summer)
    assert not hours.contains(summer - 3600)


def test_a_holiday_is_no_weekday() -> None:
    holidays = [date(2025, 6, 10)]
    weekdays = Hours.parse(["mon-fri 08:00-18:00"], SHANGHAI, holidays)
    free = Hours.parse(["sat,sun,holiday 00:00-24:00"], SHANGHAI, holidays)
    assert not weekdays.contains(local(12, 0))
    assert free.contains(local(12, 0))
    assert weekdays.contains(local(12, 0, day=11))
    assert not free.contains(local(12, 0, day=11))


@pytest.mark.parametrize("text", ["25:00-06:00", "22:00", "22-06", "a-b", "24:30-06:00", "mo 22:00-06:00"])
def test_a_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Hours.parse([text], SHANGHAI)


def test_someone_inside_when_arming_starts_with_the_armed_hour() -> None:
    start = local(21, 59)
    looks = [(start + t / 5, [Thing(1, PERSON, INSIDE)]) for t in range(600)]
    said = play(rule(armed=("22:00-06:00",)), looks)
    assert spoken(said)[0] == "opened"
    assert said[0].started == pytest.approx(local(22, 0))


def test_disarming_closes() -> None:
    start = local(5, 59, day=11)
    looks = [(start + t / 5, [Thing(1, PERSON, INSIDE)]) for t in range(600)]
    said = play(rule(armed=("22:00-06:00",), update_s=1000.0), looks)
    assert spoken(said) == ["opened", "closed"]
    assert said[1].ended == pytest.approx(local(6, 0, day=11), abs=0.3)


def test_the_confidence_is_the_best_score_of_the_stay() -> None:
    looks = [(t / 5, [Thing(1, PERSON, INSIDE, score=0.8 if t == 1 else 0.2)]) for t in range(10)]
    assert play(rule(), looks)[0].confidence == pytest.approx(0.8)
