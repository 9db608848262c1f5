"""No object of another subtree is readable through any path.

The paths are those that the application has, not those that somebody remembered: a new operation that wants
no actor, or that names something these tests cannot fill in, fails here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import Client, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert
from starlette.routing import BaseRoute

from central.api.app import make_app
from central.people.actor import Actor, Grant, Role
from central.people.audit import AuditAct
from central.people.scope import visible_orgs
from central.setup import Tables
from central.store import advisories, people_log
from central.store.engine import Store
from central.store.models_people import Handover
from central.store.people_log import Deed
from messages import Kind, PlaceClass, encode
from messages.topics import BoxTopics
from tests.central.conftest import Office, office_of
from tests.central.people import bearer, person, token
from tests.central.speech import Box, at, evidence, inbound, sent
from tests.central.test_api import desk_of
from tests.central.web import served
from tests.migrated import migrated

PUBLIC = {
    ("GET", "/healthz"): "whether the service works, for monitors",
    ("GET", "/readyz"): "whether alerts are taken in, for monitors",
    ("GET", "/"): "the console itself, without data",
    ("GET", "/{name}"): "the console itself, without data",
    ("GET", "/api/openapi.json"): "the API's description",
    ("HEAD", "/api/openapi.json"): "the API's description",
    ("GET", "/api/v1/sign-in"): "how one signs in",
    ("POST", "/api/v1/session"): "signing in",
    ("GET", "/api/v1/oidc/start"): "signing in at the OpenID provider",
    ("GET", "/api/v1/oidc/callback"): "coming back from there",
    ("GET", "/api/v1/trust/ca"): "the root certificate",
    ("POST", "/api/v1/trust/enrolments"): "a box proves itself by a one-time token",
    ("POST", "/api/v1/trust/renewals"): "a box proves itself by its certificate",
    (
        "POST",
        "/api/v1/trust/bundles",
    ): "a box proves itself by its certificate, and gets what it was told to run",
}
"""What needs no actor, and why."""

ENDLESS = {"/api/v1/stream"}

PLACES = {
    "lake-promenade": ("willow", PlaceClass.PARK),
    "ring-road": ("station-square", PlaceClass.ROAD),
    "service-hall": ("station-square", PlaceClass.PUBLIC_OFFICE),
    "waterworks": ("newtown-station", PlaceClass.UTILITY),
    "drum-tower-market": ("drum-tower", PlaceClass.MALL),
}


@dataclass(frozen=True, slots=True, repr=False)
class City:
    """A city in which something happened everywhere.

    Attributes:
        client: Asks without a token.
        store: For further tokens.
        tables: The city's tables.
        routes: Method and path of every operation.
        marks: Words by which something of an org's own is known, by org.
        fill: Path parameters of something of an org, by org.
    """

    client: Client
    store: Store
    tables: Tables
    routes: list[tuple[str, str]]
    marks: dict[str, set[str]]
    fill: dict[str, dict[str, str]]


def operations(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Every operation of an application, shown in its description or not."""
    for route in routes:
        included = getattr(route, "original_router", None)  # an included router keeps its routes to itself
        if included is not None:
            yield from operations(included.routes)
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, str(getattr(route, "path", ""))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("rights")
    store = migrated(f"sqlite:///{folder}/central.sqlite")
    office = office_of(store, folder, tables)
    marks, fill = happenings(office)
    desk = desk_of(office, tables)
    with served(desk, anonymous=True) as site:
        routes = sorted(set(operations(make_app(desk).routes)))
        yield City(site.client, store, tables, routes, marks, fill)
    store.close()


