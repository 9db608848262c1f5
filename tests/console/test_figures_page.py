"""The supervisor's figures: tables that add up, the way down, the load of the desks, a CSV."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Browser, expect

from messages import Kind, PlaceClass
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import Stage, at_desk


def test_figures_lead_down_and_add_up(browser: Browser, stage: Stage, site: Site) -> None:
    box = Box()
    for number in range(3):
        stage.happen(box, f"kerb-{number}")
    stage.happen(box, "lane", place="lake-promenade", place_class=PlaceClass.PARK, kind=Kind.WATER_EDGE)
    with at_desk(browser, site, "chen.jing", path="/figures") as page:
        table = page.get_by_test_id("figures")
        expect(table.locator("tbody tr")).to_have_count(3)
        expect(table.locator("tbody tr").last).to_contain_text("合计4")
        expect(page.get_by_test_id("adds")).to_contain_text("各行之和等于合计")
        expect(page.locator("[data-test=plot] canvas").first).to_be_visible()
        expect(page.get_by_test_id("loads").locator("tbody tr").last).to_contain_text("4")

        table.get_by_role("button", name="主干道桥隧").click()
        expect(table.locator("tbody tr").last).to_contain_text("合计3")
        table.get_by_role("button", name="违规停车").click()
        expect(table.locator("tbody th").first).to_have_text("环城路")
        page.get_by_test_id("only").first.click()
        expect(page.get_by_test_id("only")).to_have_count(1)

        with page.expect_download() as told:
            page.get_by_test_id("csv").click()
        rows = list(csv.DictReader(io.StringIO(Path(told.value.path()).read_bytes().decode("utf-8-sig"))))
        assert rows[-1]["name_zh"] == "合计"
        page.get_by_test_id("language").click()
        expect(page.locator("h2")).to_have_text("Figures")
        expect(page.get_by_test_id("adds")).to_contain_text("The rows add up")


def test_heat_is_of_the_whole_stretch_and_of_a_kind(browser: Browser, stage: Stage, site: Site) -> None:
    box = Box()
    for number in range(3):
        stage.happen(box, f"kerb-{number}")
    stage.happen(box, "lake", kind=Kind.WATER_EDGE)
    with at_desk(browser, site, "chen.jing", path="/map") as page:
        page.get_by_test_id("layer-heat").check()
        expect(page.get_by_test_id("heat-sum")).to_have_text("4 件事件")
        page.get_by_test_id("heat-kind").select_option("water_edge")
        expect(page.get_by_test_id("heat-sum")).to_have_text("1 件事件")
        page.get_by_test_id("heat-days").select_option("365")
        expect(page.get_by_test_id("heat-sum")).to_have_text("1 件事件")
        expect(page.locator(".hours i")).to_have_count(24)
