"""The key by which the centre signs what it wants of its boxes; it signs nothing else."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from messages import ConfigOrder, Signed, UpdateOrder, encode
from messages.orders import signed_text
from placewatch.errors import TrustError
from placewatch.files import write_file

ORDERS_KEY = "orders.key"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs orders.

    Attributes:
        key: Ed25519, in memory.
    """

    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """What boxes pin: the raw key, base64url."""
        return urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode()

    def sign(self, order: ConfigOrder | UpdateOrder) -> bytes:
        """An order as it travels."""
        body = encode(order).decode()
        return encode(Signed(body=body, signature=self.key.sign(signed_text(body))))


def make_signer(folder: Path) -> Signer:
    """Make the key.

    Raises:
        TrustError: There is one: boxes believe it, and would not believe another.
    """
    path = folder / ORDERS_KEY
    if path.exists():
        raise TrustError(
            "there is a key here already",
            where=str(path),
            remedy="keep it; boxes that are enrolled believe no other",
        )
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_file(path, pem, secret=True)
    return Signer(key)


def read_signer(folder: Path) -> Signer | None:
    """The key in ``folder``; None where the centre has none, and so sends no orders.

    Raises:
        TrustError: It is damaged, or others may read it.
    """
    path = folder / ORDERS_KEY
    try:
        text, mode = path.read_bytes(), path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TrustError(
            f"cannot be read: {error.strerror}", where=str(path), remedy="check the file's rights"
        ) from error
    if mode & 0o077:
        raise TrustError("others may read the key", where=str(path), remedy="chmod 600 the file")
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except ValueError as error:
        raise TrustError("not PEM", where=str(path), remedy="restore the file from a backup") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrustError("not an Ed25519 key", where=str(path), remedy="restore the file from a backup")
    return Signer(key)
