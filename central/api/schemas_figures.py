"""What the API returns of figures."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from central.events.view import AreaView, View
from central.names import Id
from central.reports.cases import Outcome
from central.reports.rows import By, Filter

_FILTER = Field(None, max_length=200)


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
    """Which figures, and of which events: the filters lead from a row down to what it is made of."""

    by: By = "place_class"
    """What the rows are about."""
    place_class: str | None = _FILTER
    """Only events of this class of key area."""
    kind: str | None = _FILTER
    """Only events of this kind."""
    item: str | None = _FILTER
    """Only events of this number in the responsibility list."""
    department: str | None = _FILTER
    """Only events that this department leads."""
    colour: str | None = _FILTER
    """Only events of this colour."""
    place: str | None = _FILTER
    """Only events of this place."""
    camera: str | None = _FILTER
    """Only events of this camera: ``site/box/camera``."""
    day: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    """Only events received on this day of the city's clock."""

    @property
    def only(self) -> Filter:
        """The filters."""
        return Filter(**self.model_dump(include=set(Filter.__dataclass_fields__)))


class DeskLoad(View):
    """What one desk has to bear."""

    org: AreaView
    """Whose desk: an org right below the one asked for, with all below it, or that org's own part."""
    alarms: int
    """New events."""
    mean: float
    """New events in ten minutes; 1 and less is good."""
    most: int
    """Most in ten minutes."""
    floods: int
    """Stretches of ten minutes with more than ten."""
    now: int
    """New events in the last ten minutes before ``until``."""
    standing: int
    """Events open now; fewer than 5 is good."""
    colours: dict[str, int]
    """How many by colour; near 5 : 15 : 80 for red, yellow, blue is good."""


class DeskLoads(View):
    """What each desk has to bear (ISA-18.2, EEMUA 191)."""

    org: AreaView | None
    """Whose parts; null for all that one may see."""
    since: datetime
    """From then on."""
    until: datetime
    """Before then."""
    slots: int
    """Stretches of ten minutes."""
    desks: list[DeskLoad]
    """The busiest first; their ``alarms`` add up to those of ``/alarm-load``."""
