"""Security headers on every answer, and a guard against requests under a foreign host name."""

import ipaddress
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.api.problems import answer

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}
"""Sent with every answer, errors included."""

HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""Sent too where browsers come by TLS (RFC 6797)."""


class Guard:
    """ASGI middleware: refuses foreign host names, adds `SECURITY`.

    A page of another site can point its own name at this server (DNS rebinding) and would then be of the same
    origin. It cannot do so with an IP address or with localhost.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...] = (), *, https: bool = False) -> None:
        """Wrap ``app``.

        Args:
            app: What to guard.
            names: Its host names besides localhost and IP addresses.
            https: Browsers come by TLS, and are told to come by nothing else.
        """
        self._app = app
        self._headers = SECURITY | (HSTS if https else {})
        self._names = {"localhost", *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        host = Headers(scope=scope).get("host", "")
        if self._ours(host):
            await self._app(scope, receive, guarded)
            return
        detail = "not a name of this server; list it under http.names in the configuration"
        await answer(HTTPStatus.MISDIRECTED_REQUEST, detail)(scope, receive, guarded)

    def _ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower()
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
