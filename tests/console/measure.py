"""Figures of the console on this machine: ``python -m tests.console.measure`` (needs ``make console``).

A real server on SQLite and headless Chromium on one machine: first usable paint with 1,000 open events,
frames a second while a queue of 10,000 lines scrolls and a map of 100,000 places pans, and the size of the
bundle. Queue and map get answers made here, so that the browser alone is measured. Frames are those of
Chromium's own trace: what its compositor drew. Name some figures to have these alone; ``--angle`` lets
Chromium compose the whole page, and not WebGL alone, through SwiftShader, which is slower.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
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
FIGURES = ("paint", "scroll", "pan", "bundle")
FLAGS = ["--no-sandbox"]
ANGLE = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
CATEGORIES = ["disabled-by-default-display.framedisplayed"]
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
  return times.length / seconds;
}"""


def frames(browser: Browser, page: Page, step: str) -> dict[str, float]:
    """Move something on ``page`` for `SECONDS`.

    Args:
        browser: Chromium.
        page: What is shown.
        step: JavaScript for each frame; ``at`` is the second.

    Returns:
        ``fps``: frames that the compositor drew, a second, of Chromium's trace; ``p95_ms``: between two of
        them; ``main_fps``: frames of the page's own thread, which moves the thing.
    """
    browser.start_tracing(page=page, categories=CATEGORIES)
    main = page.evaluate(FRAMES, [SECONDS, step])
    events = json.loads(browser.stop_tracing())["traceEvents"]
    drawn = sorted(event["ts"] for event in events if event["name"] == "Display::FrameDisplayed")
    gaps = sorted((after - before) / 1000 for before, after in pairwise(drawn))
    return {
        "fps": 1_000_000 * len(gaps) / (drawn[-1] - drawn[0]),
        "p95_ms": gaps[int(len(gaps) * 0.95)],
        "main_fps": main,
    }


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


def scroll(browser: Browser, site: Site, found: dict[str, Any], count: int) -> dict[str, float]:
    """Frames a second while ``count`` lines scroll; all are like the one of ``found``, and as new."""
    position = found["stream_position"]
    sample = {
        **found["items"][0],
        "hidden_by": None,
        "hidden_why": None,
    }  # a thousand of one place are a flood
    events = [{**sample, "id": number, "number": f"20261124-{number:06}"} for number in range(1, count + 1)]
    place = sample["place"]
    for number, event in enumerate(events):
        event["place"] = {**place, "id": f"place-{number}"}

    full, empty = (
        json.dumps({"items": items, "next_cursor": None, "stream_position": position})
        for items in (events, [])
    )

    def page_of(route: Route) -> None:
        body = full if "colour=blue" in route.request.url else empty
        route.fulfill(status=200, content_type="application/json", body=body)

    with desk(browser, site) as page:
        page.evaluate("localStorage.setItem('placewatch.flood', 'off')")
        page.route("**/api/v1/events?*", page_of)
        page.reload()
        page.locator("[data-test=shown]").filter(has_text=str(count)).wait_for(timeout=120_000)
        page.wait_for_timeout(1500)
        step = "const box = document.querySelector('.lines'); box.scrollTop = at * 9000;"
        return frames(browser, page, step)


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
        return frames(browser, page, step)


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
    parser = argparse.ArgumentParser(epilog="Example: python -m tests.console.measure scroll pan")
    parser.add_argument("figures", nargs="*", help=f"some of {', '.join(FIGURES)}; all when none is named")
    parser.add_argument("--angle", action="store_true", help="compose the page through SwiftShader, too")
    asked = parser.parse_args()
    wanted = asked.figures or FIGURES
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store(f"sqlite:///{folder}/central.sqlite")
        migrate(store)
        stage = make_stage(store, Path(folder))
        fill(stage, 1000 if "paint" in wanted else 1)
        flags = FLAGS + (ANGLE if asked.angle else [])
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=flags)
        figures: dict[str, object] = {}
        with stage.open() as site:
            if "paint" in wanted:
                paints = first_paint(browser, site)
                figures["first_paint_s"] = {"median": statistics.median(paints), "all": paints}
            if "scroll" in wanted:
                with desk(browser, site) as page:
                    question = "fetch('/api/v1/events?limit=1&open=true').then((answer) => answer.json())"
                    found = page.evaluate(question)
                figures["scroll_10000"] = scroll(browser, site, found, 10_000)
            if "pan" in wanted:
                figures["pan_100000"] = pan(browser, site, 100_000)
            if "bundle" in wanted:
                figures["bundle_gzip_bytes"] = bundle()
        browser.close()
        store.close()
    json.dump(figures, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
