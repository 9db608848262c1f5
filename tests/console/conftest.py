"""A browser and a stage for the console's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from central.api.console import DIST
from tests import servers
from tests.central.web import Site
from tests.console.stage import Stage, at_desk, make_stage
from tests.migrated import migrated
from tests.parts import program, require

PATIENCE_MS = 20_000
"""A busy machine is slow, not wrong."""

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for these tests and no longer: while Playwright is entered, no other asyncio loop may run."""
    require((DIST / "index.html").is_file(), "the console is not built (make console)")
    path = program("chromium", "chromium-browser", "google-chrome")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    store = migrated(f"sqlite:///{tmp_path}/central.sqlite")
    yield make_stage(store, tmp_path)
    store.close()


@pytest.fixture(scope="package")
def postgres() -> Iterator[servers.Postgres]:
    """One server for these tests; each takes a database of its own."""
    with servers.postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage on each of the two databases."""
    address = f"sqlite:///{tmp_path}/central.sqlite"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres").database()
    store = migrated(address)
    yield make_stage(store, tmp_path)
    store.close()


@pytest.fixture
def site(stage: Stage) -> Iterator[Site]:
    with stage.open() as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The queue, with an operator signed in."""
    with at_desk(browser, site, "li.wei") as page:
        yield page
