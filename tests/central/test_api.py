"""The API's contract: shapes, filters, pages, pictures, problems, headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.api.desk import Desk
from central.api.headers import SECURITY
from central.api.hub import Hub
from central.events.showing import shown_by
from central.fleet.desired import Fleet
from central.setup import Tables
from central.trust.signing import Signer
from messages import Kind, Phase, PlaceClass, encode
from placewatch.clock import ManualClock
from tests.central.conftest import Office, office_of
from tests.central.speech import BOX, NOON, Box, evidence, inbound, jpeg, sent
from tests.central.web import served
from tests.migrated import migrated
from tests.servers import Postgres


@dataclass(frozen=True, slots=True)
class Quiet:
    """An ingest side that has nothing to do."""

    connected: bool = True
    stuck: bool = False
    waiting: int = 0


def desk_of(
    office: Office, tables: Tables, clock: ManualClock | None = None, status: Quiet | None = None
) -> Desk:
    clock = clock or ManualClock(NOON.timestamp())
    hub = Hub(office.store, clock, shown_by(tables))
    fleet = Fleet(office.store, Signer(Ed25519PrivateKey.generate()))
    return Desk(office.store, office.evidence, lambda: tables, hub, status or Quiet(), clock, fleet=fleet)


@pytest.fixture
def client(office: Office, tables: Tables) -> Iterator[Client]:
    with served(desk_of(office, tables)) as site:
        yield site.client


@pytest.fixture(scope="module")
def sqlite_client(tmp_path_factory: pytest.TempPathFactory, tables: Tables) -> Iterator[Client]:
    """One server with nothing in it, for requests that change nothing anyway."""
    folder = tmp_path_factory.mktemp("api")
    store = migrated(f"sqlite:///{folder}/central.sqlite")
    with served(desk_of(office_of(store, folder, tables), tables), ("desk.city.cn",)) as site:
        yield site.client
    store.close()


def fill(office: Office, count: int = 7) -> None:
    box = Box()
    kinds = [Kind.NO_STOPPING, Kind.PERIMETER_INTRUSION, Kind.WATER_EDGE]
    for n in range(count):
        alert = box.alert(
            alert_id=f"e{n}", zone=f"z{n}", kind=kinds[n % 3], seconds=n, picture=evidence(n, shade=n)
        )
        office.take(sent(alert, received=n + 1))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def one_day(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: Tables
) -> Iterator[Client]:
    """A server with seven events, on each of the two databases."""
    folder = tmp_path_factory.mktemp("day")
    url = f"sqlite:///{folder}/central.sqlite"
    store = migrated(url if request.param == "sqlite" else request.getfixturevalue("postgres").database())
    office = office_of(store, folder, tables)
    fill(office)
    with served(desk_of(office, tables)) as site:
        yield site.client
    store.close()


def get(client: Client, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_events_newest_first(one_day: Client) -> None:
    page = get(one_day, "/api/v1/events")
    assert [item["id"] for item in page["items"]] == [7, 6, 5, 4, 3, 2, 1]
    assert (page["next_cursor"], page["stream_position"]) == (None, 9)  # two were told that they have a group
    event = page["items"][-1]
    assert event["kind"] == {"id": "no_stopping", "name": {"zh": "违规停车", "en": "Illegal stopping"}}
    assert event["place"]["name"] == {"zh": "环城路", "en": "Ring Road"}
    assert event["place"]["class"] == "road"
    assert event["grid"] == {"id": "station-01", "name": {"zh": "站前第一网格", "en": "Station grid 1"}}
    assert [org["id"] for org in event["org_path"]] == [
        "demo-city",
        "newtown",
        "newtown-station",
        "station-square",
    ]
    assert event["item"]["limits"] == {"accept": "15m", "arrive": "1h", "close": "4h"}
    assert event["colour"]["reason"]["en"] == "default of the responsibility list"
    assert event["first_seen"] == "2025-11-23T04:00:00Z"


@pytest.mark.parametrize("order", ["activity", "created"])
def test_pages_are_complete_and_do_not_overlap(one_day: Client, order: str) -> None:
    seen, cursor = [], ""
    for _ in range(4):
        page = get(one_day, f"/api/v1/events?order={order}&limit=2{cursor}")
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("colour=red", [6, 3]),
        ("colour=red&colour=blue", [7, 6, 4, 3, 1]),
        ("kind=perimeter_intrusion", [5, 2]),
        ("kind=perimeter_intrusion&colour=red", []),
        ("place=ring-road&limit=1", [7]),
        ("place=elsewhere", []),
        ("state=reported", []),
        ("state=filed&open=true&limit=2", [7, 6]),
        ("open=false", []),
    ],
)
def test_filters(one_day: Client, query: str, expected: list[int]) -> None:
    assert [item["id"] for item in get(one_day, f"/api/v1/events?{query}")["items"]] == expected


def test_one_event(client: Client, office: Office) -> None:
    box = Box()
    office.take(sent(box.alert(picture=evidence())))
    office.take(sent(box.alert(Phase.CLOSED, seconds=30)))
    event = get(client, "/api/v1/events/1")
    assert [entry["verb"]["id"] for entry in event["timeline"]] == [
        "reported",
        "filed",
        "episode_closed",
        "cleared",
    ]
    assert event["timeline"][0]["actor"] == "box://demo/box-1/cam-1"
    assert event["timeline"][0]["details"] == {"alert_id": "episode-1", "camera": "cam-1", "count": 1}
    assert event["timeline"][1]["details"] == {"item": 13, "org": "station-square", "grid": "station-01"}
    assert [(episode["phase"], episode["messages"]) for episode in event["episode_list"]] == [("closed", 2)]
    assert [picture["id"] for picture in event["pictures"]] == [event["picture"]["id"]]


def test_a_picture(client: Client, office: Office) -> None:
    office.take(sent(Box().alert(picture=evidence())))
    address = get(client, "/api/v1/events")["items"][0]["picture"]["url"]
    response = client.get(address)
    assert response.content == jpeg()
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    again = client.get(address, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for file in office.evidence.root.rglob("*.jpg"):
        file.unlink()
    gone = client.get(address)
    assert (gone.status_code, gone.json()["detail"]) == (404, "it is no longer kept")


def test_boxes(client: Client, office: Office) -> None:
    box = Box()
    office.take(inbound(BOX.state, encode(box.state())), inbound(BOX.health, encode(box.health(waiting=2))))
    office.take(sent(box.alert(seq=3)), sent(box.alert(seq=3)))
    [found] = get(client, "/api/v1/boxes")["items"]
    assert (found["state"], found["alerts"], found["duplicates"], found["missing"]) == ("online", 1, 1, 2)
    assert found["health"]["spool"]["waiting"] == 2
    assert found["cameras"][0]["place"]["name"]["en"] == "Ring Road"
    assert found["cameras"][0]["frames_decoded"] == 100


def test_a_box_that_went_silent(office: Office, tables: Tables) -> None:
    office.take(inbound(BOX.state, encode(Box().state())))
    clock = ManualClock(NOON.timestamp() + 120)
    with served(desk_of(office, tables, clock)) as site:
        assert get(site.client, "/api/v1/boxes")["items"][0]["state"] == "silent"
        office.take(inbound(BOX.state, encode(Box().state(online=False)), received=119))
        assert get(site.client, "/api/v1/boxes")["items"][0]["state"] == "offline"


def test_counts_add_up(client: Client, office: Office) -> None:
    fill(office)
    office.take(sent(Box().alert(alert_id="e0", zone="z0")))
    office.take(inbound(BOX.state, b"junk"))
    office.take(sent(Box(session="s2").alert(place="waterworks", place_class=PlaceClass.UTILITY)))
    found = get(client, "/api/v1/counts")
    events = found["events"]
    assert (found["alerts_committed"], found["duplicates"], found["dead_letters"]) == (8, 1, 1)
    assert (events["total"], events["open"], events["cleared"], events["unmapped"]) == (8, 8, 0, 1)
    for group in ("by_colour", "by_state", "by_kind", "open_by_colour"):
        assert sum(events[group].values()) == 8, group


def test_dead_letters(client: Client, office: Office) -> None:
    office.take(inbound(BOX.state, b""))
    for n in range(4):
        office.take(inbound(BOX.state, b"\xff<script>%d" % n, received=n))
    first = get(client, "/api/v1/dead-letters?limit=3")
    assert [item["preview"] for item in first["items"]] == [f"\ufffd<script>{n}" for n in (3, 2, 1)]
    second = get(client, f"/api/v1/dead-letters?limit=3&cursor={first['next_cursor']}")
    assert [item["id"] for item in second["items"]] == [2, 1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/v1/events?colour=green", 422, "query.colour.0"),
        ("/api/v1/events?kind=face", 422, "query.kind.0"),
        ("/api/v1/events?limit=0", 422, "query.limit"),
        ("/api/v1/events?limit=501", 422, "query.limit"),
        ("/api/v1/events?place=..%2F..", 422, "query.place.0"),
        ("/api/v1/events?color=red", 422, "query.color"),
        ("/api/v1/events?cursor=%F0%9F%98%80", 422, "query.cursor"),
        ("/api/v1/events?cursor=AAAA", 422, "query.cursor"),
        ("/api/v1/events?order=created&cursor=YWN0aXZpdHl8MjAyNS0xMS0yM1QwNDowMDowMHwx", 422, "query.cursor"),
        ("/api/v1/events/0", 422, "path.event_id"),
        ("/api/v1/events/99999999999999999999", 422, "path.event_id"),
        ("/api/v1/events/x", 422, "path.event_id"),
        ("/api/v1/events/42", 404, "path.event_id"),
        ("/api/v1/evidence/..%2f..%2fetc%2fpasswd", 404, None),
        ("/api/v1/evidence/" + "g" * 32, 422, "path.evidence_id"),
        ("/api/v1/evidence/" + "0" * 32, 404, "path.evidence_id"),
        ("/api/v1/stream?after=-1", 422, "query.after"),
        ("/api/v1/nothing", 404, None),
        ("/assets/../app.py", 404, None),
        ("/package.json", 404, None),
    ],
)
def test_problems_name_the_field(sqlite_client: Client, path: str, status: int, field: str | None) -> None:
    response = sqlite_client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["type"]) == (status, "about:blank")
    assert [error["field"] for error in body["errors"]] == ([field] if field else [])


def test_other_methods_are_refused(sqlite_client: Client) -> None:
    response = sqlite_client.post("/api/v1/events")
    assert (response.status_code, response.json()["title"]) == (405, "Method Not Allowed")


@pytest.mark.parametrize(
    "path", ["/", "/assets/none.js", "/healthz", "/api/v1/events", "/nothing", "/api/v1/events/x"]
)
def test_every_answer_carries_the_security_headers(sqlite_client: Client, path: str) -> None:
    headers = sqlite_client.get(path).headers
    for name, value in SECURITY.items():
        assert headers[name] == value
    assert "server" not in headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8600", 200),
        ("localhost", 200),
        ("[::1]:8600", 200),
        ("10.0.0.7", 200),
        ("desk.city.cn", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_foreign_host_names_are_refused(sqlite_client: Client, host: str, status: int) -> None:
    assert sqlite_client.get("/api/v1/events", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Quiet(), "ok"), (Quiet(connected=False), "degraded"), (Quiet(stuck=True), "degraded")],
)
def test_health(sqlite_office: Office, tables: Tables, status: Quiet, expected: str) -> None:
    with served(desk_of(sqlite_office, tables, status=status)) as site:
        assert get(site.client, "/healthz")["status"] == expected


def test_metrics_are_the_sums_of_the_city(sqlite_office: Office, tables: Tables) -> None:
    box = Box()
    sqlite_office.take(
        sent(box.alert()), sent(box.alert(Phase.UPDATED)), sent(box.alert(zone="z", alert_id="z"))
    )
    with served(desk_of(sqlite_office, tables)) as site:
        answer = site.client.get("/metrics")
        assert answer.status_code == 200
        figures = dict(
            line.rsplit(" ", 1) for line in answer.text.splitlines() if line and not line.startswith("#")
        )
    assert float(figures["placewatch_central_alerts_committed_total"]) == 3
    assert float(figures["placewatch_central_events"]) == 2
    assert float(figures["placewatch_central_events_shown"]) == 1  # the other is the same line to a desk
    assert float(figures["placewatch_central_alerts_per_event"]) == 3
    assert float(figures['placewatch_central_events_open{colour="blue"}']) == 2
    assert float(figures["placewatch_central_broker_connected"]) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(Quiet(), 204), (Quiet(connected=False), 503), (Quiet(stuck=True), 503)]
)
def test_ready_only_while_alerts_are_taken_in(
    sqlite_office: Office, tables: Tables, status: Quiet, code: int
) -> None:
    with served(desk_of(sqlite_office, tables, status=status)) as site:
        assert site.client.get("/readyz").status_code == code


def test_a_database_that_is_away_is_a_503(postgres: Postgres, tmp_path: Path, tables: Tables) -> None:
    store = migrated(postgres.database())
    with served(desk_of(office_of(store, tmp_path, tables), tables)) as site:
        assert get(site.client, "/healthz")["database"] == "ok"
        with psycopg.connect(f"host=127.0.0.1 port={postgres.port} user=postgres", autocommit=True) as admin:
            name = store.engine.url.database
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
        response = site.client.get("/api/v1/counts")
        health = site.client.get("/healthz")
    store.close()
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert (health.status_code, health.json()["database"]) == (503, "down")


def test_the_schema_describes_what_is_sent(client: Client, office: Office) -> None:
    fill(office, 2)
    office.take(inbound(BOX.health, encode(Box().health())), inbound(BOX.state, b"junk"))
    schema = get(client, "/api/openapi.json")
    assert {"Problem", "StreamPayload", "EventView"} <= set(schema["components"]["schemas"])
    for path in ("/events", "/events/{event_id}", "/boxes", "/counts", "/dead-letters"):
        operation = schema["paths"][f"/api/v1{path}"]["get"]
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        body = get(client, f"/api/v1{path}".replace("{event_id}", "1"))
        jsonschema.validate(body, {**answer, "components": schema["components"]})
        assert "422" in operation["responses"]
    problem = client.get("/api/v1/events?limit=0").json()
    jsonschema.validate(problem, {"$ref": "#/components/schemas/Problem", "components": schema["components"]})
    assert schema["components"]["schemas"]["EventView"]["examples"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/events", "/dead-letters", "/stream", "/figures", "/boxes"])
    | st.text(max_size=20),
    query=st.dictionaries(
        st.sampled_from(["colour", "kind", "place", "state", "open", "order", "cursor", "limit", "x"]),
        st.text(max_size=30) | st.integers().map(str),
        max_size=4,
    ),
)
def test_no_request_is_a_server_error(sqlite_client: Client, path: str, query: dict[str, str]) -> None:
    if path == "/stream":
        query = {**query, "after": "none"}
    response = sqlite_client.get("/api/v1/" + quote(path.lstrip("/"), safe=""), params=query)
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"


def test_a_body_larger_than_any_meaning_is_refused_however_it_comes(sqlite_client: Client) -> None:
    said = b'{"settings": {"kind": "' + b"x" * (1024 * 1024) + b'"}}'

    def in_pieces() -> Iterator[bytes]:
        for start in range(0, len(said), 65536):
            yield said[start : start + 65536]

    for body in (said, in_pieces()):
        answer = sqlite_client.put(
            "/api/v1/channels/duty", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "1048576 bytes" in answer.json()["detail"]
