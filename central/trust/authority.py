"""A small certificate authority: one root, certificates for boxes, broker and centre, a revocation list.

X.509 as in RFC 5280, keys on P-256. Times come in as arguments.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from messages.topics import BoxTopics
from placewatch.errors import TrustError

ROOT_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=825)
BOX_LIFE = timedelta(days=90)
CRL_LIFE = timedelta(days=30)

_BACKDATE = timedelta(hours=1)
"""A box whose clock is a little behind must not find its new certificate not yet valid."""

_MOST_NAME = 64
"""Characters of a common name (X.520 ub-common-name)."""

MAX_CSR = 8192
"""Bytes; a request on P-256 has about 500."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The root: its certificate, and its key in memory."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex: what a box pins before it believes anything."""
        return fingerprint(self.certificate)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, both PEM."""

    certificate: bytes
    key: bytes


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the DER form, hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def common_name(box: BoxTopics) -> str:
    """The name of a box in its certificate, and so its user name at the broker.

    Raises:
        TrustError: Site and box together are too long for a certificate.
    """
    name = f"{box.site}:{box.box}"
    if len(name) > _MOST_NAME:
        raise TrustError(
            f"site and box have {len(name)} characters together, a certificate holds {_MOST_NAME}",
            where=name,
            remedy="choose shorter ids",
        )
    return name


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key as unencrypted PKCS 8: the file's rights protect it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_authority(name: str, now: datetime) -> Authority:
    """A new root, valid for `ROOT_LIFE`."""
    key = new_key()
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key.public_key(), now, ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def load_authority(certificate: bytes, key: bytes, where: str) -> Authority:
    """A root from its PEM files.

    Raises:
        TrustError: They are damaged or do not belong together.
    """
    try:
        root = x509.load_pem_x509_certificate(certificate)
        secret = serialization.load_pem_private_key(key, password=None)
    except ValueError as error:
        raise TrustError("not PEM", where=where, remedy="restore the files from a backup") from error
    if not isinstance(secret, ec.EllipticCurvePrivateKey) or secret.public_key() != root.public_key():
        raise TrustError(
            "key and certificate do not belong together", where=where, remedy="restore both from one backup"
        )
    return Authority(root, secret)


def issue_server(authority: Authority, name: str, hosts: Sequence[str], now: datetime) -> Issued:
    """A certificate for a server, valid for `SERVER_LIFE`.

    Args:
        authority: Who signs.
        name: Common name.
        hosts: DNS names and IP addresses by which clients reach it.
        now: Aware time.
    """
    key = new_key()
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    builder = _leaf(authority, name, key.public_key(), now, SERVER_LIFE, ExtendedKeyUsageOID.SERVER_AUTH)
    return _signed(authority, builder.add_extension(names, critical=False), key)


def issue_client(authority: Authority, name: str, now: datetime) -> Issued:
    """A certificate for a client that lives beside the authority (the centre), valid for `SERVER_LIFE`."""
    key = new_key()
    builder = _leaf(authority, name, key.public_key(), now, SERVER_LIFE, ExtendedKeyUsageOID.CLIENT_AUTH)
    return _signed(authority, builder, key)


def issue_box(
    authority: Authority, request: bytes, box: BoxTopics, now: datetime, life: timedelta = BOX_LIFE
) -> x509.Certificate:
    """A certificate for the key in a signing request; whatever subject the request names is ignored.

    Args:
        authority: Who signs.
        request: PKCS 10 in PEM form.
        box: Whom it is for.
        now: Aware time.
        life: How long it is valid.

    Raises:
        TrustError: The request is damaged, too long, unsigned, or its key is not on P-256.
    """
    key = request_key(request)
    builder = _leaf(authority, common_name(box), key, now, life, ExtendedKeyUsageOID.CLIENT_AUTH)
    return builder.sign(authority.key, hashes.SHA256())


def request_key(request: bytes) -> ec.EllipticCurvePublicKey:
    """The key of a signing request, which its holder has proven to hold.

    Raises:
        TrustError: As `issue_box`.
    """
    if len(request) > MAX_CSR:
        raise TrustError(f"more than {MAX_CSR} bytes", where="certificate request", remedy="make it anew")
    try:
        parsed = x509.load_pem_x509_csr(request)
        key, signed = parsed.public_key(), parsed.is_signature_valid
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise TrustError("damaged", where="certificate request", remedy="make it anew") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TrustError("its key is not on P-256", where="certificate request", remedy="make it anew")
    if not signed:
        raise TrustError("not signed by its own key", where="certificate request", remedy="make it anew")
    return key


def check_issued(authority: Authority, certificate: bytes, now: datetime) -> x509.Certificate:
    """A certificate that this authority made and that is valid now.

    Raises:
        TrustError: It is not.
    """
    try:
        parsed = x509.load_pem_x509_certificate(certificate)
        parsed.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise TrustError(
            "not made by this centre", where="certificate", remedy="enrol the box with a new token"
        ) from error
    if not parsed.not_valid_before_utc <= now <= parsed.not_valid_after_utc:
        raise TrustError("not valid now", where="certificate", remedy="enrol the box with a new token")
    return parsed


def revocation_list(authority: Authority, revoked: Iterable[tuple[int, datetime]], now: datetime) -> bytes:
    """The CRL as PEM.

    Args:
        authority: Who signs.
        revoked: Serial number and time of each revoked certificate.
        now: Aware time.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - _BACKDATE)
        .next_update(now + CRL_LIFE)
    )
    for serial, moment in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _signed(
    authority: Authority, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey
) -> Issued:
    certificate = builder.sign(authority.key, hashes.SHA256())
    return Issued(certificate.public_bytes(serialization.Encoding.PEM), key_pem(key))


def _leaf(
    authority: Authority,
    name: str,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    life: timedelta,
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    issuer = authority.certificate
    return (
        _builder(_name(name), issuer.subject, key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + life)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
