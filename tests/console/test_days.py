"""Days at the desk and on the street: an event from the camera to its close, by keys and by phone."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from central.store.engine import Store
from central.store.migrate import migrate
from messages import Kind, Phase, PlaceClass
from tests import servers
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import Stage, at_desk, make_stage

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}


def choose(page: Page, field: str, text: str) -> None:
    """Pick an option of a select in the dialog of an act."""
    page.locator(f"#act-{field}").click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text=text).click()


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage on each of the two databases."""
    with ExitStack() as stack:
        address = f"sqlite:///{tmp_path}/central.sqlite"
        if request.param == "postgresql":
            address = stack.enter_context(servers.postgres()).database()
        store = Store(address)
        stack.callback(store.close)
        migrate(store)
        yield make_stage(store, tmp_path)


def test_an_event_from_the_camera_to_its_close(browser: Browser, anywhere: Stage) -> None:
    """The operator by keys alone, the responder by phone; then those who look at what was done."""
    with anywhere.open() as site:
        one_day(browser, anywhere, site)


def one_day(browser: Browser, stage: Stage, site: Site) -> None:
    """From the camera to the close, the supervisor's figures and the auditor's log."""
    box = Box()
    stage.happen(box)
    with at_desk(browser, site, "li.wei") as desk, at_desk(browser, site, "wang.fang", **PHONE) as phone:
        expect(phone.locator(".empty")).to_contain_text("没有待办任务")
        desk.keyboard.press("j")
        detail = desk.get_by_test_id("detail")
        expect(detail.locator("[data-verb=acknowledge]")).to_be_visible()
        desk.keyboard.press("a")
        expect(detail).to_contain_text("li.wei 已签收")
        desk.keyboard.press("d")
        expect(desk.locator("#act-unit")).to_be_visible()
        choose(desk, "unit", "一号网格岗")
        desk.get_by_role("button", name="确认").click()
        expect(detail.locator("header .tag")).to_have_text("已派遣")

        task = phone.locator(".task")
        expect(task).to_contain_text("违规停车")
        task.locator("[data-verb=accept]").click()
        expect(detail.locator("header .tag")).to_have_text("已接单")
        task.locator("[data-verb=arrive]").click()
        expect(detail.locator("header .tag")).to_have_text("已到场")
        task.locator("[data-verb=feedback]").click()
        phone.get_by_test_id("send").click()
        expect(task.get_by_role("alert")).to_have_text("此项必填")
        phone.get_by_test_id("say-note").fill("车辆已驶离")
        phone.get_by_test_id("send").click()
        expect(detail.locator("header .tag")).to_have_text("已处置")
        expect(phone.locator(".empty")).to_contain_text("没有待办任务")

        desk.keyboard.press("v")
        desk.get_by_role("button", name="确认").click()
        expect(detail.locator("header .tag")).to_have_text(re.compile("已核查|已结案"))
        if detail.locator("[data-verb=close]").count():
            detail.locator("[data-verb=close]").click()
            desk.get_by_role("button", name="确认").click()
        expect(detail.locator("header .tag")).to_have_text("已结案")
        expect(detail.get_by_test_id("timeline")).to_contain_text("车辆已驶离")
        expect(desk.locator(".event")).to_have_count(0)
    with at_desk(browser, site, "chen.jing", path="/figures") as page:
        expect(page.locator("#main table tbody tr").first).to_contain_text("1")
    with at_desk(browser, site, "sun.tao", path="/audit") as page:
        expect(page.get_by_test_id("audit")).to_contain_text("li.wei")
        page.get_by_test_id("check").click()
        expect(page.get_by_test_id("checked")).to_contain_text("完整")


def test_a_slow_network_acts_once(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei", path="/events/1") as page:
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            waiting.append(route)

        page.route("**/verbs/acknowledge", hold)
        detail = page.get_by_test_id("detail")
        expect(detail.locator("[data-verb=acknowledge]")).to_be_enabled()
        page.keyboard.press("a")
        expect(detail.locator("[data-verb=acknowledge]")).to_be_disabled()
        page.keyboard.press("a")
        detail.locator("[data-verb=acknowledge]").click(force=True)
        waiting[0].continue_()
        expect(detail.get_by_test_id("timeline").locator("li.acknowledge")).to_have_count(1)
        assert len(waiting) == 1


def test_events_of_a_place_are_merged_by_choice_and_shelved_ones_have_a_list(
    page: Page, stage: Stage
) -> None:
    box = Box()
    for zone in ("kerb", "carriageway"):
        stage.happen(box, zone)
    expect(page.get_by_test_id("spared-sum")).to_contain_text("另有 1 件")  # one blue line a place
    expect(page.locator(".event")).to_have_count(1)
    page.get_by_test_id("spared").select_option("with")
    expect(page.locator(".event")).to_have_count(2)
    page.keyboard.press("j")
    page.locator("[data-verb=merge]").click()
    page.locator("#act-into").click()
    page.locator(".el-select-dropdown__item:visible").first.click()
    if page.locator("#act-reason").count():
        page.locator("#act-reason").fill("同一起")
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".event")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("[data-verb=shelve]")).to_be_visible()
    page.keyboard.press("s")
    page.locator("#act-reason").fill("施工占道，已报备")
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".event")).to_have_count(0)
    page.get_by_test_id("shelved").select_option("only")
    expect(page.locator(".event")).to_have_count(1)


