"""Errors as RFC 9457 problem details, which name the field."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from central.store.engine import first_line
from central.store.text import printable
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.logs import get_logger

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One field that is wrong."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    field: str
    """Where it came from and its name, such as ``query.colour``."""
    detail: str
    """What is wrong with it."""
    code: str = ""
    """The fault's own name, such as ``string_too_short``, for those who speak another language."""
    values: dict[str, str | int | float] = {}
    """What the fault speaks of, such as ``min_length``."""


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "the request does not fit",
                    "errors": [
                        {
                            "field": "query.colour",
                            "detail": "Input should be 'blue', 'yellow' or 'red'",
                            "code": "enum",
                            "values": {"expected": "'blue', 'yellow' or 'red'"},
                        }
                    ],
                }
            ]
        },
    )

    type: str = "about:blank"
    """Kind of problem."""
    title: str
    """The status in words."""
    status: int
    """HTTP status."""
    detail: str
    """What is wrong, for people."""
    errors: list[FieldError] = []
    """Each field that is wrong."""


class ApiError(Exception):
    """A refusal that becomes a problem document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        field: str = "",
        code: str = "",
        kind: str = "about:blank",
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        """Refuse with ``status`` and ``detail``, naming ``field`` if one is to blame.

        Args:
            status: HTTP status.
            detail: What is wrong, for people.
            field: Which field is to blame.
            code: The fault's own name (`FieldError.code`).
            kind: The problem's type, where a program must tell it from others of the same status.
            headers: Further headers.
            errors: Several fields that are to blame.
        """
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.kind = kind
        self.errors = list(errors) or ([FieldError(field=field, detail=detail, code=code)] if field else [])
        self.headers = dict(headers or {})


def responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The problem documents that an operation may answer with, for OpenAPI."""
    every = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE, *statuses)
    return {
        int(status): {
            "description": status.phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in every
    }


def invalid_field(item: Mapping[str, Any], *above: str) -> FieldError:
    """One of pydantic's errors; never repeats what was sent.

    Args:
        item: As pydantic gives it.
        above: What its location is below of.
    """
    spoken = {
        str(name): value if isinstance(value, int | float) else printable(value)
        for name, value in item.get("ctx", {}).items()
        if isinstance(value, int | float | str)
    }
    return FieldError(
        field=printable(".".join([*above, *(str(part) for part in item["loc"])])),
        detail=printable(str(item["msg"])),
        code=str(item["type"]),
        values=spoken,
    )


def faults_of(error: ConfigError, *above: str) -> list[FieldError]:
    """Each fault of a configuration or table: where, what, and the way out.

    Args:
        error: What the check found.
        above: What the configuration is below of, such as ``body.config``: then a field is named by its path
            in it; else by file and line.
    """
    return [
        FieldError(
            field=printable(_place(problem, above)),
            detail=printable(f"{problem.message}{f' - {problem.fix}' if problem.fix else ''}"),
            code="config",
            values={
                "line": problem.line,
                "path": problem.path,
                "message": printable(problem.message),
                "fix": printable(problem.fix),
            },
        )
        for problem in error.problems
    ]


def _place(problem: ConfigProblem, above: tuple[str, ...]) -> str:
    if above:
        return ".".join([*above, *(part for part in re.split(r"[.\[\]]+", problem.path) if part)])
    return f"{problem.file}:{problem.line}{f': {problem.path}' if problem.path else ''}"


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem document."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(SQLAlchemyError, _store_error)
    app.add_exception_handler(Exception, _unexpected)


def answer(
    status: int,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    kind: str = "about:blank",
) -> JSONResponse:
    """A problem document as a response."""
    title = HTTPStatus(status).phrase
    problem = Problem(type=kind, title=title, status=status, detail=detail, errors=list(errors))
    return JSONResponse(problem.model_dump(), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _api_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        raise error
    return answer(error.status, error.detail, error.errors, error.headers, error.kind)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [invalid_field(item) for item in error.errors()]
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the request does not fit", errors)


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, UnicodeDecodeError | RecursionError):  # FastAPI's 400 names no field
        wrong = FieldError(field="body", detail="is not UTF-8, or is nested too deeply")
        return answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the request does not fit", [wrong])
    return answer(error.status_code, str(error.detail), headers=error.headers)


def _store_error(request: Request, error: Exception) -> JSONResponse:
    get_logger(part="api").error("database does not answer", path=request.url.path, reason=first_line(error))
    detail = "the database does not answer; try again in a moment"
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"})


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    get_logger(part="api").error("request failed", path=request.url.path, exc_info=error)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; the log says what")
