"""What one shift tells the next."""

from playwright.sync_api import Browser, expect

from messages import Kind
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import Stage, at_desk

TOO_LONG = "湖边护栏已报修。" * 600


def test_a_note_is_refused_beside_its_field_and_left_whole(
    browser: Browser, stage: Stage, site: Site
) -> None:
    stage.happen(Box(), "lane", kind=Kind.WATER_EDGE)
    # a refused note is told by the browser's console, too
    with at_desk(browser, site, "li.wei", complains=True) as page:
        page.get_by_test_id("handover").click()
        note = page.get_by_test_id("field-text")
        note.fill(TOO_LONG)
        page.get_by_test_id("leave").click()
        expect(page.get_by_test_id("wrong-text")).to_contain_text("4000")
        expect(note).to_have_value(TOO_LONG)
        note.fill("盯住湖边")
        page.get_by_test_id("leave").click()
        left = page.locator(".left-note")
        expect(left).to_contain_text("盯住湖边")
        expect(left).to_contain_text("临水危险")
        expect(note).to_have_value("")
