"""What the centre wants of a box, signed: its configuration, its software.

Retained, so that a box that was away hears it.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from messages.fields import Count, Instant, Name, Text, Token

MAX_CONFIG = 128 * 1024
"""Most characters of a configuration: some 200 cameras with zones and rules."""

_CONTEXT = b"placewatch order v1\n"
"""Begins what is signed, so that no other signature of the key can be taken for one."""

CONFIG_KEYS = (
    "timezone",
    "holidays",
    "broker",
    "detector",
    "gate",
    "clips",
    "snapshots",
    "health_s",
    "places",
    "cameras",
)
"""What of a box's configuration a centre may set; all else is its own: who it is, where its files lie."""

BROKER_KEYS = ("host", "port", "keepalive_s")
"""What of its broker: not by which certificate or password it goes there."""

Number = Annotated[int, Meta(ge=1, le=2**53)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Signed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order as it travels. The signature covers the text as it stands, not what it means.

    Attributes:
        body: A `ConfigOrder` or an `UpdateOrder` as JSON.
        signature: Ed25519 over `signed_text`.
    """

    body: str
    signature: Annotated[bytes, Meta(min_length=64, max_length=64)]


def signed_text(body: str) -> bytes:
    """What the centre signs."""
    return _CONTEXT + body.encode()


class ConfigOrder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The configuration that a box shall run.

    Attributes:
        type: What it orders.
        site: Site of the box it is meant for.
        box: Its id.
        version: Grows with each configuration of the box; an older one is never taken.
        issued: When it was signed, by the centre's clock.
        expires: A box that has not taken it until then does not; None for never.
        config: YAML, the keys that a centre may set; secrets as ``${NAME}``, which the box resolves.
    """

    type: Literal["config"]
    site: Name
    box: Name
    version: Number
    issued: Instant
    expires: Instant | None = None
    config: Annotated[str, Meta(max_length=MAX_CONFIG)]


class UpdateOrder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The software that a box shall run.

    Attributes:
        type: What it orders.
        site: Site of the box it is meant for.
        box: Its id.
        version: Grows with each update of the box; an older order is never taken.
        issued: When it was signed, by the centre's clock.
        expires: After this a box does not begin with it.
        software: Version that the bundle must hold.
        sha256: Of the bundle's file, hex.
        size: Its bytes.
        downgrade: Whether an older version may replace a newer one.
    """

    type: Literal["update"]
    site: Name
    box: Name
    version: Number
    issued: Instant
    expires: Instant
    software: Token
    sha256: Digest
    size: Count
    downgrade: bool = False


class FetchRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A box asks for a bundle, and shows by its certificate that it may.

    Attributes:
        certificate: The one it has, PEM.
        sha256: Of the bundle's file, hex.
        offset: Bytes that it has already.
        time: When it asks, by its clock.
        signature: By the certificate's key (ECDSA, SHA-256, DER) over `fetch_text`, base64url.
    """

    certificate: str
    sha256: Digest
    offset: Count = 0
    time: Instant
    signature: str


def fetch_text(sha256: str, offset: int, time: str) -> bytes:
    """What a box signs when it asks for a bundle.

    Args:
        sha256: Of the file.
        offset: Bytes that it has.
        time: ISO 8601.
    """
    return f"placewatch fetch v1\n{time}\n{sha256}\n{offset}".encode()


class ConfigState(StrEnum):
    """What became of the newest configuration."""

    OWN = "own"
    PROBATION = "probation"
    APPLIED = "applied"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


class ConfigHealth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which configuration a box runs, and what became of the newest one that it was sent.

    Attributes:
        version: That it runs; 0 for its own file.
        sha256: Of that configuration's text, hex; empty for its own file.
        wanted: Newest version that it was sent and believed; 0 for none.
        state: What became of that one: `own` before the first, `probation` while its health is watched.
        reason: Why it was refused or taken back.
        since: When that happened; None before the first.
        disbelieved: Orders since the worker's start that were forged, replayed, damaged, or another box's.
        disbelief: Why the last of them was.
    """

    version: Count = 0
    sha256: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""
    wanted: Count = 0
    state: ConfigState = ConfigState.OWN
    reason: Text = ""
    since: Instant | None = None
    disbelieved: Count = 0
    disbelief: Text = ""


class UpdateState(StrEnum):
    """What became of the newest update."""

    FETCHING = "fetching"
    INSTALLING = "installing"
    DONE = "done"
    REFUSED = "refused"
    RETURNED = "returned"


class UpdateHealth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of the newest update that a box was told to make.

    Attributes:
        version: Of the order.
        software: Version that it names.
        state: How far it is; `returned` when the version before is in use again.
        reason: Why it was refused or taken back.
        since: When that happened.
    """

    version: Count
    software: Token
    state: UpdateState
    reason: Text = ""
    since: Instant | None = None
