"""Days at the desk and on the street: an event from the camera to its close, by keys and by phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from messages import Kind, Phase, PlaceClass
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import PHONE, Stage, at_desk, choose, tab_to

pytestmark = pytest.mark.slow  # begins first


def test_an_event_from_the_camera_to_its_close(browser: Browser, anywhere: Stage) -> None:
    """The operator by keys alone from the queue to the close, the responder by phone, then those who look."""
    with anywhere.open() as site:
        one_day(browser, anywhere, site)


def one_day(browser: Browser, stage: Stage, site: Site) -> None:
    """From the camera to the close."""
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
        expect(desk.locator(".act button[type=submit]")).to_be_focused()
        tab_to(desk, "#act-unit", back=True)
        desk.keyboard.press("Enter")
        expect(desk.locator(".el-select-dropdown__item:visible").first).to_be_visible()
        desk.keyboard.type("一号网格岗")
        expect(desk.locator(".el-select-dropdown__item:visible")).to_have_count(1)
        desk.keyboard.press("ArrowDown")
        desk.keyboard.press("Enter")
        tab_to(desk, ".act button[type=submit]")
        desk.keyboard.press("Enter")
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
        expect(desk.locator(".act button[type=submit]")).to_be_focused()
        desk.keyboard.press("Enter")
        expect(detail.locator("header .tag")).to_have_text("已核查")
        expect(desk.locator(".act")).to_have_count(0)
        desk.keyboard.press("Enter")  # into the detail
        tab_to(desk, "[data-verb=close]")
        desk.keyboard.press("Enter")
        expect(desk.locator(".act button[type=submit]")).to_be_focused()
        desk.keyboard.press("Enter")
        expect(detail.locator("header .tag")).to_have_text("已结案")
        expect(detail.get_by_test_id("timeline")).to_contain_text("车辆已驶离")
        expect(desk.locator(".event")).to_have_count(0)
    others_look(browser, site)


def others_look(browser: Browser, site: Site) -> None:
    """The supervisor's figures, the auditor's log."""
    with at_desk(browser, site, "chen.jing", path="/figures") as page:
        expect(page.locator("#main table tbody tr").first).to_contain_text("1")
    with at_desk(browser, site, "sun.tao", path="/audit") as page:
        expect(page.get_by_test_id("audit")).to_contain_text("li.wei")
        page.get_by_test_id("check").click()
        expect(page.get_by_test_id("checked")).to_contain_text("完整")


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
    expect(page.locator("#act-reason")).to_have_count(0)  # the form has left: the next is another
    page.keyboard.press("j")
    expect(page.locator("[data-verb=shelve]")).to_be_visible()
    page.keyboard.press("s")
    page.locator("#act-reason").fill("施工占道，已报备")
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".event")).to_have_count(0)
    page.get_by_test_id("shelved").select_option("only")
    expect(page.locator(".event")).to_have_count(1)


def test_one_event_of_several_incidents_is_split_again(page: Page, stage: Stage) -> None:
    """Two kerbs taken for one and taken apart: the joined event comes back as it was, and both say so."""
    box = Box()
    for zone in ("kerb", "carriageway"):
        stage.happen(box, zone)
    page.get_by_test_id("spared").select_option("with")
    expect(page.locator(".event")).to_have_count(2)
    page.keyboard.press("j")
    detail = page.get_by_test_id("detail")
    joined = page.url.rsplit("/", 1)[1]
    page.locator("[data-verb=merge]").click()
    page.locator("#act-into").click()
    page.locator(".el-select-dropdown__item:visible").first.click()
    page.locator("#act-reason").fill("同一起")
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".act")).to_have_count(0)
    expect(page.locator(".event")).to_have_count(1)

    page.locator(".event .title").click()  # from what is left, by way of the related ones
    merged = detail.get_by_test_id("related").locator("li", has_text="已合并")
    expect(merged).to_have_count(1)
    merged.get_by_role("button").click()
    expect(detail.locator("header .tag")).to_have_text("已合并")
    assert page.url.endswith(f"#/events/{joined}")
    page.locator("[data-verb=split]").click()
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".act .wrong")).to_have_text("此项必填")
    page.locator("#act-reason").fill("两处不同的车辆")
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".act")).to_have_count(0)
    expect(detail.locator("header .tag")).not_to_have_text("已合并")
    expect(page.locator(".event")).to_have_count(2)
    expect(detail.get_by_test_id("timeline").locator("li.split")).to_contain_text("两处不同的车辆")
    detail.get_by_test_id("related").get_by_role("button").first.click()
    expect(detail.get_by_test_id("timeline").locator("li.let_go")).to_have_count(1)


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


def test_a_report_begins_in_a_tunnel(browser: Browser, site: Site) -> None:
    """Whoever has only looked at the tasks knows what can be reported when the network is gone."""
    with at_desk(browser, site, "wang.fang", path="/tasks", complains=True, **PHONE) as phone:
        expect(phone.locator(".empty")).to_contain_text("没有待办任务")
        kept = "localStorage.getItem('placewatch.items') !== null"
        while not phone.evaluate(kept):  # the page's policy lets no text be evaluated in it, so it is asked
            phone.wait_for_timeout(100)
        phone.evaluate("async () => { await navigator.serviceWorker.ready; }")
        phone.context.set_offline(True)
        phone.evaluate("location.hash = '#/report'")
        phone.locator("[data-item='16']").click()
        phone.locator("textarea").fill("路边一堆垃圾")
        phone.locator("form input[type=text]").fill("环城路口")
        phone.get_by_test_id("send").click()
        expect(phone.get_by_test_id("outbox")).to_contain_text("等待网络")
        phone.context.set_offline(False)
        expect(phone.get_by_test_id("outbox")).to_have_count(0, timeout=30_000)


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


def test_closed_by_the_camera(page: Page, stage: Stage) -> None:
    box = Box()
    stage.happen(box)
    page.locator(".event").click()
    stage.happen(box, phase=Phase.CLOSED)
    expect(page.get_by_test_id("detail")).to_contain_text("现场已恢复")


def test_a_responder_asks_for_help_and_keeps_the_event(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei", path="/events/1") as desk:
        desk.locator("[data-verb=dispatch]").click()
        choose(desk, "unit", "一号网格岗")
        desk.get_by_role("button", name="确认").click()
        expect(desk.locator(".act")).to_have_count(0)
        with at_desk(browser, site, "wang.fang", **PHONE) as phone:
            task = phone.locator(".task")
            task.locator("[data-verb=accept]").click()
            task.locator("[data-verb=support]").click()
            phone.get_by_test_id("send").click()
            expect(task.get_by_role("alert")).to_have_text("请至少选择一支力量")
            task.locator("[data-unit=traffic-1]").check()
            expect(task.locator("[data-unit=grid-1]")).to_have_count(0)
            phone.get_by_test_id("say-units").fill("两车对峙")
            phone.get_by_test_id("send").click()
            expect(task.locator("[data-verb=arrive]")).to_be_visible()
        timeline = desk.get_by_test_id("timeline")
        expect(timeline.locator("li.support")).to_contain_text("两车对峙")
