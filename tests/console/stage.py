"""A centre that a browser can be pointed at: office, people, alerts, a server that goes and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from central.api.desk import AsksForPictures, Desk, Entrance
from central.api.hub import Hub, Manner
from central.config import Notify
from central.events.showing import shown_by
from central.notify.book import ChannelBook
from central.people.actor import Grant, Role
from central.people.settings import SignIn
from central.setup import Tables, load_tables
from central.store.engine import Store
from edge.redact.upload import UploadDoor
from messages import Kind, Phase
from placewatch.clock import Clock, SystemClock, utc
from tests.central.conftest import CITY, Office, config_of, office_of
from tests.central.people import CHEAP, PASSWORD, ROOT_ORG, person
from tests.central.speech import Box, evidence, sent
from tests.central.test_api import Quiet
from tests.central.web import Site, served
from tests.redact.fakes import redactor

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
MOST_TABS = 80
PEOPLE = {
    "li.wei": (Role.OPERATOR, Role.DISPATCHER),
    "zhao.min": (Role.OPERATOR, Role.DISPATCHER),
    "wang.fang": (Role.RESPONDER,),
    "chen.jing": (Role.SUPERVISOR,),
    "sun.tao": (Role.AUDITOR,),
    "root": (Role.ADMIN,),
}


def hostile_tables(folder: Path) -> Tables:
    """The tests' city, in which one place's name tries to be markup."""
    city = yaml.safe_load((CITY / "city.yaml").read_text(encoding="utf-8"))
    for place in city["places"]:
        if place["id"] == "waterworks":
            place["name"] = {"zh": HOSTILE, "en": HOSTILE}
    file = folder / "city.yaml"
    file.write_text(yaml.safe_dump(city, allow_unicode=True), encoding="utf-8")
    return load_tables(config_of(folder).model_copy(update={"city": file}))


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything but the server.

    Attributes:
        office: Takes alerts in.
        tables: The city.
        clock: The server's clock.
        channels: How notifications leave.
    """

    office: Office
    tables: Tables
    clock: Clock
    channels: ChannelBook

    def desk(self, snapshots: AsksForPictures | None = None) -> Desk:
        """What a server on it works on."""
        hub = Hub(self.office.store, self.clock, shown_by(self.tables), Manner(poll_s=0.1, tick_s=0.5))
        entrance = replace(Entrance.of(SignIn(attempts_per_minute=600), https=False), passwords=CHEAP)
        office = self.office
        desk = Desk(
            office.store, office.evidence, lambda: self.tables, hub, Quiet(), self.clock, entrance=entrance
        )
        return replace(desk, door=UploadDoor(redactor()), snapshots=snapshots, channels=self.channels)

    @contextmanager
    def open(self, port: int = 0, snapshots: AsksForPictures | None = None) -> Iterator[Site]:
        """A server on it; another may follow on the same port."""
        with served(self.desk(snapshots), port=port) as site:
            yield site

    def happen(self, box: Box, zone: str = "kerb", phase: Phase = Phase.OPENED, **more: object) -> None:
        """An alert that is captured and taken in right now."""
        values = {"alert_id": zone, "zone": zone, "kind": Kind.NO_STOPPING, "picture": evidence(), **more}
        alert = box.alert(phase, **values)  # type: ignore[arg-type]
        now = utc(self.clock.now())
        data = msgspec.structs.replace(alert.data, started=now, ended=now if phase is Phase.CLOSED else None)
        message = sent(msgspec.structs.replace(alert, time=now, data=data))
        self.office.take(msgspec.structs.replace(message, received=now))


def make_stage(store: Store, folder: Path, clock: Clock | None = None) -> Stage:
    """A stage with `PEOPLE`, each with all of the city."""
    tables = hostile_tables(folder)
    for name, roles in PEOPLE.items():
        grants = [Grant(role, ROOT_ORG) for role in roles]
        unit = "grid-1" if Role.RESPONDER in roles else None
        person(store, name, *grants, display=name.replace(".", " ").title(), unit=unit)
    channels = ChannelBook.of(Notify(secrets_key=folder / "secrets.key"))
    return Stage(office_of(store, folder, tables), tables, clock or SystemClock(), channels)


@contextmanager
def at_desk(
    browser: Browser,
    site: Site,
    name: str,
    *,
    path: str = "/",
    complains: bool = False,
    ahead: timedelta | None = None,
    **options: object,
) -> Iterator[Page]:
    """A page on which ``name`` has signed in; unless it may, whatever its console complains about fails.

    Args:
        browser: Chromium.
        site: The server.
        name: Who, of `PEOPLE`.
        path: The first page.
        complains: Whether errors in the browser's console are part of the story.
        ahead: How fast the computer's clock is.
        options: Of the browser's context.
    """
    settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
    context = browser.new_context(**settings)  # type: ignore[arg-type]
    if ahead is not None:
        context.clock.install(time=datetime.now(UTC) + ahead)
    page = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Asking who one is before signing in is answered 401, and Chromium logs that.
        if message.type == "error" and not str(message.location["url"]).endswith(
            ("/api/v1/me", "/api/v1/units")
        ):
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, site.address.url, name, path)
    yield page
    context.close()
    assert complains or complaints == []


def sign_in(page: Page, url: str, name: str, path: str = "/") -> None:
    """As a person does it."""
    page.goto(f"{url}#{path}")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(page.locator("input[name=password]")).to_have_count(0)


def choose(page: Page, field: str, text: str) -> None:
    """Pick an option of a select in the dialog of an act."""
    page.locator(f"#act-{field}").click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text=text).click()


def tab_to(page: Page, selector: str, *, back: bool = False) -> None:
    """Press Tab until something has the focus, as a person without a mouse does."""
    for _ in range(MOST_TABS):
        if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    where = page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")
    raise AssertionError(f"{selector} cannot be reached by Tab; the focus is on {where}")
