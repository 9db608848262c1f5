"""The administrator's and the auditor's day, on both databases: faults beside fields, what was typed kept.

With ``PLACEWATCH_SHOTS=DIR`` each page of the days is photographed, in Chinese and in English.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs
from playwright.sync_api import Browser, Locator, Page, expect

from central.fleet.desired import Fleet, Wish
from central.shelf import Shelf
from central.trust.signing import Signer
from messages import encode
from placewatch.boxcheck import check_box_config, rule_forms
from placewatch.clock import utc
from tests.central.conftest import config_of
from tests.central.speech import BOX, Box, inbound
from tests.central.web import Site, served
from tests.console.stage import PHONE, Stage, at_desk
from tests.console.test_access import findings
from tests.console.test_wall import Answering

pytestmark = pytest.mark.slow  # begins first

SHOTS = os.environ.get("PLACEWATCH_SHOTS")
LANGUAGES = ("zh", "en") if SHOTS else ("zh",)
CONFIG = """# what the box runs
places: [{id: ring-road, class: road}]
cameras:
  - id: cam-1  # the junction
    url: rtsp://camera.example/1
    place: ring-road
    zones:
      - {id: kerb, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}
    rules:
      - {kind: no_stopping, zone: kerb, dwell_s: 60}
"""


@contextmanager
def centre(stage: Stage, folder: Path) -> Iterator[tuple[Site, Fleet]]:
    """A centre whose tables can be loaded anew, with a managed box that answers with pictures."""
    office, now = stage.office, utc(stage.clock.now())
    box = Box()
    office.take(inbound(BOX.state, encode(box.state())))
    office.take(structs.replace(inbound(BOX.health, encode(box.health())), received=now))
    fleet = Fleet(office.store, Signer(Ed25519PrivateKey.generate()), check_box_config)
    fleet.configure(Wish(BOX, "installer", note="as installed"), CONFIG, now)
    shelf = Shelf(office.store, config_of(folder), stage.tables)
    shelf.open(now)
    desk = stage.desk(Answering().snapshots)
    desk = replace(desk, shelf=shelf, tables_now=lambda: shelf.tables, fleet=fleet, rule_forms=rule_forms())
    with served(desk) as site:
        yield site, fleet


def shoot(page: Page, name: str, language: str) -> None:
    """A picture for whoever looks at the pages."""
    if SHOTS:
        page.wait_for_timeout(700)
        page.screenshot(path=f"{SHOTS}/{name}-{language}.png")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_administrators_day_and_what_the_auditor_finds(
    browser: Browser, anywhere: Stage, tmp_path: Path, language: str
) -> None:
    with centre(anywhere, tmp_path) as (site, fleet):
        # refused forms are told by the browser's console, too
        with at_desk(browser, site, "root", path="/roster", complains=True) as page:
            if language == "en":
                page.get_by_test_id("language").click()
            shifts(page, language)
            duty(page, language)
            channel(page, site, language)
            place_and_list(page, site, language)
            zones(page, site, fleet, language)
            people(page, site, language)
        with at_desk(browser, site, "sun.tao", path="/audit") as page:
            audit(page, language)


def shifts(page: Page, language: str) -> None:
    """A shift that ends before it begins is refused beside the field; mended, it stands in the week."""
    row = page.locator("[data-unit=day-shift]")
    row.get_by_test_id("add-shift").click()
    starts, ends = page.get_by_test_id("field-starts"), page.get_by_test_id("field-ends")
    page.get_by_test_id("field-note").fill("顶班")
    starts, ends = starts.locator("input"), ends.locator("input")
    good = ends.input_value()
    type_into(ends, starts.input_value())
    page.get_by_test_id("save-shift").click()
    expect(page.get_by_test_id("wrong-ends")).to_be_visible()
    expect(ends).to_be_focused()
    expect(page.get_by_test_id("field-note")).to_have_value("顶班")
    shoot(page, "shift", language)
    type_into(ends, good)
    page.get_by_test_id("save-shift").click()
    expect(row.get_by_test_id("shift")).to_have_count(1)
    shoot(page, "roster", language)


def type_into(day: Locator, text: str) -> None:
    """A moment, typed in the page's own way of writing days."""
    day.fill(text)
    day.press("Enter")


