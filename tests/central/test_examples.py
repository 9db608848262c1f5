"""Every JSON body of the API's description has an example, and it fits its own schema."""

import pytest
from jsonschema import Draft202012Validator

from central.api.app import openapi_document
from central.api.examples import bodies, example

DOCUMENT = openapi_document()
BODIES = dict(bodies(DOCUMENT))


def test_there_are_many() -> None:
    assert len(BODIES) > 70


@pytest.mark.parametrize("where", BODIES)
def test_an_example_fits(where: str) -> None:
    body = BODIES[where]
    schema = {**body["schema"], "components": DOCUMENT["components"]}
    faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(body["example"])]
    assert not faults


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "number", "exclusiveMaximum": 1}, 0),
        ({"type": "string", "pattern": "^[0-9]{6}$"}, "123456"),
        ({"anyOf": [{"type": "null"}, {"enum": ["red"]}]}, "red"),
        ({"type": "array", "items": {"const": 2}, "minItems": 2}, [2, 2]),
        ({"type": "string", "minLength": 12}, "demodemodemo"),
    ],
)
def test_limits_are_kept(schema: dict[str, object], expected: object) -> None:
    assert example(schema, {}) == expected
