"""Figures from counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages import Kind
from placewatch.eval.matching import Due, Raised, match
from placewatch.eval.scores import Scored, Tally, kinds, total


@pytest.mark.parametrize(
    ("tally", "precision", "recall", "f1"),
    [
        (Tally(found=3, missed=1, false=2), 0.6, 0.75, 6 / 9),
        (Tally(found=5), 1.0, 1.0, 1.0),
        (Tally(missed=2), 0.0, 0.0, 0.0),
        (Tally(false=2), 0.0, 1.0, 0.0),
        (Tally(), 1.0, 1.0, 1.0),
    ],
)
def test_shares(tally: Tally, precision: float, recall: float, f1: float) -> None:
    assert (tally.precision, tally.recall, tally.f1) == pytest.approx((precision, recall, f1))


def test_false_alarms_by_time_watched() -> None:
    assert Tally(false=1, seconds=1800).false_per_hour == pytest.approx(2)
    assert Tally(false=1).false_per_hour == 0


def test_delays() -> None:
    tally = Tally(delays_s=(0.0, 1.0, 2.0, -1.0, 3.0))
    assert tally.delay(50) == pytest.approx(1.0)
    assert tally.delay(100) == pytest.approx(3.0)
    assert Tally().delay(50) is None


counts = st.builds(Tally, *[st.integers(0, 50)] * 3)


@given(st.lists(counts, max_size=6))
def test_sums_add_up(tallies: list[Tally]) -> None:
    whole = total(tallies)
    assert whole.events == sum(tally.events for tally in tallies)
    assert 0 <= whole.f1 <= 1
    if whole.found:
        mean = 2 / (1 / whole.precision + 1 / whole.recall)
        assert whole.f1 == pytest.approx(mean)


def test_a_clip_by_kind() -> None:
    dues = [
        Due(Kind.PERIMETER_INTRUSION, "a", 1, 9, 2, 1),
        Due(Kind.PERIMETER_INTRUSION, "a", 20, 29, 21, 1),
        Due(Kind.LINE_CROSSING, "b", 5, 5, 5, 1, optional=True),
    ]
    raised = [
        Raised(Kind.PERIMETER_INTRUSION, "a", 2.5, 9),
        Raised(Kind.LINE_CROSSING, "b", 5.5, 5.5),
        Raised(Kind.WRONG_WAY, "b", 5.5, 5.5),
    ]
    watched = frozenset({"perimeter_intrusion", "line_crossing", "wrong_way", "stopped_vehicle"})
    clip = Scored("road", dues, raised, match(dues, raised), 60.0, watched)
    assert kinds([clip]) == sorted(watched)
    assert clip.tally() == Tally(1, 1, 1, (0.5,), 60.0)
    assert clip.tally("perimeter_intrusion") == Tally(1, 1, 0, (0.5,), 60.0)
    assert clip.tally("line_crossing") == Tally(seconds=60.0)
    assert clip.tally("wrong_way") == Tally(false=1, seconds=60.0)
    assert clip.tally("crowd_density") == Tally()
    assert total(clip.tally(kind) for kind in kinds([clip])).false == clip.tally().false
