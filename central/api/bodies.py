"""No request is larger than its operation can mean: refused before it fills memory."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.api.problems import answer

MOST = 1024 * 1024
"""Bytes of a request's body, for most operations."""

OWN = {"/api/v1/uploads": None, "/api/v1/tables": 18 * 1024 * 1024}
"""Operations with other limits, by the beginning of their path; None: they count for themselves."""


class BodyLimit:
    """ASGI middleware: 413 for a body that is too large, whether or not it says so beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        limit = _limit(scope["path"]) if scope["type"] == "http" else None
        if limit is None:
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdecimal() and int(said) > limit:
            await answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _words(limit))(scope, receive, send)
            return
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _words(limit))
            return message

        await self._app(scope, counted, send)


def _limit(path: str) -> int | None:
    return next((limit for start, limit in OWN.items() if path.startswith(start)), MOST)


def _words(limit: int) -> str:
    return f"the request is larger than the {limit} bytes that this operation takes"
