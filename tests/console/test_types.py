"""The console's types of the API are those of the API."""

from pathlib import Path

from central.api.app import openapi_document
from scripts.build_console import SCHEMA, node_path, schema_of
from tests.parts import require


def test_types_are_those_of_the_api(tmp_path: Path) -> None:
    require(node_path(), "Node.js with npm is not installed")
    made = tmp_path / "schema.ts"
    schema_of(openapi_document(examples=False), made)
    same = made.read_text(encoding="utf-8") == SCHEMA.read_text(encoding="utf-8")
    assert same, "the API has changed: run 'make console-types' and look at what the console makes of it"
