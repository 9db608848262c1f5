"""Page positions that clients hand back unread."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal

from central.api.problems import ApiError

Order = Literal["activity", "created"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page.

    Attributes:
        order: The order that the page was in.
        moment: When the row was last active, in that order.
        id: Its id.
    """

    order: str
    moment: datetime | None
    id: int

    def text(self) -> str:
        """As clients get it."""
        moment = self.moment.astimezone(UTC).isoformat() if self.moment else ""
        plain = f"{self.order}|{moment}|{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(text: str | None, order: str) -> Cursor | None:
    """A cursor that a client handed back.

    Raises:
        ApiError: It is not one of ours, or belongs to another order.
    """
    if text is None:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        said, moment, number = plain.split("|")
        when = datetime.fromisoformat(moment).astimezone(UTC) if moment else None
        cursor = Cursor(said, when, int(number))
    except (ValueError, OverflowError, binascii.Error) as error:
        raise _bad("not a cursor of this server") from error
    if cursor.order != order or (order == "activity") != (when is not None):
        raise _bad(f"belongs to another list than order={order}")
    if not 0 <= cursor.id < 2**63:
        raise _bad("not a cursor of this server")
    return cursor


def _bad(detail: str) -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.cursor")
