"""Enrolment of boxes: no sign-in here, token or certificate prove who asks."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from fastapi.responses import StreamingResponse

from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.trust.registrar import Registrar
from messages import Enrolled, EnrolRequest, FetchRequest, MessageError, RenewRequest, decode, encode
from placewatch.clock import utc
from placewatch.errors import TrustError
from placewatch.logs import get_logger

router = APIRouter(prefix="/api/v1/trust", tags=["trust"])

MAX_BODY = 32 * 1024
"""Bytes; two PEM files and a signature have about 3,000."""

_JSON = "application/json"
_CHUNK = 256 * 1024


def _registrar(request: Request) -> Registrar:
    registrar = request.app.state.registrar
    if not isinstance(registrar, Registrar):
        raise ApiError(HTTPStatus.NOT_FOUND, "this centre enrols no boxes: 'trust' is not configured")
    return registrar


AtRegistrar = Annotated[Registrar, Depends(_registrar)]


def _body(kind: type[msgspec.Struct]) -> dict[str, object]:
    schema = msgspec.json.schema(kind)
    name = schema["$ref"].rpartition("/")[2]
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema["$defs"][name]}}}}


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_BODY} bytes")
    return bytes(body)


def _answer(enrolled: Enrolled) -> Response:
    return Response(encode(enrolled), media_type=_JSON)


def _refuse(error: TrustError | MessageError) -> ApiError:
    if isinstance(error, MessageError):
        return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), field="body")
    get_logger(part="trust").warning("enrolment_refused", reason=str(error))
    return ApiError(HTTPStatus.FORBIDDEN, str(error), field=error.where)


_STATUSES = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@router.get(
    "/ca", summary="The root certificate", response_class=Response, responses=responses(HTTPStatus.NOT_FOUND)
)
def show_ca(registrar: AtRegistrar) -> Response:
    """The centre's root as PEM. A box believes it after comparing its fingerprint with that in its token."""
    return Response(registrar.authority.pem, media_type="application/x-pem-file")


@router.post(
    "/enrolments",
    summary="Enrol a box",
    response_class=Response,
    responses=responses(*_STATUSES),
    openapi_extra=_body(EnrolRequest),
)
async def enrol(request: Request, registrar: AtRegistrar, desk: AtDesk) -> Response:
    """A box's first certificate, for a one-time token."""
    try:
        asked = decode(await _read(request), EnrolRequest)
        return _answer(registrar.enrol(asked, utc(desk.clock.now())))
    except (TrustError, MessageError) as error:
        raise _refuse(error) from error


@router.post(
    "/bundles",
    summary="Fetch a bundle that a box was told to run",
    response_class=Response,
    responses=responses(*_STATUSES),
    openapi_extra=_body(FetchRequest),
)
async def fetch_bundle(request: Request, registrar: AtRegistrar, desk: AtDesk) -> Response:
    """The bundle's bytes from the offset on, for the box that was told to run it and for no other."""
    try:
        asked = decode(await _read(request), FetchRequest)
        registrar.may_fetch(asked, utc(desk.clock.now()))
    except (TrustError, MessageError) as error:
        raise _refuse(error) from error
    path = None if desk.bundles is None else desk.bundles.path(asked.sha256)
    if path is None or not path.is_file():
        raise ApiError(HTTPStatus.NOT_FOUND, "this server does not have that bundle", field="body.sha256")
    return StreamingResponse(_from(path, asked.offset), media_type="application/octet-stream")


def _from(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(_CHUNK):
            yield chunk


@router.post(
    "/renewals",
    summary="Renew a box's certificate",
    response_class=Response,
    responses=responses(*_STATUSES),
    openapi_extra=_body(RenewRequest),
)
async def renew(request: Request, registrar: AtRegistrar, desk: AtDesk) -> Response:
    """The next certificate, for a new key, signed for by the key of the one at hand."""
    try:
        asked = decode(await _read(request), RenewRequest)
        return _answer(registrar.renew(asked, utc(desk.clock.now())))
    except (TrustError, MessageError) as error:
        raise _refuse(error) from error
