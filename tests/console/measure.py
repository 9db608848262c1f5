"""Figures of the console on this machine: ``python -m tests.console.measure`` (needs ``make console``).

A real server on SQLite and headless Chromium on one machine: first usable paint with 1,000 open events,
frames a second while a queue of 10,000 lines scrolls and a map of 100,000 places pans, and the size of the
bundle. Queue and map get answers made here, so that the browser alone is measured.
"""

import json
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Route, sync_playwright

from central.api.console import DIST
from central.store.engine import Store
from central.store.migrate import migrate
from messages import Kind
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import Stage, make_stage, sign_in
from tests.parts import program

RUNS = 5
SECONDS = 4
# Without a GPU, Chromium draws WebGL in software.
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
FRAMES = """async ([seconds, step]) => {
  const move = new Function('at', step);
  const times = [];
  await new Promise((done) => {
    const begin = performance.now();
    const frame = (now) => {
      times.push(now);
      move((now - begin) / 1000);
      now - begin < seconds * 1000 ? requestAnimationFrame(frame) : done();
    };
    requestAnimationFrame(frame);
  });
  const gaps = times.slice(1).map((time, index) => time - times[index]).sort((a, b) => a - b);
  return { fps: 1000 * gaps.length / (times.at(-1) - times[0]), p95: gaps[Math.floor(gaps.length * 0.95)] };
}"""


@contextmanager
def desk(browser: Browser, site: Site) -> Iterator[Page]:
    """A page on which an operator has signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 860}, service_workers="block")
    page = context.new_page()
    sign_in(page, site.address.url, "li.wei")
    yield page
    context.close()


def first_paint(browser: Browser, site: Site) -> list[float]:
    """Seconds from the navigation until the first line of the queue is drawn, cold cache each time."""
    seen = []
    for _ in range(RUNS):
        with desk(browser, site) as page:
            cookies = page.context.cookies()
        context = browser.new_context(viewport={"width": 1440, "height": 860}, service_workers="block")
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(site.address.url)
        page.wait_for_selector(".event")
        seen.append(page.evaluate("performance.now()") / 1000)
        context.close()
    return seen


def answer(body: Mapping[str, object]) -> Callable[[Route], None]:
    """A handler that answers with ``body``."""
    text = json.dumps(body)
    return lambda route: route.fulfill(status=200, content_type="application/json", body=text)


def scroll(browser: Browser, site: Site, sample: dict[str, Any], count: int) -> dict[str, float]:
    """Frames a second while ``count`` lines scroll."""
    events = [{**sample, "id": number, "number": f"20261124-{number:06}"} for number in range(1, count + 1)]
    place = sample["place"]
    for number, event in enumerate(events):
        event["place"] = {**place, "id": f"place-{number}"}

    def page_of(route: Route) -> None:
        blue = "colour=blue" in route.request.url
        body = {"items": events if blue else [], "next_cursor": None, "stream_position": 0}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    with desk(browser, site) as page:
        page.evaluate("localStorage.setItem('placewatch.flood', 'off')")
        page.route("**/api/v1/events?*", page_of)
        page.reload()
        page.get_by_text(str(count)).first.wait_for()
        page.wait_for_timeout(1500)
        step = "const box = document.querySelector('.lines'); box.scrollTop = at * 9000;"
        return page.evaluate(FRAMES, [SECONDS, step])  # type: ignore[no-any-return]


def pan(browser: Browser, site: Site, count: int) -> dict[str, float]:
    """Frames a second while a map of ``count`` places is dragged."""
    dice = random.Random(7)
    classes = ["school", "mall", "road", "park", "hospital"]
    name = {"zh": "点位", "en": "place"}
    places = {
        "version": "1",
        "classes": [{"id": one, "name": {"zh": one, "en": one}} for one in classes],
        "items": [
            {
                "id": f"p{number}",
                "name": name,
                "class": dice.choice(classes),
                "point": [117 + dice.random(), 30 + dice.random()],
                "org": "willow",
                "grid": None,
            }
            for number in range(count)
        ],
    }
    with desk(browser, site) as page:
        page.route("**/api/v1/places", answer(places))
        page.goto(f"{site.address.url}#/map")
        page.wait_for_selector("[data-ready]", timeout=60_000)
        page.wait_for_timeout(4000)
        box = page.locator(".maplibregl-canvas").bounding_box()
        assert box is not None
        left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        step = (
            f"const c = document.querySelector('.maplibregl-canvas');"
            f"const x = {left} + 250 * Math.sin(at * 2), y = {top} + 80 * Math.cos(at * 2);"
            "const send = (k, t) => t.dispatchEvent(new MouseEvent(k, {clientX: x, clientY: y, bubbles: true,"
            " button: 0, buttons: 1}));"
            "if (!window.down) { window.down = true; send('mousedown', c); } send('mousemove', document);"
        )
        return page.evaluate(FRAMES, [SECONDS, step])  # type: ignore[no-any-return]


def fill(stage: Stage, count: int) -> None:
    """``count`` open events, each in a zone of its own."""
    box = Box()
    kinds = [Kind.NO_STOPPING, Kind.WATER_EDGE, Kind.FIRE_LANE_BLOCKED]
    for number in range(count):
        stage.happen(box, f"zone-{number}", kind=kinds[number % 3], picture=None)


def bundle() -> dict[str, int]:
    """Compressed bytes of what a browser loads, without and with the map."""
    sizes = {file.name: file.stat().st_size for file in DIST.rglob("*.gz")}
    ground = sum(size for name, size in sizes.items() if "maplibre" not in name)
    return {"without_map": ground, "map": sum(sizes.values()) - ground}


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store(f"sqlite:///{folder}/central.sqlite")
        migrate(store)
        stage = make_stage(store, Path(folder))
        fill(stage, 1000)
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        with stage.open() as site:
            paints = first_paint(browser, site)
            with desk(browser, site) as page:
                sample = page.evaluate("fetch('/api/v1/events?limit=1&open=true').then((a) => a.json())")[
                    "items"
                ][0]
            figures = {
                "first_paint_s": {"median": statistics.median(paints), "all": paints},
                "scroll_10000": scroll(browser, site, sample, 10_000),
                "pan_100000": pan(browser, site, 100_000),
                "bundle_gzip_bytes": bundle(),
            }
        browser.close()
        store.close()
    json.dump(figures, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
