"""Orders to boxes, by box, kind and version."""

from datetime import datetime

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, func, insert, select

from central.store.models_fleet import BoxOrder, OrderKind
from central.store.upsert import last_number, table, take_numbers
from messages.topics import BoxTopics

_row = table(BoxOrder).c


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it is kept.

    Attributes:
        id: Grows with every order of the centre.
        site: Site of the box.
        box: Id of the box.
        kind: What it is about.
        version: Grows with every order of this kind to this box.
        content: A configuration's text, or an update's facts as JSON.
        sha256: Of the content, hex.
        message: What is published.
        note: Why, in the words of who ordered it.
        actor: Who ordered it.
        at: When, by this server's clock.
        expires: After this a box does not take it.
    """

    id: int
    site: str
    box: str
    kind: OrderKind
    version: int
    content: str
    sha256: str
    message: str
    note: str
    actor: str
    at: datetime
    expires: datetime | None

    @property
    def topics(self) -> BoxTopics:
        """Whose it is."""
        return BoxTopics(self.site, self.box)


def next_id(connection: Connection) -> int:
    """The number of the next order; orders are locked until the transaction ends."""
    [number] = take_numbers(connection, "box_order", 1)
    return number


def add(connection: Connection, row: OrderRow) -> None:
    """Keep an order."""
    connection.execute(insert(BoxOrder).values(**asdict(row)))


def newest(connection: Connection, box: BoxTopics, kind: OrderKind) -> OrderRow | None:
    """What the box is told now."""
    found = versions(connection, box, kind, 1)
    return found[0] if found else None


def newest_version(connection: Connection, box: BoxTopics, kind: OrderKind) -> int:
    """Its version; 0 when it was never told anything."""
    chosen = select(func.max(_row.version)).where(
        _row.site == box.site, _row.box == box.box, _row.kind == kind
    )
    return connection.execute(chosen).scalar_one() or 0


def version(connection: Connection, box: BoxTopics, kind: OrderKind, number: int) -> OrderRow | None:
    """One of its orders."""
    chosen = select(table(BoxOrder)).where(
        _row.site == box.site, _row.box == box.box, _row.kind == kind, _row.version == number
    )
    found = connection.execute(chosen).one_or_none()
    return None if found is None else _order(found)


def versions(connection: Connection, box: BoxTopics, kind: OrderKind, limit: int) -> list[OrderRow]:
    """Its orders of a kind, newest first."""
    chosen = (
        select(table(BoxOrder))
        .where(_row.site == box.site, _row.box == box.box, _row.kind == kind)
        .order_by(_row.version.desc())
        .limit(limit)
    )
    return [_order(row) for row in connection.execute(chosen)]


def last_id(connection: Connection) -> int:
    """Number of the newest order of all; cheap to ask."""
    return last_number(connection, "box_order")


def standing(connection: Connection, after: int) -> list[OrderRow]:
    """The newest order of each box and kind, of those that came after order ``after``; oldest first."""
    newest_ids = select(func.max(_row.id)).group_by(_row.site, _row.box, _row.kind)
    chosen = select(table(BoxOrder)).where(_row.id.in_(newest_ids), _row.id > after).order_by(_row.id)
    return [_order(row) for row in connection.execute(chosen)]


def _order(row: Row[tuple[object, ...]]) -> OrderRow:
    return OrderRow(**{name: getattr(row, name) for name in OrderRow.__struct_fields__})
