"""Sessions as their owners and administrators see them; how much one of them may ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from httpx import Client

from central.api.acting import CSRF_HEADER
from central.api.desk import Entrance
from central.api.rates import Rates
from central.people.actor import Grant, Role
from central.people.settings import SignIn
from central.setup import Tables
from placewatch.clock import ManualClock
from tests.central.conftest import Office
from tests.central.people import CHEAP, PASSWORD, bearer, person, token
from tests.central.speech import NOON
from tests.central.test_api import desk_of
from tests.central.web import Site, served


@pytest.fixture
def site(office: Office, tables: Tables) -> Iterator[Site]:
    person(office.store, "li.wei", Grant(Role.OPERATOR, "willow"))
    person(office.store, "root", Grant(Role.ADMIN, "demo-city"))
    entrance = replace(Entrance.of(SignIn(requests_per_minute=60), https=False), passwords=CHEAP)
    clock = ManualClock(NOON.timestamp())
    with served(replace(desk_of(office, tables, clock), entrance=entrance), anonymous=True) as running:
        yield running


@contextmanager
def browser(site: Site, agent: str, name: str = "li.wei") -> Iterator[Client]:
    """Somebody signed in at a browser of their own."""
    with Client(base_url=site.address.url, headers={"User-Agent": agent}) as client:
        answer = client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        client.headers[CSRF_HEADER] = answer.json()["csrf"]
        yield client


def test_people_see_and_end_their_own_sessions(site: Site) -> None:
    with (
        browser(site, "Desk\x7f/1") as desk,
        browser(site, "Phone/2") as phone,
        browser(site, "Old/3") as old,
    ):
        listed = desk.get("/api/v1/me/sessions").json()["items"]
        assert sorted((one["agent"], one["current"]) for one in listed) == [
            ("Desk /1", True),
            ("Old/3", False),
            ("Phone/2", False),
        ]
        assert {one["address"] for one in listed} == {"127.0.0.1"}
        assert not any(desk.cookies["placewatch"] in str(one) for one in listed)
        of_phone = next(one["id"] for one in listed if one["agent"] == "Phone/2")
        assert desk.delete(f"/api/v1/me/sessions/{of_phone}").status_code == 204
        assert desk.delete(f"/api/v1/me/sessions/{of_phone}").status_code == 404
        assert phone.get("/api/v1/me").status_code == 401
        assert old.get("/api/v1/me").status_code == 200
        assert desk.delete("/api/v1/me/sessions").status_code == 204
        assert (desk.get("/api/v1/me").status_code, old.get("/api/v1/me").status_code) == (200, 401)


def test_an_administrator_ends_sessions_of_those_they_administer(site: Site) -> None:
    with browser(site, "Root", "root") as root, browser(site, "A") as first, browser(site, "B") as second:
        users = {one["name"]: one["id"] for one in root.get("/api/v1/users").json()["items"]}
        there = f"/api/v1/users/{users['li.wei']}/sessions"
        listed = root.get(there).json()["items"]
        assert sorted((one["agent"], one["current"]) for one in listed) == [("A", False), ("B", False)]
        assert first.get(there).status_code == 404  # an operator administers nobody
        one = next(each["id"] for each in listed if each["agent"] == "A")
        assert root.delete(f"/api/v1/users/{users['root']}/sessions/{one}").status_code == 404
        assert root.delete(f"{there}/{one}").status_code == 204
        assert (first.get("/api/v1/me").status_code, second.get("/api/v1/me").status_code) == (401, 200)
        assert root.delete(there).status_code == 204
        assert second.get("/api/v1/me").status_code == 401
    foreign = bearer(token(site.desk.store, Grant(Role.ADMIN, "newtown"), name="newtown"))
    assert site.client.get(there, headers=foreign).status_code == 404
    auditor = bearer(token(site.desk.store, Grant(Role.AUDITOR, "demo-city"), name="auditor"))
    lines = site.client.get("/api/v1/audit?kind=session&act=ended", headers=auditor).json()["items"]
    assert [(line["actor"], line["object"], line["details"]["sessions"]) for line in lines] == [
        ("root", "li.wei", "all"),
        ("root", "li.wei", "one"),
    ]


def test_one_session_or_token_asks_for_its_share_alone(site: Site) -> None:
    clock = site.desk.clock
    assert isinstance(clock, ManualClock)
    busy, calm = (bearer(token(site.desk.store, name=name)) for name in ("busy", "calm"))
    with browser(site, "A") as first:
        for client, headers in ((site.client, busy), (first, {})):
            answers = [client.get("/api/v1/me", headers=headers) for _ in range(61)]
            assert [one.status_code for one in answers] == [200] * 60 + [429]
            assert answers[-1].headers["retry-after"] == "1"
            assert answers[-1].headers["content-type"] == "application/problem+json"
        assert site.client.get("/api/v1/me", headers=calm).status_code == 200
        clock.advance(1.0)
        assert [first.get("/api/v1/me").status_code for _ in range(2)] == [200, 429]


def test_a_bucket_fills_again_and_forgets_the_full() -> None:
    rates = Rates(60)
    assert [rates.wait_s("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert rates.wait_s("a", 0.0) == pytest.approx(1.0)
    assert rates.wait_s("a", 0.5) == pytest.approx(0.5)
    assert rates.wait_s("a", 1.0) == 0.0
    assert rates.wait_s("a", 1.0) > 0.0
    for number in range(50_001):
        rates.wait_s(str(number), 2.0)
    assert rates.wait_s("a", 2.0) == 0.0
