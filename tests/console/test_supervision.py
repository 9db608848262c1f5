"""Reports and letters, second factor, tokens, audit: the days of supervisors and administrators."""

import re
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, expect

from tests.central.people import PASSWORD
from tests.central.web import Site
from tests.console.stage import at_desk


def test_a_letter_from_its_template_to_the_answer(browser: Browser, site: Site) -> None:
    # a refused draft is told by the browser's console, too
    with at_desk(browser, site, "chen.jing", path="/papers", complains=True) as page:
        page.get_by_test_id("new-letter").click()
        page.get_by_test_id("make-letter").click()
        expect(page.get_by_test_id("wrong-place")).to_be_visible()  # about what?
        page.get_by_test_id("field-place").click()
        page.locator(".el-select-dropdown__item:visible").filter(has_text="环城路").click()
        expect(page.locator(".el-select-dropdown:visible")).to_have_count(0)
        page.get_by_test_id("field-addressee").fill("养护所")
        page.get_by_test_id("field-addressee").press("Enter")
        letter = page.get_by_test_id("letter")
        expect(letter).to_be_visible()
        title = page.get_by_test_id("field-title")
        good = title.input_value()
        title.fill(" ")
        page.get_by_test_id("send-letter").click()
        expect(page.get_by_test_id("wrong-title")).to_have_text("此项必填")
        expect(title).to_be_focused()
        title.fill(good)
        page.get_by_test_id("send-letter").click()
        page.get_by_test_id("answer-letter").click()
        expect(page.get_by_test_id("wrong-reply")).to_have_text("此项必填")
        page.get_by_test_id("field-reply").fill("已整改")
        page.get_by_test_id("answer-letter").click()
        expect(letter.locator(".notice")).to_contain_text("已整改")
        expect(page.get_by_test_id("letters")).to_contain_text("已回复")


def test_days_and_refusals_are_in_the_language_of_the_page(browser: Browser, site: Site) -> None:
    with at_desk(browser, site, "chen.jing", path="/papers", complains=True, locale="de-DE") as page:
        month = page.get_by_test_id("month").locator("input")
        expect(month).to_have_value(re.compile(r"^\d{4} 年 \d+ 月$"))
        page.get_by_test_id("new-letter").click()
        page.get_by_label("编号").fill("20261124-000077")
        page.get_by_test_id("make-letter").click()
        expect(page.get_by_test_id("wrong-event_id")).to_have_text("您督导的范围内没有这个事件")
        page.keyboard.press("Escape")
        page.get_by_test_id("language").click()
        expect(month).to_have_value(re.compile(r"^[A-Z][a-z]+ \d{4}$"))


def test_the_second_factor_is_set_up_here(browser: Browser, site: Site) -> None:
    with at_desk(browser, site, "zhao.min", path="/account") as page:
        page.get_by_test_id("totp-begin").click()
        expect(page.get_by_test_id("qr")).to_be_visible()
        secret = page.get_by_test_id("totp-secret").inner_text()
        page.get_by_test_id("totp-code").fill(pyotp.TOTP(secret).now())
        page.get_by_test_id("totp-password").fill(PASSWORD)
        page.get_by_test_id("totp-prove").click()
        expect(page.get_by_test_id("totp-on")).to_be_visible()


def test_a_token_is_told_once(browser: Browser, site: Site) -> None:
    with at_desk(browser, site, "root", path="/users") as page:
        page.get_by_test_id("add-token").click()
        page.get_by_test_id("field-name").fill("wallboard")
        page.get_by_test_id("make-token").click()
        expect(page.get_by_test_id("token-secret")).to_contain_text("pwt_")
        expect(page.get_by_test_id("tokens")).to_contain_text("wallboard")
        page.reload()
        expect(page.get_by_test_id("tokens")).to_contain_text("wallboard")
        expect(page.get_by_test_id("token-secret")).to_have_count(0)


def test_the_auditor_sees_what_was_exported(browser: Browser, site: Site) -> None:
    with at_desk(browser, site, "chen.jing", path="/papers") as page:
        with page.expect_download() as told:
            page.get_by_test_id("report-docx").click()
        assert Path(told.value.path()).read_bytes().startswith(b"PK")
    with at_desk(browser, site, "sun.tao", path="/audit") as page:
        page.get_by_test_id("kinds").select_option("situation_report")
        page.locator("form button[type=submit]").click()
        expect(page.get_by_test_id("audit").locator("tbody tr")).to_have_count(1)
        page.get_by_test_id("check").click()
        expect(page.get_by_test_id("checked")).to_have_class("tag calm")
