"""A town whose people act on events over a real server, for tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from httpx import Client, Response

from central.api.acting import CSRF_HEADER
from central.api.desk import Entrance
from central.api.door import PictureDoor
from central.people.actor import Grant, Role
from central.people.settings import SignIn
from central.setup import Tables
from messages import Phase
from placewatch.clock import ManualClock
from tests.central.conftest import Office
from tests.central.people import CHEAP, PASSWORD, person
from tests.central.speech import NOON, Box, sent
from tests.central.test_api import desk_of
from tests.central.web import served

STAFF = {
    "li": (Grant(Role.OPERATOR, "station-square"), None),
    "sun": (Grant(Role.DISPATCHER, "newtown"), None),
    "wang": (Grant(Role.SUPERVISOR, "newtown"), None),
    "zhao": (Grant(Role.RESPONDER, "newtown"), "traffic-1"),
    "chen": (Grant(Role.OPERATOR, "willow"), None),
    "audit": (Grant(Role.AUDITOR, "demo-city"), None),
}


@dataclass(slots=True)
class Town:
    """People who act on events over HTTP."""

    client: Client
    office: Office
    clock: ManualClock
    keys: dict[str, dict[str, str]]
    box: Box = field(default_factory=Box)

    def alert(
        self, phase: Phase = Phase.OPENED, *, seconds: float = 0.0, alert_id: str = "a", zone: str = "kerb"
    ) -> None:
        message = self.box.alert(phase, alert_id=alert_id, seconds=seconds, zone=zone)
        self.office.take(sent(message, received=seconds + 1))

    def at(self, seconds: float) -> None:
        self.clock.set(NOON.timestamp() + seconds)

    def show(self, event: int = 1) -> Response:
        return self.client.get(f"/api/v1/events/{event}", headers=self.who("wang"))

    def who(self, name: str) -> dict[str, str]:
        return self.keys[name]

    def act(
        self, name: str, verb: str, body: Mapping[str, object] | None = None, event: int = 1, **headers: str
    ) -> Response:
        """As somebody who has just looked, unless another If-Match is given."""
        seen = {"If-Match": self.show(event).headers["etag"]} if "If_Match" not in headers else {}
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.post(
            f"/api/v1/events/{event}/verbs/{verb}",
            json=dict(body or {}),
            headers=self.who(name) | seen | given,
        )

    def state(self, event: int = 1) -> str:
        return str(self.show(event).json()["state"]["id"])


@contextmanager
def town_of(office: Office, tables: Tables, door: PictureDoor | None = None) -> Iterator[Town]:
    """Everybody of `STAFF`, signed in."""
    clock = ManualClock(NOON.timestamp() + 60)
    for name, (grant, unit) in STAFF.items():
        person(office.store, name, grant, unit=unit)
    entrance = replace(Entrance.of(SignIn(attempts_per_minute=100), https=False), passwords=CHEAP)
    with served(replace(desk_of(office, tables, clock), entrance=entrance, door=door)) as site:
        site.client.headers.pop("Authorization", None)  # everybody here acts by name
        keys = {name: sign_in(site.client, name) for name in STAFF}
        yield Town(site.client, office, clock, keys)


def sign_in(client: Client, name: str) -> dict[str, str]:
    """Headers with which somebody acts; the client itself stays nobody."""
    answer = client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    cookie = "; ".join(f"{key}={value}" for key, value in client.cookies.items())
    client.cookies.clear()
    return {"Cookie": cookie, CSRF_HEADER: answer.json()["csrf"]}
