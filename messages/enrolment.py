"""How a box gets its certificate: over HTTPS, with a one-time token, later with the one it has."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import msgspec

_PREFIX = "pwenrol1."

RENEWAL_CONTEXT = b"placewatch renewal v1\n"
"""Begins what a box signs for a renewal, so that no other signature of its key can be taken for one."""


class EnrolmentToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an installer carries from the centre to a box.

    Attributes:
        url: Address of the centre, ``https://host:port``.
        ca: SHA-256 fingerprint of the centre's root certificate (DER), hex.
        secret: Good for one certificate; the centre keeps its hash only.
    """

    url: str
    ca: str
    secret: str

    @property
    def text(self) -> str:
        """As it is printed and typed."""
        return _PREFIX + urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def read_token(text: str) -> EnrolmentToken:
    """The parts of a printed token.

    Raises:
        ValueError: It is cut short or is something else.
    """
    text = text.strip()
    if not text.startswith(_PREFIX):
        msg = f"does not begin with {_PREFIX}"
        raise ValueError(msg)
    raw = text.removeprefix(_PREFIX)
    try:
        return msgspec.json.decode(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)), type=EnrolmentToken)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error


class EnrolRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A box asks for its first certificate.

    Attributes:
        secret: Of the token.
        csr: PKCS 10, PEM; its subject is ignored.
    """

    secret: str
    csr: str


class RenewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A box asks for its next certificate, with a new key.

    Attributes:
        certificate: The one it has, PEM.
        csr: For the new key, PKCS 10, PEM.
        time: When it asks, by its clock.
        signature: By the old key (ECDSA, SHA-256, DER) over `renewal_text`, base64url.
    """

    certificate: str
    csr: str
    time: datetime
    signature: str


def renewal_text(csr: str, time: datetime) -> bytes:
    """What a box signs with its old key."""
    return RENEWAL_CONTEXT + time.isoformat().encode() + b"\n" + csr.encode()


class Enrolled(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The centre's answer to both.

    Attributes:
        site: Site of the box.
        box: Id of the box.
        certificate: PEM.
        ca: The centre's root, PEM.
        broker_host: Where to publish.
        broker_port: TCP port with TLS.
        orders_key: Ed25519 key (raw, base64url) by which the centre signs what it wants of the box; None
            where it sends no orders.
        orders_after: Version of the newest configuration and of the newest update; a box that begins anew
            takes none that is older.
    """

    site: str
    box: str
    certificate: str
    ca: str
    broker_host: str
    broker_port: int
    orders_key: str | None = None
    orders_after: tuple[int, int] = (0, 0)
