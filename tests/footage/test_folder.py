"""A user's folder: every container, other codecs made H.264 once, and files that are no videos."""

from pathlib import Path

import pytest

from placewatch.errors import StreamError
from placewatch.footage import server as server_module
from placewatch.footage.catalog import read_folder
from placewatch.footage.clip import load_clip
from placewatch.footage.fetch import SHOTS
from placewatch.footage.nal import nal_type
from placewatch.footage.server import load_clips
from placewatch.footage.transcode import transcode
from tests.edge.clips import picture, write_clip

PICTURES = 30


def street(path: Path, codec: str = "libx264", options: dict[str, str] | None = None) -> Path:
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(PICTURES))
    return write_clip(path, images, fps=20, gop=10, codec=codec, options=options)


def untold(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""


def test_folder_of_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "clips"
    (folder / "gate").mkdir(parents=True)
    street(folder / "a.mp4")
    street(folder / "gate" / "b.mkv")
    street(folder / "old.avi", "mpeg4")
    (folder / "notes.mp4").write_text("this is no video")
    (folder / "readme.txt").write_text("nor is this")
    told: list[str] = []
    catalog = read_folder(folder, lambda what, _share: told.append(what))
    assert set(catalog.clips) == {"a", "gate/b", "old"}
    assert load_clip(catalog.clips["old"], "old").codec == "h264"
    assert len(catalog.problems) == 1
    assert "notes.mp4" in catalog.problems[0]
    assert set(told) == {"old.avi: H.264"}
    told.clear()
    read_folder(folder, lambda what, _share: told.append(what))
    assert not told, "transcoded once"


def test_nothing_to_serve(tmp_path: Path) -> None:
    for folder, reason in ((tmp_path / "absent", "no such folder"), (tmp_path, "no video")):
        with pytest.raises(StreamError, match=reason):
            read_folder(folder, lambda _what, _share: None)


def test_names_of_the_default_footage() -> None:
    names = [shot.name for shot in SHOTS]
    assert len(set(names)) == len(names)
    assert all(shot.end_s is None or shot.end_s > shot.begin_s for shot in SHOTS)


def test_one_file(tmp_path: Path) -> None:
    street(tmp_path / "other.mp4")
    assert set(read_folder(street(tmp_path / "gate.mp4"), untold).clips) == {"gate"}


def test_what_breaks_off_is_served_up_to_there(tmp_path: Path) -> None:
    whole = street(tmp_path / "whole.mp4", options={"movflags": "faststart"})
    moved = write_clip(
        tmp_path / "whole.ts", (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(PICTURES)), fps=20
    )
    data = moved.read_bytes()
    (tmp_path / "cut.ts").write_bytes(data[: len(data) * 2 // 3])
    cut = load_clip(tmp_path / "cut.ts", "cut")
    assert 5 < len(cut.timeline) < PICTURES
    assert len(load_clip(whole, "whole").timeline) == PICTURES


def test_one_bad_clip_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    files = {name: tmp_path / f"{name}.mp4" for name in ("bad", "absent", "good")}
    street(files["good"])
    clips, problems = load_clips(files)
    assert [clip.name for clip in clips] == ["good"]
    assert sorted(problem.where for problem in problems) == [str(files["absent"]), str(files["bad"])]


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is read from its file; the pictures are the same."""
    files = {name: street(tmp_path / f"{name}.mp4") for name in ("a", "b", "c")}
    monkeypatch.setattr(server_module, "HOLD_ALL_BYTES", 2 * files["a"].stat().st_size)
    clips, _ = load_clips(files)
    assert [clip.held is not None for clip in clips] == [True, True, False]
    assert list(clips[2].pictures()) == list(clips[0].pictures())


def test_a_damaged_clip_of_another_codec_is_mended(tmp_path: Path) -> None:
    old = street(tmp_path / "old.avi", "mpeg4")
    data = bytearray(old.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = b"\xff" * 200
    old.write_bytes(data)
    transcode(old, tmp_path / "new.mp4")
    assert len(load_clip(tmp_path / "new.mp4", "new").timeline) > PICTURES // 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.mp4", "old.avi"]


def test_every_machine_makes_the_same_clip(tmp_path: Path) -> None:
    """One slice to a picture, however many cores encode it: the demo's alerts must not depend on them."""
    transcode(street(tmp_path / "old.avi", "mpeg4"), tmp_path / "new.mp4")
    clip = load_clip(tmp_path / "new.mp4", "new")
    assert clip.held is not None
    assert {sum(nal_type("h264", nal) in {1, 5} for nal in nals) for nals in clip.held} == {1}


def test_odd_sizes_are_made_even(tmp_path: Path) -> None:
    images = (picture(size=(321, 193)) for _ in range(5))
    odd = write_clip(tmp_path / "odd.avi", images, codec="ffv1")
    transcode(odd, tmp_path / "even.mp4")
    clip = load_clip(tmp_path / "even.mp4", "even")
    assert (clip.width, clip.height, len(clip.timeline)) == (320, 192, 5)
