"""Mail to a real server: STARTTLS first, then a login; no password to who cannot prove its name."""

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.policy import default
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import servers
from tests.central import test_notify
from tests.central.test_notify import Telling
from tests.parts import require

PASSWORD = "only the mail server knows it"
telling = test_notify.telling


@dataclass(slots=True)
class Post:
    """A mail server: what it took, and who signed in.

    Attributes:
        port: Where it listens on this machine.
        got: Mails with their sender and recipients.
        logins: Names that signed in, and whether the line was covered by then.
    """

    port: int
    got: list[Any] = field(default_factory=list)
    logins: list[tuple[str, bool]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd's
        self.got.append(envelope)
        return "250 taken"


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


@contextmanager
def post_office(files: tuple[Path, Path]) -> Iterator[Post]:
    require(find_spec("aiosmtpd"), "aiosmtpd is not installed")
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    post = Post(servers.free_port())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def check(_server: Any, session: Any, _envelope: Any, _mechanism: str, given: Any) -> Any:  # noqa: ANN401
        name, password = given.login.decode(), given.password.decode()
        post.logins.append((name, session.ssl is not None))
        return AuthResult(success=(name, password) == ("placewatch", PASSWORD), handled=False)

    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=check,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def channel(telling: Telling, port: int, **more: object) -> None:
    settings = {"kind": "email", "host": "localhost", "port": port, "security": "starttls"}
    settings |= {"username": "placewatch", "password": PASSWORD, "sender": "placewatch@city.example"}
    telling.put("duty-desk", **(settings | {"recipients": ["desk@city.example"]} | more))


def test_mail_goes_out_over_starttls_with_a_login(
    telling: Telling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))  # what a city's own authority is to the system
    with post_office(files) as post:
        channel(telling, post.port)
        telling.red()
        telling.courier.look()
        assert post.logins == [("placewatch", True)]
        [got] = post.got
    assert (got.mail_from, got.rcpt_tos) == ("placewatch@city.example", ["desk@city.example"])
    told = email.message_from_bytes(got.content, policy=default)
    assert told["Subject"] == "[red] At the water's edge: Ring Road"
    assert telling.letters("waiting") == []
    assert len(telling.letters("sent")) == 1


def test_a_wrong_password_is_final_and_not_shown(
    telling: Telling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with post_office(files) as post:
        channel(telling, post.port, password="a wrong one")
        telling.red()
        telling.courier.look()
        assert post.got == []
    assert [letter["reason"] for letter in telling.letters("waiting")] == []
    [dead] = telling.letters("dead")
    assert "535" in dead["reason"]
    assert "wrong one" not in str(dead)


@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("another.example", True)])
def test_a_server_that_cannot_prove_its_name_gets_neither_password_nor_mail(
    telling: Telling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    trusted: bool,
) -> None:
    files = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with post_office(files) as post:
        channel(telling, post.port)
        telling.red()
        telling.courier.look()
        assert (post.logins, post.got) == ([], [])
    [waiting] = telling.letters("waiting")
    assert "certificate" in waiting["reason"].lower()


def test_a_server_without_starttls_gets_nothing(telling: Telling, tmp_path: Path) -> None:
    require(find_spec("aiosmtpd"), "aiosmtpd is not installed")
    from aiosmtpd.controller import Controller

    post = Post(servers.free_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        channel(telling, post.port)
        telling.red()
        telling.courier.look()
    finally:
        controller.stop()
    assert post.got == []
    [waiting] = telling.letters("waiting")
    assert "STARTTLS" in waiting["reason"]
