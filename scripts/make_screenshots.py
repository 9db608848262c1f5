"""Pictures of the console for README and guide: ``python -m scripts.make_screenshots``.

Runs the chain on the default footage, waits until enough has happened, and photographs the real pages in
headless Chromium, in both languages. What is to be seen in them has been through redaction, as everything
that leaves a box. Writes ``docs/images/page-*.png`` and ``docs/screens/*.webp``.
"""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from placewatch.demo.chain import Chain, Ports
from placewatch.demo.people import admit
from placewatch.demo.plan import shipped_box, write_files
from placewatch.footage.fetch import fetch

DOCS = Path(__file__).parent.parent / "docs"
CHROMIUM = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-first-run",
]
SETTLE_S = 60.0
MAX_BYTES = 600_000
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
    def seat(self, name: str, language: str, size: dict[str, int]) -> Iterator[Page]:
        """A page on which ``name`` has signed in."""
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, timezone_id="Asia/Shanghai"
        )
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


def main() -> None:
    """Make all pictures."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("chromium is not installed")
    footage = fetch()
    ports = Ports.free()
    for folder in ("images", "screens"):
        (DOCS / folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="placewatch-images-") as folder:
        box = shipped_box(tuple(footage.clips), ports)
        files = write_files(Path(folder), footage.folder, ports, box)
        people = admit(files.central)
        with Chain(files, ports) as chain, sync_playwright() as playwright:
            list(chain.start())
            time.sleep(SETTLE_S)
            chromium = playwright.chromium.launch(executable_path=browser, args=CHROMIUM)
            studio = Studio(chromium, ports.url, people.password)
            for language in ("zh", "en"):
                _door(studio, language)
                _desk(studio, language)
                _phone(studio, language)
                _office(studio, language)
            chromium.close()


def _door(studio: Studio, language: str) -> None:
    page = studio.browser.new_page(viewport={"width": 900, "height": 620})
    page.add_init_script(f"localStorage.setItem('placewatch.language', '{language}')")
    page.goto(studio.url)
    page.wait_for_selector("[data-test=notice]")
    # The password of a run that is long over would only puzzle readers.
    page.evaluate("document.querySelector('[data-test=notice]').remove()")
    _save(page, DOCS / "screens" / f"signin-{language}.webp")
    page.close()


def _desk(studio: Studio, language: str) -> None:
    with studio.seat("operator", language, DESK) as page:
        page.locator(".event").first.click()
        page.wait_for_selector(".evidence img")
        page.wait_for_timeout(1500)
        _save(page, DOCS / "screens" / f"desk-{language}.webp")
        _save(page, DOCS / "images" / f"page-{language}.png")
        page.goto(f"{studio.url}#/map")
        page.wait_for_selector("[data-ready]")
        page.wait_for_timeout(2500)
        _save(page, DOCS / "screens" / f"map-{language}.webp")
    with studio.seat("dispatcher", language, DESK) as page:
        # Reported ones are filed first; the demo's first lines may be such.
        page.locator(".event").filter(has_text=re.compile("已立案|filed")).first.click()
        page.locator("[data-verb=dispatch]").click()
        page.wait_for_selector(".act")
        page.wait_for_timeout(1000)
        _save(page, DOCS / "screens" / f"act-{language}.webp")
        page.locator(".act button[type=submit]").click()
        page.wait_for_selector(".act", state="detached")


def _phone(studio: Studio, language: str) -> None:
    with studio.seat("responder", language, PHONE) as page:
        page.goto(f"{studio.url}#/tasks")
        page.wait_for_timeout(1500)
        _save(page, DOCS / "screens" / f"tasks-{language}.webp")
        page.goto(f"{studio.url}#/report")
        page.wait_for_selector("[data-item]")
        _save(page, DOCS / "screens" / f"report-{language}.webp")


def _office(studio: Studio, language: str) -> None:
    with studio.seat("admin", language, DESK) as page:
        for name, sign in (("devices", "[data-test=devices] td"), ("users", "[data-test=users] td")):
            page.goto(f"{studio.url}#/{name}")
            page.wait_for_selector(sign)
            page.wait_for_timeout(500)
            _save(page, DOCS / "screens" / f"{name}-{language}.webp")


def _save(page: Page, target: Path) -> None:
    """A picture, packed as tightly as its format allows."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    png = target.suffix == ".png"
    packing = [cv2.IMWRITE_PNG_COMPRESSION, 9] if png else [cv2.IMWRITE_WEBP_QUALITY, 82]
    if picture is None or not cv2.imwrite(str(target), picture, packing):
        sys.exit(f"{target} cannot be written")
    size = target.stat().st_size
    sys.stdout.write(f"{target} {size} bytes\n")
    if size > MAX_BYTES:
        sys.exit(f"{target} is larger than {MAX_BYTES} bytes")


if __name__ == "__main__":
    main()
