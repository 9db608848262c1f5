"""Made footage: the share of activity that was asked for, and truth that goes with the pictures."""

from pathlib import Path

import av
import pytest
import yaml

from placewatch.eval.truth import load_truth
from scripts.footagesets.formats import FORMATS
from scripts.footagesets.scenes import ROAD, SCENES, STREET, TABLE, Scene
from scripts.footagesets.sets import SETS
from scripts.footagesets.timeline import Piece, moved, plan, shown, things
from scripts.make_footage import main
from tests.parts import shared


@pytest.mark.parametrize(("scene", "share"), [(ROAD, 0.1), (ROAD, 0.5), (TABLE, 0.1), (TABLE, 0.5)])
def test_a_clip_has_the_share_of_activity_that_was_asked_for(scene: Scene, share: float) -> None:
    pieces = plan(scene, share, 120.0)
    assert sum(piece.length for piece in pieces) == pytest.approx(120.0)
    busy = sum(end - begin for begin, end in things(pieces))
    assert busy / 120.0 == pytest.approx(share, abs=0.03)


def test_everything_and_nothing() -> None:
    assert things(plan(TABLE, 1.0, 60.0)) == [(0.0, 60.0)]
    assert things(plan(ROAD, 0.0, 60.0)) == []
    with pytest.raises(ValueError, match="street is never quiet"):
        plan(STREET, 0.5, 60.0)


@pytest.mark.parametrize("scene", [ROAD, TABLE])
def test_quiet_moments_are_quiet(scene: Scene) -> None:
    for begin, end in scene.quiet:
        assert all(end < a or begin > b for a, b in scene.things)


def test_events_move_with_what_shows_them() -> None:
    pieces = [Piece(9.8, 11.8), Piece(4.0, 9.0, thing=(4.3, 8.6)), Piece(20.0, 21.0, backwards=True)]
    (span,) = things(pieces)
    assert span == pytest.approx((2.3, 6.6))
    assert moved(pieces, 5.0, 7.0) == [(3.0, 5.0)]
    assert moved(pieces, 5.0, None) == [(3.0, None)]
    assert moved(pieces, 8.9, 30.0) == [(6.9, 7.0)]
    assert moved(pieces, 20.5, 20.6) == []  # an empty moment shows no event


def test_empty_moments_are_blended_and_things_are_not() -> None:
    pieces = [Piece(0.0, 2.0), Piece(10.0, 12.0, backwards=True), Piece(4.0, 5.0, thing=(4.0, 5.0))]
    assert shown(pieces, 1.0) == (1.0, 1.0, 0.0)
    here, other, weight = shown(pieces, 1.9)
    assert here == pytest.approx(1.9)
    assert other == 12.0
    assert 0.0 < weight < 1.0
    assert shown(pieces, 2.5)[0] == pytest.approx(11.5)
    assert shown(pieces, 3.9)[2] == 0.0


def test_every_set_and_format_has_a_name_of_its_own() -> None:
    names = [footage.name for footage in SETS]
    assert {"active10", "active50", "active100", "noise", "night", "wind"} <= set(names)
    assert len(set(names)) == len(names)
    assert {form.gop for form in FORMATS if form.codec == "h264" and form.cbr} == {25, 50, 250}
    assert {form.codec for form in FORMATS} == {"h264", "h265"}
    assert len({form.name for form in FORMATS}) == len(FORMATS)


def test_a_small_set_is_made_with_its_truth(tmp_path: Path) -> None:
    shared("media/car-detection.mp4")
    wanted = ["--out", str(tmp_path), "--sets", "wind", "--scenes", "road", "--seconds", "7"]
    wanted += ["--formats", "720p25-h265-crf-gop50", "720p25-h264-cbr-gop25"]
    assert main(wanted) == 0
    clips = {clip.stem.split("-")[2]: clip for clip in tmp_path.rglob("*.mp4")}
    for codec, gop in (("h265", 50), ("h264", 25)):
        truth = load_truth(clips[codec].with_suffix(".yaml"))
        assert truth.spec.clip == clips[codec].name
        ((begin, end),) = truth.spec.moves
        assert 0.0 < begin < end < 7.0
        with av.open(str(clips[codec])) as container:
            stream = container.streams.video[0]
            keys = [index for index, packet in enumerate(container.demux(stream)) if packet.is_keyframe]
            assert (stream.width, stream.height) == (1280, 720)
            assert stream.average_rate is not None
            assert float(stream.average_rate) == 25.0
            assert keys[:3] == [0, gop, 2 * gop]
    written = [clip.stat().st_mtime_ns for clip in clips.values()]
    assert main(wanted) == 0
    assert [clip.stat().st_mtime_ns for clip in clips.values()] == written  # what is there is not made again


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--formats", "vhs"], "no format 'vhs'"), (["--seconds", "1"], "too short")],
)
def test_what_cannot_be_made_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["--out", str(tmp_path), *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("scene", SCENES)
def test_scenes_name_a_truth_file(scene: Scene) -> None:
    file = Path(__file__).parent.parent / "truth" / scene.truth
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["clip"] == scene.clip
