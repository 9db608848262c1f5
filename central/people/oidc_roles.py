"""Roles by what the OpenID provider says of somebody: a table of claims, applied at each sign-in. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import Field

from central.names import Id
from central.people.actor import Grant, Role
from placewatch.config import Settings


class RoleRule(Settings):
    """Whose claim has this value has this role here."""

    claim: str = Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$")
    """Name of the claim in the ID token, such as ``groups``; a point leads into an object:
    ``realm_access.roles``."""
    value: str = Field(min_length=1, max_length=400)
    """Its value, or one of its values where the claim is a list; compared as it stands."""
    role: Role
    """What it gives."""
    org: Id
    """Where: this org and all below it."""


def granted_by(
    rules: Iterable[RoleRule], claims: Mapping[str, Any], orgs: Collection[str]
) -> tuple[Grant, ...]:
    """The roles that somebody's claims give; a rule for an org that the city no longer has gives none.

    Args:
        rules: The table.
        claims: Of the ID token, believed.
        orgs: Ids of the city's organisations.
    """
    return tuple(
        dict.fromkeys(
            Grant(rule.role, rule.org, by_provider=True)
            for rule in rules
            if rule.org in orgs and rule.value in _values(claims, rule.claim)
        )
    )


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim's values; its whole name first, for claims named by an address, then as a way into objects."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, str)]
