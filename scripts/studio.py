"""The demo's chain with a browser before it: what pictures and the recording are taken of.

What is to be seen has been through redaction, as everything that leaves a box.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from placewatch.demo.chain import Chain, Ports
from placewatch.demo.people import admit
from placewatch.demo.plan import shipped_box, write_files
from placewatch.footage.fetch import fetch

DOCS = Path(__file__).parent.parent / "docs"
CHROMIUM = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]
SETTLE_S = 60.0
PATIENCE_MS = 90_000
RESPONDERS_UNIT = "Willow grid post|柳荫社区网格岗"
"""What the demo's responder belongs to."""
DESK = {"width": 1440, "height": 860}
PHONE = {"width": 390, "height": 780}


@dataclass(frozen=True, slots=True)
class Studio:
    """Where to photograph.

    Attributes:
        browser: Chromium.
        url: The centre.
        password: Of all of the demo's people.
    """

    browser: Browser
    url: str
    password: str

    @contextmanager
    def seat(self, name: str, language: str, size: Mapping[str, int]) -> Iterator[Page]:
        """A page on which ``name`` has signed in."""
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.add_init_script(f"localStorage.setItem('placewatch.language', '{language}')")
        page.goto(self.url)
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", self.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("[data-test=link].live")
        spoken = {"zh": "zh-CN", "en": "en"}[language]
        if page.get_attribute("html", "lang") != spoken:  # signing in brings the account's own language
            page.click("[data-test=language]")
            page.wait_for_selector(f"html[lang={spoken}]")
        yield page
        context.close()


def send_responder(page: Page) -> None:
    """In the open form of a dispatch, choose the unit of the demo's responder, and confirm."""
    page.locator("#act-unit").click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text=re.compile(RESPONDERS_UNIT)).click()
    page.locator(".act button[type=submit]").click()
    page.wait_for_selector(".act", state="detached")


@contextmanager
def studio(settle_s: float = SETTLE_S) -> Iterator[Studio]:
    """The chain on the default footage, once enough has happened.

    Raises:
        SystemExit: Chromium is not installed.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("chromium is not installed")
    footage = fetch()
    ports = Ports.free()
    with tempfile.TemporaryDirectory(prefix="placewatch-studio-") as folder:
        box = shipped_box(tuple(footage.clips), ports)
        files = write_files(Path(folder), footage.folder, ports, box)
        people = admit(files.central)
        with Chain(files, ports) as chain, sync_playwright() as playwright:
            list(chain.start())
            time.sleep(settle_s)
            browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
            yield Studio(browser, ports.url, people.password)
            browser.close()
