"""``placewatch redact`` and the files behind it: content decides, whole or not at all, one error line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.detect.detections import Image
from edge.redact.files import redact_file
from edge.redact.redactor import Redactor
from edge.redact.regions import Counts
from placewatch.cli.main import app
from placewatch.errors import PlacewatchError, RedactionError, UsageError
from tests.detect.drawings import face
from tests.parts import program
from tests.redact.clips import read_clip, write_clip
from tests.redact.fakes import Breaks, FakeFinder, FakeObjects, covered, detections, noise, redactor

PERSON = (30.0, 20.0, 70.0, 110.0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Stored lying on its side, with EXIF that says so and that names a place."""
    stored = np.asarray(cv2.rotate(noise(160, 120), cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
    exif = b"Exif\0\0" + bytes.fromhex("4d4d002a00000008 0001 0112 0003 00000001 0006 0000 00000000")
    secret = b"GPS 39.9042 116.4074"
    jpeg = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    app1 = b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif
    comment = b"\xff\xfe" + (len(secret) + 2).to_bytes(2) + secret
    path = tmp_path / "photo.bin"  # the name says nothing
    path.write_bytes(jpeg[:2] + app1 + comment + jpeg[2:])
    return path


def shown(path: Path) -> Image:
    return np.asarray(cv2.imread(str(path)), np.uint8)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp"])
def test_a_picture_comes_out_upright_covered_and_without_metadata(
    photo: Path, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"out{ending}"
    done = redact_file(photo, target, redactor(persons=[PERSON]))
    assert (done.media, done.width, done.height, done.pictures) == ("picture", 160, 120, 1)
    assert done.counts == Counts(heads=1)
    assert covered(noise(160, 120), shown(target), (35, 20, 65, 40))
    assert b"GPS" not in target.read_bytes()
    assert b"Exif" not in target.read_bytes()


def test_a_clip_comes_out_covered_without_sound_and_metadata(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mov", sound=True)
    assert b"secret title" in source.read_bytes()
    target = tmp_path / "out.mp4"
    told: list[tuple[float, float]] = []
    done = redact_file(source, target, redactor(persons=[PERSON]), lambda at, of: told.append((at, of)))
    assert (done.media, done.width, done.height, done.pictures) == ("clip", 160, 120, 30)
    assert done.seconds == pytest.approx(3.0, abs=0.05)
    assert done.counts.heads == 30
    assert len(read_clip(target)) == 30
    assert len(told) == 30
    assert told[-1][0] == pytest.approx(2.9)
    assert told[-1][1] == pytest.approx(3.0, abs=0.2)
    content = target.read_bytes()
    assert b"secret" not in content
    assert b"39.9042" not in content
    entries = [program("ffprobe"), "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0"]
    said = subprocess.run([*entries, str(target)], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.split() == ["video"]


def bad_inputs(folder: Path) -> dict[str, tuple[Path, Path, type[PlacewatchError], str]]:
    text, empty, picture = folder / "notes.jpg", folder / "empty.mp4", folder / "a.jpg"
    text.write_text("hello")
    empty.touch()
    picture.write_bytes(cv2.imencode(".jpg", noise(32, 32))[1].tobytes())
    link = folder / "link.jpg"
    link.symlink_to(picture)
    clip = write_clip(folder / "clip.mp4", count=3)
    cut = folder / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:600])
    out = folder / "out.png"
    playlist = folder / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nclip.mp4\n#EXT-X-ENDLIST\n")
    return {
        "text": (text, out, RedactionError, "neither a picture nor a video"),
        "playlist of other files": (playlist, folder / "out.mp4", RedactionError, "neither a picture nor"),
        "empty": (empty, out, RedactionError, "empty"),
        "cut off": (cut, folder / "out.mp4", RedactionError, "neither a picture nor a video"),
        "gone": (folder / "gone.jpg", out, RedactionError, "no such file"),
        "folder": (folder, out, RedactionError, "folder"),
        "no folder to write to": (picture, folder / "x" / "out.png", RedactionError, "no such folder"),
        "itself": (picture, picture, UsageError, "replace its source"),
        "itself by another name": (picture, link, UsageError, "replace its source"),
        "no ending": (picture, folder / "out", UsageError, "without ending"),
        "picture to clip": (picture, folder / "out.mp4", UsageError, "a picture is not written as .mp4"),
        "clip to picture": (clip, folder / "out.jpg", UsageError, "a clip is not written as .jpg"),
    }


CASES = (
    "text", "playlist of other files", "empty", "cut off", "gone", "folder", "no folder to write to",
    "itself", "itself by another name", "no ending", "picture to clip", "clip to picture",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_names_its_place_and_leaves_nothing_behind(tmp_path: Path, case: str) -> None:
    source, target, kind, why = bad_inputs(tmp_path)[case]
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(kind, match=why) as caught:
        redact_file(source, target, redactor())
    assert caught.value.where in {str(source), str(target), str(target.parent)}
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_sound_alone_is_no_clip(tmp_path: Path) -> None:
    source = tmp_path / "tone.wav"
    quiet = [program("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", str(source)]
    subprocess.run(quiet, check=True, timeout=60)
    with pytest.raises(RedactionError, match="no video in it"):
        redact_file(source, tmp_path / "out.mp4", redactor())


@pytest.mark.parametrize("name", ["in.jpg", "in.mp4"])
def test_a_failed_search_leaves_no_file(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    if name == "in.mp4":
        write_clip(source)
    else:
        source.write_bytes(cv2.imencode(".jpg", noise(64, 48))[1].tobytes())
    target.write_bytes(b"an older result")
    broken = Redactor(FakeObjects(detections(PERSON)), Breaks(RuntimeError("boom")), FakeFinder())
    with pytest.raises(RedactionError, match="boom"):
        redact_file(source, target, broken)
    assert target.read_bytes() == b"an older result"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, target.name])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_told(tmp_path: Path, photo: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(RedactionError, match="permission denied"):
        redact_file(photo, closed / "out.png", redactor())


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    image, _ = face(640, 480, (320, 200), 70)
    path = tmp_path / "portrait.jpg"
    path.write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    return path


def test_the_command_prints_what_it_covered(portrait: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jpg"
    done = CliRunner().invoke(app, ["redact", str(portrait), str(target), "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["in"], told["out"], told["media"]) == (str(portrait), str(target), "picture")
    assert (told["width"], told["height"], told["pictures"], told["damaged_packets"]) == (640, 480, 1, 0)
    assert told["covered"]["faces"] >= 1
    assert set(told["covered"]) == {"faces", "heads", "plates"}
    assert shown(target).shape == (480, 640, 3)


def test_the_command_on_a_clip(tmp_path: Path) -> None:
    source, target = write_clip(tmp_path / "in.mp4", count=5), tmp_path / "out.mp4"
    done = CliRunner().invoke(app, ["redact", str(source), str(target)])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{target}: 5 pictures of 160 x 120, ")


@pytest.mark.parametrize(("case", "code"), [("text", 1), ("itself", 2), ("no ending", 2)])
def test_the_command_says_one_line_and_exits(tmp_path: Path, case: str, code: int) -> None:
    source, target, _, why = bad_inputs(tmp_path)[case]
    command = [sys.executable, "-m", "placewatch", "redact", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert why in line


def test_there_is_no_switch_for_off() -> None:
    done = CliRunner().invoke(app, ["redact", "--help"])
    assert "Example: placewatch redact" in done.stdout
    options = {word for word in done.stdout.split() if word.startswith("--")}
    looking = {"--audit", "--every", "--faces", "--raw", "--vehicles", "--worst"}  # they look at what left
    assert options == {"--json", "--help"} | looking
