"""What the rules cost: the measuring script runs, and no rule's cost grows out of hand."""

from edge.place_defaults import load_rule_table
from messages import Kind, PlaceClass
from scripts.measure_rules import busy_camera, by_kind, looks, measure, rules_of, usual_camera


def test_all_rules_together_stay_cheap() -> None:
    rules = rules_of(busy_camera())
    assert {rule.kind for rule in rules} == set(Kind)
    scenes = looks(100, 20)
    figures = measure(rules, scenes)
    # 1 ms is the aim on a machine at rest; this bound holds on a loaded one, and catches what went wrong.
    assert figures["median_ms"] < 6.0, figures


def test_each_kind_is_measured() -> None:
    figures = by_kind(rules_of(busy_camera()), looks(10, 5))
    assert set(figures) == {kind.value for kind in Kind}
    assert all(took > 0 for took in figures.values())


def test_each_class_of_places_has_its_default_rules_measured() -> None:
    for each in PlaceClass:
        kinds = {rule.kind for rule in rules_of(usual_camera(each))}
        assert kinds == {Kind.CAMERA_HEALTH, *load_rule_table().entries(each)}
