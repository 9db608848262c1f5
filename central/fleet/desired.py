"""What boxes are told to run: kept by version, signed once, never changed afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import unified_diff
from hashlib import sha256

from msgspec import Struct

from central.fleet.check import check_config
from central.people.audit import AuditAct
from central.store import orders, people_log
from central.store.engine import Store
from central.store.models_fleet import OrderKind
from central.store.orders import OrderRow
from central.store.people_log import Deed
from central.trust.signing import Signer
from messages import MAX_CONFIG, MAX_PAYLOAD, ConfigOrder, UpdateOrder, decode, encode
from messages.topics import BoxTopics
from placewatch.errors import ConfigError, ConfigProblem, TrustError

CheckConfig = Callable[[BoxTopics, str], None]
"""Looks at a configuration as a box would; raises `ConfigError`."""


class StaleOrderError(TrustError):
    """Somebody else has ordered something since.

    Attributes:
        newest: The version that stands now.
    """

    def __init__(self, newest: int) -> None:
        super().__init__(
            f"version {newest} is newer than the one that you saw",
            where="box",
            remedy="look again, then decide",
        )
        self.newest = newest


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a box.

    Attributes:
        box: Which.
        actor: Who wants it.
        note: Why.
        expires: After this the box does not begin with it.
        seen: The version that they saw; None for whatever stands.
    """

    box: BoxTopics
    actor: str
    note: str = ""
    expires: datetime | None = None
    seen: int | None = None


class Software(Struct, frozen=True, kw_only=True):
    """What a box shall fetch and run.

    Attributes:
        version: Of Placewatch, as the bundle names it.
        sha256: Of the bundle's file, hex.
        size: Its bytes.
        downgrade: Whether it may be older than what runs.
    """

    version: str
    sha256: str
    size: int
    downgrade: bool = False


