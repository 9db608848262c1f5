"""Events in forms that other programs read: CSV for spreadsheets, CAP 1.2 for warning systems. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from central.api.schemas_events import EntryView
from central.events.view import EventView
from central.events.vocabulary import Colour, EventState

COLUMNS = (
    "number", "state", "colour", "kind", "item", "source", "place", "place_name", "place_class",
    "address", "longitude", "latitude", "zone", "org", "org_name", "home", "grid", "unit", "loop", "received",
    "filed_at", "accepted_at", "arrived_at", "handled_at", "verified_at", "verified_by", "closed_at",
    "alerts", "episodes", "returns", "transfers", "pauses", "reopens", "escalations", "overdue", "summary",
)  # fmt: skip
"""The head of the CSV."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """A value as a spreadsheet may open it: what would begin a formula is told apart by an apostrophe.

    Source: OWASP, CSV injection. Plain numbers are left alone.
    """
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if text.startswith(_FORMULA) and not isinstance(value, int | float):
        return f"'{text}"
    return text


def csv_of(events: Iterable[EventView]) -> str:
    """Events as CSV (RFC 4180), head included, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for event in events:
        writer.writerow([cell(value) for value in _row(event)])
    return "\ufeff" + out.getvalue()


def _row(event: EventView) -> list[object]:
    place, steps, counts = event.place, event.steps, event.counts
    point = place.point or (None, None)
    return [
        event.number,
        event.state.id,
        event.colour.id,
        event.kind.id,
        event.item.number if event.item else None,
        event.source.id,
        place.id,
        place.name.zh,
        place.place_class,
        place.address,
        *point,
        event.zone.id,
        event.org.id,
        event.org.name.zh,
        event.home.id,
        event.grid.id if event.grid else None,
        event.unit.id if event.unit else None,
        event.loop.id,
        event.received,
        steps.filed_at,
        steps.accepted_at,
        steps.arrived_at,
        steps.handled_at,
        steps.verified_at,
        steps.verified_by,
        steps.closed_at,
        event.alerts,
        event.episodes,
        counts.returns,
        counts.transfers,
        counts.pauses,
        counts.reopens,
        counts.escalations,
        counts.overdue,
        event.summary,
    ]


CAP = "urn:oasis:names:tc:emergency:cap:1.2"
"""Namespace of the Common Alerting Protocol 1.2 (OASIS)."""

_SEVERITY = {Colour.BLUE: "Minor", Colour.YELLOW: "Moderate", Colour.RED: "Severe"}
_URGENCY = {Colour.BLUE: "Expected", Colour.YELLOW: "Expected", Colour.RED: "Immediate"}
_CATEGORIES = {
    "smoke_or_fire": "Fire",
    "open_burning": "Fire",
    "fire_lane_blocked": "Fire",
    "exit_blocked": "Fire",
    "stopped_vehicle": "Transport",
    "wrong_way": "Transport",
    "no_stopping": "Transport",
    "road_obstacle": "Transport",
    "pedestrian_on_carriageway": "Transport",
    "perimeter_intrusion": "Security",
    "line_crossing": "Security",
    "abandoned_object": "Security",
    "camera_health": "Infra",
    "facility_damaged": "Infra",
    "road_flooded": "Met",
}
_UNFIT_IN_IDENTIFIER = re.compile(r"[\s,<&]")


def cap_of(event: EventView, sender: str, zone: ZoneInfo, entries: Sequence[EntryView]) -> bytes:
    """An event as a CAP 1.2 message, information in Chinese and in English.

    Each later message refers to all earlier ones, whichever of them the receiver has, and takes their place.

    Args:
        event: The event.
        sender: Who sends, as CAP wants it: no spaces, commas, < or &.
        zone: In which times are told.
        entries: Its timeline, oldest first; empty where its day is past its time.
    """
    alert = Element("alert", {"xmlns": CAP})
    *earlier, message = _messages(event, sender, entries)
    for name, text in (
        ("identifier", message.identifier),
        ("sender", _fit(sender)),
        ("sent", _time(message.sent, zone)),
        ("status", "Actual"),
        ("msgType", _message_type(event, earlier)),
        ("scope", "Restricted"),
        ("restriction", "for the authorities that the event concerns"),
        (
            "references",
            " ".join(f"{_fit(sender)},{one.identifier},{_time(one.sent, zone)}" for one in earlier),
        ),
        ("incidents", event.number),
    ):
        if text:
            SubElement(alert, name).text = text
    for language in ("zh-CN", "en"):
        _info(alert, event, language, zone)
    document: bytes = tostring(alert, encoding="utf-8", xml_declaration=True)
    return document


@dataclass(frozen=True, slots=True)
class _Message:
    """What names one message of an event: its identifier, unique to the sender, and when it was sent."""

    identifier: str
    sent: datetime


def _messages(event: EventView, sender: str, entries: Sequence[EntryView]) -> list[_Message]:
    """Every message that the event may ever have been taken out as, oldest first; the last one is today's.

    There is one for each entry of the timeline. What was entered together with the event itself is its first
    message: nobody could ask in between.
    """
    if not entries:
        return [_Message(_fit(f"{sender}-{event.number}-{event.etag.strip(chr(34))}"), event.last_received)]
    together = sum(entry.at == entries[0].at for entry in entries)
    return [
        _Message(_fit(f"{sender}-{event.number}-{entry.number}-{entry.hash[:16]}"), entry.at)
        for entry in entries[together - 1 :]
    ]


def _message_type(event: EventView, earlier: Sequence[_Message]) -> str:
    if event.state.id in {EventState.CLOSED, EventState.FALSE_ALARM}:
        return "Cancel"
    return "Update" if earlier else "Alert"


def _fit(name: str) -> str:
    return _UNFIT_IN_IDENTIFIER.sub("-", name)


def _time(moment: datetime, zone: ZoneInfo) -> str:
    """With an offset in figures: CAP allows no Z."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _info(alert: Element, event: EventView, language: str, zone: ZoneInfo) -> None:
    chinese = language.startswith("zh")
    kind = event.kind.name.zh if chinese else event.kind.name.en
    place = event.place.name.zh if chinese else event.place.name.en
    reason = event.colour.reason.zh if chinese else event.colour.reason.en
    colour = event.colour.name.zh if chinese else event.colour.name.en
    info = SubElement(alert, "info")
    seen_by_people = event.alerts == 0
    for name, text in (
        ("language", language),
        ("category", _CATEGORIES.get(event.kind.id, "Safety")),
        ("event", kind),
        ("urgency", "Past" if event.state.id == EventState.CLOSED else _URGENCY[event.colour.id]),
        ("severity", _SEVERITY[event.colour.id]),
        ("certainty", "Observed" if seen_by_people or event.state.id != EventState.REPORTED else "Likely"),
        ("onset", _time(event.first_seen, zone)),
        ("senderName", event.org.name.zh if chinese else event.org.name.en),
        ("headline", f"{kind}: {place}"),
        ("description", event.summary or f"{kind} ({colour}: {reason})"),
    ):
        SubElement(info, name).text = text
    for name, value in (("colour", event.colour.id), ("state", event.state.id), ("loop", event.loop.id)):
        parameter = SubElement(info, "parameter")
        SubElement(parameter, "valueName").text = name
        SubElement(parameter, "value").text = str(value)
    area = SubElement(info, "area")
    SubElement(area, "areaDesc").text = event.place.address or place
    if event.place.point is not None:
        longitude, latitude = event.place.point
        SubElement(area, "circle").text = f"{latitude:.6f},{longitude:.6f} 0.1"
