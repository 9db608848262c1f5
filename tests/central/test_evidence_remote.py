"""Evidence beyond this machine: on a server that speaks S3, and in the memory file system of fsspec."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from central.config import S3, CentralConfig, Keep
from central.ingest.writer import Writer
from central.setup import Tables
from central.store.evidence import EvidenceFolder, EvidenceStore
from central.store.evidence_remote import RemoteEvidence, open_evidence
from central.store.models import Evidence
from central.store.retention import clear
from messages import encode
from placewatch.config import load
from placewatch.errors import StoreError
from tests import servers
from tests.central.conftest import CITY, Office, config_of
from tests.central.speech import Box, at, evidence, inbound, jpeg
from tests.central.test_api import desk_of
from tests.central.test_retention import tell
from tests.central.web import served
from tests.parts import require

pytestmark = pytest.mark.slow  # begins first

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store lies, and how it is reached."""

    url: str
    s3: S3 = field(default_factory=S3)

    def open(self) -> EvidenceStore:
        return open_evidence(self.url, self.s3)


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with servers.s3() as address:
        yield address


@pytest.fixture(params=["s3", "memory"])
def place(request: pytest.FixtureRequest) -> Place:
    name = f"b{secrets.token_hex(6)}"
    if request.param == "memory":
        require(find_spec("fsspec"), "fsspec is not installed")
        return Place(f"memory://{name}/evidence")
    address: str = request.getfixturevalue("s3_server")
    assert httpx.put(f"{address}/{name}").status_code == 200
    return Place(f"s3://{name}/city/evidence", S3(endpoint=address, region="us-east-1", key="k", secret="s"))


def content(store: EvidenceStore, file: str) -> bytes | None:
    fetched = store.fetch(file)
    if fetched is None:
        return None
    try:
        return fetched.path.read_bytes()
    finally:
        fetched.path.unlink()


def test_what_was_put_is_there_once_it_has_settled(place: Place) -> None:
    store = place.open()
    first, again, clip = store.put(b"one"), store.put(b"one"), store.put(b"two" * 100_000, ".mp4")
    assert first == again
    assert first.sha256 == sha256(b"one").hexdigest()
    store.settle()
    other = place.open()  # another process
    assert content(other, first.file) == b"one"
    assert content(other, clip.file) == b"two" * 100_000
    assert clip.size == 300_000


def test_a_deleted_file_is_looked_for_and_gone(place: Place) -> None:
    store = place.open()
    kept, gone = store.put(b"kept"), store.put(b"gone")
    store.settle()
    store.remove(gone.file)
    store.remove(gone.file)  # gone already
    assert content(store, gone.file) is None
    assert content(place.open(), kept.file) == b"kept"


def test_a_store_that_only_says_that_it_deletes_is_found_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.open()
    assert isinstance(store, RemoteEvidence)
    stays = store.put(b"stays")
    store.settle()
    with monkeypatch.context() as patched:
        patched.setattr(store._files, "rm_file", lambda _: None)
        with pytest.raises(OSError, match="still there"):
            store.remove(stays.file)
    assert content(store, stays.file) == b"stays"


def test_threads_settle_their_own(place: Place) -> None:
    store = place.open()
    mine = store.put(b"mine")
    thread = Thread(target=store.settle)
    thread.start()
    thread.join()
    assert content(store, mine.file) is None
    store.settle()
    assert content(store, mine.file) == b"mine"


@pytest.mark.parametrize("name", ["../../etc/passwd", "aa/" + "a" * 64, "", "aa/x.jpg"])
def test_only_its_own_names(place: Place, name: str) -> None:
    store = place.open()
    with pytest.raises(StoreError):
        store.fetch(name)
    with pytest.raises(StoreError):
        store.remove(name)


