"""Hardware decoders that are wanted and missing: software decodes, and says why."""

from pathlib import Path

import pytest

from edge.ingest import hardware
from edge.ingest.decode import DecodedPixels, Decoder
from edge.ingest.hardware import Hardware, missing
from edge.ingest.source import open_source
from messages import CameraState
from placewatch.doctor import media
from placewatch.doctor.finding import Status
from tests.edge.clips import picture, write_clip
from tests.edge.readers import reading

ABSENT = Hardware("cuda", "63")
"""No machine has sixty-four."""

UNKNOWN = Hardware("abacus")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", [picture()] * 20, fps=20)


@pytest.mark.parametrize(
    ("wanted", "why"), [(ABSENT, "the device does not open"), (UNKNOWN, "this build of PyAV knows")]
)
def test_a_missing_device_is_told_before_any_camera_is_asked(wanted: Hardware, why: str) -> None:
    assert why in missing(wanted)
    (finding,) = media.hardware(wanted)
    assert finding.status is Status.WARN
    assert why in finding.text
    assert finding.remedy


def test_software_decodes_instead(clip: Path) -> None:
    with open_source(str(clip), hardware=ABSENT) as source:
        assert "decoded in software, for cuda (63) cannot be used" in source.fallback
        decoder = Decoder(source)
        pictures = [found for packet in source.packets() for found in decoder.decode(packet)]
    assert len(pictures) == 20
    assert decoder.errors == 0


def test_without_the_wish_nothing_is_said(clip: Path) -> None:
    with open_source(str(clip)) as source:
        assert source.fallback == ""


def test_a_device_that_lacks_the_codec_is_told(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.Hardware, "settings", lambda _self: None)
    monkeypatch.setattr("edge.ingest.source.missing", lambda _hardware: "")
    with open_source(str(clip), hardware=ABSENT) as source:
        assert source.fallback.endswith("it has no decoder for h264")


def test_health_says_it(clip: Path) -> None:
    with reading(str(clip), hardware=ABSENT) as run:
        run.wait(lambda: len(run.frames) > 2)
        assert run.health.state is CameraState.STREAMING
        assert "decoded in software" in run.health.reason


def test_pictures_as_hardware_gives_them_are_read_alike(clip: Path) -> None:
    """NV12 holds the same planes, the colours in pairs."""
    with open_source(str(clip)) as source:
        decoder = Decoder(source)
        first = next(found for packet in source.packets() for found in decoder.decode(packet))
    plain, paired = DecodedPixels(first), DecodedPixels(first.reformat(format="nv12"))
    assert (plain.luma() == paired.luma()).all()
    assert abs(plain.bgr().astype(int) - paired.bgr()).mean() <= 2
