"""Names of the city's parts as the API shows them."""

from central.api.schemas_people import GrantView
from central.events.view import AreaView
from central.grid.city import City
from central.names import same
from central.people.actor import Grant


def org_view(city: City, org: str) -> AreaView:
    """An org with its name; one that the city no longer knows is called by its id."""
    found = city.orgs.get(org)
    return AreaView(id=org, name=found.name if found else same(org))


def grant_view(city: City, grant: Grant) -> GrantView:
    """A role with the name of its org."""
    return GrantView(role=grant.role, org=org_view(city, grant.org), by_provider=grant.by_provider)
