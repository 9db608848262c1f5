"""An overloaded box: some cameras by keyframes alone, in turns, until it has time again."""

from collections import Counter

from edge.gate.relief import Relief, ReliefPolicy

POLICY = ReliefPolicy(first=4, grow_s=0.5, regrow_s=5.0, behind_s=1.5, leave=0.7, shrink_s=3.0, turn_s=10.0)
NAMES = [f"camera-{number}" for number in range(8)]


def served(relief: Relief, begin: float, end: float, *, bears: int) -> Counter[str]:
    """Steps in which each camera was decoded in full; beyond ``bears`` at once everybody falls behind."""
    steps: Counter[str] = Counter()
    behind = 0.0
    for step in range(round(begin * 10), round(end * 10)):
        now = step / 10
        following = [name for name in NAMES if relief.asks(name, now, behind)]
        behind = behind + 0.1 if len(following) > bears else 0.0
        steps.update(following)
    return steps


def test_a_box_with_time_lets_everybody_in_soon() -> None:
    relief = Relief(POLICY)
    assert len(served(relief, 0.0, 0.1, bears=8)) == 4
    served(relief, 0.1, 5.0, bears=8)
    assert set(served(relief, 5.0, 5.1, bears=8)) == set(NAMES)


def test_an_overloaded_box_sheds_until_it_keeps_up() -> None:
    relief = Relief(POLICY)
    served(relief, 0.0, 30.0, bears=3)
    late = served(relief, 30.0, 330.0, bears=3)
    assert sum(late.values()) / 3000 <= 3.5, "it tries for more now and then, and no more than that"
    assert sum(late.values()) / 3000 >= 1.5, "and it does not give up either"


def test_the_places_go_round() -> None:
    relief = Relief(POLICY)
    late = served(relief, 0.0, 400.0, bears=3)
    assert set(late) == set(NAMES)
    assert max(late.values()) <= 2.5 * min(late.values()), late


def test_who_rests_makes_room() -> None:
    relief = Relief(ReliefPolicy(first=1, grow_s=1e9))
    assert relief.asks("a", 0.0, 0.0)
    assert not relief.asks("b", 0.1, 0.0)
    relief.leaves("a")
    assert relief.asks("b", 0.2, 0.0)
    assert not relief.asks("a", 0.3, 0.0)


def test_whose_keyframes_show_next_to_nothing_is_never_spared() -> None:
    relief = Relief(ReliefPolicy(first=1, grow_s=1e9))
    assert relief.asks("a", 0.0, 0.0)
    for step in range(100):
        assert relief.asks("ptz", 0.1 + step, 0.0, must=True)
    assert not relief.asks("a", 101.0, 0.0), "the others make room"
