"""The audit: what counts as left, what is confirmed by the mirror image, folders of every kind."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.detect.detections import Image
from edge.detect.regions import Regions
from edge.redact.audit import Auditor, Search, marked
from edge.redact.audit_folder import audit_folder
from edge.redact.residual import Left, Residual
from messages import Evidence, encode
from placewatch.cli.main import app
from placewatch.errors import UsageError
from tests.contract.samples import SMALL, SMALL_DATA, WHEN
from tests.edge.clips import walk, write_clip
from tests.redact.fakes import noise

Row = tuple[float, float, float, float, float]


def regions(*rows: Row) -> Regions:
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Regions(table[:, :4], table[:, 4])


@dataclass
class FakeFinder:
    """Finds what it is told, by the scale and whether the picture is mirrored (its first pixel tells)."""

    version: str = "1"
    at: dict[tuple[bool, bool], Regions] = field(default_factory=dict)
    asked: list[tuple[bool, bool]] = field(default_factory=list)

    def detect(self, image: Image, *, score: float = 0.5, scale: float = 1.0) -> Regions:
        key = (scale > 1.0, bool(image[0, 0, 0] == 0))
        self.asked.append(key)
        found = self.at.get(key, Regions.empty())
        kept = found.scores >= score
        return Regions(found.boxes[kept], found.scores[kept])


def street() -> Image:
    image = np.zeros((100, 200, 3), np.uint8)
    image[0, 0] = 255
    return image


def search(finder: FakeFinder, what: Left = Left.FACE, least: float = 12) -> Search:
    return Search(what, "fake", finder, 0.6, least)


HERE, MIRRORED = (10, 10, 30, 30), (170, 10, 190, 30)
"""A face, and where it is in the mirror image of a picture 200 wide."""


def both(score: float, mirrored: float, *, enlarged: bool) -> dict[tuple[bool, bool], Regions]:
    return {(enlarged, False): regions((*HERE, score)), (enlarged, True): regions((*MIRRORED, mirrored))}


@pytest.mark.parametrize("enlarged", [False, True])
@pytest.mark.parametrize(
    ("score", "mirrored", "left"),
    [(0.7, 0.7, 1), (0.8, 0.5, 1), (0.7, 0.4, 0), (0.5, 0.5, 0), (0.9, 0.0, 0), (0.4, 0.9, 1)],
)
def test_what_is_there_is_there_in_the_mirror(
    score: float, mirrored: float, left: int, enlarged: bool
) -> None:
    finder = FakeFinder(at=both(score, mirrored, enlarged=enlarged))
    assert len(Auditor((search(finder),), independent=True).inspect(street())) == left


def test_the_mirror_is_asked_only_where_something_was_found() -> None:
    finder = FakeFinder(at=both(0.7, 0.7, enlarged=False))
    Auditor((search(finder),), independent=True).inspect(street())
    assert finder.asked == [(False, False), (False, True), (True, False)]


def test_found_at_both_sizes_is_one_face() -> None:
    finder = FakeFinder(at=both(0.7, 0.7, enlarged=False) | both(0.8, 0.9, enlarged=True))
    (face,) = Auditor((search(finder),), independent=True).inspect(street())
    assert face.score == pytest.approx(0.85)


def test_another_place_in_the_mirror_confirms_nothing() -> None:
    at = {(False, False): regions((*HERE, 0.9)), (False, True): regions((*HERE, 0.9))}
    assert Auditor((search(FakeFinder(at=at)),), independent=True).inspect(street()) == ()


def test_small_faces_are_no_likeness() -> None:
    low = (10, 10, 30, 21)  # 11 pixels high
    at = {(False, False): regions((*low, 0.9)), (False, True): regions((170, 10, 190, 21, 0.9))}
    assert Auditor((search(FakeFinder(at=at)),), independent=True).inspect(street()) == ()


def test_a_plate_counts_by_its_width() -> None:
    at = {
        (False, False): regions((0, 0, 39, 12, 0.9), (100, 0, 141, 9, 0.9)),
        (False, True): regions((161, 0, 200, 12, 0.9), (59, 0, 100, 9, 0.9)),
    }
    finder = FakeFinder(at=at)
    (plate,) = Auditor((search(finder, Left.PLATE, 40),), independent=False).inspect(street())
    assert plate.box == (100, 0, 141, 9)


def test_a_face_and_a_plate_in_one_place_are_two() -> None:
    at = {
        (False, False): regions((0, 0, 50, 50, 0.9)),
        (False, True): regions((150, 0, 200, 50, 0.9)),
    }
    pair = (search(FakeFinder(at=at)), search(FakeFinder(at=at), Left.PLATE, 40))
    found = Auditor(pair, independent=True).inspect(street())
    assert {each.what for each in found} == {Left.FACE, Left.PLATE}


def test_the_picture_is_marked_and_not_changed() -> None:
    image = street()
    before = image.copy()
    png = marked(image, [Residual(Left.FACE, (20, 40, 60, 80), 0.9, "fake")])
    shown = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == image.shape
    assert (shown != image).any()
    assert (image == before).all()


def bright(image: Image) -> bool:
    return bool(image.mean() > 90)


@dataclass
class Sees:
    """Finds a face in every picture that fits."""

    fits: Callable[[Image], bool]
    version: str = "1"

    def detect(self, image: Image, *, score: float = 0.5, scale: float = 1.0) -> Regions:
        if not self.fits(image) or score > 0.9 or scale != 1.0:
            return Regions.empty()
        # in the middle, so that the mirror image agrees
        return regions((5, 5, image.shape[1] - 5, 35, 0.9))


def auditor(fits: Callable[[Image], bool]) -> Auditor:
    return Auditor((Search(Left.FACE, "fake", Sees(fits), 0.6, 12, enlarge=False),), independent=True)


def test_a_folder_of_everything(tmp_path: Path) -> None:
    folder, worst = tmp_path / "out", tmp_path / "worst"
    (folder / "deep").mkdir(parents=True)
    cv2.imwrite(str(folder / "a.jpg"), np.full((40, 60, 3), 200, np.uint8))
    cv2.imwrite(str(folder / "deep" / "b.png"), np.zeros((40, 60, 3), np.uint8))
    write_clip(folder / "c.mp4", walk(2.0, lambda _t: (None, None)))
    jpeg = (folder / "a.jpg").read_bytes()
    evidence = Evidence(width=60, height=40, jpeg=jpeg, captured=WHEN, blurred=0)
    told = msgspec.structs.replace(SMALL, data=msgspec.structs.replace(SMALL_DATA, evidence=evidence))
    (folder / "d.jsonl").write_bytes(encode(SMALL) + b"\n\n" + encode(told) + b'\n{"no": "alert"}\n')
    (folder / "e.jpg").write_bytes(b"not a picture")
    (folder / "notes.txt").write_text("no picture at all")
    names: list[str] = []
    found = audit_folder(
        folder, auditor(bright), worst=worst, every_s=0.5, seen=lambda _count, name: names.append(name)
    )
    assert names[0] == "a.jpg"
    assert [name for name in names if name.startswith("c.mp4")] == [
        "c.mp4 at 0.00 s", "c.mp4 at 0.50 s", "c.mp4 at 1.00 s", "c.mp4 at 1.50 s",
    ]  # fmt: skip
    assert found.pictures == len(names)
    assert found.count(Left.FACE) == 6
    assert found.count(Left.PLATE) == 0
    assert len(found.problems) == 2
    assert "d.jsonl:4" in "".join(found.problems)
    assert sorted(worst.iterdir()) == sorted(found.written)
    assert len(found.written) == 6


def test_nothing_left_nothing_written(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.zeros((40, 60, 3), np.uint8))
    found = audit_folder(tmp_path, auditor(bright), worst=tmp_path / "worst")
    assert (found.pictures, found.findings, found.written) == (1, (), ())
    assert not (tmp_path / "worst").exists()


def test_nothing_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture"):
        audit_folder(tmp_path, auditor(bright), worst=tmp_path / "worst")
    with pytest.raises(UsageError, match="no such folder"):
        audit_folder(tmp_path / "nowhere", auditor(bright), worst=tmp_path / "worst")


def test_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), noise(160, 120))
    done = CliRunner().invoke(app, ["redact", "--audit", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["pictures"], report["residual_faces"], report["residual_plates"]) == (1, 0, 0)


@pytest.mark.parametrize("words", [["redact"], ["redact", "a.jpg"], ["redact", "a", "b", "--audit", "."]])
def test_either_a_file_or_an_audit(words: list[str]) -> None:
    assert isinstance(CliRunner().invoke(app, words).exception, UsageError)
