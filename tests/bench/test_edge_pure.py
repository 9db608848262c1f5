"""What is computed from a measurement: events, quantiles, searches, positions."""

from dataclasses import replace
from pathlib import Path

import pytest

from placewatch.bench.box.budget import Budget, plain_s, rounds_of
from placewatch.bench.box.cameras import BenchCamera, cameras
from placewatch.bench.box.events import Agreement, Opened, Show, agree, one_round, quantiles
from placewatch.bench.box.journal import Journal, Mark
from placewatch.bench.box.measured import Measured, Setting
from placewatch.bench.box.recordings import Recording
from placewatch.bench.box.report import run_of
from placewatch.bench.box.search import find_max
from placewatch.eval.truth import Truth, load_truth

FENCE = ("perimeter_intrusion", "yard")


def recording(name: str = "a", packets: int = 100, gop: int = 25) -> Recording:
    times = tuple(number * 0.04 for number in range(packets))
    return Recording(name, Path(f"{name}.mp4"), None, times, tuple(range(0, packets, gop)))


def busy_truth(folder: Path, seconds: float) -> Truth:
    """A truth file by which something is there for the first seconds."""
    path = folder / "truth.yaml"
    path.write_text(
        f"clip: a\nplace: {{id: a, class: park}}\ncamera: {{rules: []}}\nmoves: [[0.0, {seconds}]]\n"
    )
    return load_truth(path)


def test_cameras_of_one_recording_begin_at_different_keyframes() -> None:
    made = cameras([recording("a"), recording("b")], 4, spread=True)
    assert [camera.recording.name for camera in made] == ["a", "b", "a", "b"]
    assert [camera.first for camera in made] == [0, 25, 50, 75]
    assert [camera.first for camera in cameras([recording()], 3, spread=False)] == [0, 0, 0]


def test_a_camera_knows_where_in_its_show_a_packet_is() -> None:
    camera = BenchCamera("c", recording(), 50)
    assert camera.position(0) == pytest.approx(2.0)
    assert camera.position(49) == pytest.approx(3.96)
    assert camera.position(50) == pytest.approx(4.0)  # the recording's beginning, in the second round
    assert camera.position(250) == pytest.approx(12.0)


def test_one_round_of_the_reference() -> None:
    show = Show(tuple(Opened(*FENCE, at) for at in (9.0, 11.0, 19.0, 21.5, 31.0)), 10.0, 40.0, 20.0)
    assert [event.at for event in one_round(show)] == [pytest.approx(at) for at in (11.0, 19.0, 1.5)]


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ([12.0, 17.0, 32.0, 37.0], (4, 4, 4, 4)),  # everything, in both rounds
        ([13.9, 17.0, 32.0, 37.0], (4, 4, 4, 4)),  # late, within the tolerance
        ([14.1, 17.0, 32.0, 37.0], (4, 3, 4, 3)),  # too late: one missed, one false
        ([12.0, 17.0], (4, 2, 2, 2)),
        ([], (4, 0, 0, 0)),
        ([12.0, 12.3, 17.0, 32.0, 37.0], (4, 4, 5, 4)),  # told twice
        ([9.9, 17.0, 32.0, 37.0], (4, 3, 3, 3)),  # 2.1 s early, and before the measurement began
    ],
)
def test_alerts_are_compared_with_the_reference_round_by_round(
    opened: list[float], expected: tuple[int, int, int, int]
) -> None:
    show = Show(tuple(Opened(*FENCE, at) for at in opened), 10.0, 50.0, 20.0)
    found = agree(show, [Opened(*FENCE, 12.0), Opened(*FENCE, 17.0)])
    assert (found.events, found.told, found.alerts, found.right) == expected


def test_an_alert_at_the_border_of_the_measurement_is_no_false_alarm() -> None:
    show = Show((Opened(*FENCE, 10.1),), 10.0, 30.0, 20.0)
    found = agree(show, [Opened(*FENCE, 9.9)])  # 9.9 lies before the measurement, 29.9 in it
    assert (found.alerts, found.right) == (1, 1)
    assert (found.events, found.told) == (1, 0)


def test_other_zones_and_kinds_are_other_events() -> None:
    show = Show((Opened("line_crossing", "yard", 12.0), Opened(FENCE[0], "lane", 12.0)), 10.0, 30.0, 20.0)
    found = agree(show, [Opened(*FENCE, 12.0)])
    assert (found.told, found.right, found.alerts) == (0, 0, 2)


def test_shares_need_something_to_be_a_share_of() -> None:
    assert Agreement().recall is None
    assert Agreement().precision is None
    total = Agreement(4, 3, 5, 3) + Agreement(1, 1, 1, 1)
    assert total.recall == pytest.approx(0.8)
    assert total.precision == pytest.approx(4 / 6)