UPDATE_LIFE = timedelta(days=7)
"""A box that was away longer does not begin an update that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Orders over a store. Every method is one short transaction.

    Attributes:
        store: Where they are kept.
        signer: Signs them; None where the centre has no key for it.
        check: Looks at configurations as a box would; None looks at what needs no box.
    """

    store: Store
    signer: Signer | None
    check: CheckConfig | None = None

    def configure(self, wish: Wish, text: str, now: datetime) -> OrderRow:
        """Tell a box which configuration it shall run.

        Raises:
            ConfigError: It cannot be meant; with every problem at its line.
            StaleOrderError: Somebody was faster.
            TrustError: The centre has no key to sign with.
        """
        _bounded(text)
        check_config(text)
        if self.check is not None:
            self.check(wish.box, text)

        def message(version: int) -> bytes:
            order = ConfigOrder(
                type="config",
                site=wish.box.site,
                box=wish.box.box,
                version=version,
                issued=now,
                expires=wish.expires,
                config=text,
            )
            return self._signer().sign(order)

        return self.give(wish, OrderKind.CONFIG, text, message, now)

    def give(
        self, wish: Wish, kind: OrderKind, content: str, message: Callable[[int], bytes], now: datetime
    ) -> OrderRow:
        """Keep an order under the next version, and write down who gave it.

        Args:
            wish: What somebody wants.
            kind: What it is about.
            content: What is shown of it.
            message: Signs it for a version.
            now: This server's time.

        Raises:
            StaleOrderError: Somebody was faster.
            TrustError: The centre has no key to sign with, or it is too large to travel.
        """
        self._signer()
        with self.store.write() as connection:
            number = orders.next_id(connection)
            before = orders.newest_version(connection, wish.box, kind)
            if wish.seen is not None and wish.seen != before:
                raise StaleOrderError(before)
            signed = message(before + 1)
            if len(signed) > MAX_PAYLOAD:
                raise _too_large(f"{len(signed)} bytes when signed, {MAX_PAYLOAD} travel")
            row = OrderRow(
                id=number,
                site=wish.box.site,
                box=wish.box.box,
                kind=kind,
                version=before + 1,
                content=content,
                sha256=sha256(content.encode()).hexdigest(),
                message=signed.decode(),
                note=wish.note[:500],
                actor=wish.actor,
                at=now,
                expires=wish.expires,
            )
            orders.add(connection, row)
            thing = f"{wish.box.site}/{wish.box.box}"
            data = {"version": row.version, "sha256": row.sha256, "note": row.note}
            people_log.write(
                connection, Deed(wish.actor, AuditAct.CHANGED, f"box_{kind}", thing, None, data), now
            )
        return row

    def update(self, wish: Wish, software: Software, now: datetime) -> OrderRow:
        """Tell a box which software it shall run.

        Raises:
            StaleOrderError: Somebody was faster.
            TrustError: The centre has no key to sign with.
        """

        def message(version: int) -> bytes:
            order = UpdateOrder(
                type="update",
                site=wish.box.site,
                box=wish.box.box,
                version=version,
                issued=now,
                expires=wish.expires or now + UPDATE_LIFE,
                software=software.version,
                sha256=software.sha256,
                size=software.size,
                downgrade=software.downgrade,
            )
            return self._signer().sign(order)

        return self.give(wish, OrderKind.UPDATE, encode(software).decode(), message, now)

    def told_to_fetch(self, box: BoxTopics, digest: str) -> bool:
        """Whether a bundle is the one that a box was told to run last."""
        row = self.newest(box, OrderKind.UPDATE)
        return row is not None and decode(row.content.encode(), Software).sha256 == digest

    def bundles_wanted(self, now: datetime) -> set[str]:
        """Digests of all bundles that some box may still fetch."""
        with self.store.read() as connection:
            rows = [row for row in orders.standing(connection, 0) if row.kind == OrderKind.UPDATE]
        open_rows = [row for row in rows if row.expires is None or row.expires > now]
        return {decode(row.content.encode(), Software).sha256 for row in open_rows}

    def newest(self, box: BoxTopics, kind: OrderKind = OrderKind.CONFIG) -> OrderRow | None:
        """What the box is told now."""
        with self.store.read() as connection:
            return orders.newest(connection, box, kind)

    def version(self, box: BoxTopics, number: int, kind: OrderKind = OrderKind.CONFIG) -> OrderRow | None:
        """One of its orders."""
        with self.store.read() as connection:
            return orders.version(connection, box, kind, number)

    def versions(
        self, box: BoxTopics, kind: OrderKind = OrderKind.CONFIG, limit: int = 100
    ) -> list[OrderRow]:
        """Its orders, newest first."""
        with self.store.read() as connection:
            return orders.versions(connection, box, kind, limit)

    def after(self, box: BoxTopics) -> tuple[int, int]:
        """Versions of the newest configuration and update: a box that begins anew takes nothing older."""
        with self.store.read() as connection:
            config, update = (orders.newest_version(connection, box, kind) for kind in OrderKind)
        return config, update

    def _signer(self) -> Signer:
        if self.signer is None:
            raise TrustError(
                "this centre has no key to sign orders with",
                where="trust",
                remedy="make it once: placewatch central trust orders-key --folder DIR",
            )
        return self.signer


def difference(old: OrderRow | None, new: OrderRow) -> list[str]:
    """Lines of a unified diff between two configurations."""
    before = old.content.splitlines() if old else []
    name = f"version {old.version}" if old else "nothing"
    return list(unified_diff(before, new.content.splitlines(), name, f"version {new.version}", lineterm=""))


def _bounded(text: str) -> None:
    if len(text) > MAX_CONFIG:
        raise _too_large(f"{len(text)} characters, {MAX_CONFIG} are taken")


def _too_large(words: str) -> ConfigError:
    return ConfigError([ConfigProblem("configuration", 0, "", words, "share the cameras out to more boxes")])
