"""Pictures of the demo's page for the README: ``python -m scripts.make_screenshots``.

Runs the chain on the default footage, waits until enough has happened, and photographs the real page in
headless Chromium. What is to be seen in it has been through redaction, as everything that leaves a box.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from placewatch.demo.chain import Chain, Ports
from placewatch.demo.people import admit
from placewatch.demo.plan import shipped_box, write_files
from placewatch.footage.fetch import fetch

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SETTLE_S = 60.0
MAX_BYTES = 600_000


def main() -> None:
    """Make docs/images/page-en.png and page-zh.png."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("chromium is not installed")
    footage = fetch()
    ports = Ports.free()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="placewatch-images-") as folder:
        box = shipped_box(tuple(footage.clips), ports)
        files = write_files(Path(folder), footage.folder, ports, box)
        people = admit(files.central)
        with Chain(files, ports) as chain:
            list(chain.start())
            time.sleep(SETTLE_S)
            _photograph(browser, ports.url, people.password)


def _photograph(browser: str, url: str, password: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=CHROMIUM)
        for language in ("zh", "en"):  # the page begins in Chinese; its button leads to English
            page = chromium.new_page(viewport={"width": 1280, "height": 860})
            page.goto(url)
            page.fill("input[name=username]", "operator")
            page.fill("input[name=password]", password)
            page.press("input[name=password]", "Enter")
            page.wait_for_selector("#events img")
            if language == "en":
                page.click("#language")
            page.wait_for_timeout(1500)
            _save(page, IMAGES / f"page-{language}.png")
        chromium.close()


def _save(page: Page, target: Path) -> None:
    """A PNG, packed as tightly as the format allows."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None or not cv2.imwrite(str(target), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        sys.exit(f"{target} cannot be written")
    size = target.stat().st_size
    sys.stdout.write(f"{target} {size} bytes\n")
    if size > MAX_BYTES:
        sys.exit(f"{target} is larger than {MAX_BYTES} bytes")


if __name__ == "__main__":
    main()
