"""A picture on demand: central asks a box for one, the box answers with a redacted one."""

from typing import Literal

from msgspec import Struct

from messages.alert import Evidence
from messages.fields import Instant, Name, Text, Token


class Command(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Central asks a box for something, once; what comes too late is not done.

    Attributes:
        id: The answer names it.
        verb: What is asked for.
        camera: Camera id.
        issued: When it was asked, by central's clock.
        expires: After this it is not done; by central's clock.
    """

    id: Token
    verb: Literal["snapshot"]
    camera: Name
    issued: Instant
    expires: Instant


class Snapshot(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answer: a redacted picture, or why there is none. Worth nothing later, so nobody keeps it.

    Attributes:
        id: Of the command.
        camera: Camera id.
        place: Place id.
        picture: The redacted picture, or None.
        missing: Why there is none.
    """

    id: Token
    camera: Name
    place: Name
    picture: Evidence | None = None
    missing: Text | None = None
