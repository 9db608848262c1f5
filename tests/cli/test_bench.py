import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from placewatch.bench import clips, decode, infer
from placewatch.bench.clips import BenchClip, draw
from placewatch.cli.main import app


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> BenchClip:
    return BenchClip("small", draw(tmp_path_factory.mktemp("bench") / "small.mp4", 360, seconds=4))


def test_decoding_costs_more_than_keyframes_and_those_more_than_packets(clip: BenchClip) -> None:
    found = decode.measure(clip)
    assert found.format.startswith("h264 640x360 25 fps")
    assert found.seconds == pytest.approx(4.0, abs=0.1)
    assert 0 < found.packets_ms < found.keyframes_ms < found.full_ms
    assert found.cameras_a_core == pytest.approx(1000 / found.full_ms, abs=0.1)


def test_drawn_clip_is_always_the_same(clip: BenchClip, tmp_path: Path) -> None:
    assert draw(tmp_path / "again.mp4", 360, seconds=4).read_bytes() == clip.path.read_bytes()


def test_larger_input_takes_longer() -> None:
    small, large = (infer.measure("cpu", size, max_s=0.1) for size in (160, 640))
    assert small.runs >= infer.MIN_RUNS
    assert small.median_ms < large.median_ms
    assert (small.provider, small.threads) == ("cpu", 1)


def test_command_tells_figures_with_conditions(clip: BenchClip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "bench_clips", lambda _folder: [clip])
    result = CliRunner().invoke(app, ["bench", "decode", "--json"])
    found = json.loads(result.stdout)
    assert found["conditions"]["cores"] >= 1
    assert found["conditions"]["packages"].keys() == {"av", "onnxruntime", "numpy"}
    assert [row["clip"] for row in found["decode"]] == ["small"]
    assert "infer" not in found
    plain = CliRunner().invoke(app, ["bench", "decode"]).stdout
    assert "small" in plain
    assert "cores" in plain