def test_a_tunnel_sends_once(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with (
        at_desk(browser, site, "li.wei", path="/events/1") as desk,
        at_desk(browser, site, "wang.fang", complains=True, **PHONE) as phone,
    ):
        desk.locator("[data-verb=dispatch]").click()
        choose(desk, "unit", "一号网格岗")
        desk.get_by_role("button", name="确认").click()
        task = phone.locator(".task")
        expect(task).to_be_visible()
        phone.context.set_offline(True)
        task.locator("[data-verb=accept]").click()
        expect(phone.get_by_test_id("outbox")).to_contain_text("接单")
        expect(task).to_contain_text("等待网络")
        phone.context.set_offline(False)
        timeline = desk.get_by_test_id("timeline")
        expect(timeline.locator("li.accept")).to_have_count(1, timeout=30_000)
        expect(phone.get_by_test_id("outbox")).to_be_hidden()
        expect(timeline.locator("li.accept")).to_have_count(1)


def test_two_operators_race_and_the_second_is_told(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with (
        at_desk(browser, site, "li.wei", path="/events/1") as one,
        at_desk(browser, site, "zhao.min", path="/events/1", complains=True) as other,
    ):
        other.locator("[data-verb=shelve]").click()
        other.locator("#act-reason").fill("施工占道，已报备")
        # The second desk is slow: it has not heard of the first one's act when it confirms.
        other.route("**/api/v1/stream*", lambda route: route.abort())
        other.route(re.compile(r"/api/v1/events/1$"), lambda route: route.abort())
        one.locator("[data-verb=acknowledge]").click()
        expect(one.get_by_test_id("detail")).to_contain_text("li.wei 已签收")
        other.evaluate("document.querySelector('.act button[type=submit]').click()")
        expect(other.locator(".act .problem")).to_contain_text("刚刚处理过这个事件")
        expect(other.locator("#act-reason")).to_have_value("施工占道，已报备")


def test_a_false_alarm_needs_its_reason_and_leaves_the_queue(
    browser: Browser, stage: Stage, site: Site
) -> None:
    stage.happen(Box(), "lane", kind=Kind.WATER_EDGE, place="lake-promenade", place_class=PlaceClass.PARK)
    with at_desk(browser, site, "li.wei", path="/events/1") as page:
        page.locator("[data-verb=false_alarm]").click()
        page.get_by_role("button", name="确认").click()
        expect(page.locator(".act .wrong")).to_have_text("此项必填")
        page.locator("#act-reason").fill("树影")
        page.get_by_role("button", name="确认").click()
        expect(page.get_by_test_id("detail").locator("header .tag")).to_have_text("误报")
        expect(page.locator(".event")).to_have_count(0)


def test_a_flood_is_folded_by_place_and_nothing_is_hidden_uncounted(page: Page, stage: Stage) -> None:
    box = Box()
    for number in range(9):
        stage.happen(box, f"kerb-{number}")
    for number in range(3):
        stage.happen(box, f"lake-{number}", kind=Kind.WATER_EDGE)
    expect(page.get_by_test_id("flood")).to_contain_text("10 分钟内新增 12 件")
    expect(page.locator(".event.red")).to_have_count(3)
    expect(page.locator(".event.blue")).to_have_count(0)
    expect(page.get_by_test_id("spared-sum")).to_contain_text("另有 8 件")  # one blue line a place
    expect(page.get_by_test_id("hidden")).to_contain_text("另有 1 件")
    page.get_by_test_id("spared").select_option("with")
    expect(page.get_by_test_id("hidden")).to_contain_text("另有 9 件")
    page.get_by_test_id("hidden").click()
    expect(page.get_by_test_id("shown")).to_have_text("12 件")
    expect(page.locator(".event.blue").first).to_be_visible()


def test_several_at_once(page: Page, stage: Stage) -> None:
    box = Box()
    for zone in ("kerb", "carriageway"):
        stage.happen(box, zone)
    expect(page.get_by_test_id("spared-sum")).to_contain_text("另有 1 件")  # one blue line a place
    expect(page.locator(".event")).to_have_count(1)
    page.get_by_test_id("spared").select_option("with")
    expect(page.locator(".event")).to_have_count(2)
    for tick in page.locator(".event input[type=checkbox]").all():
        tick.check()
    page.get_by_test_id("bulk").get_by_role("button", name="签收").click()
    expect(page.get_by_test_id("bulk")).to_be_hidden()
    page.locator(".event").first.click()
    expect(page.get_by_test_id("detail")).to_contain_text("li.wei 已签收")


def test_a_clock_an_hour_off_is_said(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei") as page:
        page.clock.install()
        page.clock.fast_forward("01:00:00")
        expect(page.get_by_test_id("clock")).to_contain_text("相差 60 分钟")


def test_closed_by_the_camera(page: Page, stage: Stage) -> None:
    box = Box()
    stage.happen(box)
    page.locator(".event").click()
    stage.happen(box, phase=Phase.CLOSED)
    expect(page.get_by_test_id("detail")).to_contain_text("现场已恢复")
