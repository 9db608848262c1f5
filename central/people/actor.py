"""Who acts: somebody with roles, each bound to an org and everything below it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; what each role allows stands in the tables of the operations."""

    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    RESPONDER = "responder"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one part of the org tree.

    Attributes:
        role: What.
        org: Where: this org and all below it.
        by_provider: The OpenID provider gave it; renewed at each sign-in there. Right is right: not compared.
    """

    role: Role
    org: str
    by_provider: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or a program with a token, at the moment of an act.

    Attributes:
        name: Sign-in name, or ``token:NAME``; stored in timelines.
        grants: Roles and where they hold.
        unit: Id of the unit for which a responder acts, or None.
    """

    name: str
    grants: tuple[Grant, ...]
    unit: str | None = None

    def orgs(self, *roles: Role) -> frozenset[str]:
        """Roots of the subtrees in which one of these roles holds; without roles, any role."""
        return frozenset(grant.org for grant in self.grants if not roles or grant.role in roles)
