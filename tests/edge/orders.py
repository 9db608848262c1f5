"""Orders as a centre signs them, and boxes that believe its key."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.managed import anchor
from messages import ConfigOrder, Enrolled, Signed, UpdateOrder, encode
from messages.orders import signed_text
from messages.topics import BoxTopics

BOX = BoxTopics("city", "box-1")
ISSUED = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


def sign(order: ConfigOrder | UpdateOrder, key: Ed25519PrivateKey = KEY) -> bytes:
    """The order as it travels."""
    body = encode(order).decode()
    return encode(Signed(body=body, signature=key.sign(signed_text(body))))


def config_order(
    version: int,
    config: str | Mapping[str, Any] = "health_s: 1\n",
    **fields: Any,  # noqa: ANN401 - any field
) -> ConfigOrder:
    text = config if isinstance(config, str) else yaml.safe_dump(dict(config))
    made = ConfigOrder(type="config", site=BOX.site, box=BOX.box, version=version, issued=ISSUED, config=text)
    return msgspec.structs.replace(made, **fields)


def enrolled(folder: Path, key: Ed25519PrivateKey = KEY, after: tuple[int, int] = (0, 0)) -> Path:
    """An identity in which the centre's key is pinned."""
    answer = Enrolled(
        site=BOX.site,
        box=BOX.box,
        certificate="",
        ca="",
        broker_host="",
        broker_port=1,
        orders_key=urlsafe_b64encode(key.public_key().public_bytes_raw()).decode(),
        orders_after=after,
    )
    anchor.pin(folder / "identity", answer, again=True)
    return folder / "identity"
