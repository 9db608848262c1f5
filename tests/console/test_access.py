"""No serious finding of axe on any page, in both themes; headers let no script in from elsewhere."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from central.api.console import DIST
from messages import Kind
from tests.central.speech import Box
from tests.central.web import Site
from tests.console.stage import Stage, at_desk
from tests.parts import require

_AXE = DIST.parent / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [
    ("li.wei", "/events/1"),
    ("li.wei", "/map"),
    ("li.wei", "/wall"),
    ("chen.jing", "/figures"),
    ("sun.tao", "/audit"),
    ("root", "/devices"),
    ("root", "/city"),
    ("root", "/lists"),
    ("root", "/users"),
    ("root", "/account"),
    ("wang.fang", "/tasks"),
    ("wang.fang", "/report"),
    ("chen.jing", "/papers"),
    ("root", "/channels"),
    ("root", "/roster"),
]


def findings(page: Page) -> list[str]:
    """Serious and critical ones, each with the element."""
    require(
        _AXE.is_file(), "axe-core is not installed (make check installs the console's developer packages)"
    )
    page.evaluate(Path(_AXE).read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:160]}"
        for one in result["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_serious(browser: Browser, stage: Stage, site: Site, scheme: str) -> None:
    box = Box()
    stage.happen(box)
    stage.happen(box, "lane", kind=Kind.WATER_EDGE)
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(who for who, _ in PAGES):
        with at_desk(browser, site, name, color_scheme=scheme) as page:
            for path in [path for who, path in PAGES if who == name]:
                page.goto(f"{site.address.url}#{path}")
                expect(page.get_by_test_id("link")).to_have_text("实时")
                expect(page.locator("#main h2, #main .item, #main .card").first).to_be_visible()
                if said := findings(page):
                    found[path] = said
    assert found == {}


def test_axe_on_the_door(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(site.address.url)
    expect(page.locator("input[name=password]")).to_be_visible()
    assert findings(page) == []
    page.close()


def test_nothing_comes_from_elsewhere(site: Site) -> None:
    answer = site.client.get("/")
    assert "<script>" not in answer.text
    assert "style=" not in answer.text
    assert "http" not in answer.text.replace("http-equiv", "")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-cache"
    script = answer.text.split('src="')[1].split('"')[0]
    asset = site.client.get(script)
    assert (asset.status_code, asset.headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in asset.headers["cache-control"]
    assert site.client.get("/sw.js").headers["cache-control"] == "no-cache"
    assert site.client.get("/manifest.webmanifest").json()["display"] == "standalone"


def test_the_bundle_is_small() -> None:
    require((DIST / "index.html").is_file(), "the console is not built (make console)")
    packed = sum(file.stat().st_size for file in DIST.rglob("*.gz") if "maplibre" not in file.name)
    assert packed < 1_500_000
