"""Reads a message: a pure function from topic and bytes to something that may be taken in, or a refusal.

The topic is the authority on who speaks, because the broker can guard topics: a body that names another box,
place or kind than its topic is refused.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from central.ingest.inbound import AlertIn, ClipIn, HealthIn, Inbound, Read, Refused, StateIn
from central.setup import TablesNow
from central.store.text import printable
from messages import MAX_PAYLOAD, Alert, BoxState, ClipPart, Health, Kind, MessageError, Phase, decode
from messages.fields import Token
from messages.topics import Address, parse

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Times outside are a broken clock, and would not survive every conversion."""

CLOCK_AHEAD = timedelta(minutes=5)
"""A capture time this far in the future is as doubtful as a late one."""


class _IdOnly(msgspec.Struct):
    id: Token


class Checker:
    """Reads messages by the city's tables."""

    def __init__(self, tables: TablesNow, late_after: timedelta) -> None:
        """Judge by ``tables``; alerts older than ``late_after`` on arrival are late."""
        self._tables = tables
        self._late_after = late_after
        self._readers: dict[str, Callable[[Inbound, Address], Read]] = {
            "alert": self._alert,
            "clip": self._clip,
            "health": self._health,
            "state": self._state,
        }

    def read(self, message: Inbound) -> Read:
        """What a message is; never raises on what it holds."""
        address = _address(message.topic)
        reader = self._readers.get(address.channel) if address else None
        if address is None or reader is None:
            return Refused(message, "topic is not one that boxes send on")
        if message.size > MAX_PAYLOAD:
            reason = f"payload of {message.size} bytes is over the limit of {MAX_PAYLOAD}"
            return Refused(message, reason, address.box)
        try:
            return reader(message, address)
        except MessageError as error:
            return Refused(message, printable(str(error)), address.box, _readable_id(message.payload))

    def _alert(self, message: Inbound, address: Address) -> Read:
        alert = decode(message.payload, Alert)
        fault = (
            _wrong_speaker(alert, address)
            or _wrong_time(alert)
            or _contradiction(alert)
            or self._unfit(alert)
        )
        if fault:
            return Refused(message, fault, address.box, alert.id)
        age = message.received - alert.time
        return AlertIn(message, address.box, _clean(alert), not -CLOCK_AHEAD <= age <= self._late_after)

    def _unfit(self, alert: Alert) -> str | None:
        data, tables = alert.data, self._tables()
        place = tables.city.places.get(data.place)
        classes = (data.place_class, place.place_class) if place else (data.place_class,)
        refusing = tables.key_areas.refuses(data.kind, *classes)
        return f"data.kind: {data.kind} is never raised at a place of class {refusing}" if refusing else None

    def _clip(self, message: Inbound, address: Address) -> Read:
        part = decode(message.payload, ClipPart)
        fault = None
        if part.clip != address.item:
            fault = f"clip: {part.clip} on a topic of {address.item}"
        elif part.part >= part.parts:
            fault = f"part: {part.part} of {part.parts}"
        elif not _sane(part.started):
            fault = "started: not between the years 2000 and 2100"
        if fault:
            return Refused(shorten(message, 0), fault, address.box, part.id)
        return ClipIn(message, address.box, part)

    def _health(self, message: Inbound, address: Address) -> Read:
        health = decode(message.payload, Health)
        box = address.box
        if (health.site, health.box) != (box.site, box.box):
            said = f"{health.site}/{health.box}"
            return Refused(message, f"site and box: {said} on a topic of {box.site}/{box.box}", box)
        times = [health.time, *(camera.last_frame for camera in health.cameras if camera.last_frame)]
        if not all(_sane(moment) for moment in times):
            return Refused(message, "time: not between the years 2000 and 2100", box)
        return HealthIn(message, box, health)

    def _state(self, message: Inbound, address: Address) -> Read:
        return StateIn(message, address.box, decode(message.payload, BoxState))


_address = lru_cache(maxsize=100_000)(parse)
"""The same topics come again and again."""


def shorten(message: Inbound, limit: int) -> Inbound:
    """The message with at most ``limit`` bytes of payload; ``size`` still tells the whole."""
    return msgspec.structs.replace(message, payload=message.payload[:limit])


def _readable_id(payload: bytes) -> str | None:
    try:
        return msgspec.json.decode(payload, type=_IdOnly).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _wrong_speaker(alert: Alert, address: Address) -> str | None:
    data, box = alert.data, address.box
    pairs = (
        ("source", alert.source, f"//{box.site}/{box.box}/{data.camera}"),
        ("data.place", data.place, address.place),
        ("data.kind", str(data.kind), address.kind),
        ("subject", alert.subject, data.place),
    )
    for field, said, expected in pairs:
        if said != expected:
            return f"{field}: {said} where topic and body call for {expected}"
    return None


def _sane(moment: datetime) -> bool:
    return EARLIEST <= moment < LATEST


def _wrong_time(alert: Alert) -> str | None:
    data = alert.data
    times = {
        "time": alert.time,
        "data.started": data.started,
        "data.ended": data.ended,
        "data.evidence.captured": data.evidence.captured if data.evidence else None,
    }
    for field, moment in times.items():
        if moment is not None and not _sane(moment):
            return f"{field}: not between the years 2000 and 2100"
    return None


def _contradiction(alert: Alert) -> str | None:
    closed = alert.type.phase is Phase.CLOSED
    if closed and alert.data.ended is None:
        return "data.ended: missing in a closed episode"
    if not closed and alert.data.ended is not None:
        return f"data.ended: given in {alert.type}"
    if alert.data.fault is not None and alert.data.kind is not Kind.CAMERA_HEALTH:
        return f"data.fault: given in {alert.data.kind}"
    return None


def _clean(alert: Alert) -> Alert:
    text = alert.data.evidence_missing
    if text is None or text.isprintable():
        return alert
    data = msgspec.structs.replace(alert.data, evidence_missing=printable(text))
    return msgspec.structs.replace(alert, data=data)
