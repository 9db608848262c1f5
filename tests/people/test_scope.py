"""Who sees what, against a plain walk up the tree."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from central.grid.city import City, Level, Org, load_city
from central.names import same
from central.people.actor import Actor, Grant, Role
from central.people.scope import may, visible_orgs

_CITY = load_city(Path(__file__).parent.parent / "central" / "city" / "city.yaml")


@st.composite
def _cities(draw: st.DrawFn) -> City:
    """A random tree of up to 15 orgs."""
    count = draw(st.integers(1, 15))
    orgs = {}
    for n in range(count):
        parent = f"o{draw(st.integers(0, n - 1))}" if n else None
        orgs[f"o{n}"] = Org(id=f"o{n}", level="any", name=same("x"), parent=parent)
    return City(
        version="1", root=orgs["o0"], levels={"any": Level(id="any", name=same("x"))}, orgs=orgs, places={}
    )


_GRANTS = st.lists(
    st.builds(Grant, st.sampled_from(Role), st.integers(0, 20).map(lambda n: f"o{n}")), max_size=4
)


@given(_cities(), _GRANTS, st.sampled_from(Role))
def test_a_role_holds_in_its_subtree_and_nowhere_else(city: City, grants: list[Grant], role: Role) -> None:
    actor = Actor("x", tuple(grants))
    scope = visible_orgs(actor, city, role)
    roots = {grant.org for grant in grants if grant.role is role}
    for org in city.orgs:
        inside = any(above.id in roots for above in city.chain(org))
        assert scope.sees(org) == inside
        assert may(actor, city, org, role) == inside
    assert scope.whole == (city.root.id in roots)
    assert scope.sees("gone") == scope.whole == may(actor, city, "gone", role)


def test_without_roles_any_role_counts() -> None:
    actor = Actor("x", (Grant(Role.AUDITOR, "lakeside"), Grant(Role.OPERATOR, "station-square")))
    assert visible_orgs(actor, _CITY).sees("willow")
    assert visible_orgs(actor, _CITY).sees("station-square")
    assert not visible_orgs(actor, _CITY).sees("newtown")
    assert not visible_orgs(actor, _CITY, Role.OPERATOR).sees("willow")
