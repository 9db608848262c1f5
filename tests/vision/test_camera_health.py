"""camera_health: faults are found within ten seconds; what passes, dims or trembles is none."""

import cv2
import msgspec
import numpy as np
import pytest

from edge.rule_config import CameraHealth
from edge.rules.camera_health import CameraHealthRule, StreamReport, view_zone
from edge.rules.place_rule import RuleState
from edge.rules.scene import Transition
from messages import Fault, Kind, Phase
from tests.vision.drawn import SIZE, Change, Picture, looks, scene, street, tracks

BEGIN, END = 20.0, 36.0
WIDTH, HEIGHT = SIZE


def rule(**settings: object) -> CameraHealthRule:
    return CameraHealthRule(CameraHealth.model_validate({"kind": Kind.CAMERA_HEALTH, **settings}), "cam-1")


def told(change: Change, seconds: float = 52.0, **settings: object) -> list[tuple[float, Transition]]:
    health = rule(**settings)
    return [
        (time, said)
        for time, image in looks(seconds, change)
        for said in health.observe(scene(image), 1e9 + time)
    ]


def between(fault: Change) -> Change:
    return lambda picture, time: fault(picture, time) if BEGIN <= time < END else picture


def shifted(x: float, y: float) -> Change:
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return lambda picture, _: np.asarray(
        cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT), np.float32
    )


def turned(picture: Picture, _: float) -> Picture:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 12, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT), np.float32)


def soft(sigma: float) -> Change:
    return lambda picture, _: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        pytest.param(lambda p, _: np.full_like(p, 6), Fault.DARK, id="black"),
        pytest.param(lambda p, _: np.full_like(p, 130), Fault.COVERED, id="a bag over it"),
        pytest.param(
            lambda p, _: 0.3 * p.mean() + 0.0 * p + np.linspace(20, 90, WIDTH), Fault.COVERED, id="hand"
        ),
        pytest.param(soft(2.5), Fault.DEFOCUSED, id="a little out of focus"),
        pytest.param(soft(5.0), Fault.DEFOCUSED, id="out of focus"),
        pytest.param(shifted(14, 0), Fault.MOVED, id="pushed a little"),
        pytest.param(shifted(-60, 25), Fault.MOVED, id="pushed"),
        pytest.param(turned, Fault.MOVED, id="turned"),
        pytest.param(lambda _p, _t: street(99), Fault.MOVED, id="another view"),
    ],
)
def test_faults_are_found_within_ten_seconds_and_end(fault: Change, name: Fault) -> None:
    opened, closed = told(between(fault))
    assert (opened[1].phase, opened[1].fault, opened[1].kind) == (Phase.OPENED, name, Kind.CAMERA_HEALTH)
    assert BEGIN < opened[0] <= BEGIN + 10
    assert opened[1].started - 1e9 == pytest.approx(BEGIN, abs=3)
    assert (closed[1].phase, closed[1].fault) == (Phase.CLOSED, name)
    assert END < closed[0] <= END + 10


def bus(picture: Picture, time: float) -> Picture:
    """Fills the picture for a few seconds as it passes."""
    x = int((time - 24.0) * 250) - 1200
    body = np.zeros((HEIGHT, 1200), np.float32) + 190
    body[60:150, ::80] = 60
    body[60:150, :40] = 40
    left, right = max(0, x), min(WIDTH, x + 1200)
    if right > left:
        picture[:, left:right] = body[:, left - x : right - x]
    return picture


def headlights(picture: Picture, time: float) -> Picture:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    centre = (time * 60) % (WIDTH * 2)
    glow = 170 * np.exp(-(((x - centre) / 120) ** 2 + ((y - 200) / 90) ** 2))
    return np.asarray(0.25 * picture + glow, np.float32)


def trembling(picture: Picture, time: float) -> Picture:
    # A pole in the wind, 0.9 % of the width to either side.
    x, y = 6 * np.sin(time * 5.1), 3 * np.sin(time * 3.3)
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, SIZE, borderMode=cv2.BORDER_REFLECT), np.float32)


@pytest.mark.parametrize(
    "normal",
    [
        pytest.param(lambda p, _: p, id="nothing"),
        pytest.param(lambda p, t: p * (1.0 - 0.012 * t), id="dusk"),
        pytest.param(lambda p, t: p * (0.45 if 20 < t < 40 else 1.0), id="a lamp that fails"),
        pytest.param(lambda p, t: 255 - 0.8 * p if t > 30 else p, id="night mode of an infrared camera"),
        pytest.param(lambda p, t: np.clip(p * 1.6 + 30, 0, 255) if t > 30 else p, id="the sun comes out"),
        pytest.param(headlights, id="headlights at night"),
        pytest.param(bus, id="a bus that fills the picture"),
        pytest.param(trembling, id="a pole in the wind"),
        pytest.param(lambda p, t: p * 0.5 + 90 if t > 25 else p, id="fog"),
    ],
)
def test_what_is_no_fault_is_not_told(normal: Change) -> None:
    assert told(normal, 75.0) == []


