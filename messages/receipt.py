"""Central's word to a box: these alerts are committed, those were refused."""

from msgspec import Struct

from messages.fields import Text, Token


class Rejection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alert that central could read enough of to name, but not accept.

    Attributes:
        id: The alert's id.
        reason: What was wrong with it; it lies in central's dead-letter table.
    """

    id: Token
    reason: Text


class Receipt(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sent after the commit; the box may forget both lists.

    Attributes:
        ids: Alerts whose effect is committed (also when they had been committed before).
        rejected: Alerts that went to the dead-letter table.
    """

    ids: list[Token]
    rejected: list[Rejection] = []
