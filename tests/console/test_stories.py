"""A hard day on both databases, in English: a wrong clock, a race, a slow line, a server that goes."""

import re
from contextlib import ExitStack
from datetime import timedelta

from playwright.sync_api import Browser, Page, Route, expect

from messages import Kind
from tests.central.speech import Box
from tests.console.stage import PHONE, Stage, at_desk, choose

HOUR = timedelta(hours=1)
SAID = "take the <b>cones</b> along"


def in_english(page: Page) -> None:
    """Whatever the browser speaks, Chinese comes first."""
    page.get_by_test_id("language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_hard_day_in_english(browser: Browser, anywhere: Stage) -> None:
    box = Box()
    anywhere.happen(box)
    anywhere.happen(box, "lane", kind=Kind.WATER_EDGE)
    with ExitStack() as later:

        def enter(name: str, path: str, **options: object) -> Page:
            # What fails on the way is told by the browser's console, too.
            page = later.enter_context(
                at_desk(browser, first, name, path=path, complains=True, locale="en-GB", **options)  # type: ignore[arg-type]
            )
            in_english(page)
            return page

        with anywhere.open() as first:
            desk = enter("li.wei", "/events/1", ahead=HOUR)
            other = enter("zhao.min", "/events/1")
            an_hour_fast(desk)
            the_second_is_told(desk, other)
            a_slow_line_acts_once(desk)
            phone = enter("wang.fang", "/tasks", **PHONE)
            expect(phone.locator(".task")).to_contain_text("Illegal stopping")
            phone.evaluate("async () => { await navigator.serviceWorker.ready; }")
            desk.locator(".event[data-id='2'] .title").click()
            desk.locator("[data-verb=shelve]").click()
            desk.locator("#act-reason").fill("checked by the lifeguard")
        the_server_is_away(phone, desk)
        anywhere.happen(box, "carriageway", kind=Kind.WATER_EDGE)
        with anywhere.open(port=first.address.port):
            expect(phone.get_by_test_id("outbox")).to_be_hidden(timeout=30_000)  # without a hand of anybody
            expect(phone.locator(".task [data-verb=arrive]")).to_be_visible()
            expect(other.get_by_test_id("timeline").locator("li.accept")).to_have_count(1)
            expect(desk.locator("#act-reason")).to_have_value("checked by the lifeguard")
            desk.locator(".act button[type=submit]").click()
            expect(desk.locator(".event[data-id='2']")).to_be_hidden()  # shelved
            expect(desk.locator(".event[data-id='3']")).to_be_visible()  # came while the server was away


def an_hour_fast(desk: Page) -> None:
    """The computer's clock is wrong and said to be; limits run by the server's."""
    expect(desk.get_by_test_id("clock")).to_contain_text("60 min off")
    expect(desk.locator(".event[data-id='2'] .left")).to_have_text(re.compile(r"^to accept 0[01]:\d\d$"))


def the_second_is_told(desk: Page, other: Page) -> None:
    """Two act on one event; the slower one has not heard of the first act when it confirms."""
    other.locator("[data-verb=shelve]").click()
    other.locator("#act-reason").fill("roadworks, announced")
    other.route("**/api/v1/stream*", lambda route: route.abort())
    other.route(re.compile(r"/api/v1/events/1$"), lambda route: route.abort())
    desk.keyboard.press("a")
    expect(desk.get_by_test_id("detail")).to_contain_text("acknowledged by li.wei")
    other.evaluate("document.querySelector('.act button[type=submit]').click()")
    expect(other.locator(".act .problem")).to_contain_text("has just acted on this event")
    expect(other.locator("#act-reason")).to_have_value("roadworks, announced")
    other.unroute_all()
    other.get_by_role("button", name="Show it as it is now").click()
    expect(other.get_by_test_id("timeline").locator("li.acknowledge")).to_have_count(1)
    other.locator("[data-verb=shelve]").click()
    expect(other.locator("#act-reason")).to_have_value("roadworks, announced")  # what was typed stays


def a_slow_line_acts_once(desk: Page) -> None:
    """However often a button is pressed while the answer is on its way."""
    waiting: list[Route] = []
    desk.route("**/verbs/dispatch", lambda route: waiting.append(route))  # noqa: PLW0108 - it marks the handler
    desk.keyboard.press("d")
    choose(desk, "unit", "Grid post 1")
    desk.locator("#act-note").fill(SAID)
    send = desk.locator(".act button[type=submit]")
    send.click()
    expect(send).to_be_disabled()
    send.click(force=True)
    waiting[0].continue_()
    timeline = desk.get_by_test_id("timeline")
    expect(timeline.locator("li.dispatch")).to_contain_text(SAID)  # as text
    expect(timeline.locator("b")).to_have_count(0)
    assert len(waiting) == 1


def the_server_is_away(phone: Page, desk: Page) -> None:
    """What is there stays there, and says that it is old; what is done waits."""
    expect(desk.get_by_test_id("stale")).to_contain_text("Data is stale since")
    phone.reload()  # out of the installed page's own store
    expect(phone.get_by_test_id("stale")).to_contain_text("cannot be reached")
    phone.locator(".task [data-verb=accept]").click()
    expect(phone.get_by_test_id("outbox")).to_contain_text("waits for the network")
    desk.locator(".act button[type=submit]").click()
    expect(desk.locator(".act .problem")).to_contain_text("what you typed is kept")
