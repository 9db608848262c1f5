"""How a box gets its certificate: the key is made here and stays here, the centre is pinned."""

import socket
import ssl
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.managed.anchor import pin
from messages import Enrolled, EnrolRequest, MessageError, RenewRequest, decode, encode, read_token
from messages.enrolment import renewal_text
from placewatch.errors import TrustError
from placewatch.files import write_file

PAIR = "box.pem"
"""Key and certificate in one file, so that both change in one step."""

CA = "ca.crt"
CENTRE = "centre"
_PENDING = "box.key.pending"
_TIMEOUT_S = 20.0
_PIN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """A box's files.

    Attributes:
        folder: Where they lie.
        certificate: What the centre gave.
        url: Where the centre is.
    """

    folder: Path
    certificate: x509.Certificate
    url: str

    @property
    def name(self) -> str:
        """``site:box``."""
        return str(self.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)

    def due(self, now: datetime) -> bool:
        """Whether less than a third of its life is left."""
        begin, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return end - now < (end - begin) / 3


def enrol(token: str, folder: Path) -> Enrolled:
    """Make a key, have it certified, and write `PAIR`, `CA` and `CENTRE` to ``folder``.

    Raises:
        TrustError: The token, the centre or the folder cannot be used.
    """
    try:
        parts = read_token(token)
    except ValueError as error:
        raise TrustError(
            "not an enrolment token",
            where="--token",
            remedy="copy the whole line that 'placewatch central trust invite' printed",
        ) from error
    root = _pinned_root(parts.url, parts.ca)
    key = ec.generate_private_key(ec.SECP256R1())
    pending = folder / _PENDING
    write_file(pending, _pem(key), secret=True)  # before the token is spent: a full disk must not cost it
    answer = _ask(parts.url, root, "enrolments", encode(EnrolRequest(secret=parts.secret, csr=_csr(key))))
    _accept(answer, key)
    write_file(folder / CA, root.encode())
    write_file(folder / CENTRE, parts.url.encode() + b"\n")
    pin(folder, answer, again=True)
    write_file(folder / PAIR, _pem(key) + answer.certificate.encode(), secret=True)
    pending.unlink(missing_ok=True)
    return answer


def read_identity(folder: Path) -> Identity:
    """The certificate in ``folder``.

    Raises:
        TrustError: The box is not enrolled there.
    """
    try:
        certificate = x509.load_pem_x509_certificate((folder / PAIR).read_bytes())
        url = (folder / CENTRE).read_text().strip()
    except (OSError, ValueError) as error:
        raise TrustError(
            "this box is not enrolled here", where=str(folder), remedy="placewatch box enrol --token TOKEN"
        ) from error
    return Identity(folder, certificate, url)


def renew(folder: Path, now: datetime) -> Enrolled:
    """Replace key and certificate by new ones, in one step; open connections go on with the old pair.

    Raises:
        TrustError: The box is not enrolled, or the centre refuses or cannot be reached; nothing has
            changed then.
    """
    identity = read_identity(folder)
    try:
        old = serialization.load_pem_private_key((folder / PAIR).read_bytes(), password=None)
        root = (folder / CA).read_text()
    except (OSError, ValueError) as error:
        raise TrustError("its key cannot be read", where=str(folder), remedy="enrol the box again") from error
    if not isinstance(old, ec.EllipticCurvePrivateKey):
        raise TrustError("its key is not on P-256", where=str(folder), remedy="enrol the box again")
    key = ec.generate_private_key(ec.SECP256R1())
    csr = _csr(key)
    signature = old.sign(renewal_text(csr, now), ec.ECDSA(hashes.SHA256()))
    request = RenewRequest(
        certificate=identity.certificate.public_bytes(serialization.Encoding.PEM).decode(),
        csr=csr,
        time=now,
        signature=urlsafe_b64encode(signature).decode(),
    )
    answer = _ask(identity.url, root, "renewals", encode(request))
    _accept(answer, key)
    write_file(folder / PAIR, _pem(key) + answer.certificate.encode(), secret=True)
    pin(folder, answer, again=False)
    return answer


def _accept(answer: Enrolled, key: ec.EllipticCurvePrivateKey) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
    except ValueError as error:
        raise TrustError("sent no certificate", where="centre", remedy="ask its administrator") from error
    if certificate.public_key() != key.public_key():
        raise TrustError("certified another key", where="centre", remedy="ask its administrator")


def _pinned_root(url: str, pin: str) -> str:
    """The centre's root, after its fingerprint was compared with the token's."""
    try:
        # Nothing is believed of this connection but a certificate whose fingerprint the token names.
        with httpx.stream("GET", f"{url}/api/v1/trust/ca", verify=False, timeout=_TIMEOUT_S) as response:  # noqa: S501
            response.raise_for_status()
            body = b"".join(_bounded(response))
    except httpx.HTTPError as error:
        raise _unreachable(url, error) from error
    try:
        root = x509.load_pem_x509_certificate(body)
    except ValueError as error:
        raise TrustError(
            "has no root certificate", where=url, remedy="check the address in the token"
        ) from error
    if root.fingerprint(hashes.SHA256()).hex() != pin:
        raise TrustError(
            "is not the centre that made this token: its root has another fingerprint",
            where=url,
            remedy="do not go on; check the network between here and the centre, then ask for a new token",
        )
    return body.decode()


def _bounded(response: httpx.Response) -> list[bytes]:
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > _PIN_BYTES:
            raise TrustError(
                "sends too much", where=str(response.url), remedy="check the address in the token"
            )
        chunks.append(chunk)
    return chunks


def _ask(url: str, root: str, what: str, body: bytes) -> Enrolled:
    context = ssl.create_default_context(cadata=root)
    try:
        response = httpx.post(
            f"{url}/api/v1/trust/{what}",
            content=body,
            headers={"Content-Type": "application/json"},
            verify=context,
            timeout=_TIMEOUT_S,
        )
    except httpx.HTTPError as error:
        raise _unreachable(url, error) from error
    if response.is_error:
        raise TrustError(f"refuses: {_detail(response)}", where=url, remedy="ask the centre for a new token")
    try:
        return decode(response.content, Enrolled)
    except MessageError as error:
        raise TrustError(
            f"gives an answer that is not one: {error}", where=url, remedy="check the address in the token"
        ) from error


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])[:300]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"


def _unreachable(url: str, error: httpx.HTTPError) -> TrustError:
    host = urlsplit(url).hostname
    return TrustError(
        f"cannot be reached from {socket.gethostname()}: {error}",
        where=url,
        remedy=f"check the network and that {host} is the centre's name",
    )


def _csr(key: ec.EllipticCurvePrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placewatch-box")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
