"""Fetching: by checksum, one way after the other, once."""

import hashlib
from pathlib import Path

import av
import pytest

from placewatch.footage import fetch as module
from placewatch.footage.fetch import Shot, fetch
from placewatch.footage.sources import FetchError, Original, Progress
from tests.edge.clips import picture, write_clip


def original(clip: Path, calls: list[str], sha256: str | None = None) -> Original:
    def broken(_folder: Path, _progress: Progress) -> Path:
        calls.append("broken")
        raise FetchError("no network", where="somewhere")

    def working(folder: Path, progress: Progress) -> Path:
        calls.append("working")
        progress("clip", 0.5)
        copy = folder / "clip.mp4"
        copy.write_bytes(clip.read_bytes())
        return copy

    digest = sha256 or hashlib.sha256(clip.read_bytes()).hexdigest()
    return Original("clip.mp4", digest, (broken, working))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    images = (picture((n * 4, 80, n * 4 + 24, 150)) for n in range(40))
    return write_clip(tmp_path / "source.mp4", images, fps=10)


def use(monkeypatch: pytest.MonkeyPatch, first: Original, second: Original) -> None:
    monkeypatch.setattr(module, "VTEST", first)
    monkeypatch.setattr(module, "BIKES", second)
    shots = (Shot("one", first, 0.0, None, "all of it"), Shot("two", second, 1.0, 2.5, "a part"))
    monkeypatch.setattr(module, "SHOTS", shots)


def test_second_way_then_cached(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    use(monkeypatch, original(clip, calls), original(clip, calls))
    found = fetch(folder=tmp_path / "cache")
    assert set(found.clips) == {"one", "two"}
    assert calls == ["broken", "working"] * 2
    assert frames(found.clips["one"]) == 40
    assert frames(found.clips["two"]) == 15
    fetch(folder=tmp_path / "cache")
    assert len(calls) == 4, "nothing is fetched twice"
    left = sorted(file.name for file in (tmp_path / "cache").iterdir())
    assert left == ["one.json", "one.mp4", "two.json", "two.mp4"]


def test_altered_file_is_refused_and_the_rest_is_used(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, original(clip, [], "0" * 64), original(clip, []))
    found = fetch(folder=tmp_path / "cache")
    assert set(found.clips) == {"two"}
    assert "sha256" in found.problems[0]
    assert "no network" in found.problems[0]


def test_nothing_to_be_had(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = original(clip, [], "0" * 64)
    use(monkeypatch, bad, bad)
    with pytest.raises(FetchError, match="--footage DIR"):
        fetch(folder=tmp_path / "cache")


def frames(clip: Path) -> int:
    with av.open(str(clip)) as container:
        return sum(1 for _ in container.decode(video=0))
