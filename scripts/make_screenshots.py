"""Pictures of the console for README and guide: ``python -m scripts.make_screenshots``.

Runs the chain on the default footage, waits until enough has happened, and photographs the real pages in
headless Chromium: all of them in both languages, and on a phone. Writes ``docs/images/page-*.png`` and
``docs/screens/*.webp``.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, expect

from scripts.studio import DESK, DOCS, PATIENCE_MS, PHONE, Studio, furnish, send_responder, studio

MAX_BYTES = 600_000
SCREENS = DOCS / "screens"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to photograph.

    Attributes:
        name: Of the picture.
        user: Who looks at it.
        path: In the console.
        sign: What must be there first.
        wait_ms: For what comes after that: pictures, plots, the map.
        phone: Whether also on a phone.
    """

    name: str
    user: str
    path: str
    sign: str
    wait_ms: int = 600
    phone: bool = True


PAGES = (
    Shown("map", "operator", "/map", "[data-ready]", 2500),
    Shown("heat", "operator", "/map", "[data-ready]", 2500),
    Shown("handover", "operator", "/", ".event"),
    Shown("wall", "operator", "/wall", "[data-test=tile] img, [data-test=choose]", 1500),
    Shown("lists", "operator", "/lists", "table td"),
    Shown("figures", "supervisor", "/figures", "table td", 1500),
    Shown("papers", "supervisor", "/papers", "[data-test=letters] td"),
    Shown("letter", "supervisor", "/papers", "[data-test=letters] td"),
    Shown("versions", "supervisor", "/lists", "[data-test=versions] td"),
    Shown("city", "admin", "/city", "table td"),
    Shown("devices", "admin", "/devices", "[data-test=devices] td"),
    Shown("config", "admin", "/devices", "[data-test=config]"),
    Shown("zones", "admin", "/devices", "[data-test=draw-zones]", 1500),
    Shown("roster", "admin", "/roster", "[data-test=roster] td"),
    Shown("admin-duty", "admin", "/roster", "[data-test=edit-duty]"),
    Shown("admin-shift", "admin", "/roster", "[data-test=add-shift]"),
    Shown("admin-place", "admin", "/city", "[data-test=places] td"),
    Shown("admin-table", "admin", "/lists", "[data-test=edit-table]"),
    Shown("channels", "admin", "/channels", "[data-test=channels] td"),
    Shown("admin-channel", "admin", "/channels", "[data-test=add-channel]"),
    Shown("admin-user", "admin", "/users", "[data-test=add-user]"),
    Shown("admin-sessions", "admin", "/users", "[data-test=users] td"),
    Shown("users", "admin", "/users", "[data-test=users] td"),
    Shown("account", "admin", "/account", "#main h2"),
    Shown("totp", "admin", "/account", "[data-test=totp-begin]"),
    Shown("audit", "auditor", "/audit", "table td"),
)


def main() -> None:
    """Make all pictures."""
    for folder in ("images", "screens"):
        (DOCS / folder).mkdir(parents=True, exist_ok=True)
    with studio() as made:
        furnish(made)
        photograph(made)


def photograph(made: Studio) -> None:
    """Every page in both languages, and on a phone in Chinese."""
    for language in ("zh", "en"):
        _door(made, language)
        _desk(made, language)
        _street(made, language)
        for user in dict.fromkeys(page.user for page in PAGES):
            with made.seat(user, language, DESK) as page:
                for shown in [one for one in PAGES if one.user == user]:
                    _show(made, page, shown)
                    _save(page, SCREENS / f"{shown.name}-{language}.webp")
    for user in dict.fromkeys(page.user for page in PAGES):
        with made.seat(user, "zh", PHONE) as page:
            for shown in [one for one in PAGES if one.user == user and one.phone]:
                _show(made, page, shown)
                _save(page, SCREENS / f"{shown.name}-phone.webp")
    with made.seat("operator", "zh", PHONE) as page:
        page.wait_for_selector(".event")
        _save(page, SCREENS / "queue-phone.webp")
        page.locator(".event").first.click()
        page.wait_for_selector("[data-test=detail]")
        page.wait_for_timeout(1500)
        _save(page, SCREENS / "event-phone.webp")


