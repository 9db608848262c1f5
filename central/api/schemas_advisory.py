"""What the API takes and returns of advisory letters."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from central.api.schemas_people import Command
from central.events.view import AreaView, View
from central.names import Bilingual, Id
from central.reports.advisory import State

Language = Literal["zh", "en"]


class TemplateView(View):
    """A kind of letter."""

    id: str
    """Identifier."""
    name: Bilingual
    """What people call it."""
    days: int
    """To answer within."""
    kinds: list[str]
    """Kinds of events that it is offered first for."""


class TemplateList(View):
    """Kinds of letters."""

    items: list[TemplateView]
    """In the order of the file."""


class StateView(View):
    """Where a letter stands."""

    id: State
    """Identifier."""
    name: Bilingual
    """What people call it."""


class AdvisoryView(View):
    """A letter to whoever is responsible for a place (平安提示函)."""

    id: int
    """Row id."""
    number: str
    """Printed on it."""
    state: StateView
    """Where it stands."""
    org: AreaView
    """Whose letter it is."""
    place: AreaView
    """What it is about."""
    event_id: int | None
    """The event that gave rise to it."""
    language: str
    """zh or en."""
    addressee: str
    """To whom."""
    title: str
    """Its title."""
    body: str
    """Plain text."""
    due: datetime
    """Until when an answer is asked for."""
    created: datetime
    """When it was drafted."""
    created_by: str
    """By whom."""
    sent: datetime | None
    """When it was sent."""
    sent_by: str | None
    """By whom."""
    replied: datetime | None
    """When the answer came."""
    replied_by: str | None
    """Who wrote the answer down."""
    reply: str | None
    """What was answered."""


class AdvisoryPage(View):
    """Letters."""

    items: list[AdvisoryView]
    """Newest first."""
    overdue: int
    """How many of those one may see are overdue."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""


class NewAdvisory(Command):
    """A letter to draft from a template, about an event or a place."""

    template: Id
    """Which template."""
    event_id: int | None = Field(None, ge=1, lt=2**63)
    """About this event, its place and its kind."""
    place: Id | None = None
    """About this place, where it is about no single event."""
    addressee: str = Field("", max_length=200)
    """To whom; the event's lead department without it."""
    language: Language = "zh"
    """In which language."""


class AdvisoryChange(Command):
    """What is to change in a draft; what is left out stays."""

    addressee: str | None = Field(None, min_length=1, max_length=200)
    """To whom."""
    title: str | None = Field(None, min_length=1, max_length=200)
    """Its title."""
    body: str | None = Field(None, min_length=1, max_length=8000)
    """Plain text."""
    due: AwareDatetime | None = None
    """Until when an answer is asked for."""


class AdvisoryStep(Command):
    """A step of a letter."""

    reply: str = Field("", max_length=8000)
    """What was answered; needed for the step ``reply``."""
