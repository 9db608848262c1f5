"""docs/rules.md is what the types say, whole and drawn."""

from messages import Kind
from scripts.build_rule_docs import DOCS, rendered, rules
from scripts.ruledocs.tables import table


def test_the_committed_page_is_what_the_types_say() -> None:
    for name, content in rendered().items():
        assert (DOCS / name).read_text(encoding="utf-8") == content, (
            f"run python -m scripts.build_rule_docs: {name}"
        )


def test_every_kind_has_its_section_and_drawing() -> None:
    page = rendered()["rules.md"]
    assert len(rules()) == len(Kind)
    for kind in Kind:
        assert f"\n## {kind}\n" in page
        drawing = rendered()[f"images/rules/{kind}.svg"]
        assert drawing.startswith("<svg ")
        assert drawing.endswith("</svg>\n")


def test_every_parameter_is_explained_with_its_bounds() -> None:
    for rule in rules():
        for name, field in rule.model_fields.items():
            assert field.description or name == "kind", f"{rule.__name__}.{name}"
    (crowd,) = (rule for rule in rules() if rule.__name__ == "CrowdDensity")
    rows = table(crowd).splitlines()
    assert "| `zone` | must be given |  |  | Zone id of this camera. |" in rows
    assert any(row.startswith("| `limit_per_m2` | none | persons/m2 | >= 0.01, <= 8 |") for row in rows)
    assert any(row.startswith("| `hold_s` | `10` | s | >= 1, <= 3600 |") for row in rows)
