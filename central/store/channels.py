"""Channels in the database."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from central.notify.channels import Channel, Language, parse, plain
from central.notify.vault import Vault
from central.store.models_notify import ChannelRow
from central.store.upsert import insert_into, table

_row = table(ChannelRow).c


def _channel(row: Row[Any], vault: Vault) -> Channel:
    settings = msgspec.json.decode(row.settings, type=dict[str, Any]) | vault.unseal(row.secrets)
    return Channel(
        name=row.name,
        enabled=row.enabled,
        language=Language(row.language),
        settings=parse(settings),
        revision=row.revision,
        changed_by=row.changed_by,
        changed=row.changed,
    )


def every(connection: Connection, vault: Vault) -> list[Channel]:
    """All channels, by name.

    Raises:
        PlacewatchError: Their secrets cannot be read.
    """
    rows = connection.execute(select(ChannelRow.__table__).order_by(_row.name))
    return [_channel(row, vault) for row in rows]


def find(connection: Connection, name: str, vault: Vault) -> Channel | None:
    """One channel."""
    row = connection.execute(select(ChannelRow.__table__).where(_row.name == name)).one_or_none()
    return None if row is None else _channel(row, vault)


def put(connection: Connection, channel: Channel, vault: Vault, expected: int | None) -> bool:
    """Add a channel (``expected`` None) or replace its revision ``expected``; False if that is not there."""
    shown, secrets = plain(channel.settings)
    values = {
        "kind": str(channel.settings.kind),
        "enabled": channel.enabled,
        "language": str(channel.language),
        "settings": msgspec.json.encode(shown).decode(),
        "secrets": vault.seal(secrets),
        "changed_by": channel.changed_by,
        "changed": channel.changed,
        "revision": channel.revision,
    }
    if expected is None:
        adding = insert_into(connection.dialect.name, ChannelRow).values(name=channel.name, **values)
        made = connection.execute(adding.on_conflict_do_nothing().returning(_row.name))
        return made.scalar_one_or_none() is not None
    replacing = (
        update(ChannelRow).where(_row.name == channel.name, _row.revision == expected).values(**values)
    )
    return connection.execute(replacing.returning(_row.name)).scalar_one_or_none() is not None


def remove(connection: Connection, name: str) -> bool:
    """Take a channel away; what waits for it becomes a dead letter."""
    gone = connection.execute(delete(ChannelRow).where(_row.name == name).returning(_row.name))
    return gone.scalar_one_or_none() is not None
