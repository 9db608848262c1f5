"""Where and when events begin, for the map."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from central.api.acting import Acting
from central.api.desk import AtDesk
from central.api.problems import responses
from central.api.queries import theirs
from central.api.routes_figures import chosen
from central.api.schemas_heat import HeatCell, HeatKind, HeatQuery, HeatView
from central.events.view import AreaView
from central.reports.heat import heat
from central.reports.rows import name_of

router = APIRouter(prefix="/api/v1", tags=["figures"])

_HOURS = range(24)


@router.get("/heat", summary="Show where and when events begin", responses=responses(HTTPStatus.NOT_FOUND))
def show_heat(desk: AtDesk, actor: Acting, query: Annotated[HeatQuery, Query()]) -> HeatView:
    """Events of the whole stretch of time, summed by cell of the map, hour of the day and kind."""
    within, since, until = chosen(desk, actor, query)
    tables = desk.tables
    points = {place.id: place.point for place in tables.city.places.values()}
    with desk.reading() as connection:
        found = heat(connection, theirs(within), (since, until), tables.zone, points, query.kind, query.hour)
    return HeatView(
        since=since,
        until=until,
        timezone=tables.zone.key,
        events=found.cells.total() + found.elsewhere,
        elsewhere=found.elsewhere,
        cells=[HeatCell(point=point, events=events) for point, events in found.cells.most_common()],
        kinds=[
            HeatKind(kind=AreaView(id=kind, name=name_of(tables, "kind", kind)), events=events)
            for kind, events in found.kinds.most_common()
        ],
        hours=[found.hours[hour] for hour in _HOURS],
    )