def happenings(office: Office) -> tuple[dict[str, set[str]], dict[str, dict[str, str]]]:
    """One box, camera, event and picture at each place; what they are known by."""
    marks: dict[str, set[str]] = {}
    fill: dict[str, dict[str, str]] = {}
    for number, (place, (org, kind)) in enumerate(PLACES.items()):
        box = Box(BoxTopics("site", f"box-of-{place}"), session=f"session-of-{place}")
        camera = f"camera-of-{place}"
        alert = box.alert(
            alert_id=f"episode-of-{place}",
            place=place,
            place_class=kind,
            zone=f"zone-of-{place}",
            kind=Kind.PERIMETER_INTRUSION,
            camera=camera,
            picture=evidence(number, shade=40 + number),
        )
        health = box.health()
        [seen] = health.cameras
        health = replace(health, cameras=[replace(seen, camera=camera, place=place)])
        office.take(
            inbound(box.topics.state, encode(box.state())),
            inbound(box.topics.health, encode(health)),
            sent(alert, box.topics),
        )
        office.take(inbound(box.topics.state, b"letter-of-" + place.encode()))
        with office.store.read() as connection:
            [event] = connection.exec_driver_sql(
                f"SELECT id, number, picture FROM event WHERE place = '{place}'"  # noqa: S608 - a word of ours
            ).all()
        marks.setdefault(org, set()).update(
            {f"{what}-of-{place}" for what in ("box", "camera", "episode", "zone", "session", "letter")},
            {event.number, event.picture, place},
        )
        user = f"user-of-{place}"
        user_id = person(office.store, user, Grant(Role.OPERATOR, org))
        secret = f"token-of-{place}"
        token(office.store, Grant(Role.OPERATOR, org), name=secret)
        with office.store.write() as connection:
            connection.execute(
                insert(Handover).values(org=org, author=user, at=at(0), text=f"note-of-{place}")
            )
            deed = Deed(user, AuditAct.OPENED, "event", event.number, org, {"why": f"deed-of-{place}"})
            people_log.write(connection, deed, at(0))
            advisories.draft(
                connection,
                2025,
                org=org,
                place=place,
                language="zh",
                addressee=f"addressee-of-{place}",
                title="t",
                body="b",
                due=at(0),
                created=at(0),
                created_by=user,
            )
        marks[org] |= {f"addressee-of-{place}"}
        marks[org] |= {user, secret, f"note-of-{place}", f"deed-of-{place}"}
        numbers = {
            "user_id": str(user_id),
            "token_id": str(number + 1),
            "handover_id": str(number + 1),
            "advisory_id": str(number + 1),
            "shift_id": "1",
            "session_id": "0" * 64,
        }
        fill.setdefault(
            org,
            {
                "event_id": str(event.id),
                "site": "site",
                "box": f"box-of-{place}",
                "version": "1",
                "evidence_id": event.picture,
                "place_id": place,
                "name": "nothing.js",
                "verb": "note",
                "task_id": "1",
                "step": "accept",
                "unit_id": "unit",
                "number": "1",
                "notice_id": "1",
                **numbers,
            },
        )
    return marks, fill


def ask(city: City, method: str, path: str, org: str, secret: str | None) -> Response:
    """One request about something of ``org``."""
    values = city.fill[org]
    names = re.findall(r"{(\w+)(?::path)?}", path)
    unknown = [name for name in names if name not in values]
    assert not unknown, f"{method} {path}: tell `happenings` what {unknown} may be"
    for name in names:
        path = re.sub(rf"{{{name}(?::path)?}}", values[name], path)
    headers = bearer(secret) if secret else {}
    return city.client.request(
        method, path, headers=headers, json={} if method in {"POST", "PUT", "PATCH"} else None
    )


def test_every_operation_wants_somebody(city: City) -> None:
    described = city.client.get("/api/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, item in described.items() for method in item} <= set(city.routes)
    open_ones = set()
    for method, path in city.routes:
        answer = ask(city, method, path, "willow", None)
        if answer.status_code != 401:
            open_ones.add((method, path))
        else:
            assert answer.headers["www-authenticate"] == "Bearer"
    assert open_ones <= set(PUBLIC), f"these answer anybody: {open_ones - set(PUBLIC)}"


ORGS = [
    "demo-city",
    "lakeside",
    "lakeside-east",
    "willow",
    "drum-tower",
    "newtown",
    "newtown-station",
    "station-square",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    grants=st.lists(st.builds(Grant, st.sampled_from(Role), st.sampled_from(ORGS)), max_size=3),
    about=st.sampled_from(["willow", "station-square", "newtown-station", "drum-tower"]),
)
def test_nothing_of_another_subtree_is_readable(city: City, grants: list[Grant], about: str) -> None:
    """Any roles anywhere, asking every reading operation about something of any org."""
    secret = some_token(city, grants)
    within = visible_orgs(actor_of(grants), city.tables.city)
    foreign = {mark for org, marks in city.marks.items() if not within.sees(org) for mark in marks}
    for method, path in city.routes:
        if method != "GET" or path in ENDLESS or (method, path) in PUBLIC:
            continue
        answer = ask(city, method, path, about, secret)
        assert answer.status_code < 500, (path, answer.text)
        found = {mark for mark in foreign if told(answer, mark, city.fill[about])}
        assert not found, f"{path} tells {grants} of {found}"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grants=st.lists(st.builds(Grant, st.sampled_from(Role), st.sampled_from(ORGS)), max_size=2))
