"""Signing in and out over a real server, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from httpx import Client

from central.api.acting import CSRF_HEADER, PASSWORD_CHANGE
from central.api.desk import Entrance
from central.people import accounts, book
from central.people.actor import Grant, Role
from central.people.first import first_admin
from central.people.settings import SignIn
from central.people.tokens import TokenScope
from central.setup import Tables
from placewatch.clock import ManualClock, utc
from tests.central.conftest import Office
from tests.central.people import CHEAP, PASSWORD, bearer, person, token
from tests.central.speech import NOON
from tests.central.test_api import desk_of
from tests.central.web import served

_LI = {"name": "li.wei", "password": PASSWORD}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON.timestamp())


@pytest.fixture
def client(office: Office, tables: Tables, clock: ManualClock) -> Iterator[Client]:
    person(office.store, "li.wei", Grant(Role.OPERATOR, "willow"), unit="unit-1")
    entrance = replace(Entrance.of(SignIn(attempts_per_minute=20), https=False), passwords=CHEAP)
    with served(replace(desk_of(office, tables, clock), entrance=entrance), anonymous=True) as site:
        yield site.client


def sign_in(client: Client, **more: str) -> dict[str, str]:
    """Headers for changes."""
    answer = client.post("/api/v1/session", json={**_LI, **more})
    assert answer.status_code == 201, answer.text
    return {CSRF_HEADER: answer.json()["csrf"]}


def test_in_and_out(client: Client) -> None:
    assert client.get("/api/v1/me").status_code == 401
    answer = client.post("/api/v1/session", json=_LI | {"name": " Li.Wei "})
    [cookie] = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    me = client.get("/api/v1/me").json()
    assert me == answer.json()
    assert (me["name"], me["unit"], me["must_change"]) == ("li.wei", "unit-1", False)
    assert me["grants"] == [
        {
            "role": "operator",
            "org": {"id": "willow", "name": {"zh": "柳荫社区", "en": "Willow Village"}},
            "by_provider": False,
        }
    ]
    assert client.delete("/api/v1/session").status_code == 403
    assert client.delete("/api/v1/session", headers={CSRF_HEADER: me["csrf"]}).status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_a_copied_cookie_ends_with_the_session(client: Client) -> None:
    csrf = sign_in(client)
    stolen = dict(client.cookies)
    client.delete("/api/v1/session", headers=csrf)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in stolen.items())}
    assert client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        _LI | {"password": "wrong"},
        {"name": "nobody", "password": PASSWORD},
        {"name": "\u0000'; --", "password": PASSWORD},
    ],
)
def test_what_does_not_fit_says_nothing_more(client: Client, said: dict[str, str]) -> None:
    answer = client.post("/api/v1/session", json=said)
    assert (answer.status_code, answer.json()["detail"]) == (401, "name, password or code do not fit")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("name", ["li.wei", "nobody"])
def test_a_name_is_locked_after_five_failures(client: Client, clock: ManualClock, name: str) -> None:
    codes = [
        client.post("/api/v1/session", json={"name": name, "password": f"wrong {n}"}).status_code
        for n in range(5)
    ]
    assert codes == [401, 401, 401, 401, 429]
    locked = client.post("/api/v1/session", json=_LI | {"name": name})
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "900")
    clock.advance(901)
    assert client.post("/api/v1/session", json=_LI | {"name": name}).status_code == (
        201 if name == "li.wei" else 401
    )


def test_one_address_cannot_try_without_end(client: Client, clock: ManualClock) -> None:
    for n in range(20):
        client.post("/api/v1/session", json={"name": f"n{n}", "password": "x"})
    clock.advance(20)
    answer = client.post("/api/v1/session", json=_LI)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "40")
    clock.advance(41)
    assert client.post("/api/v1/session", json=_LI).status_code == 201


def test_a_session_ends_when_idle_and_after_a_shift(client: Client, clock: ManualClock) -> None:
    sign_in(client)
    for _ in range(11):
        clock.advance(59 * 60)
        assert client.get("/api/v1/me").status_code == 200
    clock.advance(61 * 60)
    assert client.get("/api/v1/me").status_code == 401
    sign_in(client)
    for _ in range(14):
        clock.advance(51 * 60)
        last = client.get("/api/v1/me").status_code
    assert last == 200
    clock.advance(7 * 60)
    assert client.get("/api/v1/me").status_code == 401


def test_somebody_disabled_is_out_at_once(client: Client, office: Office) -> None:
    sign_in(client)
    with office.store.write() as connection:
        book.change(connection, 1, disabled=True)
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/session", json=_LI).status_code == 401


def test_a_new_password(client: Client, office: Office) -> None:
    csrf = sign_in(client)
    with Client(base_url=client.base_url) as elsewhere:
        sign_in(elsewhere)
        weak = client.put("/api/v1/me/password", json={"old": PASSWORD, "new": "kurz"}, headers=csrf)
        assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "body.new")
        assert weak.json()["detail"] == "至少 12 个字符; 过于简单：重复、连续或常见的组合"
        wrong = client.put(
            "/api/v1/me/password", json={"old": "no", "new": "green hills far away"}, headers=csrf
        )
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (403, "body.old")
        same = client.put("/api/v1/me/password", json={"old": PASSWORD, "new": PASSWORD}, headers=csrf)
        assert same.status_code == 422
        good = {"old": PASSWORD, "new": "green hills far away"}
        assert client.put("/api/v1/me/password", json=good, headers=csrf).status_code == 204
        assert elsewhere.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me").status_code == 200
    sign_in(client, password="green hills far away")


def test_a_one_time_password_opens_nothing_else(client: Client, office: Office, clock: ManualClock) -> None:
    made = first_admin(office.store, "demo-city", CHEAP, utc(clock.now()))
    assert made is not None
    assert first_admin(office.store, "demo-city", CHEAP, utc(clock.now())) is None
    assert made.name == "admin"
    csrf = sign_in(client, name="admin", password=made.secret)
    assert client.get("/api/v1/me").json()["must_change"]
    refused = client.get("/api/v1/events")
    assert (refused.status_code, refused.json()["type"]) == (403, PASSWORD_CHANGE)
    said = {"old": made.secret, "new": "green hills far away"}
    assert client.put("/api/v1/me/password", json=said, headers=csrf).status_code == 204
    assert not client.get("/api/v1/me").json()["must_change"]
    assert client.get("/api/v1/events").status_code == 200


def test_language_is_kept(client: Client) -> None:
    csrf = sign_in(client)
    assert client.patch("/api/v1/me", json={"language": "en"}, headers=csrf).json()["language"] == "en"
    assert client.get("/api/v1/me").json()["language"] == "en"
    assert client.patch("/api/v1/me", json={"language": "fr"}, headers=csrf).status_code == 422


def test_a_second_factor(client: Client, office: Office, clock: ManualClock) -> None:
    secret = pyotp.random_base32()
    with office.store.write() as connection:
        book.change(connection, 1, totp=secret)
    code = pyotp.TOTP(secret).at(int(clock.now()))
    asked = client.post("/api/v1/session", json=_LI)
    assert (asked.status_code, asked.json()["errors"][0]["field"]) == (401, "body.code")
    assert client.post("/api/v1/session", json=_LI | {"code": "000000"}).status_code == 401
    sign_in(client, code=code)
    again = client.post("/api/v1/session", json=_LI | {"code": code})
    assert (again.status_code, again.json()["detail"]) == (401, "name, password or code do not fit")


def test_a_second_factor_is_set_up_and_removed(client: Client, clock: ManualClock) -> None:
    csrf = sign_in(client)
    offered = client.post("/api/v1/me/totp", headers=csrf).json()
    assert offered["address"].startswith("otpauth://totp/Placewatch:li.wei?secret=")
    assert not client.get("/api/v1/me").json()["totp"]
    code = pyotp.TOTP(offered["secret"]).at(int(clock.now()))
    proof = {"secret": offered["secret"], "code": code, "password": PASSWORD}
    for wrong, status in (({"code": "000000"}, 422), ({"password": "no"}, 403), ({"secret": "short"}, 422)):
        assert client.put("/api/v1/me/totp", json=proof | wrong, headers=csrf).status_code == status
    assert client.put("/api/v1/me/totp", json=proof, headers=csrf).status_code == 204
    assert client.get("/api/v1/me").json()["totp"]
    assert client.post("/api/v1/session", json=_LI).status_code == 401
    clock.advance(30)
    csrf = sign_in(client, code=pyotp.TOTP(offered["secret"]).at(int(clock.now())))
    gone = client.post("/api/v1/me/totp/removal", json={"password": PASSWORD}, headers=csrf)
    assert gone.status_code == 204
    sign_in(client)


def test_under_tls_the_cookie_is_bound_to_its_origin(office: Office, tables: Tables) -> None:
    person(office.store, "li.wei", Grant(Role.OPERATOR, "willow"))
    entrance = Entrance(passwords=CHEAP, https=True)
    with served(replace(desk_of(office, tables), entrance=entrance), anonymous=True) as site:
        answer = site.client.post("/api/v1/session", json=_LI)
        [cookie] = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-placewatch=")
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        assert "Secure" in cookie
        value = cookie.partition("=")[2].partition(";")[0]
        for name, status in (("__Host-placewatch", 200), ("placewatch", 401)):
            headers = {"Cookie": f"{name}={value}"}
            assert site.client.get("/api/v1/me", headers=headers).status_code == status


def test_tokens(client: Client, office: Office, clock: ManualClock) -> None:
    now = utc(clock.now())
    reader = token(office.store, Grant(Role.AUDITOR, "lakeside"), scope=TokenScope.READ, now=now, days=1)
    me = client.get("/api/v1/me", headers=bearer(reader)).json()
    assert (me["name"], me["csrf"], me["grants"][0]["org"]["id"]) == ("token:tests", "", "lakeside")
    refused = client.patch("/api/v1/me", json={"language": "en"}, headers=bearer(reader))
    assert (refused.status_code, refused.json()["detail"]) == (403, "the token may only read")
    assert client.get("/api/v1/me", headers=bearer(reader + "x")).status_code == 401
    with office.store.read() as connection:
        assert reader not in str(connection.exec_driver_sql("SELECT * FROM token").all())
    clock.advance(timedelta(days=1).total_seconds())
    assert client.get("/api/v1/me", headers=bearer(reader)).status_code == 401


def test_an_administrator_resets_a_locked_name(client: Client, office: Office) -> None:
    csrf = sign_in(client)
    for n in range(5):
        client.post("/api/v1/session", json={"name": "li.wei", "password": f"wrong {n}"})
    made = accounts.reset(office.store, "li.wei", CHEAP)
    assert client.get("/api/v1/me", headers=csrf).status_code == 401
    sign_in(client, password=made.secret)
