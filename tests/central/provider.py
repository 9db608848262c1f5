"""A small OpenID provider on a real port: discovery, keys, authorization, tokens; it can be told to cheat."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey


@dataclass
class OpenId:
    """A provider.

    Attributes:
        address: Its issuer.
        key: What it signs with.
        subject: Who signs in next.
        lies: Claims that replace the true ones.
        signs_with: Another key than it shows, or None.
        asked: Token requests, each as its form.
    """

    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    subject: str = "u-17"
    lies: dict[str, Any] = field(default_factory=dict)
    signs_with: RSAKey | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, query: dict[str, str]) -> str:
        """As if somebody had given name and password: where the browser goes then."""
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """An ID token for a code, once, if its verifier is the one that was promised."""
        self.asked.append(form)
        query = self.codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if query is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != query["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": query["client_id"],
            "sub": self.subject,
            "nonce": query["nonce"],
        }
        claims |= {"iat": now, "exp": now + 300} | self.lies
        key = self.signs_with or self.key
        return {"token_type": "Bearer", "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)}

    def documents(self) -> dict[str, Any]:
        """What it tells of itself, by path."""
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            },
            "/keys": KeySet([self.key]).as_dict(private=False),
        }


@contextmanager
def provider() -> Iterator[OpenId]:
    """One that runs until the end."""
    openid = OpenId()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", openid.authorize(query))
                self.end_headers()
            else:
                self._say(openid.documents().get(parts.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(openid.token({name: values[0] for name, values in parse_qs(body).items()}))

        def _say(self, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(200 if body else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    openid.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield openid
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
