import pytest

from central.people.actor import Actor, Grant, Role

_ACTOR = Actor("li", (Grant(Role.OPERATOR, "town-1"), Grant(Role.AUDITOR, "county-2")))


@pytest.mark.parametrize(
    ("roles", "orgs"),
    [
        ((), {"town-1", "county-2"}),
        ((Role.OPERATOR,), {"town-1"}),
        ((Role.OPERATOR, Role.AUDITOR), {"town-1", "county-2"}),
        ((Role.ADMIN,), set()),
    ],
)
def test_where_roles_hold(roles: tuple[Role, ...], orgs: set[str]) -> None:
    assert _ACTOR.orgs(*roles) == orgs
