"""The updater that follows signed orders: run with rights by systemd when the worker has a bundle."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import msgspec
from msgspec.structs import replace

from edge.config import load_box
from edge.managed.anchor import FILE as ANCHOR
from edge.managed.anchor import Anchor, read_anchor
from edge.managed.believe import Floor, believe, is_new
from edge.managed.handover import Handover
from messages import UpdateHealth, UpdateOrder, UpdateState
from messages.topics import BoxTopics
from placewatch.bundle.update import Run, Site, update
from placewatch.errors import PlacewatchError, TrustError
from placewatch.files import write_file

_DONE = "orders-done.json"


def follow(
    site: Site,
    now: datetime,
    *,
    tell: Callable[[str], None] = lambda _: None,
    run: Run | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> UpdateHealth | None:
    """Follow the order that the worker left, if it left one.

    Nothing of the worker is believed: the order must be signed by the key that this account remembers, be
    new, and name the very file; the bundle is verified with the release key as always.

    Args:
        site: This machine; its ``file`` is the box's configuration.
        now: Aware time.
        tell: Told what goes on.
        run: Runs a command.
        sleep: Waits.

    Returns:
        What became of it; None when nothing was ordered.

    Raises:
        PlacewatchError: The box is not managed, or its folders cannot be used.
    """
    box = load_box(site.file)
    if box.managed is None:
        raise PlacewatchError("the box is not managed", where=str(site.file), remedy="see docs/fleet.md")
    handover = Handover(box.managed.folder / "update")
    try:
        payload = handover.order.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PlacewatchError(f"cannot be read: {error.strerror}", where=str(handover.order)) from error
    try:
        order, fresh = _believed(payload, site, box.managed.identity, BoxTopics(box.site, box.box), now)
    except TrustError:
        handover.order.unlink(missing_ok=True)  # the worker sees that nothing became of it
        raise
    told = UpdateHealth(version=order.version, software=order.software, state=UpdateState.DONE, since=now)
    if fresh:
        told = _carried_out(told, order, handover, site, _Hands(tell, run, sleep))
    elif site.current.resolve().name != order.software:
        told = replace(told, state=UpdateState.REFUSED, reason="it was interrupted; order it again")
    handover.done(told, payload, order.sha256)
    return told


@dataclass(frozen=True, slots=True)
class _Hands:
    tell: Callable[[str], None]
    run: Run | None
    sleep: Callable[[float], None]


def _carried_out(
    told: UpdateHealth, order: UpdateOrder, handover: Handover, site: Site, hands: _Hands
) -> UpdateHealth:
    try:
        outcome = update(
            _bundle(handover, order),
            site,
            downgrade=order.downgrade,
            expect=order.software,
            tell=hands.tell,
            run=hands.run,
            sleep=hands.sleep,
        )
    except PlacewatchError as error:
        return replace(told, state=UpdateState.REFUSED, reason=str(error)[:500])
    if outcome.returned:
        return replace(told, state=UpdateState.RETURNED, reason=outcome.returned[:500])
    return told


def _believed(
    payload: bytes, site: Site, identity: Path, box: BoxTopics, now: datetime
) -> tuple[UpdateOrder, bool]:
    """The order, and whether it comes for the first time; from now on it is an old one.

    It counts as followed before anything is done: an update that takes the machine down is not begun again.
    """
    path = site.config / _DONE
    anchor = _anchor(site.config, identity)
    floor = Floor(version=max(0, anchor.after[1] - 1))
    if path.exists():
        floor = _floor(path)
    believed = believe(payload, anchor.key, box)
    if not isinstance(believed.order, UpdateOrder):
        raise TrustError("orders something else", where="order")
    if not is_new(believed, floor, now):
        return believed.order, False
    write_file(path, msgspec.json.encode(believed.floor), secret=True)
    return believed.order, True


def _floor(path: Path) -> Floor:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Floor)
    except (OSError, msgspec.DecodeError) as error:
        raise TrustError(
            f"cannot be read: {error}", where=str(path), remedy="remove it, and order the update again"
        ) from error


def _anchor(config: Path, identity: Path) -> Anchor:
    """By the key that lies where only this account writes; the first time, from the enrolment."""
    if not (config / ANCHOR).exists():
        read_anchor(identity)
        write_file(config / ANCHOR, (identity / ANCHOR).read_bytes(), secret=True)
    return read_anchor(config)


def _bundle(handover: Handover, order: UpdateOrder) -> Path:
    path = handover.bundle(order.sha256)
    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrustError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if found != order.sha256:
        raise TrustError("is not the file that the order names", where=str(path))
    return path
