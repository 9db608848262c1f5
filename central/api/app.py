"""The HTTP application: REST, server-sent events, and the console."""

from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi

from central.api import (
    console,
    headers,
    problems,
    routes_acts,
    routes_admin,
    routes_advisory,
    routes_audit,
    routes_channels,
    routes_city,
    routes_dispatch,
    routes_events,
    routes_exports,
    routes_figures,
    routes_fleet,
    routes_handover,
    routes_heat,
    routes_metrics,
    routes_oidc,
    routes_reports,
    routes_roster,
    routes_service,
    routes_session,
    routes_sessions,
    routes_situation,
    routes_snapshot,
    routes_tables,
    routes_trust,
)
from central.api.acting import acting
from central.api.bodies import BodyLimit
from central.api.desk import Desk
from central.api.examples import add_examples, drop_examples
from central.events.view import StreamPayload
from central.trust.registrar import Registrar
from placewatch import __version__

PROTECTED = [Depends(acting)]
"""What every router's operations want that is not about signing in: somebody."""


def make_app(desk: Desk | None, names: tuple[str, ...] = (), registrar: Registrar | None = None) -> FastAPI:
    """The application.

    Args:
        desk: What its operations work on; None where the API is only described.
        names: Host names it may be asked under besides localhost and IP addresses.
        registrar: Who enrols boxes, where the centre does.
    """
    app = FastAPI(
        title="Placewatch central",
        version=__version__,
        summary="Graded grid events of a city's key places.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock pages load scripts from elsewhere; closed networks and the CSP forbid that
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.registrar = registrar
    app.include_router(routes_session.public_router)
    app.include_router(routes_oidc.public_router)
    app.include_router(routes_session.router)
    for module in (
        routes_exports,  # its events.csv goes before events/ID
        routes_events,
        routes_city,
        routes_acts,
        routes_dispatch,
        routes_reports,
        routes_service,
        routes_admin,
        routes_sessions,
        routes_roster,
        routes_audit,
        routes_handover,
        routes_figures,
        routes_heat,
        routes_situation,
        routes_advisory,
        routes_metrics,
        routes_snapshot,
        routes_channels,
        routes_tables,
        routes_fleet,
    ):
        app.include_router(module.router, dependencies=PROTECTED)
    app.include_router(routes_fleet.kinds_router, dependencies=PROTECTED)
    app.include_router(routes_service.health_router)
    app.include_router(routes_metrics.ready_router)
    app.include_router(routes_trust.router)
    problems.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(headers.Guard, names=names, https=desk is not None and desk.entrance.https)

    console.install(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _openapi(app: FastAPI) -> dict[str, object]:
    """The schema, with the types that no operation returns by itself."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            license_info=app.license_info,
            routes=app.routes,
        )
        _say_refusals(schema["paths"])
        schemas = schema["components"]["schemas"]
        for model in (problems.Problem, StreamPayload):
            own = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
            schemas.update(own.pop("$defs", {}))
            schemas[model.__name__] = own
        add_examples(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _say_refusals(paths: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Name what any operation may be refused for before its own code is reached."""
    for operation in (one for path in paths.values() for one in path.values()):
        refusals = [HTTPStatus.REQUEST_ENTITY_TOO_LARGE] if "requestBody" in operation else []
        if "security" in operation:
            refusals += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS]
        for status, answer in problems.responses(*refusals).items():
            operation["responses"].setdefault(str(status), answer)


def openapi_document(*, examples: bool = True) -> dict[str, object]:
    """The API's description, without a desk to work on; types are made of it without its ``examples``."""
    document = _openapi(make_app(None))
    if not examples:
        drop_examples(document)
    return document
