"""What is past its time goes, with its files; what is not, stays, on both databases."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from central.config import Keep
from central.store.audit import verify
from central.store.models import Event, Evidence, Inbox
from central.store.retention import clear, survey
from messages import PlaceClass, encode
from placewatch.cli.main import app
from tests.central.conftest import CITY, Office
from tests.central.speech import Box, at, evidence, inbound

DAY = 86_400.0
NOW = at(100 * DAY)


def tell(office: Office, closed: dict[str, float], shades: dict[str, int]) -> None:
    """An event with a picture at each zone; those in ``closed`` ended so many days after noon."""
    box = Box()
    for zone, shade in shades.items():
        alert = box.alert(zone=zone, alert_id=zone, picture=evidence(shade=shade))
        office.take(inbound(box.topic(alert), encode(alert)))
    with office.store.write() as connection:
        for zone, days in closed.items():
            ended = {"open": False, "closed_at": at(days * DAY)}
            connection.execute(update(Event).where(Event.zone == zone).values(**ended))


def files(office: Office) -> set[str]:
    root = office.evidence.root
    return {str(path.relative_to(root)) for path in root.glob("*/*.jpg")}


def kept(office: Office) -> dict[str, str]:
    """Files by zone of their event."""
    statement = select(Event.zone, Evidence.file).join(Event, Event.id == Evidence.event_id)
    with office.store.read() as connection:
        return {row.zone: row.file for row in connection.execute(statement)}


def test_evidence_goes_with_its_event_and_no_file_outlives_its_row(office: Office) -> None:
    tell(office, {"old": 5, "twin": 5, "young": 50}, {"old": 10, "twin": 60, "young": 110, "open": 60})
    before = kept(office)
    keep = Keep(evidence_days=90, key_days=200)
    found = survey(office.store, keep, NOW)
    assert (found.events, found.files, found.keys) == (2, 2, 0)
    assert kept(office) == before
    done = clear(office.store, office.evidence, keep, NOW)
    assert (done.events, done.files, done.failed) == (2, 1, [])  # the twin's file is the open event's too
    assert kept(office) == {zone: before[zone] for zone in ("young", "open")}
    assert files(office) == set(kept(office).values())
    with office.store.read() as connection:
        pictures = dict(connection.execute(select(Event.zone, Event.picture)).all())
    assert (pictures["old"], pictures["twin"]) == (None, None)
    assert pictures["young"]
    assert not verify(office.store, lambda *_: None).breaks
    again = clear(office.store, office.evidence, keep, NOW)
    assert (again.events, again.files) == (0, 0)


def test_a_class_of_place_may_have_a_time_of_its_own(office: Office) -> None:
    tell(office, {"kerb": 50}, {"kerb": 10})
    assert survey(office.store, Keep(), NOW).events == 0
    schools = Keep(evidence_days_by_class={PlaceClass.SCHOOL: 30})
    assert survey(office.store, schools, NOW).events == 0
    assert survey(office.store, Keep(evidence_days_by_class={PlaceClass.ROAD: 30}), NOW).events == 1


def test_a_file_that_stays_keeps_its_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(office, {"old": 5}, {"old": 10})

    def refuse(self: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        done = clear(office.store, office.evidence, Keep(), NOW)
    assert done.files == 0
    assert "Permission denied" in done.failed[0]
    assert files(office) == set(kept(office).values()) != set()
    assert clear(office.store, office.evidence, Keep(), NOW).files == 1
    assert files(office) == set()


def test_keys_of_old_alerts_go(office: Office) -> None:
    tell(office, {}, {"kerb": 10, "other": 20})
    assert survey(office.store, Keep(), NOW).keys == 2
    assert clear(office.store, office.evidence, Keep(), at(0) + timedelta(days=29)).keys == 0
    assert clear(office.store, office.evidence, Keep(), NOW).keys == 2
    with office.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(Inbox)).scalar_one() == 0


def test_the_verb_says_first_and_deletes_then(sqlite_office: Office, tmp_path: Path) -> None:
    tell(sqlite_office, {"old": 5}, {"old": 10})
    config = tmp_path / "central.yaml"
    places = {"city": str(CITY / "city.yaml"), "grids": str(CITY / "grids.geojson")}
    config.write_text(json.dumps({"database": sqlite_office.store.url, "evidence": "evidence", **places}))

    def run(*more: str) -> dict[str, int]:
        result = CliRunner().invoke(app, ["central", "retention", "--config", str(config), "--json", *more])
        assert result.exit_code == 0, result.output
        found: dict[str, int] = json.loads(result.stdout)
        return found

    assert (run("--dry-run")["files"], len(files(sqlite_office))) == (1, 1)
    assert (run()["files"], len(files(sqlite_office))) == (1, 0)
