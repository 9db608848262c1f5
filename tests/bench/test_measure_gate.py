"""What the gate is judged by."""

import pytest

from scripts.measure_gate import judge

KEYFRAMES = [float(second) for second in range(0, 60, 2)]


def test_a_visit_that_no_look_shows_is_missed() -> None:
    gate = judge(KEYFRAMES, [(20.5, 23.5), (40.3, 41.2)], gop_s=2.0, seconds=60.0)
    assert (gate.long, gate.long_missed, gate.short, gate.short_missed) == (1, 0, 1, 1)
    assert list(gate.delay_s) == pytest.approx([1.5])
    assert gate.awake_quiet == 0.0


def test_looks_in_retrospect_count_where_they_belong() -> None:
    awake = [20.0 + 0.2 * number for number in range(1, 40)]
    gate = judge(sorted([*KEYFRAMES, *awake]), [(20.5, 23.5)], gop_s=2.0, seconds=60.0)
    assert list(gate.delay_s) == pytest.approx([0.1])
    assert gate.awake_quiet == pytest.approx(0.0, abs=0.01)  # it stays awake for a while after a visit


def test_to_be_awake_while_nothing_is_there_has_no_cause() -> None:
    awake = [40.0 + 0.2 * number for number in range(51)]
    gate = judge(sorted({*KEYFRAMES, *awake}), [], gop_s=2.0, seconds=60.0)
    assert gate.awake_quiet == pytest.approx(10.0 / 60.0, abs=0.01)


def test_short_visits_are_told_apart() -> None:
    gate = judge(KEYFRAMES, [(10.1, 11.9), (13.5, 14.5)], gop_s=2.0, seconds=60.0)
    assert (gate.long, gate.short, gate.short_missed) == (0, 2, 1)
