"""Names of the city's parts as the API shows them."""

from central.events.view import AreaView
from central.grid.city import City
from central.names import same


def org_view(city: City, org: str) -> AreaView:
    """An org with its name; one that the city no longer knows is called by its id."""
    found = city.orgs.get(org)
    return AreaView(id=org, name=found.name if found else same(org))