def test_nothing_of_another_subtree_can_be_changed(city: City, grants: list[Grant]) -> None:
    """Every changing operation, with an empty body, about something out of sight: nothing happens."""
    secret = some_token(city, grants)
    within = visible_orgs(actor_of(grants), city.tables.city)
    before = event_rows(city.store)
    for method, path in city.routes:
        if method in {"GET", "HEAD"} or (method, path) in PUBLIC or "{" not in path:
            continue
        for org in city.fill:
            if not within.sees(org):
                answer = ask(city, method, path, org, secret)
                assert 400 <= answer.status_code < 500, (method, path, answer.text)
    assert event_rows(city.store) == before


def event_rows(store: Store) -> list[Any]:
    with store.read() as connection:
        return list(connection.exec_driver_sql("SELECT * FROM event ORDER BY id").all())


_MADE: dict[str, str] = {}


def some_token(city: City, grants: list[Grant]) -> str:
    """A token with these roles; none at all when there are none."""
    name = "+".join(sorted({f"{grant.role}={grant.org}" for grant in grants})) or "nothing"
    key = f"{id(city)}/{name}"
    if key not in _MADE:
        short = f"t{len(_MADE)}"
        _MADE[key] = token(city.store, *(grants or [Grant(Role.OPERATOR, "no-such-org")]), name=short)
    return _MADE[key]


def actor_of(grants: list[Grant]) -> Actor:
    return Actor("x", tuple(grants))


def told(answer: Response, mark: str, asked: dict[str, str]) -> bool:
    """Whether an answer tells of ``mark``; an error that repeats what was asked tells nothing new."""
    if mark in asked.values() and answer.status_code >= 400:
        return False
    return mark.encode() in answer.content


def test_the_stream_tells_of_ones_own_alone(city: City) -> None:
    for org, own in (("lakeside", {"willow", "drum-tower"}), ("station-square", {"station-square"})):
        secret = some_token(city, [Grant(Role.OPERATOR, org)])
        with city.client.stream("GET", "/api/v1/stream?after=0", headers=bearer(secret)) as answer:
            seen, expected = set(), {place for place, (where, _) in PLACES.items() if where in own}
            for line in answer.iter_lines():
                if line.startswith("data: ") and '"event"' in line:
                    seen.add(json.loads(line[6:])["event"]["place"]["id"])
                if "waterworks" in line:
                    pytest.fail("the stream tells of another subtree")
                if seen >= expected:
                    break
            assert seen == expected


def test_dead_letters_are_for_the_whole_citys_administrators(city: City) -> None:
    for grant, status in (
        (Grant(Role.ADMIN, "demo-city"), 200),
        (Grant(Role.OPERATOR, "demo-city"), 403),
        (Grant(Role.ADMIN, "lakeside"), 403),
    ):
        secret = some_token(city, [grant])
        assert city.client.get("/api/v1/dead-letters", headers=bearer(secret)).status_code == status


def test_counts_of_a_part_add_up(city: City) -> None:
    whole = city.client.get(
        "/api/v1/counts", headers=bearer(some_token(city, [Grant(Role.AUDITOR, "demo-city")]))
    ).json()
    parts = [
        city.client.get("/api/v1/counts", headers=bearer(some_token(city, [Grant(Role.AUDITOR, org)]))).json()
        for org in ("lakeside", "newtown")
    ]
    assert whole["events"]["total"] == sum(part["events"]["total"] for part in parts) == len(PLACES)
    assert whole["boxes"] == sum(part["boxes"] for part in parts) == len(PLACES)
    assert [part["dead_letters"] for part in parts] == [None, None]
