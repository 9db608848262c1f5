"""What the API takes and returns of users, tokens and hand-over notes."""

from datetime import datetime

from pydantic import Field

from central.api.schemas_people import Command, GrantView, Language, PersonName
from central.events.view import View
from central.names import Id
from central.people.actor import Role
from central.people.tokens import TokenScope


class GrantSaid(Command):
    """A role and where it is to hold."""

    role: Role
    """What."""
    org: Id
    """Where: this org and all below it."""


class UserView(View):
    """Somebody who may sign in."""

    id: int
    """Row id."""
    name: str
    """Sign-in name."""
    display: str
    """Name for people."""
    grants: list[GrantView]
    """Roles and where they hold."""
    unit: str | None
    """Unit for which a responder acts."""
    language: str
    """zh or en."""
    disabled: bool
    """May not sign in."""
    must_change: bool
    """Has a one-time password."""
    totp: bool
    """Has a second factor."""
    created: datetime
    """When it was added."""
    last_sign_in: datetime | None
    """The latest sign-in."""
    subject: str | None
    """Who this is at the OpenID provider; null for one who signs in here alone."""
    locked_until: datetime | None
    """Until when no password counts, after too many wrong ones."""


class UserPage(View):
    """Users."""

    items: list[UserView]
    """By name."""


class NewUser(Command):
    """Somebody to add."""

    name: PersonName
    """Sign-in name."""
    display: str = Field(min_length=1, max_length=100)
    """Name for people."""
    grants: list[GrantSaid] = Field(min_length=1, max_length=50)
    """Roles and where they hold."""
    unit: Id | None = None
    """Unit for which a responder acts."""
    language: Language = "zh"
    """Language of the console."""


class UserChange(Command):
    """What is to change; what is left out stays."""

    display: str | None = Field(None, min_length=1, max_length=100)
    """Name for people."""
    grants: list[GrantSaid] | None = Field(None, max_length=50)
    """Roles and where they hold."""
    unit: Id | None = None
    """Unit for which a responder acts; cannot be taken away, only replaced."""
    disabled: bool | None = None
    """May not sign in; ends the sessions."""
    subject: str | None = Field(None, max_length=200)
    """Who this is at the OpenID provider, by the claim that is configured; empty for nobody."""
    unlock: bool | None = None
    """Forget the wrong passwords under this name."""


class OneTimePassword(View):
    """A password for the first sign-in, told this once."""

    id: int
    """Row id of the user."""
    name: str
    """Sign-in name."""
    password: str
    """The first sign-in asks for a new one."""


class TokenView(View):
    """A program's key, without its secret."""

    id: int
    """Row id."""
    name: str
    """What people call it; acts as ``token:NAME``."""
    scope: TokenScope
    """Whether it may act."""
    grants: list[GrantView]
    """Roles and where they hold."""
    created_by: str
    """Who made it."""
    created: datetime
    """When."""
    expires: datetime
    """Until when it holds."""
    revoked: datetime | None
    """When it was ended early."""
    used: datetime | None
    """When it was last used, to the minute."""


class TokenPage(View):
    """Tokens."""

    items: list[TokenView]
    """Newest first."""


class NewToken(Command):
    """A token to make."""

    name: PersonName
    """What people call it."""
    scope: TokenScope = TokenScope.READ
    """Whether it may act."""
    grants: list[GrantSaid] = Field(min_length=1, max_length=50)
    """Roles and where they hold."""
    days: int = Field(90, ge=1, le=366)
    """How long it holds."""


class TokenMade(TokenView):
    """A new token with its secret."""

    secret: str
    """Told this once; send it as ``Authorization: Bearer SECRET``."""


class HandoverView(View):
    """What one shift tells the next."""

    id: int
    """Row id."""
    org: Id
    """The desk's org."""
    author: str
    """Who wrote it."""
    at: datetime
    """When."""
    text: str
    """Plain text."""
    read_by: str | None
    """Who of the next shift has taken note."""
    read_at: datetime | None
    """When."""


class HandoverPage(View):
    """Hand-over notes."""

    items: list[HandoverView]
    """Newest first."""


class NewHandover(Command):
    """A note for the next shift."""

    org: Id
    """The desk's org."""
    text: str = Field(min_length=1, max_length=4000)
    """Plain text."""
