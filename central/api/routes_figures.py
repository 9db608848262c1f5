"""Figures for supervisors."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict

from central.api.acting import Acting, sees
from central.api.desk import AtDesk, Desk
from central.api.names import org_view
from central.api.problems import ApiError, responses
from central.events.view import AreaView, View
from central.names import Bilingual, Id, same
from central.people.actor import Actor
from central.people.scope import Scope
from central.reports import read
from central.reports.cases import Case, Outcome
from central.reports.load import alarm_load
from central.reports.sums import Share, Sums, Times, sum_up, table_of

router = APIRouter(prefix="/api/v1", tags=["figures"])

By = Literal["place_class", "kind", "item", "org", "department", "colour", "camera", "place"]
_MONTH = timedelta(days=30)
_LONGEST = timedelta(days=400)


class ShareView(View):
    """A part and what it is a part of."""

    part: int
    """Numerator."""
    of: int
    """Denominator; 0 when there is nothing to be a part of."""


class TimesView(View):
    """How long a step took, counted from filing."""

    count: int
    """Over how many events."""
    p50_s: float | None
    """Half of them took at most so long, seconds."""
    p95_s: float | None
    """Nineteen of twenty did."""


class SumsView(View):
    """Figures of some events."""

    received: int
    """All of them; ``outcomes`` adds up to it."""
    outcomes: dict[Outcome, int]
    """How many by what became of them."""
    filed: int
    """Those with an owner and a responsibility."""
    closing: ShareView
    """Closed, of those filed that are neither false alarms nor merged."""
    in_time: ShareView
    """Closed in time, of those whose closing was due."""
    accept: TimesView
    """To the first acceptance."""
    arrive: TimesView
    """To the first arrival."""
    close: TimesView
    """To the last closing."""
    reopened: ShareView
    """Reopened at least once, of those closed or reopened."""
    returned: ShareView
    """Returned at least once, of those filed."""
    false_alarms: ShareView
    """False alarms, of those judged."""
    transfers: int
    """How often another org was asked to take an event."""
    pauses: int
    """How often an event was suspended."""
    alerts: int
    """Alerts that joined; divided by ``received`` the compression ratio."""
    episodes: int
    """Episodes that joined."""


class FigureRow(View):
    """One row of a table."""

    key: AreaView
    """What the row is about."""
    sums: SumsView
    """Its figures."""


class Figures(View):
    """Figures of a part of the city over a stretch of time."""

    org: AreaView | None
    """Which part; null for all that one may see."""
    since: datetime
    """Received from then on."""
    until: datetime
    """Received before then."""
    by: By
    """What the rows are about."""
    total: SumsView
    """All of it; the rows' counts add up to it."""
    rows: list[FigureRow]
    """The largest first. Where ``by`` is org: the orgs right below, and the org itself for its own."""


class SourceView(View):
    """Where events come from."""

    place: AreaView
    """Which place."""
    kind: AreaView
    """What kind."""
    events: int
    """How many."""


class AlarmLoadView(View):
    """How much a desk has to bear (ISA-18.2, EEMUA 191)."""

    org: AreaView | None
    """Whose desk; null for all that one may see."""
    since: datetime
    """From then on."""
    until: datetime
    """Before then."""
    slots: int
    """Stretches of ten minutes."""
    alarms: int
    """New events in them; ``colours`` adds up to it."""
    mean: float
    """New events in ten minutes; 1 and less is good."""
    most: int
    """Most in ten minutes."""
    floods: int
    """Stretches with more than ten."""
    standing: int
    """Events open now; fewer than 5 is good."""
    colours: dict[str, int]
    """How many by colour; near 5 : 15 : 80 for red, yellow, blue is good."""
    top: list[SourceView]
    """The ten sources that most came from."""
    top_events: int
    """How many came from these."""


