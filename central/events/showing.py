"""Events put into words: what the tables call each thing, in both languages."""

from collections.abc import Callable, Sequence

from central.events.facts import EventFacts
from central.events.guards import chatters
from central.events.responsibility import Item
from central.events.view import (
    AreaView,
    ColourView,
    CountsView,
    EventView,
    ItemView,
    KindView,
    PauseView,
    PictureView,
    PlaceView,
    StepsView,
    StreamPayload,
)
from central.events.vocabulary import (
    LOOP_NAMES,
    SOURCE_NAMES,
    STATE_NAMES,
    EventSource,
    EventState,
)
from central.names import Bilingual, same
from central.setup import Tables
from messages import Fault


def shown_by(tables: Tables) -> Callable[[EventFacts, Sequence[str]], str]:
    """Puts an event and what happened to it as the JSON of a `StreamPayload`."""

    def show(event: EventFacts, verbs: Sequence[str]) -> str:
        payload = StreamPayload(verbs=list(verbs), event=event_view(event, tables))
        return payload.model_dump_json(by_alias=True)

    return show


def picture_url(evidence: str) -> str:
    """Where a picture is served."""
    return f"/api/v1/evidence/{evidence}"


def event_view(event: EventFacts, tables: Tables) -> EventView:
    """An event with the names that the city's tables give."""
    city = tables.city
    item = tables.responsibility.by_number.get(event.item)
    place = city.places.get(event.place)
    grid = tables.locator.grids.get(event.grid) if event.grid else None
    chain = city.chain(event.org) if event.org in city.orgs else ()
    path = [AreaView(id=org.id, name=org.name) for org in reversed(chain)]
    area = tables.key_areas.classes[event.place_class] if event.place_class else None
    unit = tables.units.by_id.get(event.unit) if event.unit else None
    return EventView(
        state=AreaView(id=str(event.state), name=STATE_NAMES[event.state]),
        colour=ColourView(
            id=event.colour,
            name=tables.grading.colours[event.colour],
            rule=event.colour_rule,
            reason=tables.grading.reason(event.colour_rule),
        ),
        kind=KindView(id=event.kind, name=tables.responsibility.kind_name(event.kind)),
        source=AreaView(id=str(event.source), name=SOURCE_NAMES[event.source]),
        loop=AreaView(id=str(event.loop), name=LOOP_NAMES[event.loop]),
        item=_item_view(item, tables) if item else None,
        place=PlaceView(
            id=event.place,
            name=place.name if place else same(event.address or event.place),
            place_class=event.place_class,
            class_name=area.name if area else None,
            point=_point(event, place.point if place else None),
            address=event.address,
        ),
        zone=AreaView(
            id=event.zone,
            name=(place.zones.get(event.zone) if place else None) or _zone_name(event),
        ),
        grid=AreaView(id=event.grid, name=grid.name if grid else same(event.grid)) if event.grid else None,
        org=path[-1] if path else AreaView(id=event.org, name=same(event.org)),
        org_path=path,
        home=_org_view(event.home, tables),
        referred_to=_org_view(event.referred_to, tables) if event.referred_to else None,
        unit=AreaView(id=event.unit, name=unit.name if unit else same(event.unit)) if event.unit else None,
        site=event.site or None,
        box=event.box or None,
        camera=event.camera or None,
        steps=StepsView(**{name: getattr(event, name) for name in StepsView.model_fields}),
        counts=CountsView(**{name: getattr(event, name) for name in CountsView.model_fields}),
        pause=_pause_view(event),
        limit=event.count_limit,
        fault=_fault_view(event.fault, tables),
        hidden_why=_hidden_view(event.hidden_why, tables),
        chattering=event.open and chatters(event, tables),
        picture=_picture_view(event),
        **{name: getattr(event, name) for name in _PLAIN},
    )


_PLAIN = (
    "id",
    "number",
    "etag",
    "open",
    "summary",
    "unmapped",
    "count",
    "peak_count",
    "confidence",
    "alerts",
    "late_alerts",
    "episodes",
    "open_episodes",
    "first_seen",
    "last_seen",
    "received",
    "last_received",
    "cleared_at",
    "merged_into",
    "shelved_until",
    "shelved_by",
    "shelved_reason",
    "config_version",
    "due_at",
    "group_of",
    "hidden_by",
    "shown_at",
)


def _org_view(org: str, tables: Tables) -> AreaView:
    node = tables.city.orgs.get(org)
    return AreaView(id=org, name=node.name if node else same(org))


def _point(event: EventFacts, place: tuple[float, float] | None) -> tuple[float, float] | None:
    """What was reported goes before the place's own point."""
    if event.longitude is None or event.latitude is None:
        return place
    return (event.longitude, event.latitude)


def _zone_name(event: EventFacts) -> Bilingual:
    if event.source is EventSource.SYSTEM:
        return same(event.summary or event.zone)
    return same(event.zone) if event.source is EventSource.CAMERA else SOURCE_NAMES[event.source]


def _pause_view(event: EventFacts) -> PauseView | None:
    if event.state is EventState.SUSPENDED:
        return PauseView(approved=True, until=event.suspended_until, by=None, reason=None)
    if event.pause_by is None:
        return None
    return PauseView(approved=False, until=event.pause_until, by=event.pause_by, reason=event.pause_reason)


def _fault_view(fault: Fault | None, tables: Tables) -> AreaView | None:
    return AreaView(id=str(fault), name=tables.responsibility.file.fault_names[fault]) if fault else None


def _hidden_view(why: str | None, tables: Tables) -> AreaView | None:
    return AreaView(id=why, name=tables.compression.reasons.get(why, same(why))) if why else None


def _item_view(item: Item, tables: Tables) -> ItemView:
    departments = tables.responsibility.file.departments
    return ItemView(
        number=item.number,
        name=item.name,
        lead=[departments[name] for name in item.lead],
        limits=item.limits.model_dump(exclude_none=True),
        closed_when=item.closed_when,
    )


def _picture_view(event: EventFacts) -> PictureView | None:
    if event.picture is None or event.picture_at is None:
        return None
    return PictureView(id=event.picture, url=picture_url(event.picture), captured=event.picture_at)