def test_a_server_that_is_away_costs_the_pictures_not_the_facts(
    sqlite_office: Office, tables: Tables, tmp_path: Path
) -> None:
    with servers.s3() as address:
        httpx.put(f"{address}/short-lived")
        place = Place("s3://short-lived", S3(endpoint=address, region="us-east-1", key="k", secret="s"))
        store = place.open()
    writer = Writer(sqlite_office.store, store, lambda: tables, config_of(tmp_path))
    box = Box()
    alert = box.alert(picture=evidence(shade=7))
    done = writer.write([sqlite_office.checker.read(inbound(box.topic(alert), encode(alert)))])
    assert done.alerts == 1
    with sqlite_office.store.read() as connection:
        assert connection.execute(select(Evidence.id)).all() == []
    with pytest.raises(StoreError, match="cannot be written"):
        place.open()


def test_a_bucket_that_is_not_there(s3_server: str) -> None:
    absent = S3(endpoint=s3_server, region="us-east-1", key="k", secret="s")
    with pytest.raises(StoreError, match="cannot be written") as caught:
        open_evidence("s3://nobody-made-this", absent)
    assert "bucket" in caught.value.remedy


def test_a_bucket_that_keeps_versions_is_pointed_out(s3_server: str) -> None:
    bucket = f"{s3_server}/versioned"
    httpx.put(bucket)
    status = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    assert httpx.put(f"{bucket}?versioning", content=status).status_code == 200
    with capture_logs() as told:
        open_evidence("s3://versioned", S3(endpoint=s3_server, region="us-east-1", key="k", secret="s"))
    assert [line["bucket"] for line in told if "keeps old versions" in line["event"]] == ["versioned"]


def test_an_unknown_kind_of_store() -> None:
    with pytest.raises(StoreError) as caught:
        open_evidence("nothing://x/y", S3())
    assert "s3://bucket/folder" in caught.value.remedy


def test_pictures_are_kept_shown_and_cleared_there(
    place: Place, office: Office, tables: Tables, tmp_path: Path
) -> None:
    """From an alert's picture to its retention, all through the store."""
    store = place.open()
    writer = Writer(office.store, store, lambda: tables, config_of(tmp_path))
    there = replace(office, evidence=store, writer=writer)  # type: ignore[arg-type]
    tell(there, {"old": 5}, {"old": 10, "young": 90})
    with office.store.read() as connection:
        rows = {row.id: row.file for row in connection.execute(select(Evidence.id, Evidence.file))}
    assert sorted(filter(None, (content(store, file) for file in rows.values()))) == sorted(
        [jpeg(shade=10), jpeg(shade=90)]
    )
    with served(replace(desk_of(office, tables), evidence=store)) as site:
        for row_id, file in rows.items():
            whole = site.client.get(f"/api/v1/evidence/{row_id}")
            assert whole.status_code == 200
            assert sha256(whole.content).hexdigest() in file
            part = site.client.get(f"/api/v1/evidence/{row_id}", headers={"Range": "bytes=2-5"})
            assert (part.status_code, part.content) == (206, whole.content[2:6])
    done = clear(office.store, store, Keep(), at(100 * DAY))
    assert (done.files, done.failed) == (1, [])
    assert sum(content(store, file) is not None for file in rows.values()) == 1


def test_the_configuration_names_a_directory_or_an_address(tmp_path: Path) -> None:
    city = {"city": str(CITY / "city.yaml"), "grids": str(CITY / "grids.geojson")}

    def read(**more: object) -> CentralConfig:
        (tmp_path / "central.yaml").write_text(json.dumps(city | more))
        return load(tmp_path / "central.yaml", CentralConfig)

    assert read().evidence == tmp_path / "evidence"
    assert read(evidence="pictures").evidence == tmp_path / "pictures"
    found = read(evidence="s3://bucket/a", evidence_s3={"endpoint": "http://127.0.0.1:9000", "secret": "x1"})
    assert found.evidence == "s3://bucket/a"
    assert "x1" not in repr(found)
    assert isinstance(open_evidence(read().evidence, S3()), EvidenceFolder)
