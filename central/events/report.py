"""A person's report as an event: the same life cycle, another beginning. Pure."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from central.events.facts import EventFacts
from central.events.judge import grade_of
from central.events.responsibility import OTHER, Item, Source
from central.events.timeline import Details, Note
from central.events.vocabulary import Colour, EventSource, EventState, Verb
from central.events.write import event_number
from central.grid.locate import Location
from central.grid.routing import loop_of
from central.setup import Tables

Spot = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees."""

_SURE = frozenset({EventSource.GRID_WORKER, EventSource.HOTLINE, EventSource.UPPER_LEVEL})
"""Their reports are filed at once, if somebody is known to answer; a resident's is looked at first."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was reported, checked.

    Attributes:
        source: Who reports, as a sort of source; never a person.
        item: The responsibility item, None for something else.
        summary: What is the matter.
        observed: When it was seen.
        place: Id of a known place.
        point: Where.
        address: Where, in words.
        reference: The reporting system's own number.
        picture: Evidence id of the first picture.
    """

    source: EventSource
    item: Item | None
    summary: str
    observed: datetime
    place: str | None = None
    point: Spot | None = None
    address: str | None = None
    reference: str | None = None
    picture: str | None = None


def may_be_reported(item: Item) -> bool:
    """Whether people report such things; a camera's fault, for one, only its box can tell."""
    return Source.REPORT in item.sources


def place_of(report: Report, tables: Tables) -> str | None:
    """The known place of a report: as said, or named by its address."""
    if report.place is not None or report.point is not None or report.address is None:
        return report.place
    place = tables.locator.place_named(report.address)
    return place.id if place else None


def location_of(report: Report, tables: Tables) -> Location:
    """Who answers: by place, by point, by the names in the address."""
    place = place_of(report, tables)
    if place is not None:
        return tables.locator.locate(place)
    if report.point is not None:
        found = tables.locator.at(*report.point)
        if found.unmapped is None or report.address is None:
            return found
    return tables.locator.named(report.address or "")


def reported_event(
    report: Report, event_id: int, now: datetime, tables: Tables
) -> tuple[EventFacts, tuple[Note, ...]]:
    """The event of a report, and what its timeline says.

    Args:
        report: What was reported.
        event_id: Its row id.
        now: This server's time.
        tables: The city's tables.
    """
    where = location_of(report, tables)
    place = tables.city.places.get(place_of(report, tables) or "")
    item = report.item
    named_org = where.org != tables.city.root.id  # an address that names a village is as good as a grid
    filed = item is not None and report.source in _SURE and (where.unmapped is None or named_org)
    event = EventFacts(
        id=event_id,
        number=event_number(event_id, now, tables.zone),
        place=place.id if place else f"spot-{event_id}",
        place_class=place.place_class if place else None,
        zone=f"report-{event_id}",
        kind=(str(item.kinds[0]) if item.kinds else item.id) if item else OTHER,
        item=item.number if item else 0,
        state=EventState.FILED if filed else EventState.REPORTED,
        open=True,
        colour=item.colour if item else Colour.BLUE,
        colour_rule="",
        org=where.org,
        grid=where.grid,
        unmapped=where.unmapped,
        latest_at=report.observed,
        first_seen=report.observed,
        last_seen=report.observed,
        received=now,
        last_received=now,
        picture=report.picture,
        picture_at=report.observed if report.picture else None,
        config_version=tables.version,
        source=report.source,
        home=where.org,
        loop=loop_of(tables.city, where.org, in_grid=where.grid is not None),
        hands_on=True,
        summary=report.summary,
        address=report.address,
        longitude=report.point[0] if report.point else None,
        latitude=report.point[1] if report.point else None,
        filed_at=now if filed else None,
        shown_at=now,
    )
    given = grade_of(event, tables)
    event = replace(event, colour=given.colour, colour_rule=given.rule)
    return event, _notes(event, report, now)


def _notes(event: EventFacts, report: Report, now: datetime) -> tuple[Note, ...]:
    said = Details(
        source=report.source,
        note=report.summary,
        address=report.address,
        reference=report.reference,
        pictures=[report.picture] if report.picture else None,
    )
    notes = [Note(Verb.REPORTED, report.observed, said)]
    if event.state is EventState.FILED:
        details = Details(item=event.item, org=event.org, grid=event.grid, unmapped=event.unmapped)
        notes.append(Note(Verb.FILED, now, details, by_central=True))
    return tuple(notes)
