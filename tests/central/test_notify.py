"""Notifications to real servers: committed with the act, come at least once, say one key, keep secrets."""

import base64
import email
import hashlib
import hmac
import ipaddress
import threading
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import text

from central.config import Notify
from central.notify.book import ChannelBook
from central.notify.courier import Courier, backoff
from central.notify.reach import OutOfReachError, Reach
from central.notify.rules import load_notifications
from central.setup import Tables
from central.store import outbox
from central.store.cases import Cases
from messages import Kind
from placewatch.clock import ManualClock
from placewatch.errors import ConfigError
from tests import servers
from tests.central.conftest import Office
from tests.central.outsides import Hooks, Mails, hooks, mails
from tests.central.speech import NOON, Box, at, sent
from tests.central.test_api import desk_of
from tests.central.web import served

SECRET = "a key that nobody else has"


class Telling:
    """A centre with channels, whose time the test owns."""

    def __init__(
        self, office: Office, tables: Tables, client: Client, clock: ManualClock, book: ChannelBook
    ) -> None:
        self.office, self.tables, self.client, self.clock = office, tables, client, clock
        self.courier = Courier(office.store, book, clock, chance=lambda: 0.5)

    def put(self, name: str, **settings: object) -> dict[str, Any]:
        answer = self.client.put(
            f"/api/v1/channels/{name}",
            json={"settings": settings, "language": "en"},
            headers={"If-Match": "*"},
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def red(self, zone: str = "shore") -> None:
        """A red event: somebody at the water's edge."""
        box = Box(session=f"s-{zone}")
        self.office.take(sent(box.alert(kind=Kind.WATER_EDGE, zone=zone, alert_id=zone), received=1))

    def letters(self, state: str) -> list[dict[str, Any]]:
        found = self.client.get("/api/v1/notifications", params={"state": state}).json()["items"]
        return list(found)


@pytest.fixture
def telling(office: Office, tables: Tables, tmp_path: Path) -> Iterator[Telling]:
    clock = ManualClock(NOON.timestamp() + 60)
    config = Notify(allow=("127.0.0.0/8",), secrets_key=tmp_path / "secrets.key", timeout_s=5, attempts=3)
    book = ChannelBook.of(config)
    with served(replace(desk_of(office, tables, clock), channels=book)) as site:
        yield Telling(office, tables, site.client, clock, book)


@pytest.fixture
def hook() -> Iterator[Hooks]:
    with hooks() as made:
        yield made


@pytest.fixture
def mailbox() -> Iterator[Mails]:
    with mails() as made:
        yield made


def test_a_red_event_reaches_the_webhook_signed_and_once(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=f"{hook.url}/a?b=c", secret=SECRET)
    telling.red()
    assert telling.courier.look() == 1
    assert telling.courier.look() == 0
    [(path, headers, body)] = hook.got
    assert path == "/a?b=c"
    assert headers["content-type"] == "application/json"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    [said] = hook.bodies()
    assert said["id"] == headers["webhook-id"] == headers["idempotency-key"]
    assert (said["colour"], said["kind"], said["state"]) == ("red", "water_edge", "filed")
    assert said["zh"]["subject"].startswith("【红")
    [sent_one] = telling.letters("sent")
    assert (sent_one["attempts"], sent_one["rule"]) == (1, "red-at-once")


def test_what_is_not_red_tells_nobody(telling: Telling) -> None:
    telling.office.take(sent(Box().alert(), received=1))
    assert telling.letters("waiting") == []


def test_a_notification_commits_with_the_act_or_not_at_all(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "the disk is full"
        raise RuntimeError(msg)

    telling.put("duty-desk", kind="webhook", url="http://127.0.0.1:9/", secret=SECRET)
    with monkeypatch.context() as broken:
        broken.setattr("central.store.feed.append", fail)
        with pytest.raises(RuntimeError, match="full"):
            telling.red()
    with telling.office.store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0
    telling.red()
    assert len(telling.letters("waiting")) == 1
    with telling.office.store.write() as connection:
        [event] = connection.execute(text("SELECT id FROM event")).scalars()
        Cases(connection, telling.tables, 1000).elapse([event], at(3600))  # limits pass, nobody came
    verbs = {letter["verb"] for letter in telling.letters("waiting")}
    assert verbs == {"filed", "escalate"}


def test_a_deaf_channel_is_tried_again_with_growing_pauses_then_given_up(
    telling: Telling, hook: Hooks
) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    hook.answers = [(502, {}), (429, {}), (500, {})]
    telling.red()
    pauses = []
    for _ in range(2):
        assert telling.courier.look() == 1
        [waiting] = telling.letters("waiting")
        with telling.office.store.read() as connection:
            row = outbox.one(connection, waiting["id"])
        assert row is not None
        assert row.next_at is not None
        pauses.append(row.next_at.timestamp() - telling.clock.now())
        assert telling.courier.look() == 0  # not before its time
        telling.clock.set(row.next_at.timestamp())
    assert pauses == [5, 10]
    telling.courier.look()
    [dead] = telling.letters("dead")
    assert (dead["attempts"], dead["reason"]) == (3, "tried 3 times; answered 500")
    assert len({headers["idempotency-key"] for _, headers, _ in hook.got}) == 1
    again = telling.client.post(f"/api/v1/notifications/{dead['id']}/resend")
    assert again.json()["state"] == "waiting"
    assert telling.client.post(f"/api/v1/notifications/{dead['id']}/resend").status_code == 409
    telling.courier.look()
    assert [letter["key"] for letter in telling.letters("sent")] == [dead["key"]]


def test_a_refusal_for_good_is_a_dead_letter_at_once(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    hook.answers = [(403, {}), (302, {})]
    telling.red()
    telling.courier.look()
    telling.red("pier")
    telling.courier.look()
    assert [letter["reason"] for letter in telling.letters("dead")] == ["answered 302", "answered 403"]
    assert len(hook.got) == 2  # a redirect is not followed


def test_a_courier_that_died_loses_nothing(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    telling.red()
    courier = telling.courier
    with telling.office.store.write() as connection:
        assert len(outbox.take(connection, at(60), courier._lease, 10, ())) == 1  # and then it is killed
    assert courier.look() == 0
    telling.clock.advance(courier._lease.total_seconds())
    assert courier.look() == 1
    assert len(hook.got) == 1


def test_two_couriers_send_each_thing_once(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    for number in range(12):
        telling.red(f"pier-{number}")
    threads = [threading.Thread(target=telling.courier.look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({body["id"] for body in hook.bodies()}) == len(hook.got) == 12


def test_mail(telling: Telling, mailbox: Mails) -> None:
    telling.put(
        "duty-desk",
        kind="email",
        host="127.0.0.1",
        port=mailbox.port,
        security="none",
        sender="placewatch@city.example",
        recipients=["desk@city.example", "night@city.example"],
    )
    telling.red()
    mailbox.refuse = "451 later"
    telling.courier.look()
    assert "451" in telling.letters("waiting")[0]["reason"]
    mailbox.refuse = ""
    telling.clock.advance(10)
    telling.courier.look()
    got = email.message_from_string(mailbox.got[0], policy=default)
    assert got["Subject"] == "[red] At the water's edge: Ring Road"
    assert got["Message-ID"] == f"<{telling.letters('sent')[0]['key']}@city.example>"
    assert [line.replace("rcpt", "RCPT") for line in mailbox.said if line.upper().startswith("RCPT")][
        -2:
    ] == [
        "RCPT TO:<desk@city.example>",
        "RCPT TO:<night@city.example>",
    ]


def test_mqtt(telling: Telling, mosquitto: servers.Mosquitto) -> None:
    heard, ready = list[bytes | bytearray](), threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
    client.on_message = lambda _c, _d, message: heard.append(message.payload)
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", mosquitto.port)
    client.subscribe("city/notices", 1)
    client.loop_start()
    assert ready.wait(10)
    telling.put("duty-desk", kind="mqtt", host="127.0.0.1", port=mosquitto.port, topic="city/notices")
    telling.red()
    telling.courier.look()
    servers.wait_until(lambda: heard, "the notice")
    client.disconnect()
    client.loop_stop()
    assert b'"colour":"red"' in heard[0]


def test_robots(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="dingtalk", url=f"{hook.url}/robot/send?access_token=t0ken", secret=SECRET)
    telling.red()
    telling.courier.look()
    path, _, _ = hook.got[0]
    assert path.startswith("/robot/send?access_token=t0ken&timestamp=")
    assert "&sign=" in path
    assert hook.bodies()[0]["msgtype"] == "markdown"
    assert "Ring Road" in hook.bodies()[0]["markdown"]["text"]
    telling.put("duty-desk", kind="wecom", url=f"{hook.url}/cgi-bin/webhook/send?key=k3y")
    hook.answers = [
        (200, {"errcode": 45009, "errmsg": "too often"}),
        (200, {"errcode": 93000, "errmsg": "no"}),
    ]
    telling.red("pier")
    telling.courier.look()
    assert telling.letters("waiting")[0]["reason"] == "the robot says 45009: too often"
    telling.clock.advance(10)
    telling.courier.look()
    assert telling.letters("dead")[0]["reason"] == "the robot says 93000: no"
    assert hook.bodies()[-1]["markdown"]["content"].startswith("**")


def test_secrets_go_in_and_never_come_out(
    telling: Telling, hook: Hooks, capfd: pytest.CaptureFixture[str]
) -> None:
    made = telling.put("duty-desk", kind="dingtalk", url=f"{hook.url}/send?access_token=t0ken", secret=SECRET)
    assert (made["secrets_set"], made["target"]) == (["secret", "url"], hook.url)
    kept = telling.put("duty-desk", kind="dingtalk")  # what is left out stays
    assert kept["secrets_set"] == ["secret", "url"]
    hook.answers = [(500, {}), (200, [1])]
    answers = [
        telling.client.post("/api/v1/channels/duty-desk/test").text,
        telling.client.post("/api/v1/channels/duty-desk/test").text,
        telling.client.get("/api/v1/channels").text,
        telling.client.get("/api/v1/channels/duty-desk").text,
        telling.client.put(
            "/api/v1/channels/duty-desk",
            json={"settings": {"kind": "webhook", "url": "ftp://x/t0ken", "secret": SECRET * 30}},
            headers={"If-Match": "*"},
        ).text,
        telling.client.get("/api/v1/audit").text,
    ]
    with telling.office.store.read() as connection:
        answers.append(str(connection.execute(text("SELECT * FROM channel")).all()))
    answers.append("".join(capfd.readouterr()))
    for answer in answers:
        assert "t0ken" not in answer
        assert SECRET not in answer
    assert '"delivered":false' in answers[0]


def test_a_secret_does_not_follow_a_channel_that_leads_elsewhere(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    answer = telling.client.put(
        "/api/v1/channels/duty-desk",
        json={"settings": {"kind": "webhook", "url": "https://elsewhere.example/"}},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.settings.secret"


def test_two_administrators_do_not_overwrite_each_other(telling: Telling, hook: Hooks) -> None:
    telling.put("duty-desk", kind="webhook", url=hook.url, secret=SECRET)
    etag = telling.client.get("/api/v1/channels/duty-desk").headers["etag"]
    body = {"settings": {"kind": "webhook", "url": hook.url}, "enabled": False}
    url = "/api/v1/channels/duty-desk"
    assert telling.client.put(url, json=body).status_code == 428
    assert telling.client.put(url, json=body, headers={"If-Match": etag}).json()["enabled"] is False
    assert telling.client.put(url, json=body, headers={"If-Match": etag}).status_code == 412
    telling.red()
    assert telling.courier.look() == 0  # a silent channel's letters wait
    assert telling.client.delete(url).status_code == 204
    telling.courier.look()
    assert telling.letters("dead")[0]["reason"] == "there is no channel duty-desk"
    [missing] = [item for item in telling.client.get("/api/v1/channels").json()["items"] if item["dead"]]
    assert (missing["name"], missing["kind"]) == ("duty-desk", None)


REACH: list[tuple[str, str, tuple[str, ...], bool]] = [
    ("hooks.example", "93.184.216.34", (), True),
    ("db.internal", "10.0.0.5", (), False),
    ("db.internal", "10.0.0.5", ("10.0.0.0/8",), True),
    ("db.internal", "10.0.0.5", ("db.internal",), True),
    ("localhost", "127.0.0.1", (), False),
    ("metadata", "169.254.169.254", (), False),
    ("metadata", "169.254.169.254", ("10.0.0.0/8",), False),
    ("six", "::1", (), False),
    ("mapped", "::ffff:10.0.0.5", (), False),
    ("multicast", "224.0.0.1", (), False),
    ("shared", "100.64.0.1", (), False),
]


@pytest.mark.parametrize(("host", "address", "allow", "may"), REACH)
def test_channels_lead_to_public_addresses_or_where_they_may(
    host: str,
    address: str,
    allow: tuple[str, ...],
    may: bool,
) -> None:
    reach = Reach(allow, lambda _host, _port: [ipaddress.ip_address(address)])
    if may:
        assert reach.address(host, 443) == address
    else:
        with pytest.raises(OutOfReachError, match=r"notify\.allow"):
            reach.address(host, 443)


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    found = [ipaddress.ip_address("93.184.216.34"), ipaddress.ip_address("192.168.0.9")]
    with pytest.raises(OutOfReachError):
        Reach((), lambda _host, _port: found).address("both.example", 80)


def test_pauses_grow_and_end() -> None:
    assert [backoff(n, 0.5).total_seconds() for n in (1, 2, 3, 9, 50)] == [5, 10, 20, 900, 900]
    assert backoff(1, 0).total_seconds() == 4


def test_a_bad_table_is_refused_with_its_lines(tables: Tables, tmp_path: Path) -> None:
    file = tmp_path / "notifications.yaml"
    file.write_text(
        "version: x\nrules:\n"
        "  - {id: a, when: {verbs: [filed], orgs: [nowhere]}, to: [desk]}\n"
        "  - {id: a, when: {verbs: [filed]}, to: [desk]}\n"
        "texts:\n  subject: {zh: x, en: x}\n  body: {zh: x, en: x}\n"
    )
    with pytest.raises(ConfigError) as refused:
        load_notifications(file, tables.city)
    assert [problem.line for problem in refused.value.problems] == [3, 4]
    file.write_text(
        "version: x\nrules: []\n"
        "texts:\n  subject: {zh: '{place.__class__}', en: x}\n  body: {zh: '{x', en: x}\n"
    )
    with pytest.raises(ConfigError) as refused:
        load_notifications(file, tables.city)
    assert [problem.line for problem in refused.value.problems] == [4, 5]
