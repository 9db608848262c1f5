"""Mutual TLS towards the broker: the same three files and the same checks for a box and for the centre."""

import ssl
from pathlib import Path

from pydantic import ValidationInfo, field_validator

from placewatch.config import Document, Settings
from placewatch.errors import BrokerError


class Tls(Settings):
    """Certificates for a connection; files in PEM form."""

    ca: Path
    """Whom to believe; relative to the configuration file."""
    certificate: Path
    """Who we are: our certificate; relative to the configuration file."""
    key: Path | None = None
    """The key of our certificate, where it is not in the same file; relative to the configuration file."""

    @field_validator("ca", "certificate", "key")
    @classmethod
    def _path(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside(info, path)


def beside(info: ValidationInfo, path: Path) -> Path:
    """A relative path as lying beside the configuration file that is being validated."""
    document = info.context.get("document") if isinstance(info.context, dict) else None
    if isinstance(document, Document) and not path.is_absolute():
        return (Path(document.file).resolve().parent / path.expanduser()).resolve()
    return path.expanduser()


def client_context(tls: Tls) -> ssl.SSLContext:
    """A context that shows our certificate and believes only ``tls.ca``; read anew at each call.

    Raises:
        BrokerError: A file cannot be read, or key and certificate do not belong together.
    """
    for name, path in (("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key or tls.certificate)):
        try:
            path.read_bytes()
        except OSError as error:
            raise BrokerError(
                f"cannot be read: {error.strerror}",
                where=f"tls.{name} {path}",
                remedy="enrol the box, or correct the path and its rights",
            ) from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(tls.ca)
        context.load_cert_chain(tls.certificate, tls.key)
    except ssl.SSLError as error:
        raise BrokerError(
            f"certificate and key cannot be used: {error.reason or error}",
            where=f"tls.certificate {tls.certificate}",
            remedy="the key must be the one that the certificate was made for, both in PEM form",
        ) from error
    return context
