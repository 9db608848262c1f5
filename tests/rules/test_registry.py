"""From configuration to rules."""

from zoneinfo import ZoneInfo

from edge.config import Camera
from edge.rules.registry import build_rules
from messages import Kind


def test_rules_come_in_the_order_of_the_configuration() -> None:
    camera = Camera.model_validate(
        {
            "id": "c1",
            "url": "rtsp://127.0.0.1/c1",
            "place": "p1",
            "zones": [
                {"id": "a", "polygon": [[0, 0], [1, 0], [1, 1]]},
                {"id": "b", "polygon": [[0, 0], [1, 0], [1, 0.5]]},
            ],
            "rules": [
                {"kind": "no_stopping", "zone": "b"},
                {"kind": "perimeter_intrusion", "zone": "a", "armed": ["22:00-06:00"]},
                {"kind": "no_stopping", "zone": "a"},
            ],
        }
    )
    rules = build_rules(camera, ZoneInfo("Asia/Shanghai"))
    assert [(rule.kind, rule.zone) for rule in rules] == [
        (Kind.NO_STOPPING, "b"),
        (Kind.PERIMETER_INTRUSION, "a"),
        (Kind.NO_STOPPING, "a"),
    ]
    versions = [rule.version for rule in rules]
    assert len(set(versions)) == 3
    assert versions == [rule.version for rule in build_rules(camera, ZoneInfo("Asia/Shanghai"))]
    assert versions[1] != build_rules(camera, ZoneInfo("Europe/Paris"))[1].version
