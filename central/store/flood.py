"""Where it rains alarms: begins and ends floods of desks, by how many new events each was shown."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from central.events.compression import seconds
from central.setup import Tables
from central.store.arrange import Moved, rearrange_desks
from central.store.models import DeskFlood, Event
from central.store.upsert import insert_into, table

_row = table(Event).c


def look(connection: Connection, tables: Tables, now: datetime) -> dict[int, Moved]:
    """Begin and end floods; the events that were hidden or shown by it."""
    rule = tables.compression.file.flood
    since = now - timedelta(seconds=seconds(rule.within))
    counted = select(_row.home, func.count()).where(_row.shown_at > since).group_by(_row.home)
    shown = {home: count for home, count in connection.execute(counted)}  # noqa: C416 - rows are no pairs to mypy
    flooded = set(connection.execute(select(DeskFlood.org)).scalars())
    begun = {org for org, count in shown.items() if count > rule.begins} - flooded
    ended = {org for org in flooded if shown.get(org, 0) < rule.ends}
    for org in sorted(begun):
        statement = insert_into(connection.dialect.name, DeskFlood).values(
            org=org, since=now, shown=shown[org]
        )
        connection.execute(statement.on_conflict_do_nothing())
    if ended:
        connection.execute(delete(DeskFlood).where(DeskFlood.org.in_(sorted(ended))))
    return rearrange_desks(connection, tables, begun | ended, now)
