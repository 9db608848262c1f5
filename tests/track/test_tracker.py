"""The tracker at two to five looks a second: occlusion, weak detections, odd clocks, and its cost."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.detections import Detections
from edge.rules.scene import Tracks
from edge.track.tracker import Tracker

PERSON, BICYCLE, CAR, MOTORCYCLE, BUS, TRUCK, DOG = 0, 1, 2, 3, 5, 7, 16
Found = tuple[float, float, float, float, float, int]


def found(*rows: Found) -> Detections:
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Detections(
        table[:, :4].astype(np.float32), table[:, 4].astype(np.float32), table[:, 5].astype(np.int32)
    )


def walker(x: float, y: float = 300, score: float = 0.7, cls: int = PERSON) -> Found:
    return (x - 20, y - 100, x + 20, y, score, cls)


def car(x: float, y: float = 300, score: float = 0.7, cls: int = CAR) -> Found:
    return (x - 100, y - 100, x + 100, y, score, cls)


def feed(
    tracker: Tracker, looks: Sequence[Sequence[Found]], fps: float = 5.0, start: float = 0.0
) -> list[Tracks]:
    return [tracker.update(found(*rows), start + number / fps) for number, rows in enumerate(looks)]


def seen_ids(said: Sequence[Tracks]) -> set[int]:
    return {int(one) for tracks in said for one in tracks.ids[tracks.seen]}


def test_one_stray_box_is_no_track() -> None:
    said = feed(Tracker(), [[walker(100)], [], [], [], [walker(100)], [], []])
    assert not seen_ids(said)
    assert len(said[-1]) == 0


@pytest.mark.parametrize("fps", [2.0, 3.0, 5.0, 10.0])
@pytest.mark.parametrize("speed", [0.0, 80.0, 140.0])
def test_a_walker_is_one_track(fps: float, speed: float) -> None:
    said = feed(Tracker(), [[walker(50 + speed * n / fps)] for n in range(30)], fps)
    assert seen_ids(said) == {1}
    assert all(len(tracks) == 1 for tracks in said[1:])


@pytest.mark.parametrize(("fps", "speed"), [(5.0, 900.0), (2.0, 300.0), (3.0, 500.0)])
def test_a_car_that_jumps_about_its_own_length_is_one_track(fps: float, speed: float) -> None:
    said = feed(Tracker(), [[car(speed * n / fps)] for n in range(12)], fps)
    assert seen_ids(said) == {1}


def test_irregular_looks() -> None:
    tracker, now = Tracker(), 100.0
    said = []
    for gap in [0.2, 0.5, 0.2, 0.9, 0.2, 0.2, 0.7, 0.4, 0.2, 0.6]:
        now += gap
        said.append(tracker.update(found(walker(100 + 70 * (now - 100))), now))
    assert seen_ids(said) == {1}
    assert said[-1].born.tolist() == [pytest.approx(100.2)]


def test_a_hidden_walker_is_kept_predicted_and_found_again() -> None:
    hidden = range(10, 17)  # 1.4 s behind a van
    said = feed(Tracker(), [[] if n in hidden else [walker(100 + 14 * n)] for n in range(30)])
    assert seen_ids(said) == {1}
    lost = said[12]
    assert (lost.ids.tolist(), lost.seen.tolist()) == ([1], [False])
    assert 200 < (lost.boxes[0, 0] + lost.boxes[0, 2]) / 2 < 290


def test_a_track_is_evicted_after_two_seconds() -> None:
    said = feed(Tracker(), [[walker(100)]] * 5 + [[]] * 15)
    assert [len(tracks) for tracks in said] == [0] + [1] * 14 + [0] * 5


def test_a_calm_camera_with_rare_looks_keeps_its_tracks() -> None:
    said = feed(Tracker(), [[car(500)]] * 3 + [[]] + [[car(503)]] * 3, fps=1 / 3)
    assert seen_ids(said) == {1}


def test_after_a_long_blindness_nothing_is_remembered() -> None:
    tracker = Tracker()
    feed(tracker, [[walker(100)]] * 5)
    said = feed(tracker, [[walker(100)]] * 5, start=100.0)
    assert [tracks.ids.tolist() for tracks in said] == [[], [2], [2], [2], [2]]


def test_weak_detections_continue_a_track_but_begin_none() -> None:
    weak = [[walker(100 + 10 * n, score=0.2)] for n in range(10)]
    assert not seen_ids(feed(Tracker(), weak))
    tracker = Tracker()
    feed(tracker, [[walker(80)], [walker(90)]])
    said = feed(tracker, weak, start=0.4)
    assert seen_ids(said) == {1}
    assert all(tracks.seen.all() for tracks in said)
    assert float(said[-1].scores[0]) == pytest.approx(0.2)


def test_two_who_cross_keep_their_ids() -> None:
    looks = [[walker(100 + 16 * n, 300), walker(580 - 16 * n, 312)] for n in range(30)]
    for n in (14, 15, 16):  # overlapped: only the nearer one is found
        looks[n] = [looks[n][1]]
    said = feed(Tracker(), looks)
    first, last = said[2], said[-1]

    def rightmost(tracks: Tracks) -> int:
        return int(tracks.ids[tracks.seen][tracks.boxes[tracks.seen, 0].argmax()])

    assert seen_ids(said) == {1, 2}
    assert rightmost(first) != rightmost(last)


def test_the_class_is_that_of_the_majority() -> None:
    classes = [TRUCK, CAR, CAR, TRUCK, CAR, CAR, CAR]
    said = feed(Tracker(), [[car(300, cls=cls)] for cls in classes])
    assert seen_ids(said) == {1}
    assert said[-1].classes.tolist() == [CAR]


def test_one_vehicle_found_as_car_and_as_truck_is_one() -> None:
    looks = [[car(300, score=0.6), car(302, score=0.5, cls=TRUCK)]] * 5
    assert [len(tracks) for tracks in feed(Tracker(), looks)] == [0, 1, 1, 1, 1]


def test_a_rider_and_the_bicycle_are_two() -> None:
    said = feed(Tracker(), [[walker(300), walker(300, score=0.6, cls=BICYCLE)]] * 4)
    assert sorted(said[-1].classes.tolist()) == [PERSON, BICYCLE]


def test_other_classes_are_ignored() -> None:
    assert not seen_ids(feed(Tracker(), [[walker(300, cls=DOG), walker(500, cls=79)]] * 4))
    assert seen_ids(feed(Tracker(classes=frozenset({DOG})), [[walker(300, cls=DOG)]] * 4))


def test_broken_boxes_are_ignored() -> None:
    nan, bad = float("nan"), (50.0, 50.0, 40.0, 60.0, 0.9, PERSON)
    said = feed(Tracker(), [[(nan, 0, 1, 1, 0.9, PERSON), bad, walker(300)]] * 4)
    assert seen_ids(said) == {1}


def test_a_clock_set_back_loses_nothing() -> None:
    tracker = Tracker()
    feed(tracker, [[walker(100)]] * 5, start=1000.0)
    said = feed(tracker, [[walker(100)]] * 5, start=500.0)
    assert seen_ids(said) == {1}
    assert said[-1].born[0] <= 500.0
    assert feed(tracker, [[]] * 20, start=501.0)[-1].ids.tolist() == []


looks_of_boxes = st.lists(
    st.tuples(
        st.floats(-1, 15, allow_nan=False),
        st.lists(
            st.tuples(
                st.floats(-500, 2000, width=32),
                st.floats(-500, 2000, width=32),
                st.floats(-50, 800, width=32),
                st.floats(-50, 800, width=32),
                st.floats(0, 1, width=32),
                st.integers(0, 85),
            ),
            max_size=8,
        ),
    ),
    max_size=25,
)


@given(looks_of_boxes)
def test_whatever_comes_the_tracks_are_sound(looks: list[tuple[float, list[Found]]]) -> None:
    tracker, now, highest = Tracker(), 1e9, 0
    for gap, rows in looks:
        now += gap
        boxes = [(x, y, x + w, y + h, score, cls) for x, y, w, h, score, cls in rows]
        tracks = tracker.update(found(*boxes), now)
        assert len(set(tracks.ids.tolist())) == len(tracks)
        assert np.isfinite(tracks.boxes).all()
        assert (tracks.boxes[:, 2:] > tracks.boxes[:, :2]).all()
        assert (tracks.born <= now).all()
        new = tracks.ids[tracks.ids > highest]
        assert tracks.seen[np.isin(tracks.ids, new)].all()
        highest = max([highest, *tracks.ids.tolist()])


def test_weak_detections_alone_keep_no_track_for_long() -> None:
    """A bush that once passed for somebody is none; who is half hidden for a moment is."""
    looks = [[walker(100)]] * 3 + [[walker(100, score=0.25)]] * 60
    said = feed(Tracker(), looks)
    assert len(said[3 + 12]) == 1
    assert said[3 + 12].seen.all()
    assert len(said[-1]) == 0
    again = feed(Tracker(), [[walker(100, score=0.5 if n % 12 == 0 else 0.25)] for n in range(3, 80)])
    assert seen_ids(again) == {1}


def test_what_stood_in_clear_sight_for_long_is_believed_as_long_on_weak_evidence() -> None:
    clear, weak, tracker = [[car(300, score=0.4)]], [[car(301, score=0.3)]], Tracker()
    assert seen_ids(feed(tracker, clear * 50)) == {1}
    said = feed(tracker, weak * 90, start=10.0)
    long_enough = [bool(tracks.seen.any()) for tracks in said]
    assert long_enough[:45] == [True] * 45  # for nine seconds and more after ten in clear sight
    assert not any(long_enough[55:])


def test_weak_evidence_elsewhere_proves_nothing() -> None:
    tracker = Tracker()
    feed(tracker, [[car(300)]] * 50)
    said = feed(tracker, [[car(340, score=0.3)]] * 40, start=10.0)
    assert not any(tracks.seen.any() for tracks in said[20:])


def test_what_the_detector_calls_by_two_names_of_cycles_is_surely_one() -> None:
    """Weak as a bicycle and weak as a motorcycle: it is one of the two."""
    weak = [walker(300, score=0.33, cls=MOTORCYCLE), walker(301, score=0.25, cls=BICYCLE)]
    said = feed(Tracker(), [weak] * 4)
    assert said[-1].classes.tolist() == [MOTORCYCLE]
    assert not seen_ids(feed(Tracker(), [weak[:1]] * 4))
    twice = [walker(300, score=0.33, cls=MOTORCYCLE), walker(301, score=0.25, cls=MOTORCYCLE)]
    assert not seen_ids(feed(Tracker(), [twice] * 4))


def test_one_thing_under_the_names_of_a_cycle_and_a_truck_has_the_surer_name() -> None:
    lean = [
        car(300, score=0.33, cls=MOTORCYCLE),
        car(301, score=0.3, cls=BICYCLE),
        car(305, score=0.37, cls=TRUCK),
    ]
    assert feed(Tracker(), [lean] * 4)[-1].classes.tolist() == [MOTORCYCLE]
    truck = [car(300, score=0.7, cls=TRUCK), car(302, score=0.4, cls=BICYCLE)]
    assert feed(Tracker(), [truck] * 4)[-1].classes.tolist() == [TRUCK]
    before_it = [car(300, score=0.7, cls=TRUCK), walker(320, score=0.4, cls=BICYCLE)]
    assert sorted(feed(Tracker(), [before_it] * 4)[-1].classes.tolist()) == [BICYCLE, TRUCK]
