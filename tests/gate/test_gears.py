"""The gears: awake on any doubt, idle when calm, and health can say why."""

import pytest

from edge.gate.gears import Gear, GearBox, GearPolicy

POLICY = GearPolicy(calm_s=3.0, max_quiet_gap_s=2.5, error_s=10.0)


def run(box: GearBox, start: float, end: float, *, gop: float = 1.0, fps: int = 10) -> Gear:
    """Packets from ``start`` to ``end``; the gear at the end."""
    every = round(gop * fps) if gop else 0
    gear = box.gear
    for n in range(round(start * fps), round(end * fps)):
        box.packet(n / fps, keyframe=bool(every) and n % every == 0)
        gear = box.shift(n / fps)
    return gear


def test_it_begins_awake_and_rests_when_keyframes_are_measured() -> None:
    box = GearBox(POLICY)
    assert run(box, 0, 0.1) is Gear.AWAKE
    assert "measured" in box.reason
    assert run(box, 0.1, 2.0) is Gear.AWAKE
    assert run(box, 2.0, 2.1) is Gear.IDLE
    assert box.reason == ""
    assert box.gop_s == pytest.approx(1.0)


def test_motion_wakes_and_calm_lets_it_rest() -> None:
    box = GearBox(POLICY)
    run(box, 0, 5)
    box.stir(5.0, "motion")
    assert run(box, 5, 7.9) is Gear.AWAKE
    assert box.reason == "motion"
    box.stir(7.5, "motion")
    assert run(box, 7.9, 10.4) is Gear.AWAKE
    assert run(box, 10.4, 10.7) is Gear.IDLE


def test_damage_keeps_it_awake_longer_than_motion() -> None:
    box = GearBox(POLICY)
    run(box, 0, 5)
    box.damage(5.0)
    box.stir(6.0, "motion")
    assert run(box, 5, 14.9) is Gear.AWAKE
    assert "could not be decoded" in box.reason
    assert run(box, 14.9, 15.1) is Gear.IDLE


@pytest.mark.parametrize(
    ("gop", "told"),
    [
        (10.0, "a keyframe only every 10.0 s"),
        (0.0, "no keyframe in 29 s"),
        (4.0, "a keyframe only every 4.0 s"),
    ],
)
def test_rare_keyframes_keep_it_awake_and_the_way_out_is_told(gop: float, told: str) -> None:
    box = GearBox(POLICY)
    gears, reasons = set(), set()
    for second in range(31):
        gears.add(run(box, second, second + 1, gop=gop))
        reasons.add(box.reason)
    assert gears == {Gear.AWAKE}
    assert any(told in reason for reason in reasons)
    assert "max_quiet_gap_s" in box.reason


def test_keyframes_that_stay_away_wake_it() -> None:
    box = GearBox(POLICY)
    assert run(box, 0, 5) is Gear.IDLE
    assert run(box, 5, 6.7, gop=0.0) is Gear.IDLE
    assert run(box, 6.7, 7.0, gop=0.0) is Gear.AWAKE
    assert "no keyframe for 3 s" in box.reason
    assert run(box, 7.0, 8.2) is Gear.AWAKE, "the long gap is remembered"


def test_a_longer_gop_within_the_bound_is_no_reason() -> None:
    box = GearBox(POLICY)
    assert run(box, 0, 8, gop=2.5) is Gear.IDLE
    assert run(box, 8, 60, gop=2.5) is Gear.IDLE


def test_a_gate_that_is_off() -> None:
    box = GearBox(GearPolicy(gate=False))
    assert run(box, 0, 30) is Gear.AWAKE
    assert box.reason == "its gate is off in the configuration"


def test_intra_refresh_keeps_it_awake() -> None:
    box = GearBox(POLICY)
    for n in range(300):
        box.packet(n / 10, keyframe=n == 0, partial=n > 0 and n % 10 == 0)
        assert box.shift(n / 10) is Gear.AWAKE
    assert "intra refresh" in box.reason


def test_a_stream_that_was_opened_again_is_measured_again() -> None:
    box = GearBox(POLICY)
    run(box, 0, 5)
    box.stir(4.9, "motion")
    box.reopened()
    assert box.gear is Gear.AWAKE
    assert box.gop_s is None
    assert run(box, 0, 1.5) is Gear.AWAKE
    assert run(box, 1.5, 2.5) is Gear.IDLE


def test_a_clock_that_was_set_back_does_no_harm() -> None:
    box = GearBox(POLICY)
    run(box, 1000, 1005)
    box.damage(1005)
    run(box, 0, 9)
    assert run(box, 9, 11) is Gear.IDLE


def test_packets_that_are_missing_are_no_long_gop() -> None:
    """A box that falls behind loses packets; it must not think that keyframes were rare, and stay awake."""
    box = GearBox(POLICY)
    run(box, 0, 5.5)
    box.stir(5.4, "motion")
    gears = {run(box, 9, 9.1), run(box, 9.1, 10)}
    assert "keyframe" not in box.reason
    assert gears == {Gear.IDLE}, "and what was missed is over"
    assert run(box, 10, 13) is Gear.IDLE
    assert box.gop_s == pytest.approx(1.0)