def duty(page: Page, language: str) -> None:
    """Weekly duty in days and hours; what is no time is said beside its field, and the rest stays."""
    row = page.locator("[data-unit=day-shift]")
    expect(row).to_contain_text({"zh": "周一至周五 08:00–17:00", "en": "Mon to Fri 08:00–17:00"}[language])
    row.get_by_test_id("edit-duty").click()
    page.get_by_test_id("add-span").click()
    span = page.get_by_test_id("span").nth(1)
    for day in ("mon", "tue", "wed", "thu", "fri"):
        span.locator(f"[data-day={day}]").uncheck()
    page.get_by_test_id("field-duty.1.starts").fill("9:30")
    page.get_by_test_id("field-duty.1.ends").fill("25:00")
    page.get_by_test_id("make-duty").click()
    expect(page.get_by_test_id("wrong-duty.1.days")).to_be_visible()
    expect(page.get_by_test_id("wrong-duty.1.ends")).to_contain_text("24:00")
    expect(page.get_by_test_id("field-duty.1.starts")).to_have_value("9:30")
    shoot(page, "duty", language)
    span.locator("[data-day=sat]").check()
    span.locator("[data-day=holiday]").check()
    page.get_by_test_id("field-duty.1.ends").fill("1200")
    page.get_by_test_id("make-duty").click()
    expect(page.get_by_test_id("diff")).to_contain_text("sat,holiday 09:30-12:00")
    page.get_by_test_id("activate").click()
    expect(row).to_contain_text(
        {"zh": "周六、节假日 09:30–12:00", "en": "Sat, Holidays 09:30–12:00"}[language]
    )


def channel(page: Page, site: Site, language: str) -> None:
    """Set up, tried out, switched off; its secret never comes back."""
    page.goto(f"{site.address.url}#/channels")
    page.get_by_test_id("add-channel").click()
    page.get_by_test_id("field-name").fill("night-desk")
    page.get_by_test_id("field-settings.url").fill("no address")
    page.get_by_test_id("save-channel").click()
    expect(page.get_by_test_id("wrong-settings.secret")).to_be_visible()
    page.get_by_test_id("field-settings.secret").fill("a long random text")
    page.get_by_test_id("save-channel").click()
    expect(page.get_by_test_id("wrong-settings.url")).to_be_visible()
    expect(page.get_by_test_id("field-settings.secret")).to_have_value("a long random text")
    shoot(page, "channel", language)
    page.get_by_test_id("field-settings.url").fill("https://127.0.0.1:9/hook")
    page.get_by_test_id("save-channel").click()
    row = page.get_by_test_id("channels").locator("tr", has_text="night-desk")
    row.get_by_test_id("try").click()
    expect(row.get_by_test_id("tried")).to_have_class("tag bad")
    row.get_by_test_id("turn").click()
    expect(row.locator(".tag.warn")).to_be_visible()
    row.get_by_test_id("edit-channel").click()
    expect(page.get_by_test_id("field-settings.secret")).to_have_value("")
    page.get_by_test_id("save-channel").click()
    expect(page.get_by_test_id("save-channel")).to_have_count(0)


def place_and_list(page: Page, site: Site, language: str) -> None:
    """A place more in the city's table, and a fault in the responsibility list that is led to."""
    page.goto(f"{site.address.url}#/city")
    page.locator(".el-tree-node__content").first.click()
    page.get_by_test_id("add-place").click()
    expect(page.locator("[data-test=field-class] option")).to_have_count(12)
    for name, said in {"id": "new-park", "zh": "新公园", "en": "New park", "longitude": "x"}.items():
        page.get_by_test_id(f"field-{name}").fill(said)
    page.get_by_test_id("field-class").select_option("park")
    page.get_by_test_id("make-org").click()
    expect(page.get_by_test_id("wrong-latitude")).to_be_visible()
    page.get_by_test_id("field-latitude").fill("30.51")
    page.get_by_test_id("make-org").click()
    expect(page.get_by_test_id("wrong-longitude")).to_be_visible()
    page.get_by_test_id("field-longitude").fill("117.11")
    page.get_by_test_id("make-org").click()
    expect(page.get_by_test_id("diff")).to_contain_text("new-park")
    shoot(page, "place", language)
    page.get_by_test_id("activate").click()
    expect(page.get_by_test_id("places")).to_contain_text("new-park")
    page.goto(f"{site.address.url}#/lists")
    page.get_by_test_id("edit-table").click()
    text = page.get_by_test_id("table-text")
    expect(text).to_have_value(re.compile("version:"))
    good = text.input_value()
    text.fill(good + "\nnonsense: 1\n")
    page.get_by_test_id("look").click()
    expect(page.get_by_test_id("faults")).to_contain_text("nonsense")
    shoot(page, "table", language)
    text.fill(good.replace('version: "', 'version: "new-'))
    page.get_by_test_id("look").click()
    expect(page.get_by_test_id("sound")).to_be_visible()
    page.get_by_test_id("activate").click()
    expect(page.get_by_test_id("versions").locator("tbody tr")).to_have_count(2)


