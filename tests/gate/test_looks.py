"""Whose turn it is: fair, and even when there is more to do than time for it."""

import pytest

from edge.gate.looks import LookPolicy, Turn, in_turn


def simulate(rates: dict[str, float], *, per_round: int, round_s: float, seconds: float) -> dict[str, float]:
    """Looks a second of cameras that always have something to show, when a round serves only so many."""
    turns = {name: Turn(LookPolicy(fps=fps), 0.0) for name, fps in rates.items()}
    counts, longest = dict.fromkeys(rates, 0), 0.0
    now = 0.0
    while now < seconds:
        now += round_s
        waiting = {name: turn for name, turn in turns.items() if turn.due(now)}
        for name in in_turn(waiting, now)[:per_round]:
            longest = max(longest, turns[name].waited(now))
            turns[name].looked(now, full=True)
            counts[name] += 1
    return {name: count / seconds for name, count in counts.items()} | {"longest": longest}


def test_with_time_enough_everybody_gets_what_is_wanted() -> None:
    rates = {"a": 5.0, "b": 1.0, "c": 0.5}
    got = simulate(rates, per_round=4, round_s=0.05, seconds=100)
    assert all(got[name] == pytest.approx(rate, rel=0.15) for name, rate in rates.items())


def test_overload_lowers_all_rates_in_proportion() -> None:
    rates = {f"fast-{n}": 5.0 for n in range(20)} | {f"slow-{n}": 2.5 for n in range(20)}
    got = simulate(rates, per_round=4, round_s=0.1, seconds=100)  # 40 looks a second for 150 wanted
    fast = [got[name] for name in rates if name.startswith("fast")]
    slow = [got[name] for name in rates if name.startswith("slow")]
    assert max(fast) - min(fast) <= 0.1
    assert max(slow) - min(slow) <= 0.1
    assert sum(fast) / sum(slow) == pytest.approx(2.0, rel=0.25)


def test_nobody_waits_longer_than_the_floor_while_others_are_served_more_often() -> None:
    rates = {f"fast-{n}": 10.0 for n in range(10)} | {"slow": 0.5}
    got = simulate(rates, per_round=1, round_s=0.1, seconds=200)  # 10 looks a second for 100 wanted
    assert got["slow"] >= 0.4
    assert got["longest"] < 3.0
