import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from central.api import queries, queries_event, queries_service
from central.store.boxes import add_boxes
from central.store.engine import Store
from central.store.migrate import migrate
from messages.topics import BoxTopics
from placewatch.cli.main import app
from placewatch.clock import utc
from placewatch.errors import UsageError
from placewatch.loadtest import bench, engines, rig
from placewatch.loadtest.plan import SenderReport
from tests.outbox.brokers import until
from tests.parts import require

KEYS = {
    "committed_per_s",
    "commit_latency_s",
    "stream_latency_s",
    "published",
    "committed",
    "distinct",
    "backlog_end",
    "events",
    "cpu",
}


@pytest.mark.slow
def test_everything_sent_is_committed_once_by_two_centrals(tmp_path: Path) -> None:
    require(engines.find_mosquitto(), "mosquitto is not installed")
    require(engines.find_postgres(), "PostgreSQL is not installed")
    report, picture = tmp_path / "out.json", tmp_path / "out.png"
    size = ["--aggregators", "2", "--cameras", "160", "--rate", "100", "--seconds", "2", "--pictures", "0.2"]
    files = ["--report", str(report), "--plot", str(picture)]
    result = CliRunner().invoke(app, ["bench", "central", *size, *files, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text())
    assert found.keys() >= KEYS
    assert found["published"] == found["committed"] == found["distinct"] == found["counted"] > 0
    assert found["untraced"] == 0
    assert (found["unreceipted"], found["rejected"], found["dead_letters"]) == (0, 0, 0)
    assert {"p50", "p95", "p99"} <= found["commit_latency_s"].keys()
    assert found["cpu"].keys() >= {"aggregator", "broker", "generator"}
    assert picture.read_bytes().startswith(b"\x89PNG")
    floor = found["floor"]
    assert floor["alerts"] == 4000
    assert min(floor[name] for name in ("both_per_s", "broker_per_s", "database_per_s")) > 0
    assert floor["cpu_us"].keys() == {"broker", "database", "client"}
    assert found["cpu_us"].keys() == found["cpu"].keys()
    assert found["cpu_times_floor"] > 1  # the aggregator does more than nothing


@pytest.mark.slow
def test_a_run_that_is_asked_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    require(engines.find_mosquitto(), "mosquitto is not installed")

    def ours() -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline"])
        return [each for each in found if str(tmp_path) in " ".join(each.info["cmdline"] or ())]

    size = ["--cameras", "160", "--rate", "50", "--seconds", "300", "--db", "sqlite", "--work", str(tmp_path)]
    command = [sys.executable, "-m", "placewatch", "bench", "central", *size]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        assert until(lambda: len(ours()) >= 3, 90)  # itself, the broker, the aggregator
        running.terminate()
        assert running.wait(60) == 128 + signal.SIGTERM
    assert until(lambda: not ours(), 20)


def test_what_was_sent_and_is_nowhere_is_told() -> None:
    sent = SenderReport(published=10, rejected=2)
    assert bench.untraced(sent, {"distinct": 8}) == 0
    assert bench.untraced(sent, {"distinct": 7}) == 1


def test_questions_to_a_past_that_the_database_wrote(tmp_path: Path) -> None:
    report = tmp_path / "out.json"
    size = ["--events", "2000", "--entries", "2", "--times", "3", "--db", "sqlite"]
    kept = ["--work", str(tmp_path / "work"), "--report", str(report)]
    result = CliRunner().invoke(app, ["bench", "queries", *size, *kept])
    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text())
    assert {"one event", "board", "text, number"} <= found["seconds"].keys()
    store = Store(f"sqlite:///{tmp_path}/work/central.sqlite")
    with store.read() as connection:
        counts = queries_service.counts(connection).events
        page = queries.events(connection, queries.EventFilter(text="20260101-1234"), "created", None, 5)
        lines = queries_event.timeline(connection, page[0])
    store.close()
    assert (counts.total, counts.open) == (2000, 40)
    assert [(event.id, event.number) for event in page] == [(1234, "20260101-1234")]
    assert [line.number for line in lines] == [1, 2]


def test_a_database_in_use_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/real.sqlite"
    store = Store(url)
    migrate(store)
    with store.write() as connection:
        add_boxes(connection, [BoxTopics("demo", "box-1")], utc(1e9))
    store.close()
    result = CliRunner().invoke(app, ["bench", "central", "--broker", "127.0.0.1:1", "--db", url])
    assert "1 boxes have spoken to it" in str(result.exception)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [("mqtt://a:1884", "a", 1884), ("b", "b", 1883), ("mqtt://u:p%40@c", "c", 1883)],
)
def test_broker_addresses(url: str, host: str, port: int) -> None:
    found = rig.parse_broker(url)
    assert (found.host, found.port) == (host, port)
    if "u:" in url:
        assert (found.username, found.password) == ("u", "p@")


@pytest.mark.parametrize("url", ["http://a", "mqtt://", "mqtt://a:port"])
def test_what_is_no_broker_is_said(url: str) -> None:
    with pytest.raises(UsageError, match="is not a broker"):
        rig.parse_broker(url)