def zones(page: Page, site: Site, fleet: Fleet, language: str) -> None:
    """Drawn on the redacted still by the keyboard; a fault of a rule stands beside it; saved signed."""
    page.goto(f"{site.address.url}#/devices")
    page.get_by_test_id("draw-zones").click()
    expect(page.get_by_test_id("draw").locator("img")).to_be_visible()
    page.locator("[data-corner='0']").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_test_id("add-zone").click()
    page.get_by_test_id("add-rule").click()
    added = page.get_by_test_id("rule").nth(1)
    added.get_by_test_id("rule-dwell_s").fill("soon")
    page.get_by_test_id("config-note").fill("new view")
    page.get_by_test_id("save-camera").click()
    expect(page.get_by_test_id("rule").nth(1).locator(".wrong")).to_be_visible()
    page.get_by_test_id("draw").scroll_into_view_if_needed()
    shoot(page, "zones", language)
    added.get_by_test_id("rule-dwell_s").fill("2")
    page.get_by_test_id("save-camera").click()
    expect(page.get_by_test_id("camera-editor")).to_have_count(0)
    newest = fleet.newest(BOX)
    assert newest is not None
    assert (newest.version, newest.actor, newest.note) == (2, "root", "new view")
    assert "# the junction" in newest.content
    assert "0.11" in newest.content
    assert "zone-1" in newest.content


def people(page: Page, site: Site, language: str) -> None:
    """A name that is none is refused beside the field; sessions are seen and ended."""
    page.goto(f"{site.address.url}#/users")
    page.get_by_test_id("add-user").click()
    page.get_by_test_id("field-name").fill("Bad Name")
    page.get_by_test_id("field-display").fill("新人")
    page.get_by_test_id("save-user").click()
    expect(page.get_by_test_id("wrong-name")).to_be_visible()
    expect(page.get_by_test_id("field-display")).to_have_value("新人")
    shoot(page, "user", language)
    page.get_by_test_id("field-name").fill("li.wei")
    page.get_by_test_id("save-user").click()
    expect(page.get_by_test_id("wrong-name")).to_be_visible()
    page.get_by_test_id("field-name").fill("new.one")
    page.get_by_test_id("save-user").click()
    expect(page.get_by_test_id("one-time")).to_contain_text("new.one")
    page.locator("tr", has_text="root").get_by_test_id("user-sessions").click()
    expect(page.get_by_test_id("sessions").locator("li")).to_have_count(1)
    shoot(page, "sessions", language)


def audit(page: Page, language: str) -> None:
    """Who changed what, told apart from who saw and who exported; and the chain is whole."""
    page.get_by_test_id("acts").select_option("changed")
    page.locator("form button[type=submit]").click()
    log = page.get_by_test_id("audit")
    for thing in ("new.one", "night-desk", "responsibility", "city", f"{BOX.site}/{BOX.box}", "day-shift/1"):
        expect(log).to_contain_text(thing)
    page.get_by_test_id("acts").select_option("saw")
    page.locator("form button[type=submit]").click()
    expect(log).to_contain_text("ring-road")
    expect(log).not_to_contain_text("night-desk")
    page.get_by_test_id("check").click()
    expect(page.get_by_test_id("checked")).to_have_class("tag calm")
    shoot(page, "audit", language)


def test_forms_and_dialogs_have_nothing_serious_and_fit_a_phone(
    browser: Browser, stage: Stage, tmp_path: Path
) -> None:
    with centre(stage, tmp_path) as (site, _), at_desk(browser, site, "root", **PHONE) as page:
        for path, opener in (
            ("/roster", "add-shift"),
            ("/roster", "edit-duty"),
            ("/channels", "add-channel"),
            ("/lists", "edit-table"),
            ("/devices", "draw-zones"),
            ("/users", "add-user"),
        ):
            page.goto("about:blank")  # a dialog of the page before is not the next one
            page.goto(f"{site.address.url}#{path}")
            page.get_by_test_id(opener).first.click()
            expect(page.locator(".el-dialog form:visible")).to_have_count(1)
            expect(page.locator(".dialog-fade-enter-active")).to_have_count(0)
            assert findings(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
