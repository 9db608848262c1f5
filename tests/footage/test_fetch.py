"""Fetching: by checksum, one way after the other, once."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import av
import pytest

from placewatch.footage import fetch as module
from placewatch.footage import sources
from placewatch.footage.fetch import Shot, fetch
from placewatch.footage.progress import Progress, nothing
from placewatch.footage.scratch import PREFIX, scratch
from placewatch.footage.sources import FetchError, Original
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


def test_altered_or_outdated_clips_are_made_again(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    first, second = original(clip, calls), original(clip, [])
    use(monkeypatch, first, second)
    found = fetch(folder=tmp_path)
    made = found.clips["one"].read_bytes()
    found.clips["one"].write_bytes(made[:-100])
    assert not module.is_here(tmp_path, module.SHOTS[0])
    fetch(folder=tmp_path)
    assert found.clips["one"].read_bytes() == made
    assert calls == ["broken", "working"] * 2
    shorter = replace(module.SHOTS[0], end_s=1.0)
    monkeypatch.setattr(module, "SHOTS", (shorter, module.SHOTS[1]))
    fetch(folder=tmp_path)
    assert frames(found.clips["one"]) == 10


def test_nowhere_to_keep_it(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, original(clip, []), original(clip, []))
    (tmp_path / "file").touch()
    with pytest.raises(FetchError, match="PLACEWATCH_CACHE"):
        fetch(folder=tmp_path / "file" / "footage")


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["/no/such/program"], "cannot be run"),
        (
            ["sh", "-c", "echo W: a >&2; echo E: no package >&2; exit 3"],
            "sh failed: E: no package",
        ),
        (["sh", "-c", "exit 3"], "sh failed: exit status 3"),
        (["sleep", "20"], "nothing came for"),
    ],
)
def test_downloaders_that_fail(
    command: list[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "STUCK_S", 0.3)
    with pytest.raises(FetchError, match=reason):
        sources._run(command, tmp_path, "clip", nothing, 1000)


def test_a_download_shows_how_far_it_is(tmp_path: Path) -> None:
    told: list[float | None] = []
    script = "head -c 500 /dev/zero > part; sleep 0.3; head -c 1000 /dev/zero > part; sleep 0.2"
    sources._run(["sh", "-c", script], tmp_path, "clip", lambda _what, share: told.append(share), 1000)
    assert told[-1] == 1.0
    assert 0.5 in told


def test_work_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    old, young = tmp_path / f"{PREFIX}old", tmp_path / f"{PREFIX}young"
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    with scratch(tmp_path) as work:
        assert work.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [young.name]
