"""Users, tokens, hand-over notes and the audit log over a real server, on both databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from central.api.desk import Entrance
from central.people.actor import Grant, Role
from central.people.settings import SignIn
from central.people.tokens import TokenScope
from central.setup import Tables
from central.store import people_log
from placewatch.cli.main import app
from tests.central.conftest import Office
from tests.central.people import CHEAP, PASSWORD, bearer, person, token
from tests.central.speech import Box, evidence, sent
from tests.central.test_api import desk_of
from tests.central.web import served


@pytest.fixture
def client(office: Office, tables: Tables) -> Iterator[Client]:
    entrance = Entrance(SignIn(), CHEAP)
    with served(replace(desk_of(office, tables), entrance=entrance), anonymous=True) as site:
        yield site.client


@pytest.fixture
def whole(office: Office) -> dict[str, str]:
    """Headers of one who may do everything everywhere."""
    return bearer(token(office.store, name="whole"))


@pytest.fixture
def county(office: Office) -> dict[str, str]:
    """Headers of Lakeside's own administrator and auditor."""
    grants = (Grant(Role.ADMIN, "lakeside"), Grant(Role.AUDITOR, "lakeside"))
    return bearer(token(office.store, *grants, name="county"))


def new(name: str = "zhao", role: str = "operator", org: str = "willow") -> dict[str, Any]:
    return {"name": name, "display": "赵敏", "grants": [{"role": role, "org": org}]}


def deeds(client: Client, headers: dict[str, str], query: str = "") -> list[tuple[str, str, str]]:
    items = client.get(f"/api/v1/audit?{query}", headers=headers).json()["items"]
    return [(item["actor"], item["act"]["id"], item["object"]) for item in items]


def test_an_account_from_its_beginning_to_its_end(
    client: Client, county: dict[str, str], whole: dict[str, str]
) -> None:
    made = client.post("/api/v1/users", json=new(), headers=county)
    assert made.status_code == 201, made.text
    said = {"name": "zhao", "password": made.json()["password"]}
    assert client.post("/api/v1/session", json=said).json()["must_change"]
    client.cookies.clear()
    [user] = client.get("/api/v1/users", headers=county).json()["items"]
    assert (user["name"], user["display"], user["grants"][0]["org"]["id"]) == ("zhao", "赵敏", "willow")
    address = f"/api/v1/users/{user['id']}"
    moved = {"grants": [{"role": "dispatcher", "org": "drum-tower"}], "display": "赵敏敏"}
    changed = client.patch(address, json=moved, headers=county).json()
    assert (changed["display"], changed["grants"][0]["role"]) == ("赵敏敏", "dispatcher")
    again = client.post(f"{address}/password", headers=county).json()
    assert client.post("/api/v1/session", json=said).status_code == 401
    client.post("/api/v1/session", json=said | {"password": again["password"]})
    client.patch(address, json={"disabled": True}, headers=county)
    assert client.get("/api/v1/me").status_code == 401
    assert [act for _, act, _ in deeds(client, whole, "object=zhao&kind=user")] == [
        "changed",
        "changed",
        "changed",
        "added",
    ]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (new(org="station-square"), 403),
        (new(org="demo-city"), 403),
        (new(org="nowhere"), 422),
        (new(role="king"), 422),
        (new(name="Zhao Min"), 422),
        (new(name="taken"), 409),
        (new() | {"grants": []}, 422),
    ],
)
def test_what_an_administrator_may_not_do(
    client: Client, office: Office, county: dict[str, str], said: dict[str, Any], status: int
) -> None:
    person(office.store, "taken", Grant(Role.OPERATOR, "willow"))
    assert client.post("/api/v1/users", json=said, headers=county).status_code == status


def test_one_with_a_role_elsewhere_is_out_of_reach(
    client: Client, office: Office, county: dict[str, str]
) -> None:
    both = (Grant(Role.OPERATOR, "willow"), Grant(Role.OPERATOR, "newtown"))
    number = person(office.store, "both", *both)
    assert client.get("/api/v1/users", headers=county).json()["items"] == []
    assert client.patch(f"/api/v1/users/{number}", json={"disabled": True}, headers=county).status_code == 404
    assert client.post(f"/api/v1/users/{number}/password", headers=county).status_code == 404


def test_nobody_changes_their_own_rights(client: Client, office: Office) -> None:
    number = person(office.store, "chief", Grant(Role.ADMIN, "lakeside"))
    csrf = client.post("/api/v1/session", json={"name": "chief", "password": PASSWORD}).json()["csrf"]
    headers = {"X-CSRF-Token": csrf}
    for said in ({"disabled": True}, {"grants": [{"role": "auditor", "org": "lakeside"}]}):
        assert client.patch(f"/api/v1/users/{number}", json=said, headers=headers).status_code == 409
    assert (
        client.patch(f"/api/v1/users/{number}", json={"display": "局长"}, headers=headers).status_code == 200
    )


