"""line_crossing: who changes sides is told once, who only trembles, turns back or walks round is not."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config import Line, LineCrossing
from edge.rules.line_crossing import LineCrossingRule
from edge.rules.scene import Transition
from messages import Kind, Phase
from tests.rules.scenes import BICYCLE, CAR, DOG, PERSON, Thing, scene

Way = Callable[[float], list[Thing]]


def rule(forbidden: str = "both", x: tuple[float, float] = (0.2, 0.8), **more: object) -> LineCrossingRule:
    """A level line at y = 250 pixels; "to_right" of it is down."""
    line = Line.model_validate({"id": "tape", "points": [[x[0], 0.5], [x[1], 0.5]], "forbidden": forbidden})
    parameters = LineCrossing.model_validate({"kind": "line_crossing", "line": "tape", **more})
    return LineCrossingRule(parameters, line)


def play(tested: LineCrossingRule, way: Way, until: float, fps: float = 5.0) -> list[Transition]:
    looks = [look / fps for look in range(int(until * fps) + 1)]
    return [said for now in looks for said in tested.observe(scene(way(now)), now)]


def opened(said: Iterable[Transition]) -> list[Transition]:
    return [one for one in said if one.phase is Phase.OPENED]


def walk(speed: float = 60.0, x: float = 500.0, start: float = 100.0, cls: int = PERSON) -> Way:
    """Down the picture, across the line after 150 pixels."""
    return lambda t: [Thing(1, cls, (x, start + speed * t))]


@pytest.mark.parametrize("fps", [2.0, 5.0, 10.0])
@pytest.mark.parametrize(("cls", "speed"), [(PERSON, 40.0), (PERSON, 120.0), (BICYCLE, 200.0), (CAR, 260.0)])
def test_a_crossing_opens_and_closes_at_once(fps: float, cls: int, speed: float) -> None:
    said = play(rule(), walk(speed, start=20.0, cls=cls), 440 / speed, fps)
    assert [one.phase for one in said] == [Phase.OPENED, Phase.CLOSED]
    first, last = said
    assert (first.kind, first.zone, first.count) == (Kind.LINE_CROSSING, "tape", 1)
    assert first.started == pytest.approx(230 / speed, abs=1.1 / fps)
    assert last.started == first.started
    assert last.ended == first.started
    assert first.boxes.shape == (1, 4)


@pytest.mark.parametrize(("forbidden", "down", "up"), [("both", 1, 1), ("to_right", 1, 0), ("to_left", 0, 1)])
def test_only_the_forbidden_direction_counts(forbidden: str, down: int, up: int) -> None:
    # Whoever walks down the picture passes from the left hand to the right hand of the line's walker.
    assert len(opened(play(rule(forbidden), walk(60), 5))) == down
    assert len(opened(play(rule(forbidden), walk(-60, start=400.0), 5))) == up


def test_a_dog_crosses_unheard() -> None:
    assert not play(rule(), walk(cls=DOG), 5)


def test_only_the_named_objects_count() -> None:
    assert not play(rule(objects=["vehicle"]), walk(cls=PERSON), 5)
    assert opened(play(rule(objects=["vehicle"]), walk(cls=CAR), 5))


def test_who_walks_round_the_end_does_not_cross() -> None:
    def round_the_end(t: float) -> list[Thing]:
        angle = np.pi * min(t, 5.0) / 5.0  # half a circle about the line's right end
        return [Thing(1, PERSON, (800 - 150 * np.sin(-angle), 250 - 120 * np.cos(angle)))]

    assert not play(rule(), round_the_end, 8)


def test_who_walks_past_the_end_does_not_cross() -> None:
    assert not play(rule(), walk(x=900.0), 5)


def test_who_turns_back_on_the_line_does_not_cross() -> None:
    assert not play(rule(), lambda t: [Thing(1, PERSON, (500, 258 - 40 * abs(t - 3)))], 6)


def test_a_foot_over_the_line_for_a_moment_is_no_crossing() -> None:
    # A passing truck hides the feet for one look: the box ends 40 pixels higher or lower.
    assert not play(rule(), lambda t: [Thing(1, PERSON, (300 + 50 * t, 230 if t != 2.0 else 270))], 5)


def test_who_is_found_shortly_before_the_line_crosses_it() -> None:
    assert len(opened(play(rule(), walk(60, start=238.0), 4))) == 1


@pytest.mark.parametrize("seed", range(8))
def test_trembling_on_the_line_is_at_most_one_crossing(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 5, 2000)
    said = play(rule(rejoin_s=0), lambda t: [Thing(1, PERSON, (500, 250 + noise[round(5 * t)]))], 300)
    assert len(opened(said)) <= 1


def test_a_track_that_goes_on_under_another_id_crosses_once() -> None:
    def switching(t: float) -> list[Thing]:
        track = 1 + int(t // 0.8)  # a new id every four looks
        return [Thing(track, PERSON, (500, 100 + 60 * t), born=0.8 * (track - 1))]

    assert len(opened(play(rule(rejoin_s=0), switching, 5))) == 1


def test_a_track_lost_before_the_line_and_found_beyond_it_crosses_once() -> None:
    def hidden(t: float) -> list[Thing]:
        if 1.8 <= t < 3.0:
            return []
        return [Thing(1 if t < 1.8 else 2, PERSON, (500, 100 + 60 * t), born=0.0 if t < 1.8 else 3.0)]

    assert len(opened(play(rule(rejoin_s=0), hidden, 5))) == 1


def test_swapped_ids_on_both_sides_are_no_crossing() -> None:
    def swapping(t: float) -> list[Thing]:
        above, below = (1, 2) if t < 3 else (2, 1)
        return [Thing(above, PERSON, (300 + 40 * t, 225)), Thing(below, PERSON, (300 + 40 * t, 275))]

    assert not play(rule(), swapping, 6)


def test_two_who_cross_in_opposite_directions_are_two() -> None:
    def meeting(t: float) -> list[Thing]:
        return [Thing(1, PERSON, (480, 100 + 60 * t)), Thing(2, PERSON, (520, 400 - 60 * t))]

    said = opened(play(rule(), meeting, 5))
    assert sum(one.count for one in said) >= 2
    assert said[-1].count == 2


def test_a_group_is_one_episode_and_who_follows_later_another() -> None:
    def group(t: float) -> list[Thing]:
        people = [Thing(n, PERSON, (400 + 60 * n, 100 + 60 * t - 40 * n)) for n in range(1, 4)]
        return [*people, Thing(9, PERSON, (500, 60 * t - 500))]

    said = opened(play(rule(), group, 15))
    assert [one.count for one in said] == [1, 2, 3, 1]
    assert len({one.started for one in said}) == 2


def test_the_moment_survives_a_restart() -> None:
    first, second = rule(rejoin_s=30.0), rule(rejoin_s=30.0)
    (one, _) = play(first, walk(), 4)
    second.restore(first.state())
    told = [
        said
        for look in range(25)
        for said in second.observe(scene([Thing(1, PERSON, (500, 100 + 12 * look))]), 10 + look / 5)
    ]
    assert [again.started for again in opened(told)] == [one.started]


def test_rest_forgets_who_was_on_which_side() -> None:
    tested = rule()
    tested.observe(scene([Thing(1, PERSON, (500, 200))]), 0.0)
    assert not tested.rest(0.2)
    assert not [
        said for t in (0.4, 0.6, 1.4) for said in tested.observe(scene([Thing(1, PERSON, (500, 350))]), t)
    ]


coordinates = st.tuples(st.floats(0, 1000), st.floats(0, 500))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 3), coordinates, st.floats(0.01, 3)), max_size=60))
def test_no_way_of_things_breaks_it(steps: list[tuple[int, tuple[float, float], float]]) -> None:
    tested, now = rule(rejoin_s=0), 0.0
    for count, place, later in steps:
        now += later
        said = tested.observe(
            scene([Thing(n, PERSON, (place[0] + 50 * n, place[1])) for n in range(count)]), now
        )
        assert [one.phase for one in said] in ([], [Phase.OPENED, Phase.CLOSED])
        assert all(one.started <= now and one.count >= 1 for one in said)
        assert all(one.ended is not None and one.started <= one.ended <= now for one in said[1:])
    assert len(tested._sides) <= 3 + 40


def test_memory_is_bounded() -> None:
    tested = rule()
    for look in range(3000):
        tested.observe(
            scene([Thing(look, PERSON, (37.0 * look % 1000, 53.0 * look % 500), born=look / 5)]), look / 5
        )
    assert len(tested._sides) < 30
    assert len(tested._paths.keys()) < 30