def _show(made: Studio, page: Page, shown: Shown) -> None:
    page.goto("about:blank")  # a page that is left open, dialogs and all, is not the next picture
    page.goto(f"{made.url}#{shown.path}")
    page.wait_for_selector(shown.sign)
    if shown.name in _BEFORE:
        _BEFORE[shown.name](page)
    page.wait_for_timeout(shown.wait_ms)


def _fill_wall(page: Page) -> None:
    """Choose every camera of the demo, and wait for the first answers."""
    page.wait_for_selector("[data-test=tile], [data-view]")
    if page.locator("[data-test=tile]").count() == 0:
        for camera in page.locator("[data-view]").all():
            camera.check()
        page.click("[data-test=choose]")
    page.wait_for_selector("[data-test=look], [data-test=tile-problem]")
    page.wait_for_timeout(4000)


def _open_letter(page: Page) -> None:
    page.locator("[data-test=letters] .as-link").last.click()
    page.wait_for_selector("[data-test=letter]")


def _compare(page: Page) -> None:
    page.locator("[data-test=compare]").click()
    page.locator("[data-test=diff]").scroll_into_view_if_needed()


def _try_channel(page: Page) -> None:
    page.locator("[data-test=try]").first.click()
    page.wait_for_selector("[data-test=tried].calm, [data-test=tried].bad")


def _open_config(page: Page) -> None:
    page.locator("[data-test=config]").first.click()
    page.wait_for_selector("[data-test=box-config]")


def _heat(page: Page) -> None:
    page.check("[data-test=layer-heat]")
    page.wait_for_selector("[data-test=heat-sum]")


def _hand_over(page: Page) -> None:
    page.click("[data-test=handover]")
    page.wait_for_selector("[data-test=field-text]")


def _draw(page: Page) -> None:
    page.locator("[data-test=draw-zones]").first.click()
    page.wait_for_selector("[data-test=draw] img")


def _weekly(page: Page) -> None:
    """A night more, with an hour that is none."""
    page.locator("[data-unit=station-property] [data-test=edit-duty]").click()
    page.click("[data-test=add-span]")
    page.locator("[data-test='field-duty.2.ends']").fill("25:00")
    page.click("[data-test=make-duty]")
    page.wait_for_selector("[data-test='wrong-duty.2.ends']")


def _shift(page: Page) -> None:
    page.locator("[data-test=add-shift]").first.click()
    page.wait_for_selector("[data-test=field-note]")


def _new_place(page: Page) -> None:
    """As far as the comparison."""
    page.locator(".el-tree-node__content").first.click()
    page.click("[data-test=add-place]")
    page.wait_for_selector("[data-test=field-class] option", state="attached")
    said = {
        "id": "new-park",
        "zh": "新公园",
        "en": "New park",
        "longitude": "117.11",
        "latitude": "30.51",
    }
    for name, text in said.items():
        page.locator(f"[data-test=field-{name}]").fill(text)
    page.locator("[data-test=field-class]").select_option("park")
    page.click("[data-test=make-org]")
    page.wait_for_selector("[data-test=diff]")


def _bad_table(page: Page) -> None:
    """Two faults, each with its line and its way out."""
    page.click("[data-test=edit-table]")
    text = page.locator("[data-test=table-text]")
    expect(text).to_have_value(re.compile(".{100}", re.DOTALL))
    text.fill(text.input_value().replace("accept: 5m", "accept: soon", 1) + "\nnonsense: 1\n")
    page.click("[data-test=look]")
    page.wait_for_selector("[data-test=faults]")


def _bad_channel(page: Page) -> None:
    page.click("[data-test=add-channel]")
    page.locator("[data-test=field-name]").fill("night-desk")
    page.locator("[data-test='field-settings.url']").fill("no address")
    page.locator("[data-test='field-settings.secret']").fill("a long random text")
    page.click("[data-test=save-channel]")
    page.wait_for_selector("[data-test='wrong-settings.url']")


