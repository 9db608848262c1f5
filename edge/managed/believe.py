"""Whether an order is believed: pure but for the signature's arithmetic."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from messages import ConfigOrder, MessageError, Signed, UpdateOrder, decode
from messages.orders import signed_text
from messages.topics import BoxTopics
from placewatch.errors import TrustError

Order = ConfigOrder | UpdateOrder


class Floor(Struct, frozen=True, kw_only=True):
    """The newest order of a kind that was believed: nothing older is taken any more.

    Attributes:
        version: Its version; 0 before the first.
        digest: SHA-256 of its body, hex.
    """

    version: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Believed:
    """An order that the centre has signed for this box.

    Attributes:
        order: What it says.
        digest: SHA-256 of its body, hex.
    """

    order: Order
    digest: str

    @property
    def floor(self) -> Floor:
        """What becomes the floor with it."""
        return Floor(version=self.order.version, digest=self.digest)


class _Kind(Struct):
    type: Literal["config", "update"]


def believe(payload: bytes, key: Ed25519PublicKey, box: BoxTopics) -> Believed:
    """An order as it came from the broker.

    Args:
        payload: Bytes of the message.
        key: By which the centre signs.
        box: Whom it must be meant for.

    Raises:
        TrustError: It is too large, damaged, not signed by this key, or meant for another box.
    """
    try:
        signed = decode(payload, Signed)
        key.verify(signed.signature, signed_text(signed.body))
        body = signed.body.encode()
        order = _read(body)
    except MessageError as error:
        raise TrustError(f"not an order: {error}", where="order") from error
    except InvalidSignature as error:
        raise TrustError("not signed by the centre that this box believes", where="order") from error
    if (order.site, order.box) != (box.site, box.box):
        raise TrustError(f"meant for {order.site}/{order.box}", where="order")
    return Believed(order, sha256(body).hexdigest())


def _read(body: bytes) -> Order:
    if decode(body, _Kind).type == "config":
        return decode(body, ConfigOrder)
    return decode(body, UpdateOrder)


def is_new(believed: Believed, floor: Floor, now: datetime) -> bool:
    """Whether an order is to be followed now; False for the one that was taken already.

    Args:
        believed: The order.
        floor: The newest of its kind so far.
        now: The box's clock.

    Raises:
        TrustError: It is not newer than that, or has expired.
    """
    order = believed.order
    if (order.version, believed.digest) == (floor.version, floor.digest):
        return False
    if order.version <= floor.version:
        raise TrustError(
            f"version {order.version} is not newer than {floor.version}: an old order was sent again",
            where="order",
        )
    if order.expires is not None and now > order.expires:
        raise TrustError(
            f"version {order.version} expired at {order.expires:%Y-%m-%d %H:%M} UTC", where="order"
        )
    return True
