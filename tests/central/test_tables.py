"""The city's tables: versions in the store, loaded while all runs, bad ones refused with their lines."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from central.config import CentralConfig
from central.ingest.check import Checker
from central.ingest.writer import Writer
from central.setup import TABLES, load_tables
from central.shelf import Shelf
from central.store.engine import Store
from placewatch.cli.main import app
from placewatch.clock import ManualClock
from placewatch.errors import ConfigError
from placewatch.paths import shipped
from tests.central.conftest import CITY, Office, config_of, office_of
from tests.central.speech import NOON, Box, at, sent
from tests.central.test_api import desk_of
from tests.central.web import Site, served

GRADING = (shipped("configs") / "grading.yaml").read_text()
BLUE = GRADING.replace('version: "sample-1"', 'version: "mine-2"')


@pytest.fixture
def config(tmp_path: Path, database: str) -> CentralConfig:
    """With a grading file of its own, which tests may edit."""
    file = tmp_path / "grading.yaml"
    file.write_text(GRADING)
    return config_of(tmp_path, database).model_copy(update={"grading": file})


@pytest.fixture
def shelf(store: Store, config: CentralConfig) -> Shelf:
    made = Shelf(store, config, load_tables(config))
    made.open(NOON)
    return made


@pytest.fixture
def site(store: Store, shelf: Shelf, tmp_path: Path) -> Iterator[Site]:
    desk = desk_of(office_of(store, tmp_path, shelf.tables), shelf.tables, ManualClock(NOON.timestamp()))
    with served(replace(desk, shelf=shelf, tables_now=lambda: shelf.tables)) as made:
        yield made


def test_a_loaded_table_is_in_force_at_once_and_events_keep_theirs(
    store: Store, shelf: Shelf, config: CentralConfig, tmp_path: Path, site: Site
) -> None:
    office = office_of(store, tmp_path, shelf.tables)
    now = lambda: shelf.tables  # noqa: E731 - as the programme does
    office = Office(
        store, office.evidence, Checker(now, at(900) - at(0)), Writer(store, office.evidence, now, config)
    )
    box = Box()
    office.take(sent(box.alert(zone="a", alert_id="a"), received=1))
    before = shelf.tables.version
    answer = site.client.put("/api/v1/tables/grading", json={"content": BLUE, "file": "new.yaml"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["number"], answer.json()["origin"]) == (2, "loaded")
    office.take(sent(box.alert(zone="b", alert_id="b"), received=2))
    events = site.client.get("/api/v1/events", params={"order": "created"}).json()["items"]
    assert [event["config_version"] for event in events] == [shelf.tables.version, before]
    old = site.client.get("/api/v1/tables", params={"version": before}).json()
    new = site.client.get("/api/v1/tables").json()
    assert (old["in_force"], new["in_force"]) == (False, True)
    assert [item["number"] for item in old["items"] if item["name"] == "grading"] == [1]
    assert [item["number"] for item in new["items"] if item["name"] == "grading"] == [2]
    assert [item["name"] for item in new["items"]] == list(TABLES)
    assert site.client.get("/api/v1/tables/grading/versions/1").json()["content"] == GRADING
    diff = site.client.get("/api/v1/tables/grading/diff", params={"from": 1, "to": 2}).json()
    assert (diff["added"], diff["removed"]) == (1, 1)
    assert '+version: "mine-2"' in diff["lines"]
    page = site.client.get("/api/v1/tables/grading/versions", params={"limit": 1}).json()
    [newest] = page["items"]
    assert newest["author"].startswith("token:tests")
    rest = site.client.get("/api/v1/tables/grading/versions", params={"cursor": page["next_cursor"]}).json()
    assert [item["number"] for item in rest["items"]] == [1]


BAD = [
    (GRADING.replace("colour: red", "colour: purple", 1), "new.yaml:", "purple"),
    ("version: [", "new.yaml:", "YAML"),
    (GRADING + "\nx: ${HOME}\n", "new.yaml:", "variables"),
    ("{}", "new.yaml:", "version"),
]


@pytest.mark.parametrize(("content", "field", "word"), BAD)
def test_a_bad_table_is_refused_with_file_and_line_and_the_old_one_lives_on(
    site: Site, shelf: Shelf, content: str, field: str, word: str
) -> None:
    before = shelf.tables
    answer = site.client.put("/api/v1/tables/grading", json={"content": content, "file": "new.yaml"})
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert errors[0]["field"].startswith(field)
    assert any(word in f"{error['field']} {error['detail']}" for error in errors), errors
    assert shelf.tables is before
    assert len(site.client.get("/api/v1/tables/grading/versions").json()["items"]) == 1


def test_tables_are_checked_together(site: Site, shelf: Shelf) -> None:
    """A city without an org that a grid belongs to is refused for the grid's sake."""
    city = (CITY / "city.yaml").read_text().replace("willow", "birch")
    answer = site.client.put("/api/v1/tables/city", json={"content": city})
    assert answer.status_code == 422
    assert "willow" in answer.text
    assert shelf.tables.city.orgs.keys() >= {"willow"}
    assert site.client.put("/api/v1/tables/wishes", json={"content": "x"}).status_code == 404


