"""Signing in at an OpenID provider: authorization code with PKCE (RFC 6749, 7636; OpenID Connect Core 1.0).

Nobody gets in whom an administrator has not named, by a subject that an account carries or by a claim that
gives roles.
"""

import hmac
import json
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field

from central.names import Bilingual
from central.people.oidc_roles import RoleRule
from placewatch.config import Settings

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures by a public key alone: never by the client's secret, never none."""
_TIMEOUT_S = 10.0
_SKEW_S = 60


class Oidc(Settings):
    """An OpenID provider at which people may sign in."""

    issuer: str = Field(pattern=r"^https://\S+$|^http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?$")
    """Its issuer, as its discovery document has it."""
    client_id: str = Field(min_length=1, max_length=200)
    """This centre's id there."""
    client_secret: str | None = Field(None, repr=False)
    """This centre's secret there, where it has one; write ${NAME} to take it from the environment."""
    address: str = Field(pattern=r"^https?://[^/\s]+$")
    """Where browsers reach this centre; ``/api/v1/oidc/callback`` below it is registered at the provider."""
    name: Bilingual = Bilingual(zh="统一身份认证", en="single sign-on")
    """What the button says."""
    claim: str = Field("sub", pattern=r"^[A-Za-z0-9_.:/-]{1,64}$")
    """Which claim of the ID token tells who somebody is; choose none that people change themselves."""
    scope: str = "openid profile"
    """What is asked for."""
    roles: tuple[RoleRule, ...] = Field((), max_length=1000)
    """Which claims give which roles, renewed at each sign-in; roles that were given here stay beside them."""
    create: bool = False
    """Make an account at the first sign-in of somebody whom ``roles`` give a role; else administrators name
    who may come in."""
    name_claim: str = Field("preferred_username", pattern=r"^[A-Za-z0-9_.:/-]{1,64}$")
    """Which claim names an account that is made."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider vouches for them.

    Attributes:
        subject: What an account carries (`subject_of`).
        claims: Everything that the ID token says.
    """

    subject: str
    claims: Mapping[str, Any]


class OidcError(Exception):
    """The provider's answer opens nothing; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser keeps while its owner is at the provider.

    Attributes:
        state: Comes back with the answer.
        nonce: Stands in the ID token.
        verifier: Proves that the code was asked for here (PKCE).
        to: The page that was wanted.
    """

    state: str
    nonce: str
    verifier: str
    to: str

    @classmethod
    def new(cls, to: str) -> Self:
        """Three fresh secrets."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), to)

    def text(self) -> str:
        """For a cookie."""
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()


class Provider:
    """One provider; safe to share between threads."""

    def __init__(self, config: Oidc, client: httpx.Client | None = None) -> None:
        """Nothing is asked before somebody wants to sign in."""
        self.config = config
        self._client = client or httpx.Client(timeout=_TIMEOUT_S)
        self._lock = threading.Lock()
        self._found: dict[str, Any] = {}
        self._keys: KeySet | None = None

    @property
    def callback(self) -> str:
        """Where the provider sends browsers back to."""
        return f"{self.config.address}/api/v1/oidc/callback"

    def begin(self, pending: Pending) -> str:
        """Where a browser goes to sign in.

        Raises:
            OidcError: The provider cannot be asked.
        """
        challenge = urlsafe_b64encode(sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.callback,
            "scope": self.config.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._discovered()['authorization_endpoint']}?{urlencode(query)}"

    def finish(self, code: str, pending: Pending, now: float) -> Identity:
        """Whom an authorization code stands for.

        Raises:
            OidcError: The code is refused, or the ID token does not fit.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "client_id": self.config.client_id,
            "code_verifier": pending.verifier,
        }
        secret = self.config.client_secret
        auth = None if secret is None else (self.config.client_id, secret)
        answer = self._ask("POST", self._discovered()["token_endpoint"], data=form, auth=auth)
        claims = self._claims(str(answer.get("id_token", "")))
        self._check(claims, pending, now)
        subject = claims.get(self.config.claim)
        if not isinstance(subject, str) or not subject:
            msg = f"the ID token has no claim {self.config.claim}"
            raise OidcError(msg)
        return Identity(subject_of(self.config.issuer, subject), claims)

    def _claims(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):  # a key that is not known may be a new one
            try:
                return dict(jwt.decode(token, self._key_set(fresh=fresh), algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError) as error:
                reason = error
        msg = f"the ID token cannot be believed: {reason}"
        raise OidcError(msg)

    def _check(self, claims: dict[str, Any], pending: Pending, now: float) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires = claims.get("exp")
        for fits, what in (
            (claims.get("iss") == self.config.issuer, "issuer"),
            (self.config.client_id in audiences, "audience"),
            (len(audiences) == 1 or claims.get("azp") == self.config.client_id, "authorized party"),
            (isinstance(expires, int | float) and expires > now - _SKEW_S, "expiry"),
            (hmac.compare_digest(str(claims.get("nonce", "")).encode(), pending.nonce.encode()), "nonce"),
        ):
            if not fits:
                msg = f"the ID token does not fit: {what}"
                raise OidcError(msg)

    def _discovered(self) -> dict[str, Any]:
        with self._lock:
            if not self._found:
                address = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
                found = self._ask("GET", address)
                if found.get("issuer") != self.config.issuer:
                    msg = "the discovery document is another issuer's"
                    raise OidcError(msg)
                self._found = found
            return self._found

    def _key_set(self, *, fresh: bool) -> KeySet:
        address = self._discovered()["jwks_uri"]
        with self._lock:
            if fresh or self._keys is None:
                self._keys = KeySet.import_key_set(self._ask("GET", address))  # type: ignore[arg-type]
            return self._keys

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - the client's own
        try:
            answer = self._client.request(method, address, **more)
            answer.raise_for_status()
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            msg = f"the provider cannot be asked: {error}"
            raise OidcError(msg) from error
        if not isinstance(body, dict):
            msg = "the provider's answer is no object"
            raise OidcError(msg)
        return body


def subject_of(issuer: str, claim: str) -> str:
    """What an account carries: the issuer and who somebody is there."""
    return f"{issuer} {claim}"


def pending_of(text: str) -> Pending | None:
    """What a cookie holds, or None when it is not ours."""
    try:
        return Pending(**json.loads(urlsafe_b64decode(text.encode())))
    except (ValueError, TypeError):
        return None
