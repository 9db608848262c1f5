"""A box's figures on its own loopback, and how people read them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from edge.runner.exporter import Exporter
from messages import CameraGear, CameraHealth, CameraState, Health, SpoolHealth, encode
from placewatch.cli.main import app
from placewatch.errors import PlacewatchError
from tests.servers import free_port


def health(state: CameraState = CameraState.STREAMING) -> Health:
    camera = CameraHealth(
        camera="gate",
        place="school",
        state=state,
        reason="" if state is CameraState.STREAMING else "no route to host",
        codec="h264",
        width=1280,
        height=720,
        fps=25.0,
        frames_decoded=100,
        reconnects=2,
        gear=CameraGear.IDLE,
        looks_per_s=0.5,
    )
    return Health(
        site="north",
        box="box-1",
        session="s",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        uptime_s=7200,
        version="0.1.0",
        model="nanodet",
        cameras=[camera],
        spool=SpoolHealth(waiting=3, bytes=2_000_000, spooled=10, published=9, receipted=7),
        detect_load=0.25,
        disk_free_bytes=5_000_000_000,
    )


@pytest.fixture
def told() -> list[Health | None]:
    return [health()]


@pytest.fixture
def exporter(told: list[Health | None]) -> Iterator[Exporter]:
    made = Exporter(0, lambda: told[0])
    made.start()
    yield made
    made.stop()


def test_prometheus_reads_it(exporter: Exporter) -> None:
    answer = httpx.get(f"http://127.0.0.1:{exporter.port}/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    values = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert values["placewatch_spool_waiting", ()] == 3
    assert values["placewatch_alerts_receipted_total", ()] == 7
    assert values["placewatch_camera_fps", (("camera", "gate"),)] == 25
    assert values["placewatch_camera_frames_decoded_total", (("camera", "gate"),)] == 100
    assert values["placewatch_camera_state", (("camera", "gate"), ("state", "streaming"))] == 1
    assert values["placewatch_camera_state", (("camera", "gate"), ("state", "failed"))] == 0
    assert values["placewatch_camera_state", (("camera", "gate"), ("state", "awake"))] == 0
    assert all(family.documentation for family in families.values())


def test_nothing_else_is_served(exporter: Exporter, told: list[Health | None]) -> None:
    base = f"http://127.0.0.1:{exporter.port}"
    assert httpx.get(f"{base}/status").content == encode(health())
    for path in ("/", "/../etc/passwd", "/config"):
        assert httpx.get(base + path).status_code == 404
    assert httpx.get(f"{base}/status", headers={"Host": "evil.example:80"}).status_code == 404
    told[0] = None
    assert httpx.get(f"{base}/status").content == b"null"
    assert httpx.get(f"{base}/metrics").status_code == 200


def test_people_read_it(exporter: Exporter, told: list[Health | None]) -> None:
    arguments = ["edge", "status", "--port", str(exporter.port)]
    good = CliRunner().invoke(app, [*arguments, "--once"], env={"COLUMNS": "80"})
    assert good.exit_code == 0, good.output
    for text in (
        "gate",
        "streaming",
        "idle",
        "1280x720",
        "lag s",
        "temperature: ",
        "3 waiting (2.0 MB",
        "7 of 10 receipted",
        "25% busy",
    ):
        assert text in good.output
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)["box"] == "box-1"
    told[0] = health(CameraState.FAILED)
    bad = CliRunner().invoke(app, [*arguments, "--once"], env={"COLUMNS": "200"})
    assert (bad.exit_code, "no route to host" in bad.output) == (1, True)
    told[0] = None
    early = CliRunner().invoke(app, [*arguments, "--once"]).exception
    assert isinstance(early, PlacewatchError)
    assert "said nothing of itself yet" in str(early)


def test_what_stands_in_the_way(exporter: Exporter) -> None:
    with pytest.raises(PlacewatchError, match="status_port"):
        Exporter(exporter.port, lambda: None)
    away = CliRunner().invoke(app, ["edge", "status", "--port", str(free_port())]).exception
    assert isinstance(away, PlacewatchError)
    assert "does not answer" in str(away)
    nowhere = CliRunner().invoke(app, ["edge", "status"]).exception
    assert isinstance(nowhere, PlacewatchError)
    assert nowhere.exit_code == 2