def test_files_that_changed_come_in_force_by_a_reload_and_bad_ones_do_not(
    site: Site, shelf: Shelf, config: CentralConfig
) -> None:
    assert site.client.post("/api/v1/tables/reload").json()["items"] == []
    config.grading.write_text(BLUE)
    [made] = site.client.post("/api/v1/tables/reload").json()["items"]
    assert (made["name"], made["number"], made["origin"]) == ("grading", 2, "file")
    assert shelf.tables.grading.version == "mine-2"
    config.grading.write_text("rules: nothing")
    refused = site.client.post("/api/v1/tables/reload")
    assert refused.status_code == 422
    assert str(config.grading) in refused.json()["errors"][0]["field"]
    assert shelf.tables.grading.version == "mine-2"


def test_another_process_follows_and_a_restart_keeps_what_was_loaded(
    store: Store, shelf: Shelf, config: CentralConfig
) -> None:
    other = Shelf(store, config, load_tables(config))
    other.open(NOON)
    assert not other.follow()
    shelf.load("grading", BLUE.encode(), "new.yaml", "wang", at(1))
    assert other.tables.grading.version == "sample-1"
    assert other.follow()
    assert other.tables.grading.version == "mine-2"
    assert other.tables.version == shelf.tables.version
    restarted = Shelf(store, config, load_tables(config))
    restarted.open(at(2))  # the file is as it was when it was last read: what was loaded since stays
    assert restarted.tables.grading.version == "mine-2"
    config.grading.write_text(GRADING.replace("sample-1", "edited-3"))
    again = Shelf(store, config, load_tables(config))
    again.open(at(3))
    assert again.tables.grading.version == "edited-3"


def test_two_who_load_at_once_get_a_number_each(store: Store, shelf: Shelf, config: CentralConfig) -> None:
    other = Shelf(store, config, load_tables(config))
    other.open(NOON)
    first = shelf.load("grading", BLUE.encode(), "a.yaml", "wang", at(1))
    second = other.load("grading", GRADING.encode(), "b.yaml", "li", at(2))
    assert (first.number, second.number) == (2, 3)
    assert shelf.follow()
    assert shelf.tables.version == other.tables.version


def test_the_command_line_loads_into_the_store(tmp_path: Path) -> None:
    file = tmp_path / "central.yaml"
    file.write_text(
        f"database: sqlite:///{tmp_path}/c.sqlite\ncity: {CITY}/city.yaml\ngrids: {CITY}/grids.geojson\n"
        f"units: {CITY}/units.yaml\n"
    )
    new = tmp_path / "mine.yaml"
    new.write_text(BLUE)
    run = CliRunner()
    done = run.invoke(app, ["central", "tables", "load", str(new), "--config", str(file), "--json"])
    assert done.exit_code == 0, done.output
    listed = run.invoke(app, ["central", "tables", "list", "--config", str(file), "--of", "grading"])
    assert "command line" in listed.output
    new.write_text("version: 1\nrules: 7\ncolours: {}\n")
    refused = run.invoke(app, ["central", "tables", "load", str(new), "--as", "grading", "-c", str(file)])
    assert isinstance(refused.exception, ConfigError)
    assert str(new) in str(refused.exception)


def test_a_content_is_checked_and_compared_before_it_counts(site: Site, shelf: Shelf) -> None:
    before = shelf.tables.version
    looked = site.client.post("/api/v1/tables/grading/check", json={"content": BLUE})
    assert looked.status_code == 200, looked.text
    assert (looked.json()["seen"], looked.json()["added"], looked.json()["removed"]) == (1, 1, 1)
    assert '+version: "mine-2"' in looked.json()["lines"]
    assert shelf.tables.version == before
    bad = site.client.post("/api/v1/tables/grading/check", json={"content": BLUE + "nonsense: 1\n"})
    [error] = bad.json()["errors"]
    assert (error["code"], error["values"]["line"]) == ("config", BLUE.count("\n") + 1)
    said = {"content": BLUE, "seen": looked.json()["seen"]}
    assert site.client.put("/api/v1/tables/grading", json=said).status_code == 200
    late = site.client.put("/api/v1/tables/grading", json={"content": GRADING, "seen": 1})
    assert (late.status_code, late.json()["errors"][0]["code"]) == (409, "stale")
    assert shelf.tables.version != before
