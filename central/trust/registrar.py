"""Gives boxes their certificates, and takes the belief away again. Every method is one short transaction."""

import secrets
from base64 import urlsafe_b64decode
from binascii import Error
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from central.fleet.desired import Fleet
from central.store import trust
from central.store.engine import Store
from central.trust.authority import (
    BOX_LIFE,
    Authority,
    check_issued,
    common_name,
    issue_box,
    request_key,
    revocation_list,
)
from central.trust.broker_files import access_list
from messages import Enrolled, EnrolmentToken, EnrolRequest, FetchRequest, RenewRequest
from messages.enrolment import renewal_text
from messages.orders import fetch_text
from messages.topics import BoxTopics
from placewatch.errors import TrustError

CLOCK_SKEW = timedelta(minutes=10)
"""How far a renewal's time may be from ours."""

_AGAIN = "ask the centre for a new token: placewatch central trust invite"


@dataclass(frozen=True, slots=True)
class Registrar:
    """Enrolment over a store.

    Attributes:
        store: Where invitations and certificates are noted.
        authority: Who signs.
        url: Where boxes reach the centre, ``https://host:port``.
        broker_host: Where boxes publish.
        broker_port: TCP port with TLS.
        life: How long a box's certificate is valid.
        fleet: What boxes are told to run; None where they are told nothing.
    """

    store: Store
    authority: Authority
    url: str
    broker_host: str
    broker_port: int
    life: timedelta = BOX_LIFE
    fleet: Fleet | None = None

    def invite(self, box: BoxTopics, now: datetime, valid: timedelta) -> EnrolmentToken:
        """A token with which ``box`` may enrol once.

        Raises:
            TrustError: Its name does not fit into a certificate.
        """
        common_name(box)
        secret = secrets.token_urlsafe(32)
        with self.store.write() as connection:
            trust.add_invitation(connection, _hash(secret), box, now, now + valid)
        return EnrolmentToken(url=self.url, ca=self.authority.fingerprint, secret=secret)

    def enrol(self, request: EnrolRequest, now: datetime) -> Enrolled:
        """The first certificate of a box.

        Raises:
            TrustError: The token is unknown, used or expired, or the signing request is not sound; a request
                that is not sound does not use the token up.
        """
        csr = request.csr.encode()
        request_key(csr)
        with self.store.write() as connection:
            box = trust.use_invitation(connection, _hash(request.secret), now)
            if box is None:
                raise TrustError("unknown, used or expired", where="enrolment token", remedy=_AGAIN)
            certificate = issue_box(self.authority, csr, box, now, self.life)
            trust.add_certificate(connection, box, certificate)
        return self._enrolled(box, certificate)

    def renew(self, request: RenewRequest, now: datetime) -> Enrolled:
        """The next certificate of a box that shows the one it has.

        Raises:
            TrustError: The certificate is not ours, expired or revoked; the signature is not by its key; the
                request is not of now; or the new key is the old one.
        """
        if abs(request.time - now) > CLOCK_SKEW:
            raise TrustError(
                f"its clock differs by {abs((request.time - now).total_seconds()):.0f} s",
                where="renewal",
                remedy="set the box's clock",
            )
        current = check_issued(self.authority, request.certificate.encode(), now)
        key = current.public_key()
        _verify(key, request.signature, renewal_text(request.csr, request.time), "renewal")
        csr = request.csr.encode()
        if request_key(csr) == key:
            raise TrustError("the new key is the old one", where="renewal", remedy="make a fresh key")
        with self.store.write() as connection:
            box = trust.find_certificate(connection, current)
            if box is None:
                raise TrustError("revoked or unknown", where="certificate", remedy=_AGAIN)
            certificate = issue_box(self.authority, csr, box, now, self.life)
            trust.add_certificate(connection, box, certificate)
        return self._enrolled(box, certificate)

    def may_fetch(self, request: FetchRequest, now: datetime) -> BoxTopics:
        """Which box asks for a bundle; one that was told to.

        Raises:
            TrustError: Its certificate is not ours, expired or revoked; the request is not signed by its key
                or not of now; or the box was not told to fetch this.
        """
        if abs(request.time - now) > CLOCK_SKEW:
            raise TrustError("its clock differs too much", where="bundle", remedy="set the box's clock")
        certificate = check_issued(self.authority, request.certificate.encode(), now)
        text = fetch_text(request.sha256, request.offset, request.time.isoformat())
        _verify(certificate.public_key(), request.signature, text, "bundle")
        with self.store.read() as connection:
            box = trust.find_certificate(connection, certificate)
        if box is None:
            raise TrustError("revoked or unknown", where="certificate", remedy=_AGAIN)
        if self.fleet is None or not self.fleet.told_to_fetch(box, request.sha256):
            raise TrustError("this box was not told to fetch it", where="bundle")
        return box

    def revoke(self, box: BoxTopics, reason: str, now: datetime) -> int:
        """Believe nothing of ``box`` any more; how many certificates that were.

        Raises:
            TrustError: It has none.
        """
        with self.store.write() as connection:
            count = trust.revoke_box(connection, box, reason, now)
        if not count:
            raise TrustError(
                "has no certificate that is still believed",
                where=f"box {box.site}/{box.box}",
                remedy="look at 'placewatch central trust list'",
            )
        return count

    def revocations(self, now: datetime) -> bytes:
        """Changes whenever who is believed changes; cheap to ask."""
        with self.store.read() as connection:
            boxes = trust.believed_boxes(connection, now)
            revoked = trust.revoked_serials(connection, now)
        return repr((boxes, [serial for serial, _ in revoked])).encode()

    def files(self, now: datetime) -> dict[str, bytes]:
        """The broker's files that change with what is believed: access list and revocation list."""
        with self.store.read() as connection:
            boxes = trust.believed_boxes(connection, now)
            revoked = trust.revoked_serials(connection, now)
        return {
            "acl": access_list(boxes).encode(),
            "revoked.crl": revocation_list(self.authority, revoked, now),
        }

    def _enrolled(self, box: BoxTopics, certificate: x509.Certificate) -> Enrolled:
        fleet = self.fleet
        signer = None if fleet is None else fleet.signer
        return Enrolled(
            site=box.site,
            box=box.box,
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            ca=self.authority.pem.decode(),
            broker_host=self.broker_host,
            broker_port=self.broker_port,
            orders_key=None if signer is None else signer.public,
            orders_after=(0, 0) if fleet is None else fleet.after(box),
        )


def _hash(secret: str) -> str:
    """What is kept of a secret; it has 256 random bits, so a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def _verify(key: object, signature: str, text: bytes, what: str) -> None:
    try:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise InvalidSignature  # noqa: TRY301 - one way out
        key.verify(urlsafe_b64decode(signature), text, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, Error, ValueError) as error:
        raise TrustError(
            "not signed by the key of the certificate it shows", where=what, remedy=_AGAIN
        ) from error