def _bad_user(page: Page) -> None:
    page.click("[data-test=add-user]")
    page.locator("[data-test=field-name]").fill("Bad Name")
    page.locator("[data-test=field-display]").fill("新人")
    page.click("[data-test=save-user]")
    page.wait_for_selector("[data-test=wrong-name]")


def _sessions(page: Page) -> None:
    page.locator("[data-test=user-sessions]").first.click()
    page.wait_for_selector("[data-test=sessions]")


def _draw_code(page: Page) -> None:
    # The secret belongs to no account until a code has proven it, and the run's database is thrown away.
    page.locator("[data-test=totp-begin]").click()
    page.wait_for_selector("[data-test=qr]")
    page.locator("[data-test=totp-prove]").scroll_into_view_if_needed()


_BEFORE = {
    "heat": _heat,
    "handover": _hand_over,
    "zones": _draw,
    "admin-duty": _weekly,
    "admin-shift": _shift,
    "admin-place": _new_place,
    "admin-table": _bad_table,
    "admin-channel": _bad_channel,
    "admin-user": _bad_user,
    "admin-sessions": _sessions,
    "wall": _fill_wall,
    "letter": _open_letter,
    "versions": _compare,
    "channels": _try_channel,
    "config": _open_config,
    "totp": _draw_code,
}


def _door(made: Studio, language: str) -> None:
    page = made.browser.new_page(viewport={"width": 900, "height": 620})
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(f"localStorage.setItem('placewatch.language', '{language}')")
    page.goto(made.url)
    page.wait_for_selector("[data-test=notice]")
    # The password of a run that is long over would only puzzle readers.
    page.evaluate("document.querySelector('[data-test=notice]').remove()")
    _save(page, SCREENS / f"signin-oidc-{language}.webp")
    page.evaluate("document.querySelector('[data-test=oidc]').remove()")
    _save(page, SCREENS / f"signin-{language}.webp")
    page.close()


def _desk(made: Studio, language: str) -> None:
    with made.seat("operator", language, DESK) as page:
        page.locator(".event").first.click()
        page.wait_for_selector(".evidence img")
        page.wait_for_timeout(1500)
        _save(page, SCREENS / f"desk-{language}.webp")
        _save(page, DOCS / "images" / f"page-{language}.png")
    with made.seat("dispatcher", language, DESK) as page:
        # Reported ones are filed first; the demo's first lines may be such.
        page.locator(".event").filter(has_text=re.compile("已立案|filed")).first.click()
        page.locator("[data-verb=dispatch]").click()
        page.wait_for_selector(".act")
        page.wait_for_timeout(1000)
        _save(page, SCREENS / f"act-{language}.webp")
        send_responder(page)


def _street(made: Studio, language: str) -> None:
    """What responders have, always on a phone."""
    with made.seat("responder", language, PHONE) as page:
        page.goto(f"{made.url}#/tasks")
        page.wait_for_timeout(1500)
        _save(page, SCREENS / f"tasks-{language}.webp")
        page.goto(f"{made.url}#/report")
        page.wait_for_selector("[data-item]")
        _save(page, SCREENS / f"report-{language}.webp")


def _save(page: Page, target: Path) -> None:
    """A picture, packed as tightly as its format allows."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    png = target.suffix == ".png"
    packing = [cv2.IMWRITE_PNG_COMPRESSION, 9] if png else [cv2.IMWRITE_WEBP_QUALITY, 80]
    if picture is None or not cv2.imwrite(str(target), picture, packing):
        sys.exit(f"{target} cannot be written")
    size = target.stat().st_size
    sys.stdout.write(f"{target} {size} bytes\n")
    sys.stdout.flush()
    if size > MAX_BYTES:
        sys.exit(f"{target} is larger than {MAX_BYTES} bytes")


if __name__ == "__main__":
    main()
