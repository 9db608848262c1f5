"""What the API takes and returns of people, sessions and tokens."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from central.events.view import AreaView, View
from central.names import Bilingual, Id
from central.people.accounts import NAME_PATTERN
from central.people.actor import Role
from central.people.settings import Notice

Language = Literal["zh", "en"]
PersonName = Annotated[str, Field(pattern=NAME_PATTERN, examples=["li.wei"])]
"""A sign-in name: small letters, digits, _ . @ -, beginning with a letter or digit."""


class Command(BaseModel):
    """Base of what the API takes."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class GrantView(View):
    """A role and where it holds."""

    role: Role
    """What."""
    org: AreaView
    """Where: this org and all below it."""
    by_provider: bool = False
    """The OpenID provider gave it, and renews it at each sign-in there."""


class SessionView(View):
    """Somebody signed in somewhere."""

    id: str
    """Names it."""
    started: datetime
    """When they signed in."""
    seen: datetime
    """When it was last used, to the minute."""
    expires: datetime
    """When it ends at the latest."""
    address: str | None
    """From where, as the server sees it."""
    agent: str | None
    """What the browser calls itself."""
    current: bool
    """The one that asks."""


class SessionPage(View):
    """Sessions of one person."""

    items: list[SessionView]
    """The latest used first."""


class SignInView(View):
    """How one signs in here."""

    notice: Notice | None
    """A text to show beside the form."""
    oidc: Bilingual | None
    """What the button of the OpenID provider says; null where none is configured."""


class Credentials(Command):
    """Name and password, and the second factor where one is set up."""

    name: str = Field(min_length=1, max_length=64, examples=["li.wei"])
    """Sign-in name."""
    password: str = Field(min_length=1, max_length=1024, repr=False)
    """Password."""
    code: str = Field("", max_length=16)
    """Six digits of the authenticator."""


class Me(View):
    """Who asks."""

    name: str
    """Sign-in name, or ``token:NAME``."""
    display: str
    """Name for people."""
    grants: list[GrantView]
    """Roles and where they hold."""
    unit: Id | None
    """Id of the unit for which a responder acts."""
    language: Language
    """Language that was chosen."""
    csrf: str
    """Value of the header X-CSRF-Token for changes; empty for a token, which needs none."""
    must_change: bool
    """A password must be chosen before anything else."""
    totp: bool
    """A second factor is set up."""
    last_sign_in: datetime | None
    """The latest sign-in."""


class NewPassword(Command):
    """A change of one's own password."""

    old: str = Field(max_length=1024, repr=False)
    """The present one."""
    new: str = Field(max_length=1024, repr=False)
    """The next one."""


class Preferences(Command):
    """What people set for themselves."""

    language: Language
    """Language of the console."""


class TotpView(View):
    """A second factor that waits for its first code."""

    secret: str
    """For typing into an authenticator, base 32."""
    address: str
    """``otpauth://`` address for a QR code."""


class TotpProof(Command):
    """Proof that an authenticator has the secret."""

    secret: str = Field(pattern=r"^[A-Z2-7]{32}$", repr=False)
    """As given out."""
    code: str = Field(min_length=6, max_length=16)
    """Six digits of the authenticator."""
    password: str = Field(max_length=1024, repr=False)
    """One's own password."""


class PasswordOnly(Command):
    """One's own password, asked again before something grave."""

    password: str = Field(max_length=1024, repr=False)
    """The present one."""
