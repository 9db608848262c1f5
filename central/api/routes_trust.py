"""Enrolment of boxes: no sign-in here, token or certificate prove who asks."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.params import Depends

from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.trust.registrar import Registrar
from messages import Enrolled, EnrolRequest, MessageError, RenewRequest, decode, encode
from placewatch.clock import utc
from placewatch.errors import TrustError
from placewatch.logs import get_logger

router = APIRouter(prefix="/api/v1/trust", tags=["trust"])

MAX_BODY = 32 * 1024
"""Bytes; two PEM files and a signature have about 3,000."""

_JSON = "application/json"


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
