"""The live queue in a real browser: live, in two languages, on a phone, through a cut line."""

import re
from contextlib import ExitStack

from playwright.sync_api import Browser, Page, expect

from messages import Kind, Phase, PlaceClass
from tests.central.people import PASSWORD
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import HOSTILE, Stage, at_desk


def test_empty_then_live(page: Page, stage: Stage) -> None:
    expect(page.get_by_test_id("empty")).to_contain_text("暂无事件")
    expect(page.get_by_test_id("link")).to_have_text("实时")
    box = Box()
    stage.happen(box)
    row = page.locator(".event")
    expect(row).to_have_count(1)
    expect(row.locator(".title")).to_have_text("违规停车")
    expect(row.locator(".where")).to_have_text("环城路 · 路缘")
    expect(row.locator(".badge")).to_have_text("蓝色")
    expect(row.locator(".badge svg.blue")).to_be_visible()
    expect(row.locator(".tags")).to_contain_text("持续中")
    stage.happen(box, phase=Phase.CLOSED)
    expect(row.locator(".tags")).to_contain_text("现场已恢复")
    expect(row.locator(".times")).to_have_text("×2")
    expect(page.get_by_test_id("count-blue").locator("strong")).to_have_text("1")


def test_graver_first_and_filters(page: Page, stage: Stage) -> None:
    box = Box()
    stage.happen(box, "kerb")
    stage.happen(box, "lane", kind=Kind.WATER_EDGE)
    titles = page.locator(".event .title")
    expect(titles).to_have_text(["临水危险", "违规停车"])
    stage.happen(box, "kerb", Phase.UPDATED)
    expect(page.locator(".event .times")).to_have_text("×2")
    expect(titles).to_have_text(["临水危险", "违规停车"])
    page.get_by_test_id("count-blue").click()
    expect(titles).to_have_text(["临水危险"])
    page.get_by_test_id("count-blue").click()
    stage.happen(box, "lane", Phase.CLOSED, kind=Kind.WATER_EDGE)
    page.get_by_test_id("holding").check()
    expect(titles).to_have_text(["违规停车"])
    page.get_by_test_id("holding").uncheck()
    page.keyboard.press("/")
    page.keyboard.type("临水")
    expect(titles).to_have_text(["临水危险"])


def test_both_languages_and_it_remembers(page: Page, stage: Stage) -> None:
    stage.happen(Box())
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_test_id("language").click()
    expect(page.locator(".event .title")).to_have_text("Illegal stopping")
    expect(page.locator(".event .where")).to_have_text("Ring Road · kerb")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_title(re.compile("Live events"))


def test_detail_and_picture(page: Page, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    page.locator(".event .title").click()
    detail = page.get_by_test_id("detail")
    expect(detail.get_by_test_id("timeline").locator("li")).to_have_count(2)
    expect(detail).to_contain_text("13 违停")
    expect(detail).to_contain_text("受理 15 分钟 · 到场 1 小时 · 办结 4 小时")
    expect(detail).to_contain_text("示范市 › 新城区 › 站前街道 › 站前社区 › 站前第一网格")
    assert page.url.endswith("#/events/1")
    stage.happen(Box(session="s2"), phase=Phase.CLOSED)
    expect(detail.get_by_test_id("timeline").locator("li")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    page.goto(f"{site.address.url}#/events/1")
    page.reload()
    expect(detail).to_be_visible()
    detail.locator(".still").first.click()
    expect(page.locator(".lightbox img")).to_be_visible()


def test_keys_alone_reach_an_event(page: Page, stage: Stage) -> None:
    box = Box()
    stage.happen(box, "kerb")
    stage.happen(box, "lane", kind=Kind.WATER_EDGE)
    expect(page.locator(".event")).to_have_count(2)
    page.keyboard.press("j")
    detail = page.get_by_test_id("detail")
    expect(detail.locator("h2")).to_have_text("临水危险")
    page.keyboard.press("j")
    expect(detail.locator("h2")).to_have_text("违规停车")
    page.keyboard.press("k")
    expect(detail.locator("h2")).to_have_text("临水危险")
    page.keyboard.press("?")
    expect(page.locator(".keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".keys")).to_be_hidden()
    expect(detail).to_be_visible()


def test_hostile_texts_are_text(page: Page, stage: Stage) -> None:
    stage.happen(Box(), "fence", place="waterworks", place_class=PlaceClass.UTILITY)
    expect(page.locator(".event .where strong")).to_have_text(HOSTILE)
    page.locator(".event .title").click()
    expect(page.get_by_test_id("facts")).to_contain_text(HOSTILE)
    expect(page).to_have_title("实时事件 · Placewatch 平安值守")


def test_fits_a_phone(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    stage.happen(Box(session="s2"), "fence", place="waterworks", place_class=PlaceClass.UTILITY)
    with at_desk(browser, site, "li.wei", viewport={"width": 360, "height": 740}) as page:
        expect(page.locator(".event")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".event .title").first.click()
        expect(page.get_by_test_id("timeline").locator("li").first).to_be_visible()
        assert page.evaluate("document.querySelector('.beside').scrollWidth") <= 360


def test_says_when_data_is_stale_and_misses_nothing(browser: Browser, stage: Stage) -> None:
    with ExitStack() as later:
        with stage.open() as first:
            page = later.enter_context(at_desk(browser, first, "li.wei", complains=True))
            expect(page.get_by_test_id("link")).to_have_text("实时")
            expect(page.get_by_test_id("stale")).to_be_hidden()
        expect(page.get_by_test_id("stale")).to_contain_text("起未更新")
        stage.happen(Box())  # while the line is cut
        with stage.open(port=first.address.port):
            expect(page.locator(".event")).to_have_count(1, timeout=20_000)
            expect(page.get_by_test_id("stale")).to_be_hidden()


def test_a_session_that_ended_returns_to_where_it_was(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei", path="/events/1", complains=True) as page:
        expect(page.get_by_test_id("detail")).to_be_visible()
        page.context.clear_cookies()  # the next question that the page asks is answered 401
        page.reload()
        expect(page.locator("input[name=password]")).to_be_visible()
        page.locator("input[name=username]").fill("li.wei")
        page.locator("input[name=password]").fill("wrong")
        page.locator("button[type=submit]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("input[name=username]")).to_have_value("li.wei")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        expect(page.get_by_test_id("detail")).to_be_visible()
        assert page.url.endswith("#/events/1")