def plain(sun: float) -> Picture:
    """A plain road with a few marks, and patches of sun that show more edges than all the rest."""
    picture = np.full((HEIGHT, WIDTH), 95, np.float32)
    for x, y in ((20, 20), (60, 130), (560, 30), (600, 180), (30, 320), (580, 330)):
        picture[y : y + 24, x : x + 10] = 190
    mask = np.zeros(picture.shape, np.float32)
    for x, y in ((130, 60), (270, 40), (410, 80), (150, 210), (300, 200), (430, 220)):
        mask[y : y + 80, x : x + 90] = 0.5
    return np.asarray(picture * (1.0 + sun * cv2.GaussianBlur(mask, (0, 0), 1.5)), np.float32)


def clouds(_: Picture, time: float) -> Picture:
    return plain(float(np.clip(3 * np.cos(time / 18.0), 0.0, 1.0)))


def test_sun_that_goes_off_a_plain_road_is_no_cover() -> None:
    assert told(clouds, 240.0) == []


def test_a_cover_is_found_though_the_sun_went_just_before() -> None:
    opened, *_ = told(lambda p, t: clouds(p, t) if t < 32 else np.full_like(p, 130), 50.0)
    assert opened[1].fault is Fault.COVERED
    assert 32 < opened[0] <= 42


def test_a_road_without_lamps_is_no_dead_camera_whenever_a_car_has_passed() -> None:
    def night(picture: Picture, time: float) -> Picture:
        black = np.full_like(picture, 9)
        return headlights(black, time) if time % 80 < 14 else black

    assert told(night, 300.0) == []


@pytest.mark.parametrize("noise", [0.6, 2.0, 6.0])
def test_a_stream_that_repeats_its_picture_is_frozen(noise: float) -> None:
    health, said, held = rule(), [], None
    for time, image in looks(50.0, lambda p, _: p, noise=noise):
        held = image if time < BEGIN or held is None else held
        shown = image if not BEGIN <= time < END else held
        said += [(time, each) for each in health.observe(scene(shown), 1e9 + time)]
    opened, closed = said
    assert opened[1].fault is Fault.FROZEN
    assert opened[0] <= BEGIN + 10
    assert closed[0] <= END + 10


def test_a_still_night_without_noise_is_not_frozen_before_a_long_time() -> None:
    """An encoder that denoises repeats pictures, but each keyframe differs a little."""
    health, said = rule(), []
    for time, image in looks(150.0, lambda p, t: p + 1.0 * (int(t / 8) % 2), noise=0.0):
        said += health.observe(scene(image), 1e9 + time)
    assert said == []


def test_no_pictures_are_offline_and_the_worst_is_told_as_an_update() -> None:
    health = rule()
    said: list[tuple[float, Transition]] = []
    for time, image in looks(80.0, between(lambda p, _: np.full_like(p, 6))):
        now = 1e9 + time
        down = max(0.0, time - 30.0) if 30 <= time < 60 else 0.0
        said += [(time, each) for each in health.report(StreamReport(down_s=down), now)]
        if not down:
            said += [(time, each) for each in health.observe(scene(image), now)]
    assert [(each.phase, each.fault) for _, each in said] == [
        (Phase.OPENED, Fault.DARK),
        (Phase.UPDATED, Fault.OFFLINE),
        (Phase.CLOSED, Fault.OFFLINE),
    ]
    assert len({each.started for _, each in said}) == 1


def test_a_clock_that_runs_wrong_is_told() -> None:
    health, said = rule(), []
    for time, image in looks(30.0, lambda p, _: p):
        said += health.report(StreamReport(drift=0.03 if time > 15 else 0.0001), 1e9 + time)
        said += health.observe(scene(image), 1e9 + time)
    assert [each.fault for each in said] == [Fault.CLOCK_DRIFT]


def test_ignored_faults_are_not_told() -> None:
    assert told(between(lambda p, _: np.full_like(p, 6)), ignore=["dark", "covered"]) == []


