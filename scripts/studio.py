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
from typing import Any

import yaml
from playwright.sync_api import Browser, Page, sync_playwright

from placewatch.clock import SystemClock, utc
from placewatch.demo.chain import Chain, Ports
from placewatch.demo.orders import govern
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
        broker_port: Where the run's own broker listens.
    """

    browser: Browser
    url: str
    password: str
    broker_port: int

    @contextmanager
    def seat(self, name: str, language: str, size: Mapping[str, int]) -> Iterator[Page]:
        """A page on which ``name`` has signed in."""
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            timezone_id="Asia/Shanghai",
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
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


_ASK = """async ([method, path, body]) => {
  const me = await (await fetch("/api/v1/me")).json();
  const headers = {"Content-Type": "application/json", "X-CSRF-Token": me.csrf};
  const wanted = {method, headers, ...(body === null ? {} : {body: JSON.stringify(body)})};
  const answer = await fetch("/api/v1" + path, wanted);
  return [answer.status, await answer.json()];
}"""


def ask(page: Page, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    """The answer of the API to whoever is signed in on ``page``.

    Raises:
        SystemExit: It refuses.
    """
    status, answer = page.evaluate(_ASK, [method, path, body])
    if status >= 400:
        sys.exit(f"{method} {path}: {status} {answer}")
    return answer


def furnish(made: Studio) -> None:
    """What a centre has after some weeks: a channel, a second version of a table, letters on their way."""
    with made.seat("admin", "zh", DESK) as page:
        settings = {"kind": "mqtt", "host": "127.0.0.1", "port": made.broker_port, "topic": "city/duty-desk"}
        channel = {"enabled": True, "language": "zh", "settings": settings}
        ask(page, "PUT", "/channels/duty-desk", channel)
        first = ask(page, "GET", "/tables/responsibility/versions/1")
        text = first["content"].replace("sample-1", "sample-2").replace("accept: 10m", "accept: 5m")
        load = {"content": text, "file": "responsibility.yaml"}
        ask(page, "PUT", "/tables/responsibility", load)
    with made.seat("supervisor", "zh", DESK) as page:
        for place, addressee, language, sent in (
            ("lake-promenade", "湖滨公园管理处", "zh", True),
            ("ring-road", "城区养护所", "zh", False),
            ("station-forecourt", "The station's management", "en", True),
        ):
            draft = {"template": "repeated", "place": place, "addressee": addressee, "language": language}
            letter = ask(page, "POST", "/advisories", draft)
            if sent:
                ask(page, "POST", f"/advisories/{letter['id']}/steps/send", {})


def _settle_in(central: Path) -> None:
    """A provider on the sign-in form, asked nothing until it is pressed; a way to the broker."""
    said = yaml.safe_load(central.read_text(encoding="utf-8"))
    said["sign_in"]["oidc"] = {
        "issuer": "https://id.example.city",
        "client_id": "placewatch",
        "address": f"http://127.0.0.1:{said['http']['port']}",
    }
    said["notify"] = {"allow": ["127.0.0.1"]}
    central.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")


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
        govern(files, ports, utc(SystemClock().now()))
        _settle_in(files.central)
        with Chain(files, ports) as chain, sync_playwright() as playwright:
            list(chain.start())
            time.sleep(settle_s)
            browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
            yield Studio(browser, ports.url, people.password, ports.mqtt)
            browser.close()
