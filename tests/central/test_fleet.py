"""What boxes are told to run: versions, signatures, who may, and how it comes to the broker."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Client
from msgspec.structs import replace

from central.fleet.check import check_config
from central.fleet.courier import OrderCourier
from central.fleet.desired import Fleet, StaleOrderError, Wish, difference
from central.people.actor import Grant, Role
from central.setup import Tables
from central.store import people_log
from central.store.engine import Store
from central.store.models_fleet import OrderKind
from central.store.people_log import AuditFilter
from central.trust.signing import ORDERS_KEY, Signer, make_signer, read_signer
from edge.managed.believe import believe
from messages import MAX_CONFIG, ConfigHealth, ConfigState, Kind, encode
from messages.topics import BoxTopics
from placewatch.boxcheck import check_box_config, rule_forms
from placewatch.errors import ConfigError, TrustError
from tests.central.conftest import Office, office_of
from tests.central.people import bearer, token
from tests.central.speech import Box, inbound
from tests.central.test_api import desk_of
from tests.central.web import served

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BOX, OTHER = BoxTopics("north", "box-1"), BoxTopics("north", "box-2")
KEY = Ed25519PrivateKey.generate()
ONE = "health_s: 10\n"


def fleet_of(store: Store) -> Fleet:
    return Fleet(store, Signer(KEY), check_box_config)


def test_versions_grow_by_box_and_what_is_signed_is_believed(store: Store) -> None:
    fleet = fleet_of(store)
    rows = [fleet.configure(Wish(BOX, "li", note=f"n{n}"), f"health_s: {n}\n", NOW) for n in (10, 20)]
    rows.append(fleet.configure(Wish(OTHER, "li", expires=NOW + timedelta(hours=1)), ONE, NOW))
    assert [(row.id, row.box, row.version) for row in rows] == [
        (1, "box-1", 1),
        (2, "box-1", 2),
        (3, "box-2", 1),
    ]
    believed = believe(rows[1].message.encode(), KEY.public_key(), BOX)
    assert (believed.order.version, believed.order.issued) == (2, NOW)
    with pytest.raises(TrustError, match="meant for north/box-2"):
        believe(rows[2].message.encode(), KEY.public_key(), BOX)
    newest = fleet.newest(BOX)
    assert newest == rows[1]
    assert fleet.version(BOX, 1) == rows[0]
    assert fleet.version(BOX, 3) is None
    assert fleet.versions(BOX) == rows[1::-1]
    assert fleet.after(BOX) == (2, 0)
    assert difference(rows[0], rows[1])[3:] == ["-health_s: 10", "+health_s: 20"]
    with store.read() as connection:
        log = people_log.read(connection, AuditFilter(kind="box_config", object="north/box-1"), None, 10)
    assert [entry.actor for entry, _ in log] == ["li", "li"]


def test_who_was_slower_is_told(store: Store) -> None:
    fleet = fleet_of(store)
    fleet.configure(Wish(BOX, "li", seen=0), ONE, NOW)
    with pytest.raises(StaleOrderError) as caught:
        fleet.configure(Wish(BOX, "wu", seen=0), ONE, NOW)
    assert caught.value.newest == 1
    assert fleet.configure(Wish(BOX, "wu", seen=1), ONE, NOW).version == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("site: x\n", "configuration:1: site: is the box's own affair"),
        ("broker: {password: y}\n", "broker.password: is the box's own affair"),
        ("health_s: 1\ncameras: [{id: a, url: 'rtsp://me:t0psy@h/1', place: p}]\n", "a password in clear"),
        ("health_s: -1\n", "configuration:1: health_s"),
        (
            "places: []\ncameras: [{id: a, url: 'rtsp://h/1', place: p}]\n",
            "configuration:2: cameras[0].place",
        ),
        ("[", "not valid YAML"),
        ("", "the file is empty"),
        ("x" * (MAX_CONFIG + 1), "characters"),
        ("# " + '"' * (MAX_CONFIG - 30) + "\nhealth_s: 1\n", "bytes when signed"),
    ],
)
def test_what_cannot_be_meant_is_not_signed(store: Store, text: str, problem: str) -> None:
    fleet = fleet_of(store)
    with pytest.raises(ConfigError) as caught:
        fleet.configure(Wish(BOX, "li"), text, NOW)
    assert problem in str(caught.value)
    assert "t0psy" not in str(caught.value)
    assert fleet.newest(BOX) is None


def test_secrets_by_name_are_taken() -> None:
    check_config("cameras: [{id: a, url: 'rtsp://${USER}:${PASSWORD}@h/1', place: p}]\n")


def test_a_centre_without_a_key_orders_nothing(store: Store, tmp_path: Path) -> None:
    assert read_signer(tmp_path) is None
    with pytest.raises(TrustError, match="orders-key"):
        Fleet(store, None).configure(Wish(BOX, "li"), ONE, NOW)
    made = make_signer(tmp_path)
    again = read_signer(tmp_path)
    assert again is not None
    assert again.public == made.public
    with pytest.raises(TrustError, match="already"):
        make_signer(tmp_path)
    path = tmp_path / ORDERS_KEY
    path.chmod(0o644)
    with pytest.raises(TrustError, match="chmod 600"):
        read_signer(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"junk")
    with pytest.raises(TrustError, match="not PEM"):
        read_signer(tmp_path)


def test_the_courier_brings_each_order_once_and_all_again_to_a_new_broker(sqlite_store: Store) -> None:
    fleet, brought, connection = fleet_of(sqlite_store), [], 0
    there = True

    def publish(topic: str, payload: bytes) -> bool:
        brought.append((topic, payload.decode()))
        return there

    courier = OrderCourier(sqlite_store, publish, lambda: connection)
    first = fleet.configure(Wish(BOX, "li"), ONE, NOW)
    assert courier.look() == 0, "there is no broker"
    connection = 1
    assert courier.look() == 1
    assert courier.look() == 0
    second = fleet.configure(Wish(BOX, "li"), ONE, NOW)
    other = fleet.configure(Wish(OTHER, "li"), ONE, NOW)
    there = False
    courier.look()
    there = True
    brought.clear()
    courier.look()
    assert brought == [(BOX.config, second.message), (OTHER.config, other.message)]
    connection = 2
    brought.clear()
    courier.look()
    assert brought == [(BOX.config, second.message), (OTHER.config, other.message)]
    assert first.kind is OrderKind.CONFIG


# --- over HTTP ---------------------------------------------------------------------------------------------

PATH = "/api/v1/boxes/site/box-1/config"


@pytest.fixture
def client(sqlite_office: Office, tables: Tables) -> Iterator[Client]:
    with served(desk_of(sqlite_office, tables)) as site:
        yield site.client


def test_desired_and_reported_stand_side_by_side(client: Client, sqlite_office: Office) -> None:
    assert client.get(PATH).status_code == 404
    assert client.put(PATH, json={"config": ONE}).status_code == 428
    made = client.put(PATH, json={"config": ONE, "note": "calmer"}, headers={"If-Match": '"0"'})
    assert made.status_code == 200, made.text
    assert made.headers["etag"] == '"1"'
    told = made.json()
    assert (told["desired"]["version"], told["desired"]["config"], told["reported"]) == (1, ONE, None)
    box = Box(BoxTopics("site", "box-1"))

    def report(state: ConfigState, version: int, reason: str = "") -> dict[str, object]:
        config = ConfigHealth(
            version=version, sha256=told["desired"]["sha256"], wanted=1, state=state, reason=reason
        )
        health = replace(box.health(), config=config)
        sqlite_office.take(inbound(box.topics.health, encode(health)))
        found: dict[str, object] = client.get(PATH).json()
        return found

    assert report(ConfigState.PROBATION, 1)["in_step"] is False
    assert report(ConfigState.APPLIED, 1)["in_step"] is True
    taken_back = report(ConfigState.ROLLED_BACK, 0, "camera a: no route")
    assert taken_back["in_step"] is False
    assert taken_back["reported"]["reason"] == "camera a: no route"  # type: ignore[index]
    assert client.put(PATH, json={"config": ONE}, headers={"If-Match": '"0"'}).status_code == 412
    two = client.put(PATH, json={"config": "health_s: 20\n"}, headers={"If-Match": "*"})
    assert two.headers["etag"] == '"2"'
    assert [item["version"] for item in client.get(f"{PATH}/versions").json()["items"]] == [2, 1]
    assert client.get(f"{PATH}/versions/1").json()["note"] == "calmer"
    assert client.get(f"{PATH}/versions/3").status_code == 404
    lines = client.get(f"{PATH}/diff", params={"old": 1, "new": 2}).json()["lines"]
    assert lines[-2:] == ["-health_s: 10", "+health_s: 20"]


@pytest.mark.parametrize(
    ("body", "match", "status", "why"),
    [
        ({"config": "spool: {path: /x}"}, "*", 422, "the box's own affair"),
        ({"config": "cameras: [{url: 'rtsp://a:b@h/'}]"}, "*", 422, "a password in clear"),
        ({"config": "x" * (MAX_CONFIG + 1)}, "*", 422, ""),
        ({"config": ONE, "expires": "2026-01-01T00:00:00"}, "*", 422, ""),
        ({"config": ONE, "who": "me"}, "*", 422, ""),
        ({"config": ONE}, "junk", 412, ""),
        ({"config": ONE}, '"7"', 412, "newer"),
    ],
)
def test_bad_requests_change_nothing(
    client: Client, body: dict[str, str], match: str, status: int, why: str
) -> None:
    answer = client.put(PATH, json=body, headers={"If-Match": match})
    assert answer.status_code == status, answer.text
    assert why in answer.json()["detail"] or status == 422
    assert client.get(f"{PATH}/versions").json()["items"] == []


def test_only_those_of_the_whole_city_see_or_change_it(client: Client, sqlite_office: Office) -> None:
    for grant, reads, writes in (
        (Grant(Role.ADMIN, "demo-city"), 200, 200),
        (Grant(Role.AUDITOR, "demo-city"), 200, 403),
        (Grant(Role.ADMIN, "lakeside"), 403, 403),
        (Grant(Role.OPERATOR, "demo-city"), 403, 403),
    ):
        headers = bearer(token(sqlite_office.store, grant, name=f"{grant.role}-{grant.org}"))
        said = client.put(PATH, json={"config": ONE}, headers={**headers, "If-Match": "*"})
        assert said.status_code == writes
        assert client.get(PATH, headers=headers).status_code == reads


def test_faults_name_the_field_and_forms_know_every_setting(
    store: Store, tmp_path: Path, tables: Tables
) -> None:
    office = office_of(store, tmp_path, tables)
    office.take(inbound(BOX.state, encode(Box(BOX).state())))
    desk = dataclasses.replace(desk_of(office, tables), fleet=fleet_of(store), rule_forms=rule_forms())
    bad = (
        "places: [{id: p, class: park}]\n"
        "cameras:\n"
        "  - {id: a, url: 'rtsp://h/1', place: p, zones: [{id: z, polygon: [[0, 0], [2, 0], [1, 1]]}]}\n"
    )
    with served(desk) as site:
        there = f"/api/v1/boxes/{BOX.site}/{BOX.box}/config"
        answer = site.client.put(there, json={"config": bad}, headers={"If-Match": '"0"'})
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["field"].startswith("body.config.cameras.0.zones.0.polygon")
        assert error["values"]["line"] == 3
        kinds = {one["kind"]: one["fields"] for one in site.client.get("/api/v1/rules/kinds").json()["items"]}
    assert set(kinds) == set(Kind)
    assert kinds["water_edge"]["properties"]["dwell_s"]["default"] == 2.0
