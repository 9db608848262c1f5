"""The city's API: the whole tree as a directory, places and grids of one's own part alone."""

from collections.abc import Iterator

import pytest
from httpx import Client

from central.people.actor import Grant, Role
from central.setup import Tables
from tests.central.conftest import Office
from tests.central.people import bearer, token
from tests.central.test_api import desk_of
from tests.central.web import served


@pytest.fixture
def client(sqlite_office: Office, tables: Tables) -> Iterator[Client]:
    with served(desk_of(sqlite_office, tables), anonymous=True) as site:
        yield site.client


def test_the_whole_city(client: Client, sqlite_office: Office, tables: Tables) -> None:
    everything = bearer(token(sqlite_office.store))
    orgs = client.get("/api/v1/orgs", headers=everything).json()["items"]
    assert orgs[0]["id"] == tables.city.root.id
    assert {org["id"] for org in orgs} == set(tables.city.orgs)
    assert all(org["mine"] for org in orgs)
    answer = client.get("/api/v1/places", headers=everything)
    places = answer.json()
    assert {place["id"] for place in places["items"]} == set(tables.city.places)
    assert len(places["classes"]) == 12
    again = client.get("/api/v1/places", headers=everything | {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    grids = client.get("/api/v1/grids", headers=everything).json()
    assert {one["properties"]["id"] for one in grids["features"]} == set(tables.locator.grids)
    duties = client.get("/api/v1/responsibility", headers=everything).json()
    assert [duty["number"] for duty in duties["items"]] == list(range(1, len(duties["items"]) + 1))


def test_ones_own_part(client: Client, sqlite_office: Office, tables: Tables) -> None:
    mine = bearer(token(sqlite_office.store, Grant(Role.OPERATOR, "lakeside"), name="lake"))
    own = {"lakeside", "lakeside-east", "willow", "drum-tower"}
    places = client.get("/api/v1/places", headers=mine).json()["items"]
    assert places
    assert {place["org"] for place in places} <= own
    grids = client.get("/api/v1/grids", headers=mine).json()["features"]
    assert grids
    assert {grid["properties"]["org"] for grid in grids} <= own
    orgs = client.get("/api/v1/orgs", headers=mine).json()["items"]
    assert {org["id"] for org in orgs if org["mine"]} == own


@pytest.mark.parametrize("path", ["orgs", "places", "grids", "responsibility"])
def test_nobody_sees_nothing(client: Client, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 401
