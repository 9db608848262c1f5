"""An overloaded box: each camera decodes a first part of its keyframe intervals until there is time."""

from collections import Counter

import pytest

from edge.gate.relief import Relief, ReliefPolicy

POLICY = ReliefPolicy(first=4.0, grow_s=0.5, regrow_s=5.0, behind_s=1.5, leave=0.7, least=0.5, shrink_s=3.0)
NAMES = [f"camera-{number}" for number in range(8)]
INTERVAL = 20
"""Packets from keyframe to keyframe, ten a second."""


def served(relief: Relief, begin: float, end: float, *, bears: float) -> Counter[str]:
    """Packets that each camera decodes; where it is more than ``bears`` cameras send, all fall behind."""
    steps: Counter[str] = Counter()
    late = 0.0
    for step in range(round(begin * 10), round(end * 10)):
        now = step / 10
        # Not all keyframes come at once.
        parts = {name: (step + 5 * number) % INTERVAL / INTERVAL for number, name in enumerate(NAMES)}
        decoded = [name for name in NAMES if relief.asks(name, now, 1.6 if late > 5.0 else 0.0, parts[name])]
        late = max(0.0, late + len(decoded) - bears)
        steps.update(decoded)
    return steps


def test_a_box_with_time_decodes_everything_soon() -> None:
    relief = Relief(POLICY)
    assert 0.3 <= sum(served(relief, 0.0, 0.5, bears=8).values()) / 40 <= 0.7
    served(relief, 0.5, 5.0, bears=8)
    assert sum(served(relief, 5.0, 7.0, bears=8).values()) == 160
    assert relief.share == 1.0


def test_an_overloaded_box_sheds_until_it_keeps_up() -> None:
    relief = Relief(POLICY)
    served(relief, 0.0, 30.0, bears=3)
    late = served(relief, 30.0, 330.0, bears=3)
    assert sum(late.values()) / 3000 <= 3.5, "it tries for more now and then, and no more than that"
    assert sum(late.values()) / 3000 >= 1.5, "and it does not give up either"


def test_all_decode_the_same_share() -> None:
    relief = Relief(POLICY)
    late = served(relief, 0.0, 400.0, bears=3)
    assert set(late) == set(NAMES)
    assert max(late.values()) <= 1.1 * min(late.values()), late


def test_keyframes_are_decoded_however_busy_the_box_is() -> None:
    relief = Relief(POLICY)
    served(relief, 0.0, 60.0, bears=0.01)
    assert relief.share == pytest.approx(0.5 / 8)
    assert all(relief.asks(name, 60.0, 10.0, 0.0) for name in NAMES)
    assert not any(relief.asks(name, 60.1, 10.0, 0.1) for name in NAMES)


def test_who_rests_makes_room() -> None:
    relief = Relief(ReliefPolicy(first=1.0, grow_s=1e9))
    assert relief.asks("a", 0.0, 0.0, 0.9)
    assert not relief.asks("b", 0.1, 0.0, 0.9)
    relief.leaves("a")
    assert relief.asks("b", 0.2, 0.0, 0.9)


def test_whose_keyframes_show_next_to_nothing_is_never_spared() -> None:
    relief = Relief(ReliefPolicy(first=1.0, grow_s=1e9))
    assert relief.asks("a", 0.0, 0.0, 0.9)
    for step in range(100):
        assert relief.asks("ptz", 0.1 + step, 0.0, None)
    assert not relief.asks("a", 101.0, 0.0, 0.9), "the others make room"


def test_an_interval_that_is_longer_than_those_before_is_decoded_to_its_end() -> None:
    relief = Relief(ReliefPolicy(first=1.0, grow_s=1e9))
    assert relief.asks("a", 0.0, 0.0, 1.7)
