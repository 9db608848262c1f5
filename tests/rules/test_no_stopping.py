"""no_stopping: what stands is found, whatever the tracker does; what passes is not."""

from collections.abc import Callable

import numpy as np
import pytest

from edge.config import NoStopping
from edge.rules.no_stopping import NoStoppingRule
from edge.rules.place_rule import RuleState
from edge.rules.scene import Transition
from messages import Kind, Phase
from tests.rules.scenes import BICYCLE, BUS, CAR, MOTORCYCLE, PERSON, TRUCK, Thing, scene, zone

HERE = (500.0, 300.0)


def rule(dwell_s: float = 10.0, **more: float) -> NoStoppingRule:
    parameters = NoStopping.model_validate(
        {"kind": "no_stopping", "zone": "gate", "dwell_s": dwell_s, "clear_s": 3.0, "rejoin_s": 20.0, **more}
    )
    return NoStoppingRule(parameters, zone())


def play(
    tested: NoStoppingRule, things: Callable[[float], list[Thing]], until: float, fps: float = 5.0
) -> list[tuple[Phase, float, Transition]]:
    said = []
    for look in range(int(until * fps) + 1):
        now = look / fps
        said += [(said_now.phase, now, said_now) for said_now in tested.observe(scene(things(now)), now)]
    return said


def phases(said: list[tuple[Phase, float, Transition]]) -> list[tuple[str, float]]:
    return [(phase.value, round(at, 3)) for phase, at, _ in said]


@pytest.mark.parametrize("cls", [CAR, BUS, TRUCK, MOTORCYCLE])
@pytest.mark.parametrize("fps", [2.0, 5.0])
def test_a_vehicle_that_stands_opens_once_and_closes_once(cls: int, fps: float) -> None:
    said = play(rule(), lambda t: [Thing(1, cls, HERE)] if 2 <= t <= 30 else [], 60, fps)
    assert [phase for phase, _, _ in said] == [Phase.OPENED, Phase.CLOSED]
    opened, closed = said[0][2], said[1][2]
    assert (opened.kind, opened.zone, opened.count, opened.started) == (Kind.NO_STOPPING, "gate", 1, 2.0)
    assert said[0][1] == pytest.approx(12.0, abs=1 / fps)
    assert opened.boxes.tolist() == [list(Thing(1, cls, HERE).box)]
    assert (closed.count, closed.started, closed.ended) == (0, 2.0, 30.0)
    assert said[1][1] == pytest.approx(33.0, abs=2 / fps)


@pytest.mark.parametrize("cls", [PERSON, BICYCLE])
def test_others_may_stand(cls: int) -> None:
    assert not play(rule(), lambda _: [Thing(1, cls, HERE)], 60)


@pytest.mark.parametrize("speed", [6.0, 20.0, 200.0])
def test_what_moves_does_not_stand(speed: float) -> None:
    # 6 px/s: a queue at walking pace; the car is in the zone for over a minute.
    assert not play(rule(), lambda t: [Thing(1, CAR, (310 + speed * t, 300))], 60)


def test_a_queue_that_creeps_car_after_car_does_not_stand() -> None:
    def queue(t: float) -> list[Thing]:
        return [Thing(1 + n, CAR, (350 + 25 * t - 180 * n, 300), born=7.2 * n) for n in range(12)]

    assert not play(rule(), queue, 80)


def test_jitter_of_the_boxes_is_not_moving() -> None:
    noise = np.random.default_rng(1).normal(0, 4, (1000, 2))

    def jittering(t: float) -> list[Thing]:
        x, y = noise[round(t * 5)]
        return [Thing(1, CAR, (500 + x, 300 + y))]

    assert [at for at in phases(play(rule(), jittering, 40)) if at[0] == "opened"] == [("opened", 10.0)]


def test_a_short_occlusion_and_a_new_track_id_keep_the_dwell_time() -> None:
    def hidden(t: float) -> list[Thing]:
        if 4 <= t < 9:
            return []
        return [Thing(1, CAR, HERE)] if t < 9 else [Thing(7, CAR, (505, 302), born=9.0)]

    said = play(rule(), hidden, 20)
    assert phases(said)[0] == ("opened", 10.0)
    assert said[0][2].started == 0.0


def test_ids_swapped_with_a_passing_truck_keep_the_dwell_time() -> None:
    def swapped(t: float) -> list[Thing]:
        car, truck = Thing(1, CAR, HERE), Thing(2, TRUCK, (100 + 100 * t, 320), born=-5.0)
        if t >= 4:  # the ids changed sides when they overlapped
            car, truck = Thing(2, CAR, HERE, born=-5.0), Thing(1, TRUCK, truck.ground)
        return [car, truck]

    assert phases(play(rule(), swapped, 15))[0] == ("opened", 10.0)


