"""What goes wrong is said where it went wrong, and what was typed stays."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.central.people import PASSWORD
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import HOSTILE, PHONE, Stage, at_desk, choose

TITLE = "实时事件 · Placewatch 平安值守"


def file(folder: Path, size: int) -> Path:
    """No picture at all, under a name that tries to be markup."""
    made = folder / f"{HOSTILE}.png"
    made.write_bytes(b"\0" * size)
    return made


def picture(width: int, height: int) -> bytes:
    """A PNG of that many pixels and hardly any bytes."""
    target = BytesIO()
    Image.new("1", (width, height)).save(target, "PNG")
    return target.getvalue()


def dispatched(desk: Page) -> None:
    """The event that is shown goes to the phone's unit."""
    desk.locator("[data-verb=dispatch]").click()
    choose(desk, "unit", "一号网格岗")
    desk.get_by_role("button", name="确认").click()
    expect(desk.locator(".act")).to_have_count(0)


def test_a_huge_file_is_refused_with_the_limit_and_its_name_is_text(
    page: Page, stage: Stage, tmp_path: Path
) -> None:
    stage.happen(Box())
    page.locator(".event .title").click()
    page.locator("[data-verb=false_alarm]").click()
    page.locator("#act-reason").fill("树影")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/uploads" in request.url else None)
    page.locator(".act input[type=file]").set_input_files(file(tmp_path, 20 * 1024 * 1024 + 1))
    wrong = page.locator(".act .pictures .wrong")
    expect(wrong).to_contain_text(HOSTILE)
    expect(wrong).to_contain_text("20 MB")
    expect(page.locator("#act-reason")).to_have_value("树影")
    expect(page).to_have_title(TITLE)
    assert sent == []


def test_too_many_pixels_are_refused_with_the_limit_and_the_act_goes_on(
    browser: Browser, stage: Stage, site: Site
) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei", path="/events/1", complains=True) as page:
        page.locator("[data-verb=note]").click()
        page.locator("#act-note").fill("现场照片如下")
        bombs = [
            {"name": "wide.png", "mimeType": "image/png", "buffer": picture(7000, 5000)},
            {"name": f"{HOSTILE}.png", "mimeType": "image/png", "buffer": picture(20_000, 20_000)},
        ]
        page.locator(".act input[type=file]").set_input_files(bombs)  # type: ignore[arg-type]
        wrong = page.locator(".act .pictures .wrong")
        expect(wrong).to_have_count(2)
        expect(wrong.first).to_contain_text("wide.png")
        expect(wrong.first).to_contain_text("图片有 7000×5000 像素，超过 25 百万像素的上限")
        expect(wrong.last).to_contain_text(HOSTILE)
        expect(wrong.last).to_contain_text("25 百万像素的上限")
        expect(page.locator("#act-note")).to_have_value("现场照片如下")
        expect(page).to_have_title(TITLE)
        fits = {"name": "small.png", "mimeType": "image/png", "buffer": picture(320, 240)}
        page.locator(".act input[type=file]").set_input_files(fits)  # type: ignore[arg-type]
        expect(page.locator(".act .pictures figure")).to_have_count(1)
        expect(wrong).to_have_count(0)
        page.locator(".act input[type=file]").set_input_files([fits] * 11)  # type: ignore[arg-type]
        expect(wrong).to_have_text("最多附 10 张图片，有 2 张未加入")
        expect(page.locator(".act .pictures figure")).to_have_count(10)
        page.get_by_role("button", name="确认").click()
        expect(page.locator(".act")).to_have_count(0)
        expect(page.get_by_test_id("timeline")).to_contain_text("现场照片如下")


def test_no_photo_is_said_on_the_phone_and_the_report_stays(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    with at_desk(browser, site, "wang.fang", path="/report", complains=True, **PHONE) as phone:
        phone.locator("[data-item='16']").click()
        phone.locator("textarea").fill(HOSTILE)
        phone.get_by_test_id("photo").set_input_files(file(tmp_path, 9))
        expect(phone.locator(".photos .wrong")).to_contain_text("不是")
        phone.get_by_test_id("send").click()
        expect(phone.locator("form > .wrong")).to_have_text("请选择地点或填写地点说明")
        expect(phone.locator("textarea")).to_have_value(HOSTILE)
        phone.get_by_test_id("find-place").fill("环城")
        phone.get_by_label("环城路").check()
        with phone.expect_response(lambda answer: answer.url.endswith("/api/v1/reports")) as sent:
            phone.get_by_test_id("send").click()
        assert sent.value.ok
        expect(phone.get_by_test_id("outbox")).to_have_count(0)
    with at_desk(browser, site, "li.wei") as desk:
        desk.locator(".event .title").click()
        expect(desk.get_by_test_id("facts")).to_contain_text(HOSTILE)
        expect(desk).to_have_title(TITLE)


def test_what_the_server_refuses_stays_with_its_reason(browser: Browser, stage: Stage, site: Site) -> None:
    stage.happen(Box())
    with (
        at_desk(browser, site, "li.wei", path="/events/1") as desk,
        at_desk(browser, site, "wang.fang", complains=True, **PHONE) as phone,
    ):
        dispatched(desk)
        task = phone.locator(".task")
        expect(task).to_be_visible()
        phone.context.set_offline(True)
        task.locator("[data-verb=accept]").click()
        outbox = phone.get_by_test_id("outbox")
        expect(outbox).to_contain_text("等待网络")
        desk.locator("[data-verb=return]").click()
        desk.locator("#act-reason").fill("派错了")
        desk.get_by_role("button", name="确认").click()
        expect(desk.locator(".act")).to_have_count(0)
        phone.context.set_offline(False)
        expect(outbox).to_contain_text("服务器未接受", timeout=30_000)
        expect(outbox.locator(".wrong")).not_to_contain_text("possible")  # in words of the page's language
        outbox.get_by_role("button", name="放弃").click()
        expect(outbox).to_have_count(0)


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(
    browser: Browser, stage: Stage, site: Site
) -> None:
    stage.happen(Box())
    with at_desk(browser, site, "li.wei", path="/events/1", complains=True) as page:
        page.locator("[data-verb=shelve]").click()
        page.locator("#act-reason").fill("施工占道，已报备")
        page.context.clear_cookies()
        # Whichever asks first finds the session gone: this button, or the page by itself.
        page.evaluate("document.querySelector('.act button[type=submit]')?.click()")
        expect(page.locator("input[name=password]")).to_be_visible()
        page.locator("input[name=username]").fill("li.wei")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        page.locator("[data-verb=shelve]").click()
        expect(page.locator("#act-reason")).to_have_value("施工占道，已报备")
        page.get_by_role("button", name="确认").click()
        expect(page.locator(".event")).to_have_count(0)
