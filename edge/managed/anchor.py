"""By which key this box believes orders: handed over at the enrolment, and never changed by an order."""

from base64 import urlsafe_b64decode
from binascii import Error
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from messages import Enrolled
from placewatch.errors import TrustError
from placewatch.files import write_file

FILE = "orders.json"


class _Anchor(msgspec.Struct, frozen=True):
    key: str
    after: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was pinned.

    Attributes:
        key: Of the centre.
        after: Versions of the newest configuration and update at that time: older ones are never taken.
    """

    key: Ed25519PublicKey
    after: tuple[int, int]


def pin(folder: Path, answer: Enrolled, *, again: bool) -> None:
    """Remember the key of the centre's answer.

    Args:
        folder: Of the box's identity.
        answer: To an enrolment or a renewal.
        again: Whether another key may replace one that is pinned: an enrolment's may, a renewal's not.
    """
    path = folder / FILE
    if answer.orders_key is None or (path.exists() and not again):
        return
    write_file(path, msgspec.json.encode(_Anchor(answer.orders_key, answer.orders_after)), secret=True)


def read_anchor(folder: Path) -> Anchor:
    """What was pinned.

    Raises:
        TrustError: Nothing, or it cannot be read.
    """
    path = folder / FILE
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Anchor)
        key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(found.key))
    except (OSError, msgspec.DecodeError, ValueError, Error) as error:
        raise TrustError(
            "the key by which the centre signs is not here",
            where=str(path),
            remedy="placewatch box renew --force fetches it from a centre that sends configurations",
        ) from error
    return Anchor(key, found.after)
