"""Figures for supervisors."""

from collections import defaultdict
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from central.api import exports_figures
from central.api.acting import Acting, sees
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.names import org_view
from central.api.problems import ApiError, responses
from central.api.schemas_figures import (
    AlarmLoadView,
    DeskLoad,
    DeskLoads,
    FigureRow,
    Figures,
    FiguresQuery,
    ShareView,
    SourceView,
    Stretch,
    SumsView,
    TimesView,
)
from central.events.view import AreaView
from central.people.actor import Actor, Role
from central.people.audit import AuditAct
from central.people.scope import Scope
from central.reports import read
from central.reports.load import SLOT, Arrival, alarm_load
from central.reports.rows import IN_ORDER, branch, key_of, name_of
from central.reports.sums import Share, Sums, Times, sum_up, table_of

router = APIRouter(prefix="/api/v1", tags=["figures"])

_MONTH = timedelta(days=30)
_LONGEST = timedelta(days=400)


@router.get("/figures", summary="Show figures", responses=responses(HTTPStatus.NOT_FOUND))
def show_figures(desk: AtDesk, actor: Acting, query: Annotated[FiguresQuery, Query()]) -> Figures:
    """What came in and what became of it, each part with its denominator."""
    since, until, total, rows = _summed(desk, actor, query)
    return Figures(
        org=org_view(desk.tables.city, query.org) if query.org else None,
        since=since,
        until=until,
        by=query.by,
        total=_sums(total),
        rows=[
            FigureRow(key=AreaView(id=key or "-", name=name_of(desk.tables, query.by, key)), sums=_sums(sums))
            for key, sums in rows.items()
        ],
    )


@router.get(
    "/figures.csv",
    summary="Export figures as CSV",
    response_class=Response,
    responses={
        **responses(HTTPStatus.NOT_FOUND),
        200: {"content": {"text/csv": {}}, "description": "One line a row, the total last."},
    },
)
def export_figures(desk: AtDesk, actor: Acting, query: Annotated[FiguresQuery, Query()]) -> Response:
    """The same figures for a spreadsheet: every share as its part and what it is a part of."""
    since, until, total, rows = _summed(desk, actor, query)
    named = {key or "-": (name_of(desk.tables, query.by, key), sums) for key, sums in rows.items()}
    text = exports_figures.csv_of(query.by, named, total)
    did(
        desk,
        actor.name,
        AuditAct.EXPORTED,
        "figures",
        query.by,
        query.org,
        since=since.isoformat(),
        until=until.isoformat(),
        rows=len(rows),
    )
    headers = {"Content-Disposition": f'attachment; filename="figures-{query.by}.csv"'}
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")


def _summed(
    desk: Desk, actor: Actor, query: FiguresQuery
) -> tuple[datetime, datetime, Sums, dict[str, Sums]]:
    within, since, until = chosen(desk, actor, query)
    with desk.reading() as connection:
        cases = read.cases(connection, within, since, until)
    only = query.only
    kept = [case for case in cases if only.takes(case, desk.tables)]
    rows = table_of(kept, key_of(desk.tables, query.by, query.org))
    if query.by in IN_ORDER:
        rows = dict(sorted(rows.items()))
    return since, until, sum_up(kept), rows


@router.get("/alarm-load", summary="Show a desk's load", responses=responses(HTTPStatus.NOT_FOUND))
def show_alarm_load(desk: AtDesk, actor: Acting, query: Annotated[Stretch, Query()]) -> AlarmLoadView:
    """New events per ten minutes, standing ones, colours and the ten busiest sources."""
    within, since, until = chosen(desk, actor, query)
    with desk.reading() as connection:
        load = alarm_load(read.arrivals(connection, within, since, until), since, until)
        standing = sum(read.standing(connection, within).values())
    return AlarmLoadView(
        org=org_view(desk.tables.city, query.org) if query.org else None,
        since=since,
        until=until,
        slots=load.slots,
        alarms=load.alarms,
        mean=load.mean,
        most=load.most,
        floods=load.floods,
        standing=standing,
        colours=load.colours,
        top=[
            SourceView(
                place=AreaView(id=place, name=name_of(desk.tables, "place", place)),
                kind=AreaView(id=kind, name=name_of(desk.tables, "kind", kind)),
                events=count,
            )
            for (place, kind), count in load.top
        ],
        top_events=load.top_share,
    )


@router.get("/alarm-load/desks", summary="Show each desk's load", responses=responses(HTTPStatus.NOT_FOUND))
def show_desk_loads(desk: AtDesk, actor: Acting, query: Annotated[Stretch, Query()]) -> DeskLoads:
    """The measures of ISA-18.2 for the orgs right below, each with all below it, and for the org itself."""
    within, since, until = chosen(desk, actor, query)
    with desk.reading() as connection:
        arrivals = read.arrivals(connection, within, since, until)
        standing = read.standing(connection, within)
    city = desk.tables.city
    parts: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        parts[branch(city, query.org, arrival.org)].append(arrival)
    open_now: dict[str, int] = defaultdict(int)
    for org, count in standing.items():
        open_now[branch(city, query.org, org)] += count
    loads = {org: alarm_load(parts.get(org, []), since, until) for org in sorted({*parts, *open_now})}
    return DeskLoads(
        org=org_view(city, query.org) if query.org else None,
        since=since,
        until=until,
        slots=max(1, -(-(until - since) // SLOT)),
        desks=[
            DeskLoad(
                org=org_view(city, org),
                alarms=load.alarms,
                mean=load.mean,
                most=load.most,
                floods=load.floods,
                now=sum(arrival.at >= until - SLOT for arrival in parts.get(org, [])),
                standing=open_now[org],
                colours=load.colours,
            )
            for org, load in sorted(loads.items(), key=lambda one: (-one[1].alarms, one[0]))
        ],
    )


def chosen(desk: Desk, actor: Actor, query: Stretch) -> tuple[Scope, datetime, datetime]:
    """Which part of the city, over which stretch of time.

    Raises:
        ApiError: The org is out of sight, or the stretch is none or too long.
    """
    until = query.until or desk.now
    since = query.since or until - _MONTH
    if not timedelta(0) < until - since <= _LONGEST:
        detail = f"'since' lies before 'until', by at most {_LONGEST.days} days"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.since")
    return part(desk, actor, query.org), since, until


def part(desk: Desk, actor: Actor, org: str | None, *roles: Role) -> Scope:
    """An org with all below it, or all that the actor may see with one of ``roles`` (without roles: any).

    Raises:
        ApiError: The org is out of sight.
    """
    within = sees(desk, actor, *roles)
    if org is None:
        return within
    city = desk.tables.city
    if org not in city.orgs or not within.sees(org):
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no org {org}", field="query.org")
    below = city.below({org})
    return Scope(whole=within.whole and org == city.root.id, orgs=below)


def _share(share: Share) -> ShareView:
    return ShareView(part=share.part, of=share.of)


def _times(times: Times) -> TimesView:
    return TimesView(count=times.count, p50_s=times.p50_s, p95_s=times.p95_s)


def _sums(sums: Sums) -> SumsView:
    return SumsView(
        received=sums.received,
        outcomes=sums.outcomes,
        filed=sums.filed,
        closing=_share(sums.closing),
        in_time=_share(sums.in_time),
        accept=_times(sums.accept),
        arrive=_times(sums.arrive),
        close=_times(sums.close),
        reopened=_share(sums.reopened),
        returned=_share(sums.returned),
        false_alarms=_share(sums.false_alarms),
        transfers=sums.transfers,
        pauses=sums.pauses,
        alerts=sums.alerts,
        episodes=sums.episodes,
    )