def test_a_token_is_told_once_and_ends_at_once(client: Client, county: dict[str, str]) -> None:
    said = {"name": "wall", "grants": [{"role": "operator", "org": "willow"}], "days": 7}
    made = client.post("/api/v1/tokens", json=said, headers=county).json()
    assert made["secret"].startswith("pwt_")
    assert client.post("/api/v1/tokens", json=said, headers=county).status_code == 409
    mine = bearer(made["secret"])
    assert client.get("/api/v1/events", headers=mine).status_code == 200
    assert (
        client.post("/api/v1/handovers", json={"org": "willow", "text": "x"}, headers=mine).status_code == 403
    )
    listed = client.get("/api/v1/tokens", headers=county)
    assert made["secret"] not in listed.text
    assert listed.json()["items"][0]["scope"] == TokenScope.READ
    assert client.delete(f"/api/v1/tokens/{made['id']}", headers=county).status_code == 204
    assert client.get("/api/v1/events", headers=mine).status_code == 401


def test_hand_over(client: Client, office: Office) -> None:
    evening = bearer(token(office.store, Grant(Role.OPERATOR, "willow"), name="evening"))
    night = bearer(token(office.store, Grant(Role.OPERATOR, "lakeside"), name="night"))
    other = bearer(token(office.store, Grant(Role.OPERATOR, "newtown"), name="other"))
    said = {"org": "willow", "text": "东门积水未退 <b>"}
    note = client.post("/api/v1/handovers", json=said, headers=evening).json()
    assert (note["author"], note["text"], note["read_by"]) == ("token:evening", "东门积水未退 <b>", None)
    assert (
        client.post("/api/v1/handovers", json=said | {"org": "lakeside"}, headers=evening).status_code == 403
    )
    assert client.get("/api/v1/handovers", headers=other).json()["items"] == []
    assert client.post(f"/api/v1/handovers/{note['id']}/read", headers=other).status_code == 404
    read = client.post(f"/api/v1/handovers/{note['id']}/read", headers=night).json()
    assert read["read_by"] == "token:night"
    assert client.post(f"/api/v1/handovers/{note['id']}/read", headers=evening).json() == read


def test_who_saw_what(client: Client, office: Office, whole: dict[str, str], county: dict[str, str]) -> None:
    office.take(sent(Box().alert(picture=evidence())))
    item = client.get("/api/v1/events", headers=whole).json()["items"][0]
    for _ in range(2):  # looking again is the same look
        client.get(f"/api/v1/events/{item['id']}", headers=whole)
        client.get(item["picture"]["url"], headers=whole)
    client.post("/api/v1/session", json={"name": "Nobody", "password": "x"})
    assert deeds(client, whole) == [
        ("nobody", "refused", "nobody"),
        ("token:whole", "viewed", item["picture"]["id"]),
        ("token:whole", "opened", item["number"]),
    ]
    assert deeds(client, whole, "act=viewed&act=exported") == [
        ("token:whole", "viewed", item["picture"]["id"])
    ]
    first = client.get("/api/v1/audit?limit=2", headers=whole).json()
    rest = client.get(f"/api/v1/audit?limit=2&cursor={first['next_cursor']}", headers=whole).json()
    assert [entry["id"] for entry in first["items"] + rest["items"]] == [3, 2, 1]
    assert deeds(client, county) == []  # another county's
    desk = bearer(token(office.store, Grant(Role.ADMIN, "demo-city"), name="no-auditor"))
    assert client.get("/api/v1/audit", headers=desk).status_code == 403


def test_the_log_cannot_be_rewritten_unnoticed(
    client: Client, office: Office, whole: dict[str, str], county: dict[str, str], tmp_path: Path
) -> None:
    for n in range(3):
        client.post("/api/v1/session", json={"name": f"n{n}", "password": "x"})
    check = "/api/v1/audit/check"
    assert client.get(check, headers=whole).json() == {"ok": True, "entries": 3, "first_break": None}
    assert client.get(check, headers=county).status_code == 403
    for statement in ("UPDATE audit SET actor = 'me'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only ever added to"), office.store.write() as connection:
            connection.execute(text(statement))
    unguard = (
        ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"]
        if office.store.sqlite
        else ["DROP TRIGGER audit_append_only ON audit"]
    )
    with office.store.write() as connection:
        for statement in (*unguard, "UPDATE audit SET actor = 'me' WHERE id = 2"):
            connection.execute(text(statement))
    assert client.get(check, headers=whole).json() == {"ok": False, "entries": 1, "first_break": 2}
    with office.store.write() as connection:
        connection.execute(text("DELETE FROM audit WHERE id > 1"))
    assert people_log.verify(office.store) == (1, 2)
    if office.store.sqlite:
        config = tmp_path / "central.yaml"
        config.write_text(f"database: {office.store.url}\n")
        told = CliRunner().invoke(app, ["central", "audit", "verify", "--config", str(config), "--json"])
        assert told.exit_code == 1
        assert json.loads(told.stdout)["audit_log"] == {"entries": 1, "first_break": 2}
