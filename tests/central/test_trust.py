"""Certificates of boxes: who gets one, who does not, and what the broker is told."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from central.store.engine import Store
from central.trust.authority import (
    Authority,
    common_name,
    key_pem,
    load_authority,
    make_authority,
    new_key,
)
from central.trust.folder import read_authority, save_authority
from central.trust.keeper import Keeper
from central.trust.registrar import Registrar
from messages import EnrolmentToken, EnrolRequest, RenewRequest, read_token
from messages.enrolment import renewal_text
from messages.topics import BoxTopics
from placewatch.errors import TrustError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOX, OTHER = BoxTopics("north", "box-1"), BoxTopics("north", "box-2")
Key = ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority("a city", NOW - HOUR)


@pytest.fixture
def registrar(store: Store, authority: Authority) -> Registrar:
    return Registrar(store, authority, "https://centre:8600", "broker", 8883)


def csr(key: Key | rsa.RSAPrivateKey) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placewatch-central")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def renewal(certificate: str, old: Key, new: Key, when: datetime = NOW, **changed: str) -> RenewRequest:
    request = csr(new)
    signature = old.sign(renewal_text(request, when), ec.ECDSA(hashes.SHA256()))
    fields = {"certificate": certificate, "csr": request, "signature": urlsafe_b64encode(signature).decode()}
    return RenewRequest(**{**fields, **changed}, time=when)


def enrolled(registrar: Registrar, box: BoxTopics = BOX, now: datetime = NOW) -> tuple[str, Key]:
    key, token = new_key(), registrar.invite(box, now, HOUR)
    return registrar.enrol(EnrolRequest(secret=token.secret, csr=csr(key)), now).certificate, key


def test_a_box_gets_its_own_name_whatever_it_asks_for(registrar: Registrar) -> None:
    text, key = enrolled(registrar)
    certificate = x509.load_pem_x509_certificate(text.encode())
    assert certificate.subject.rfc4514_string() == "CN=north:box-1"
    assert certificate.public_key() == key.public_key()
    assert certificate.not_valid_after_utc == NOW + timedelta(days=90)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    certificate.verify_directly_issued_by(registrar.authority.certificate)


def test_a_token_is_good_once_and_for_a_while(registrar: Registrar) -> None:
    request = EnrolRequest(secret=registrar.invite(BOX, NOW, HOUR).secret, csr=csr(new_key()))
    registrar.enrol(request, NOW)
    for again in (
        request,
        EnrolRequest(secret=registrar.invite(BOX, NOW - 2 * HOUR, HOUR).secret, csr=request.csr),
        EnrolRequest(secret="guessed", csr=request.csr),
    ):
        with pytest.raises(TrustError, match="unknown, used or expired"):
            registrar.enrol(again, NOW)


def _tampered(text: str) -> str:
    lines = text.splitlines()
    lines[2] = lines[2][::-1]
    return "\n".join(lines)


def _signed_by_nobody(text: str) -> str:
    """A request that reads well, with the last bit of its signature turned."""
    body = bytearray(x509.load_pem_x509_csr(text.encode()).public_bytes(serialization.Encoding.DER))
    body[-1] ^= 1
    return x509.load_der_x509_csr(bytes(body)).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("request_text", "told"),
    [
        ("", "damaged"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "damaged"),
        ("x" * 9000, "more than 8192 bytes"),
        (csr(rsa.generate_private_key(65537, 2048)), "not on P-256"),
        (csr(ec.generate_private_key(ec.SECP384R1())), "not on P-256"),
        (_tampered(csr(new_key())), "damaged|not signed by its own key|not on P-256"),
        (_signed_by_nobody(csr(new_key())), "not signed by its own key"),
    ],
)
def test_a_request_that_is_not_sound_leaves_the_token_good(
    registrar: Registrar, request_text: str, told: str
) -> None:
    token = registrar.invite(BOX, NOW, HOUR)
    with pytest.raises(TrustError, match=told):
        registrar.enrol(EnrolRequest(secret=token.secret, csr=request_text), NOW)
    assert registrar.enrol(EnrolRequest(secret=token.secret, csr=csr(new_key())), NOW).box == "box-1"


def test_renewal_gives_a_new_key_the_same_name(registrar: Registrar) -> None:
    text, key = enrolled(registrar)
    fresh = new_key()
    answer = registrar.renew(renewal(text, key, fresh), NOW)
    assert (answer.site, answer.box) == ("north", "box-1")
    assert x509.load_pem_x509_certificate(answer.certificate.encode()).public_key() == fresh.public_key()


def test_renewals_that_are_refused(registrar: Registrar) -> None:
    text, key = enrolled(registrar)
    foreign = make_authority("another city", NOW - HOUR)
    elsewhere = Registrar(registrar.store, foreign, "https://x", "b", 1)
    alien, alien_key = enrolled(elsewhere)
    thief = new_key()
    later = NOW + timedelta(days=91)
    cases: list[tuple[RenewRequest, datetime, str]] = [
        (renewal(text, thief, thief), NOW, "not signed by the key"),
        (renewal(text, key, new_key(), signature="AAAA"), NOW, "not signed by the key"),
        (renewal(text, key, new_key(), signature="%%%"), NOW, "not signed by the key"),
        (renewal(text, key, new_key(), csr=csr(thief)), NOW, "not signed by the key"),
        (renewal(text, key, key), NOW, "new key is the old one"),
        (renewal(alien, alien_key, new_key()), NOW, "not made by this centre"),
        (renewal("junk", key, new_key()), NOW, "not made by this centre"),
        (renewal(text, key, new_key(), when=NOW - HOUR), NOW, "clock differs by 3600 s"),
        (renewal(text, key, new_key(), when=later), later, "not valid now"),
    ]
    for request, now, told in cases:
        with pytest.raises(TrustError, match=told):
            registrar.renew(request, now)
    registrar.revoke(BOX, "stolen", NOW)
    with pytest.raises(TrustError, match="revoked or unknown"):
        registrar.renew(renewal(text, key, new_key()), NOW)


def test_revocation_takes_certificates_tokens_and_rights(registrar: Registrar) -> None:
    text, _ = enrolled(registrar)
    enrolled(registrar, OTHER)
    token = registrar.invite(BOX, NOW, HOUR)
    before = registrar.files(NOW)
    assert b"user north:box-1" in before["acl"]
    assert registrar.revoke(BOX, "stolen", NOW) == 1
    after = registrar.files(NOW)
    assert b"box-1" not in after["acl"]
    assert b"user north:box-2" in after["acl"]
    serial = x509.load_pem_x509_certificate(text.encode()).serial_number
    listed = x509.load_pem_x509_crl(after["revoked.crl"])
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
    assert listed.is_signature_valid(registrar.authority.key.public_key())
    with pytest.raises(TrustError, match="used or expired"):
        registrar.enrol(EnrolRequest(secret=token.secret, csr=csr(new_key())), NOW)
    with pytest.raises(TrustError, match="no certificate"):
        registrar.revoke(BOX, "again", NOW)


def test_expired_boxes_lose_their_rights(registrar: Registrar) -> None:
    enrolled(registrar)
    assert b"box-1" not in registrar.files(NOW + timedelta(days=91))["acl"]


def test_the_keeper_writes_only_what_changed_and_tries_again(registrar: Registrar, tmp_path: Path) -> None:
    clock = [NOW]
    told = tmp_path / "told"
    keeper = Keeper(registrar, tmp_path / "broker", ["sh", "-c", f"echo x >> {told}"], lambda: clock[0])
    assert keeper.look()
    assert not keeper.look()
    enrolled(registrar)
    assert keeper.look()
    assert not keeper.look()
    assert "north:box-1" in (tmp_path / "broker" / "acl").read_text()
    clock[0] += timedelta(days=2)  # the revocation list must not run out
    assert keeper.look()
    assert told.read_text().count("x") == 3
    failing = Keeper(
        registrar, tmp_path / "broker", ["sh", "-c", "echo no such broker >&2; exit 3"], lambda: NOW
    )
    for _ in range(2):
        with pytest.raises(TrustError, match="exit code 3: no such broker"):
            failing.look()


def test_names_that_do_not_fit(registrar: Registrar) -> None:
    with pytest.raises(TrustError, match="a certificate holds 64"):
        registrar.invite(BoxTopics("s" * 40, "b" * 40), NOW, HOUR)
    assert common_name(BoxTopics("s" * 40, "b" * 23))


def test_the_authority_is_kept_and_guarded(tmp_path: Path, authority: Authority) -> None:
    save_authority(tmp_path, authority, key_pem(authority.key))
    assert read_authority(tmp_path).fingerprint == authority.fingerprint
    with pytest.raises(TrustError, match="an authority here already"):
        save_authority(tmp_path, authority, b"")
    (tmp_path / "ca.key").chmod(0o644)
    with pytest.raises(TrustError, match="others may read"):
        read_authority(tmp_path)
    with pytest.raises(TrustError, match="no authority here"):
        read_authority(tmp_path / "empty")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda cert, _: (cert, key_pem(new_key())), "do not belong together"),
        (lambda cert, _: (cert, b"junk"), "not PEM"),
        (lambda _, key: (b"junk", key), "not PEM"),
    ],
)
def test_damaged_authorities(
    authority: Authority, change: Callable[[bytes, bytes], tuple[bytes, bytes]], told: str
) -> None:
    with pytest.raises(TrustError, match=told):
        load_authority(*change(authority.pem, key_pem(authority.key)), "here")


def test_tokens_read_as_they_were_written() -> None:
    token = EnrolmentToken(url="https://c:1", ca="ab", secret="s")
    assert read_token(f"  {token.text}\n") == token


@given(st.one_of(st.text(max_size=80), st.text(max_size=60).map(lambda text: f"pwenrol1.{text}")))
def test_no_text_breaks_the_reading_of_tokens(text: str) -> None:
    try:
        read_token(text)
    except ValueError:
        return
    assert text.strip().startswith("pwenrol1.")