def test_quantiles_are_values_that_occurred() -> None:
    assert quantiles([]) == {"p50": None, "p95": None, "p99": None}
    assert quantiles([0.3]) == {"p50": 0.3, "p95": 0.3, "p99": 0.3}
    assert quantiles([float(n) for n in range(1, 101)]) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}


@pytest.mark.parametrize(("limit", "first"), [(0, 4), (1, 1), (5, 2), (16, 16), (37, 4), (100, 8), (2000, 8)])
def test_the_search_finds_what_is_borne_to_an_eighth(limit: int, first: int) -> None:
    asked: list[int] = []

    def bears(count: int) -> bool:
        asked.append(count)
        return count <= limit

    found = find_max(bears, first)
    assert found <= min(limit, 1024)
    assert min(limit, 1024) - found <= max(1, found // 8)
    assert len(asked) == len(set(asked)) <= 14  # no count is measured twice


def test_an_event_on_the_ends_of_a_round_is_one_event_not_none() -> None:
    """Told a moment before the measurement began, and the next time a moment after its first round."""
    show = Show(tuple(Opened(*FENCE, at) for at in (9.9, 14.0, 30.1, 34.0)), 10.0, 30.0, 20.0)
    assert [event.at for event in one_round(show)] == [pytest.approx(14.0), pytest.approx(9.9)]


def test_an_event_on_the_ends_of_a_round_is_not_counted_twice() -> None:
    show = Show(tuple(Opened(*FENCE, at) for at in (10.1, 14.0, 30.1, 34.0)), 10.0, 30.0, 20.0)
    assert [event.at for event in one_round(show)] == [pytest.approx(10.1), pytest.approx(14.0)]


def measured(cpu_s: float, packets: int = 500) -> Measured:
    begin = Mark(100.0, 0, 0, 0, 0, 0.0, 0.0, 0)
    end = Mark(110.0, packets, 0, 0, 0, 0.25, 0.9, 1)
    both = [BenchCamera(name, recording(), 0) for name in ("c", "d")]
    return Measured(both, begin, end, cpu_s, 200.0, 240.0, Journal([], [], "model"))


def test_the_cpu_of_a_repeated_measurement_is_the_median() -> None:
    setting = Setting("rtsp", "model", plain=False, seconds=10.0)
    run = run_of("set", setting, [[measured(0.4)], [measured(3.0)], [measured(0.5)]], Agreement())
    assert run.cpu_s_per_camera_s == pytest.approx(0.025)
    assert run.detail.repeats == [pytest.approx(each) for each in (0.02, 0.15, 0.025)]
    assert (run.cameras, run.detail.packets) == (2, 1500)
    assert run.rss_mb_per_camera == pytest.approx(20.0)


def test_measurements_that_share_a_set_out_are_one_repeat() -> None:
    setting = Setting("rtsp", "model", plain=True, seconds=10.0)
    run = run_of("set", setting, [[measured(0.4), measured(0.8)]], Agreement())
    assert run.cpu_s_per_camera_s == pytest.approx(0.03)
    assert run.detail.repeats == [pytest.approx(0.03)]


def test_the_plain_pipeline_takes_whole_rounds_a_few_cameras_at_a_time(tmp_path: Path) -> None:
    small = [replace(recording(name), pixels=1280 * 720) for name in "abc"]
    large = [replace(each, pixels=1920 * 1080) for each in small]
    assert [[each.name for each in part] for part in rounds_of(small)] == [["a", "b"], ["c"]]
    assert [[each.name for each in part] for part in rounds_of(large)] == [["a"], ["b"], ["c"]]
    busy = [replace(each, truth=busy_truth(tmp_path, 3.0)) for each in small]
    assert [len(part) for part in rounds_of(busy)] == [1, 1, 1]
    assert plain_s(small, 30.0) == pytest.approx(98.0)  # 15 s around, 30 s of warm-up, 4 s of recording
    assert plain_s(large, 30.0) == pytest.approx(147.0)


def test_what_takes_longer_than_is_left_is_told_before_it_begins() -> None:
    now = [100.0]
    budget = Budget(60.0, lambda: now[0])
    assert budget.lacks(60.0) == ""
    now[0] = 130.0
    assert budget.lacks(30.0) == ""
    assert budget.lacks(45.0) == "takes 45 s, and 30 s of 60 are left"
    now[0] = 200.0
    assert budget.lacks(1.0) == "takes 1 s, and 0 s of 60 are left"
    assert Budget().lacks(1e9) == ""
