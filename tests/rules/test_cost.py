"""What the rules cost: the measuring script runs, and no rule's cost grows out of hand."""

from zoneinfo import ZoneInfo

from edge.rules.registry import build_rules
from scripts.measure_rules import busy_camera, looks, measure


def test_all_rules_together_stay_cheap() -> None:
    rules = build_rules(busy_camera(), ZoneInfo("Asia/Shanghai"))
    assert len({rule.kind for rule in rules}) == 11
    scenes = looks(100, 20)
    measure(rules, scenes[:20])
    figures = measure(rules, scenes)
    # 1 ms is the aim on a machine at rest; this bound holds on a loaded one, and catches what went wrong.
    assert figures["median_ms"] < 6.0, figures
