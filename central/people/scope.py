"""Which part of the city an actor may see and act in."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, true
from sqlalchemy.orm import InstrumentedAttribute

from central.grid.city import City
from central.people.actor import Actor, Role
from central.store.terms import among


@dataclass(frozen=True, slots=True)
class Scope:
    """Orgs that somebody may see.

    Attributes:
        whole: The whole city, with what no known org owns.
        orgs: Every org of the subtrees.
    """

    whole: bool
    orgs: frozenset[str]

    def sees(self, org: str | None) -> bool:
        """Whether something that ``org`` answers for may be seen."""
        return self.whole or (org is not None and org in self.orgs)

    def where(
        self, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
    ) -> ColumnElement[bool]:
        """The rows of these orgs, as SQL on a column of org ids."""
        if self.whole:
            return true()
        return among(column, self.orgs) if self.orgs else false()


WHOLE = Scope(whole=True, orgs=frozenset())
"""Everything: what the program itself sees."""


def visible_orgs(actor: Actor, city: City, *roles: Role) -> Scope:
    """The part of ``city`` in which the actor has one of ``roles`` (without roles: any)."""
    roots = actor.orgs(*roles)
    if city.root.id in roots:
        return Scope(whole=True, orgs=frozenset(city.orgs))
    if not roots & city.orgs.keys():
        return Scope(whole=False, orgs=frozenset())
    return Scope(
        whole=False,
        orgs=city.below(roots),
    )


def may(actor: Actor, city: City, org: str, *roles: Role) -> bool:
    """Whether the actor has one of ``roles`` (without roles: any) over ``org``.

    An org that the city no longer knows answers to the root alone.
    """
    roots = actor.orgs(*roles)
    chain = city.chain(org) if org in city.orgs else (city.root,)
    return any(above.id in roots for above in chain)
