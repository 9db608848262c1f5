"""Basic and digest authentication of RTSP clients (RFC 7617, RFC 2617)."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

REALM = "replay"
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may watch.

    Attributes:
        user: Name.
        password: Secret; never shown.
    """

    user: str
    password: str = field(repr=False)


def challenges(nonce: str) -> tuple[tuple[str, str], ...]:
    """The headers that ask for credentials; of the two, clients prefer digest, as with cameras."""
    return (
        ("WWW-Authenticate", f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5'),
        ("WWW-Authenticate", f'Basic realm="{REALM}"'),
    )


def allowed(header: str, method: str, nonce: str, credentials: Credentials) -> bool:
    """Whether an ``Authorization`` header proves the password."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "basic":
        given = rest.strip().encode()
        expected = base64.b64encode(f"{credentials.user}:{credentials.password}".encode())
        return hmac.compare_digest(given, expected)
    if scheme.lower() != "digest":
        return False
    fields = {name: quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
    secret = _md5(f"{credentials.user}:{REALM}:{credentials.password}")
    uri = fields.get("uri", "")
    expected_response = _md5(f"{secret}:{nonce}:{_md5(f'{method}:{uri}')}")
    return (
        fields.get("nonce") == nonce
        and fields.get("username") == credentials.user
        and hmac.compare_digest(fields.get("response", "").encode(), expected_response.encode())
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
