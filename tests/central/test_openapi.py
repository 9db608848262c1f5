"""Every operation of the API's description is asked what fits it and what does not.

Longer, by hand: ``PLACEWATCH_EXAMPLES=300 pytest tests/central/test_openapi.py --hypothesis-seed=7``.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from central.api.app import make_app
from central.api.problems import MEDIA_TYPE, Problem
from central.setup import Tables, load_tables
from central.shelf import Shelf
from tests.central.conftest import config_of, office_of
from tests.central.people import bearer, token
from tests.central.speech import NOON
from tests.central.test_api import desk_of, fill
from tests.central.test_reports import Door
from tests.migrated import migrated

pytestmark = pytest.mark.slow  # begins first

LONG = "PLACEWATCH_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("PLACEWATCH_EXAMPLES", "2"))
CONFORMANCE = [status_code_conformance, content_type_conformance, response_schema_conformance]
KEYS: dict[str, str] = {}
NUMBERS = count()
APP = make_app(None, ("testserver",))


def _schema() -> schemathesis.BaseSchema:
    config = SchemathesisConfig()
    config.projects.default.phases.coverage.enabled = LONG
    config.projects.default.phases.examples.enabled = False  # made from the schemas: they ask nothing new
    loaded = schemathesis.openapi.from_asgi("/api/openapi.json", APP, config=config)
    return loaded.exclude(path="/api/v1/stream")  # without an end


SCHEMA = _schema()


@pytest.fixture(scope="module", autouse=True)
def desk(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Iterator[None]:
    """One centre for all of them, with events, tables that can be loaded anew, and a door for pictures."""
    folder = tmp_path_factory.mktemp("openapi")
    store = migrated(f"sqlite:///{folder}/central.sqlite")
    config = config_of(folder)
    office = office_of(store, folder, tables)
    fill(office)
    shelf = Shelf(store, config, load_tables(config))
    shelf.open(NOON)
    APP.state.desk = replace(
        desk_of(office, tables), shelf=shelf, tables_now=lambda: shelf.tables, door=Door()
    )
    yield
    APP.state.desk = None
    store.close()


def ask(case: Case[Any]) -> Response:
    """As somebody who may do everything; operations that end tokens may have ended ours."""
    answer = case.call(headers=KEYS)
    if answer.status_code != HTTPStatus.UNAUTHORIZED:
        return answer
    KEYS.update(bearer(token(APP.state.desk.store, name=f"fuzz-{next(NUMBERS)}")))
    return case.call(headers=KEYS)


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_an_operation(case: Case[Any]) -> None:
    answer = ask(case)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, answer.text
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        assert answer.headers["content-type"] == [MEDIA_TYPE], answer.text
        assert Problem.model_validate_json(answer.content).detail
    case.validate_response(answer, checks=CONFORMANCE)
