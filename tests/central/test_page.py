"""The page in a real browser: live, in two languages, on a phone, and with hostile texts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml
from playwright.sync_api import Browser, Page, expect, sync_playwright

from central.api.desk import Desk
from central.api.hub import Hub
from central.setup import Tables, load_tables
from central.store.engine import Store
from messages import Kind, Phase, PlaceClass
from placewatch.clock import SystemClock, utc
from tests.central.conftest import CITY, Office, config_of, office_of
from tests.central.speech import Box, evidence, sent
from tests.central.test_api import Quiet
from tests.central.web import Site, served
from tests.parts import program

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def hostile_tables(tmp_path: Path) -> Tables:
    """A city whose names try to be markup."""
    city = yaml.safe_load((CITY / "city.yaml").read_text(encoding="utf-8"))
    for place in city["places"]:
        if place["id"] == "waterworks":
            place["name"] = {"zh": HOSTILE, "en": HOSTILE}
    file = tmp_path / "city.yaml"
    file.write_text(yaml.safe_dump(city, allow_unicode=True), encoding="utf-8")
    return load_tables(config_of(tmp_path).model_copy(update={"city": file}))


@pytest.fixture
def sqlite_office(sqlite_store: Store, tmp_path: Path, hostile_tables: Tables) -> Office:
    return office_of(sqlite_store, tmp_path, hostile_tables)


@pytest.fixture
def site(sqlite_office: Office, hostile_tables: Tables) -> Iterator[Site]:
    clock = SystemClock()
    hub = Hub(sqlite_office.store, clock, poll_s=0.1, tick_s=0.5)
    desk = Desk(sqlite_office.store, sqlite_office.evidence, hostile_tables, hub, Quiet(), clock)
    with served(desk) as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The page, opened; whatever its console complains about fails the test."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.address.url)
    yield page
    context.close()
    assert complaints == []


def happen(office: Office, box: Box, zone: str = "kerb", phase: Phase = Phase.OPENED, **more: object) -> None:
    """An alert that is captured and taken in right now."""
    values = {"alert_id": zone, "zone": zone, "kind": Kind.NO_STOPPING, "picture": evidence(), **more}
    alert = box.alert(phase, **values)  # type: ignore[arg-type]
    now = utc(SystemClock().now())
    data = msgspec.structs.replace(alert.data, started=now, ended=now if phase is Phase.CLOSED else None)
    message = sent(msgspec.structs.replace(alert, time=now, data=data))
    office.take(replace(message, received=now))


def test_empty_then_live(page: Page, sqlite_office: Office) -> None:
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#link")).to_have_text("实时")
    box = Box()
    happen(sqlite_office, box)
    row = page.locator(".event")
    expect(row).to_have_count(1)
    expect(row.locator(".title")).to_have_text("违规停车")
    expect(row.locator(".where")).to_have_text("环城路 · 路缘")
    expect(row.locator(".badge")).to_have_text("蓝色")
    expect(row.locator(".badge svg.blue")).to_be_visible()
    expect(row.locator(".ago")).to_have_text("刚刚")
    expect(row.locator(".tags")).to_contain_text("持续中")
    happen(sqlite_office, box, phase=Phase.CLOSED)
    expect(row.locator(".tags")).to_contain_text("现场已恢复")
    expect(row.locator(".times")).to_have_text("×2")
    expect(page.locator(".count.blue strong")).to_have_text("1")


def test_newest_first_and_filters(page: Page, sqlite_office: Office) -> None:
    box = Box()
    happen(sqlite_office, box, "kerb")
    happen(sqlite_office, box, "lane", kind=Kind.WATER_EDGE)
    expect(page.locator(".event .title")).to_have_text(["临水危险", "违规停车"])
    happen(sqlite_office, box, "kerb", Phase.UPDATED)
    expect(page.locator(".event .title")).to_have_text(["违规停车", "临水危险"])
    page.locator(".count.blue").click()
    expect(page.locator(".event .title")).to_have_text(["临水危险"])
    page.locator(".count.blue").click()
    happen(sqlite_office, box, "lane", Phase.CLOSED, kind=Kind.WATER_EDGE)
    page.locator("#holding").check()
    expect(page.locator(".event .title")).to_have_text(["违规停车"])


def test_both_languages_and_it_remembers(page: Page, sqlite_office: Office) -> None:
    happen(sqlite_office, Box())
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.locator("#language").click()
    expect(page.locator(".event .title")).to_have_text("Illegal stopping")
    expect(page.locator(".event .where")).to_have_text("Ring Road · kerb")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".listbar h2")).to_have_text("Live events")


def test_no_word_is_missing_in_either_language(page: Page) -> None:
    zh, en = page.evaluate(
        "import('/page/words.js').then(({ WORDS }) => [Object.keys(WORDS.zh), Object.keys(WORDS.en)])"
    )
    assert zh == en
    assert len(zh) > 40


def test_detail_and_picture(page: Page, sqlite_office: Office, site: Site) -> None:
    happen(sqlite_office, Box())
    page.locator(".event .title").click()
    detail = page.locator("#detail")
    expect(detail.locator(".timeline li")).to_have_count(2)
    expect(detail).to_contain_text("13 违停")
    expect(detail).to_contain_text("受理 15 分钟 · 到场 1 小时 · 办结 4 小时")
    expect(detail).to_contain_text("示范市 › 新城区 › 站前街道 › 站前社区 › 站前第一网格")
    assert page.url.endswith("#event/1")
    happen(sqlite_office, Box(session="s2"), phase=Phase.CLOSED)
    expect(detail.locator(".timeline li")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.locator(".event .thumb").click()
    expect(page.locator("#lightbox img")).to_be_visible()
    page.goto(site.address.url + "#event/1")
    page.reload()
    expect(detail).to_be_visible()


def test_hostile_texts_are_text(page: Page, sqlite_office: Office) -> None:
    happen(sqlite_office, Box(), "fence", place="waterworks", place_class=PlaceClass.UTILITY)
    expect(page.locator(".event .where strong")).to_have_text(HOSTILE)
    page.locator(".event .title").click()
    expect(page.locator("#detail .facts")).to_contain_text(HOSTILE)
    expect(page).to_have_title("事件 · Placewatch")


def test_fits_a_phone(page: Page, sqlite_office: Office) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    happen(sqlite_office, Box())
    happen(sqlite_office, Box(session="s2"), "fence", place="waterworks", place_class=PlaceClass.UTILITY)
    expect(page.locator(".event")).to_have_count(2)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= 360
    page.locator(".event .title").first.click()
    expect(page.locator("#detail .timeline li").first).to_be_visible()
    assert page.evaluate("document.getElementById('detail').scrollWidth") <= 360


def test_says_when_data_is_stale(browser: Browser, sqlite_office: Office, hostile_tables: Tables) -> None:
    clock = SystemClock()
    hub = Hub(sqlite_office.store, clock, poll_s=0.1, tick_s=0.5)
    desk = Desk(sqlite_office.store, sqlite_office.evidence, hostile_tables, hub, Quiet(), clock)
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    with served(desk) as site:
        page.goto(site.address.url)
        expect(page.locator("#link")).to_have_text("实时")
        expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#stale")).to_contain_text("起未更新")
    happen(sqlite_office, Box())  # while the line is cut
    hub = Hub(sqlite_office.store, clock, poll_s=0.1, tick_s=0.5)
    again = Desk(sqlite_office.store, sqlite_office.evidence, hostile_tables, hub, Quiet(), clock)
    with served(again, port=site.address.port):
        expect(page.locator(".event")).to_have_count(1, timeout=20_000)
        expect(page.locator("#stale")).to_be_hidden()
    context.close()
