"""What the rules cost: the measuring script runs, and no rule's cost grows out of hand."""

from messages import Kind
from scripts.measure_rules import all_rules, by_kind, looks, measure


def test_all_rules_together_stay_cheap() -> None:
    rules = all_rules()
    assert {rule.kind for rule in rules} == set(Kind)
    scenes = looks(100, 20)
    figures = measure(rules, scenes)
    # 1 ms is the aim on a machine at rest; this bound holds on a loaded one, and catches what went wrong.
    assert figures["median_ms"] < 6.0, figures


def test_each_kind_is_measured() -> None:
    figures = by_kind(all_rules(), looks(10, 5))
    assert set(figures) == {kind.value for kind in Kind}
    assert all(took > 0 for took in figures.values())