def test_presets_of_a_turning_camera_are_learned_once() -> None:
    views = [street(1), street(2), street(4)]
    assert told(lambda _p, t: views[int(t // 20) % 3], 160.0, presets=3) == []


def test_a_new_view_that_stays_is_accepted() -> None:
    said = told(lambda p, t: street(99) if t > 20 else p, 110.0, accept_s=60)
    assert [each.phase for _, each in said] == [Phase.OPENED, Phase.CLOSED]


def test_a_vehicle_that_stands_before_the_lens_is_no_other_view() -> None:
    health, said = rule(), []
    for time, image in looks(60.0, lambda p, t: street(99) if t > 20 else p):
        who = tracks((1, 5, (-50.0, -20.0, 660.0, 380.0))) if time > 20 else tracks()
        said += health.observe(scene(image, who), 1e9 + time)
    assert said == []


def bare_road() -> Picture:
    """Asphalt with a few lines at its borders: there is little to know such a view by."""
    road = np.full((HEIGHT, WIDTH), 90, np.float32)
    road[:20, ::40] = 200
    road[-20:, ::40] = 200
    for x in (30, WIDTH - 40):
        road[40:-40:30, x : x + 8] = 190
    return road


def parked(picture: Picture) -> Picture:
    picture[120:300, 180:420] = 170
    picture[150:190, 210:390] = 40
    picture[220:240, 200:400:30] = 60
    return picture


def test_what_drives_off_was_no_part_of_the_view() -> None:
    health, said = rule(), []
    here = tracks((1, 2, (175.0, 115.0, 425.0, 305.0)))
    for time, image in looks(80.0, lambda p, t: parked(p) if t < 25 else p, view=bare_road()):
        said += health.observe(scene(image, here if time < 25 else tracks()), 1e9 + time)
    assert said == []


def test_beams_of_the_first_seconds_are_no_part_of_the_view() -> None:
    def beams(picture: Picture, time: float) -> Picture:
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        centre = (time * 90) % (2 * WIDTH)
        return np.asarray(
            0.4 * picture + 150 * np.exp(-(((x - centre) / 60) ** 2 + ((y - 220) / 50) ** 2)), np.float32
        )

    health, said = rule(), []
    for time, image in looks(80.0, beams, view=bare_road()):
        said += health.observe(scene(image), 1e9 + time)
    assert said == []


def test_another_view_is_told_however_busy_it_is() -> None:
    """Traffic never lets it be still: what is gone is the old view."""
    rng = np.random.default_rng(3)
    spots = rng.integers(0, WIDTH - 200, 400)

    def busy(picture: Picture, time: float) -> Picture:
        shown = street(99) if BEGIN <= time < END else picture
        x = int(spots[int(time * 2)])
        shown[:, x : x + 200] = 40 + 150 * ((np.arange(200) // 12 + int(time * 2)) % 2)
        return shown

    opened, *_ = told(busy)
    assert opened[1].fault is Fault.MOVED
    assert BEGIN < opened[0] <= BEGIN + 10


def test_zone_ids_of_views_differ_and_fit() -> None:
    assert view_zone("cam-1") == "view-cam-1"
    assert len(view_zone("x" * 64)) <= 64
    assert view_zone("x" * 64) != view_zone("x" * 63 + "y")


def restarted(
    view: Picture, seconds: float = 40.0, memory: bytes | None = None
) -> list[tuple[float, Transition]]:
    """What a second worker tells whose camera shows ``view``, after a first one knew the street."""
    first = rule()
    for time, image in looks(30.0, lambda p, _: p):
        first.observe(scene(image), 1e9 + time)
    second = rule()
    state = msgspec.json.encode(first.state()) if memory is None else memory
    second.restore(msgspec.json.decode(state, type=RuleState))
    return [
        (time, said)
        for time, image in looks(seconds, lambda _p, _t: view, seed=8)
        for said in second.observe(scene(image), 1e9 + 60 + time)
    ]


def test_a_camera_that_was_turned_while_its_worker_began_anew_is_told() -> None:
    opened, *_ = restarted(street(99))
    assert (opened[1].phase, opened[1].fault) == (Phase.OPENED, Fault.MOVED)
    assert opened[0] <= 15
    covered, *_ = restarted(np.full((HEIGHT, WIDTH), 130, np.float32))
    assert (covered[1].fault, covered[0] <= 10) == (Fault.COVERED, True)


@pytest.mark.parametrize("light", [1.0, 0.4, 1.5])
def test_the_same_view_in_another_light_is_known_again(light: float) -> None:
    assert restarted(np.asarray(street() * light, np.float32)) == []


def test_without_a_memory_a_new_worker_learns_what_it_sees() -> None:
    assert restarted(street(99), memory=msgspec.json.encode(rule().state())) == []


def test_what_is_remembered_of_a_view_is_no_picture() -> None:
    """Two numbers a cell of 20 x 12, and none of them tells how bright anything is."""
    health = rule()
    for time, image in looks(30.0, lambda p, _: p):
        health.observe(scene(image), 1e9 + time)
    kept = health.state().view
    assert kept is not None
    assert len(kept.edges) == 20 * 12 * 2
    dimmed = rule()
    for time, image in looks(30.0, lambda p, _: 0.6 * p + 60):
        dimmed.observe(scene(image), 1e9 + time)
    other = dimmed.state().view
    assert other is not None
    one, two = (np.frombuffer(each.edges, np.int8).astype(float) for each in (kept, other))
    assert float(one @ two) > 0.95 * float(np.linalg.norm(one) * np.linalg.norm(two))