def test_a_box_that_is_half_hidden_for_long_still_stands() -> None:
    def half(t: float) -> list[Thing]:
        ground = HERE if not 3 <= t <= 9 else (500.0, 260.0)  # its lower part is hidden
        return [Thing(1, CAR, ground)]

    shrunk = rule()
    said = []
    for look in range(60):
        now = look / 5
        seen = scene(half(now))
        seen.tracks.boxes[0, 1] = 210.0  # the roof stays where it is
        said += [(one.phase, now) for one in shrunk.observe(seen, now)]
    assert said[0] == (Phase.OPENED, 10.0)


def test_a_predicted_track_neither_begins_nor_ends_a_stay() -> None:
    assert not play(rule(), lambda _: [Thing(1, CAR, HERE, seen=False)], 30)


def test_another_car_in_the_same_bay_starts_anew() -> None:
    def taking_turns(t: float) -> list[Thing]:
        if t < 8:
            return [Thing(1, CAR, HERE)]
        leaving = Thing(1, CAR, (500 + 120 * (t - 8), 300))
        arriving = Thing(2, CAR, (max(500.0, 900 - 150 * (t - 8)), 300), born=6.0)
        return [leaving, arriving]

    said = play(rule(), taking_turns, 25)
    assert phases(said)[0][0] == "opened"
    assert said[0][1] == pytest.approx(8 + 400 / 150 + 10, abs=1.5)


def test_a_stay_at_the_border_does_not_flicker() -> None:
    noise = np.random.default_rng(2).normal(0, 3, 1000)

    def at_border(t: float) -> list[Thing]:
        return [Thing(1, CAR, (500, 200 + noise[round(t * 5)]))]  # the zone begins at y = 200

    said = play(rule(), at_border, 120)
    assert [phase for phase, _, _ in said if phase is not Phase.UPDATED] == [Phase.OPENED]


def test_a_long_stay_is_one_episode_with_updates() -> None:
    said = play(rule(update_s=30.0), lambda _: [Thing(1, CAR, HERE)], 200)
    assert phases(said) == [("opened", 10.0)] + [("updated", 10.0 + 30 * n) for n in range(1, 7)]
    assert len({one.started for _, _, one in said}) == 1


def test_the_count_follows() -> None:
    def two(t: float) -> list[Thing]:
        return [Thing(1, CAR, HERE)] + ([Thing(2, BUS, (400, 420), born=15.0)] if t >= 15 else [])

    said = play(rule(update_s=30.0), two, 45)
    assert [(one.phase, one.count) for _, _, one in said] == [(Phase.OPENED, 1), (Phase.UPDATED, 2)]


def test_sparse_looks_of_a_calm_camera_still_find_it() -> None:
    said = play(rule(), lambda _: [Thing(1, CAR, HERE)], 60, fps=1 / 4)
    assert phases(said)[0] == ("opened", 12.0)


def test_a_camera_outage_keeps_an_open_episode() -> None:
    tested = rule(update_s=1000.0)
    said = [one for t in range(15) for one in tested.observe(scene([Thing(1, CAR, HERE)]), float(t))]
    for t in range(100, 130):
        said += tested.observe(scene([Thing(9, CAR, HERE, born=100.0)]), float(t))
    assert [one.phase for one in said] == [Phase.OPENED]


def test_an_outage_is_no_dwell_time() -> None:
    tested = rule()
    said = [one for t in range(5) for one in tested.observe(scene([Thing(1, CAR, HERE)]), float(t))]
    assert not said
    assert not tested.observe(scene([Thing(1, CAR, HERE)]), 100.0)


def test_the_state_survives_a_restart() -> None:
    first = rule(update_s=1000.0)
    said = [one for t in range(15) for one in first.observe(scene([Thing(1, CAR, HERE)]), float(t))]
    second = rule(update_s=1000.0)
    kept: RuleState = first.state()
    second.restore(kept)
    for t in range(25, 60):
        said += second.observe(scene([Thing(1, CAR, HERE, born=25.0)] if t < 40 else []), float(t))
    assert [one.phase for one in said] == [Phase.OPENED, Phase.CLOSED]
    assert len({one.started for one in said}) == 1


def test_the_version_follows_the_parameters() -> None:
    versions = {rule(10.0).version, rule(11.0).version, rule(10.0, still_fraction=0.3).version}
    assert len(versions) == 3
    assert rule(10.0).version == rule(10.0).version