class Stretch(BaseModel):
    """Which part of the city, over which stretch of time."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    org: Id | None = None
    """This org and all below it; all that one may see without it."""
    since: AwareDatetime | None = None
    """From this moment on; 30 days before ``until`` without it."""
    until: AwareDatetime | None = None
    """Before this moment; now without it."""


class FiguresQuery(Stretch):
    """Which figures."""

    by: By = "place_class"
    """What the rows are about."""


@router.get("/figures", summary="Show figures", responses=responses(HTTPStatus.NOT_FOUND))
def show_figures(desk: AtDesk, actor: Acting, query: Annotated[FiguresQuery, Query()]) -> Figures:
    """What came in and what became of it, each part with its denominator."""
    within, since, until = _chosen(desk, actor, query)
    with desk.reading() as connection:
        cases = read.cases(connection, within, since, until)
    rows = table_of(cases, lambda case: _key(desk, query, case))
    return Figures(
        org=org_view(desk.tables.city, query.org) if query.org else None,
        since=since,
        until=until,
        by=query.by,
        total=_sums(sum_up(cases)),
        rows=[
            FigureRow(key=AreaView(id=key or "-", name=_name(desk, query.by, key)), sums=_sums(sums))
            for key, sums in rows.items()
        ],
    )


@router.get("/alarm-load", summary="Show a desk's load", responses=responses(HTTPStatus.NOT_FOUND))
def show_alarm_load(desk: AtDesk, actor: Acting, query: Annotated[Stretch, Query()]) -> AlarmLoadView:
    """New events per ten minutes, standing ones, colours and the ten busiest sources."""
    within, since, until = _chosen(desk, actor, query)
    with desk.reading() as connection:
        load = alarm_load(read.arrivals(connection, within, since, until), since, until)
        standing = read.standing(connection, within)
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
                place=AreaView(id=place, name=_name(desk, "place", place)),
                kind=AreaView(id=kind, name=_name(desk, "kind", kind)),
                events=count,
            )
            for (place, kind), count in load.top
        ],
        top_events=load.top_share,
    )


def _chosen(desk: Desk, actor: Actor, query: Stretch) -> tuple[Scope, datetime, datetime]:
    until = query.until or desk.now
    since = query.since or until - _MONTH
    if not timedelta(0) < until - since <= _LONGEST:
        detail = f"'since' lies before 'until', by at most {_LONGEST.days} days"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.since")
    within = sees(desk, actor)
    if query.org is None:
        return within, since, until
    city = desk.tables.city
    if query.org not in city.orgs or not within.sees(query.org):
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no org {query.org}", field="query.org")
    below = frozenset(org for org in city.orgs if any(up.id == query.org for up in city.chain(org)))
    return Scope(whole=within.whole and query.org == city.root.id, orgs=below), since, until


def _key(desk: Desk, query: FiguresQuery, case: Case) -> str:
    subject = case.subject
    if query.by == "org":
        return _branch(desk, query.org, subject.org)
    if query.by == "department":
        item = desk.tables.responsibility.by_number.get(subject.item)
        return item.lead[0] if item else ""
    return str(getattr(subject, query.by))


def _branch(desk: Desk, top: str | None, org: str) -> str:
    """The org right below ``top`` in whose part ``org`` lies; ``top`` itself for its own."""
    city = desk.tables.city
    if org not in city.orgs:
        return org
    path = [up.id for up in city.chain(org)]
    place = path.index(top or city.root.id)
    return path[max(0, place - 1)]


def _name(desk: Desk, by: By, key: str) -> Bilingual:
    """What people call the thing that a row is about; its id where it has no name."""
    if by == "item":
        item = desk.tables.responsibility.by_number.get(int(key))
        return item.name if item else same(key)
    return _names(desk, by).get(key) or same(key)


def _names(desk: Desk, by: By) -> dict[str, Bilingual]:
    tables, file = desk.tables, desk.tables.responsibility.file
    if by == "place_class":
        return {str(one): area.name for one, area in tables.key_areas.classes.items()}
    if by == "kind":
        return {str(one): name for one, name in file.kind_names.items()}
    if by == "colour":
        return {str(one): name for one, name in tables.grading.colours.items()}
    if by == "department":
        return {str(one): name for one, name in file.departments.items()}
    if by == "org":
        return {org.id: org.name for org in tables.city.orgs.values()}
    return {place.id: place.name for place in tables.city.places.values()} if by == "place" else {}


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
