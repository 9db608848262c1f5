"""How people sign in: part of central's configuration."""

from typing import Annotated

from pydantic import Field

from central.people.oidc import Oidc
from central.people.passwords import PasswordRules
from placewatch.config import Settings

NoticeText = Annotated[str, Field(min_length=1, max_length=1000)]
"""A few sentences for people."""


class Notice(Settings):
    """A text for everybody who signs in, in Chinese and in English."""

    zh: NoticeText
    """Chinese, shown first."""
    en: NoticeText
    """English."""


class SignIn(Settings):
    """How people sign in."""

    password: PasswordRules = PasswordRules()
    """What a new password must be like."""
    lock_after: int = Field(5, ge=3, le=20)
    """Failed attempts under one name before it is locked."""
    lock_minutes: int = Field(15, ge=1, le=1440)
    """How long a name stays locked."""
    attempts_per_minute: int = Field(30, ge=5, le=600)
    """Attempts from one address, whatever the names; further ones must wait."""
    requests_per_minute: int = Field(3000, ge=60, le=1_000_000)
    """Requests of one session or token, on average; further ones are answered 429 and must wait. A wall of
    pictures asks for some 1000 a minute."""
    idle_minutes: int = Field(60, ge=5, le=1440)
    """A session that asks for nothing this long ends; a desk that follows the live stream is not idle."""
    hours: int = Field(12, ge=1, le=72)
    """A session ends after this in any case: a shift."""
    oidc: Oidc | None = None
    """An OpenID provider at which those may sign in whose account carries their subject there."""
    notice: Notice | None = None
    """A text shown on the sign-in form, such as the law on access to public video."""
