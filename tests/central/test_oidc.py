"""Signing in at an OpenID provider, against one that really answers, and that cheats when told to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from central.api.desk import Entrance
from central.people.actor import Grant, Role
from central.people.oidc import Oidc, pending_of, subject_of
from central.people.oidc_roles import RoleRule, granted_by
from central.people.settings import SignIn
from central.setup import Tables, load_central
from central.store.engine import Store
from placewatch.clock import SystemClock
from placewatch.errors import ConfigError
from tests.central.conftest import CITY, Office
from tests.central.people import ROOT_ORG, bearer, person, token
from tests.central.provider import OpenId, provider
from tests.central.test_api import desk_of
from tests.central.web import Site, served
from tests.servers import free_port


@pytest.fixture
def openid() -> Iterator[OpenId]:
    with provider() as one:
        yield one


RULES = (
    RoleRule(claim="groups", value="desk-lakeside", role=Role.OPERATOR, org="lakeside"),
    RoleRule(claim="realm_access.roles", value="chief", role=Role.ADMIN, org=ROOT_ORG),
    RoleRule(claim="https://city.example/role", value="auditor", role=Role.AUDITOR, org="newtown"),
    RoleRule(claim="groups", value="desk-lakeside", role=Role.SUPERVISOR, org="an-org-of-yesterday"),
)


@pytest.mark.parametrize(
    ("claims", "given"),
    [
        ({}, []),
        ({"groups": "desk-lakeside"}, ["operator=lakeside"]),
        ({"groups": ["other", "desk-lakeside", "desk-lakeside"]}, ["operator=lakeside"]),
        ({"groups": ["desk-lakeside-2"], "realm_access": {"roles": ["chief"]}}, [f"admin={ROOT_ORG}"]),
        ({"https://city.example/role": "auditor"}, ["auditor=newtown"]),
        ({"groups": {"desk-lakeside": True}, "realm_access": "chief"}, []),
        ({"groups": [17, None, ["desk-lakeside"]]}, []),
    ],
)
def test_claims_give_roles(tables: Tables, claims: dict[str, Any], given: list[str]) -> None:
    found = granted_by(RULES, claims, tables.city.orgs)
    assert [f"{grant.role}={grant.org}" for grant in found] == given


@pytest.mark.parametrize("create", [False, True])
def test_roles_follow_the_claims_at_each_sign_in(site: Site, openid: OpenId, create: bool) -> None:
    """Those that were given here stay; those of the provider come and go."""
    provider = site.desk.entrance.oidc
    assert provider is not None
    provider.config = provider.config.model_copy(update={"roles": RULES, "create": create})

    def roles() -> list[tuple[str, str, bool]]:
        grants = site.client.get("/api/v1/me").json()["grants"]
        return [(one["role"], one["org"]["id"], one["by_provider"]) for one in grants]

    here = ("operator", ROOT_ORG, False)
    openid.lies = {"groups": ["desk-lakeside"], "realm_access": {"roles": ["chief"]}}
    assert arrive(site.client) == "/#/events/7"
    assert roles() == [("admin", ROOT_ORG, True), here, ("operator", "lakeside", True)]
    openid.lies = {"groups": ["desk-lakeside"]}
    assert arrive(site.client) == "/#/events/7"
    assert roles() == [here, ("operator", "lakeside", True)]
    openid.lies = {}
    arrive(site.client)
    assert roles() == [here]
    openid.subject = "u-99"
    assert arrive(site.client) == "/#/sign-in?oidc=uninvited"  # no claim, no account
    openid.lies = {"groups": "desk-lakeside", "preferred_username": " Zhao Min!", "name": "赵敏"}
    assert arrive(site.client) == ("/#/events/7" if create else "/#/sign-in?oidc=uninvited")
    if create:
        me = site.client.get("/api/v1/me").json()
        assert (me["name"], me["display"], me["must_change"]) == ("zhao-min", "赵敏", False)
        openid.subject = "u-100"
        arrive(site.client)
        assert site.client.get("/api/v1/me").json()["name"] == "zhao-min-2"
        openid.lies = {}  # who has no role any more does not come in
        assert arrive(site.client) == "/#/sign-in?oidc=uninvited"


def test_a_rule_for_no_org_is_told_with_its_line(tmp_path: Path) -> None:
    for name in ("city.yaml", "grids.geojson"):
        (tmp_path / name).write_bytes((CITY / name).read_bytes())
    (tmp_path / "central.yaml").write_text(
        "sign_in:\n  oidc:\n    issuer: https://idp.example\n    client_id: c\n"
        "    address: https://centre.example\n    roles:\n"
        "      - {claim: groups, value: desk, role: operator, org: nowhere}\n"
    )
    with pytest.raises(ConfigError, match=r"central.yaml:7: sign_in.oidc.roles\[0\].org: there is no org"):
        load_central(tmp_path / "central.yaml")


@pytest.fixture
def site(sqlite_office: Office, tables: Tables, openid: OpenId) -> Iterator[Site]:
    port = free_port()
    config = Oidc(
        issuer=openid.address,
        client_id="centre",
        client_secret="s3cret",
        address=f"http://127.0.0.1:{port}",
    )
    desk = replace(
        desk_of(sqlite_office, tables),
        clock=SystemClock(),
        entrance=Entrance.of(SignIn(oidc=config, attempts_per_minute=600), https=False),
    )
    invited(desk.store, openid, "li.wei", "u-17")
    with served(desk, port=port, anonymous=True) as running:
        yield running


def invited(store: Store, openid: OpenId, name: str, subject: str, **more: object) -> None:
    fields = {"subject": subject_of(openid.address, subject), "password": None, **more}
    person(store, name, Grant(Role.OPERATOR, ROOT_ORG), **fields)


def arrive(browser: httpx.Client, to: str = "/events/7") -> str:
    """Start, go there, come back; where the browser is led in the end."""
    there = browser.get("/api/v1/oidc/start", params={"to": to})
    assert there.status_code == 303
    back = httpx.get(there.headers["location"]).headers["location"]
    inside = browser.get(back)
    assert inside.status_code == 303
    return str(inside.headers["location"])


def test_who_is_invited_comes_in(site: Site, openid: OpenId) -> None:
    assert site.client.get("/api/v1/sign-in").json()["oidc"]["en"] == "single sign-on"
    assert arrive(site.client) == "/#/events/7"
    assert site.client.get("/api/v1/me").json()["name"] == "li.wei"
    [form] = openid.asked
    assert len(form["code_verifier"]) >= 43
    query = parse_qs(urlsplit(site.client.get("/api/v1/oidc/start").headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "", "\\evil"])
def test_one_comes_back_to_the_console_alone(site: Site, to: str) -> None:
    assert arrive(site.client, to) == "/#/"


def test_who_is_not_invited_stays_out(site: Site, openid: OpenId) -> None:
    openid.subject = "u-18"
    assert arrive(site.client) == "/#/sign-in?oidc=uninvited"
    invited(site.desk.store, openid, "gone", "u-19", disabled=True)
    openid.subject = "u-19"
    assert arrive(site.client) == "/#/sign-in?oidc=uninvited"
    assert site.client.get("/api/v1/me").status_code == 401
    auditor = bearer(token(site.desk.store, Grant(Role.AUDITOR, ROOT_ORG), name="auditor"))
    lines = site.client.get("/api/v1/audit?kind=session", headers=auditor).json()["items"]
    assert [line["details"].get("reason") for line in lines] == ["uninvited", "uninvited"]


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"aud": ["centre", "another"]},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": ""},
        {"sub": 17},
    ],
)
def test_a_token_that_does_not_fit_opens_nothing(site: Site, openid: OpenId, lies: dict[str, Any]) -> None:
    openid.lies = lies
    assert arrive(site.client) == "/#/sign-in?oidc=refused"
    assert site.client.get("/api/v1/me").status_code == 401


def test_another_key_opens_nothing(site: Site, openid: OpenId) -> None:
    openid.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    assert arrive(site.client) == "/#/sign-in?oidc=refused"
    openid.key, openid.signs_with = openid.signs_with, None  # the provider has changed its key
    assert arrive(site.client) == "/#/events/7"


def test_an_answer_that_nobody_asked_for_opens_nothing(site: Site) -> None:
    there = site.client.get("/api/v1/oidc/start").headers["location"]
    back = httpx.get(there).headers["location"]
    other = httpx.Client(base_url=site.address.url)
    for browser, address in (
        (other, back),  # another browser: it has no cookie
        (site.client, back.replace("state=", "state=x")),
        (site.client, "/api/v1/oidc/callback?error=access_denied"),
    ):
        assert browser.get(address).headers["location"] == "/#/sign-in?oidc=refused"
    other.close()
    assert site.client.get("/api/v1/me").status_code == 401
    assert pending_of("nonsense") is None


def test_administrators_name_the_subject(site: Site, openid: OpenId) -> None:
    admin = bearer(token(site.desk.store, name="admin"))
    number = person(site.desk.store, "new", Grant(Role.OPERATOR, ROOT_ORG))
    path = f"/api/v1/users/{number}"
    taken = site.client.patch(path, json={"subject": "u-17"}, headers=admin)
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "body.subject")
    assert site.client.patch(path, json={"subject": "u-20"}, headers=admin).json()["subject"] == "u-20"
    openid.subject = "u-20"
    assert arrive(site.client) == "/#/events/7"
    assert site.client.patch(path, json={"subject": ""}, headers=admin).json()["subject"] is None
    assert arrive(site.client) == "/#/sign-in?oidc=uninvited"


def test_a_provider_that_is_away_is_told(site: Site, openid: OpenId, tmp_path: Path) -> None:
    openid.address = "http://127.0.0.1:1"  # its discovery document is another's now
    answer = site.client.get("/api/v1/oidc/start")
    assert answer.headers["location"] == "/#/sign-in?oidc=away"


def test_without_a_provider_there_is_no_way(sqlite_office: Office, tables: Tables) -> None:
    with served(desk_of(sqlite_office, tables), anonymous=True) as site:
        assert site.client.get("/api/v1/sign-in").json()["oidc"] is None
        assert site.client.get("/api/v1/oidc/start").status_code == 404
        assert site.client.get("/api/v1/oidc/callback").status_code == 404


@pytest.mark.parametrize(
    "more", [{"issuer": "http://idp.example"}, {"address": "https://centre.example/path"}, {"claim": "a b"}]
)
def test_what_cannot_be_configured(more: dict[str, str]) -> None:
    said = {"issuer": "https://idp.example", "client_id": "c", "address": "https://centre.example", **more}
    with pytest.raises(ValidationError):
        Oidc(**said)
