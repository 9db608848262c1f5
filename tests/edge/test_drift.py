"""A stream's clock against the wall clock."""

import random

import pytest

from edge.ingest.timing import DriftMeter


@pytest.mark.parametrize("rate", [0.0, 0.02, -0.02])
def test_drift_is_told_through_jitter(rate: float) -> None:
    meter, rng = DriftMeter(), random.Random(3)
    for n in range(300 * 5):
        true = n / 5
        meter.note(true * (1 + rate), 1e9 + true + rng.expovariate(10))
    assert meter.rate() == pytest.approx(rate, abs=0.003)


def test_nothing_is_told_too_early_or_after_a_jump() -> None:
    meter = DriftMeter()
    for n in range(100):
        meter.note(float(n), 1e9 + n)
    assert meter.rate() is None
    for n in range(100, 400):
        meter.note(float(n), 1e9 + n)
    assert meter.rate() == pytest.approx(0.0, abs=1e-9)
    meter.note(9000.0, 1e9 + 401)
    assert meter.rate() is None
