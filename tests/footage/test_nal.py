"""NAL units: split, found in codec headers, and present at every keyframe."""

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.footage.clip import load_clip
from placewatch.footage.nal import PARAMETER_TYPES, ParameterSets, header_nals, nal_type, split_nals
from tests.edge.clips import picture, write_clip

CODECS = {"h264": "libx264", "hevc": "libx265"}
QUIET = {"x265-params": "log-level=none"}


@given(
    st.lists(st.binary(min_size=1, max_size=30).map(lambda body: b"\x41" + body.replace(b"\x00", b"\x01")))
)
def test_start_codes_split(nals: list[bytes]) -> None:
    for code in (b"\x00\x00\x01", b"\x00\x00\x00\x01"):
        assert list(split_nals(b"".join(code + nal for nal in nals))) == nals


@given(st.binary(max_size=200), st.sampled_from(["h264", "hevc"]))
def test_any_header_is_survived(header: bytes, codec: str) -> None:
    assert sum(map(len, header_nals(codec, header))) <= len(header)


def street(path: Path, codec: str) -> Path:
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(20))
    return write_clip(path, images, gop=5, codec=CODECS[codec], options=QUIET if codec == "hevc" else None)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_header_says_what_the_stream_says(codec: str, tmp_path: Path) -> None:
    clip = load_clip(street(tmp_path / "clip.mp4", codec), "clip")
    with av.open(str(clip.path)) as container:
        header = container.streams.video[0].codec_context.extradata or b""
    assert ParameterSets(codec, tuple(header_nals(codec, header))).held == clip.parameters
    assert [nal_type(codec, nal) for nal in clip.parameters] == list(PARAMETER_TYPES[codec])


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_every_keyframe_carries_its_parameter_sets(codec: str, tmp_path: Path) -> None:
    """Even when the file has them once, at its beginning."""
    clip = load_clip(street(tmp_path / "clip.mp4", codec), "clip")
    assert clip.held is not None
    kinds = PARAMETER_TYPES[codec]
    raw = tmp_path / f"clip.{codec}"
    with raw.open("wb") as out:
        for nals in (clip.parameters, *clip.held):
            kept = nals if nals is clip.parameters else [n for n in nals if nal_type(codec, n) not in kinds]
            out.write(b"".join(b"\x00\x00\x00\x01" + nal for nal in kept))
    again = load_clip(raw, "raw")
    assert again.held is not None
    assert again.parameters == clip.parameters
    keys = [nals for nals, key in zip(again.held, again.timeline.key, strict=True) if key]
    assert len(keys) == 4
    for nals in keys:
        assert set(clip.parameters) <= set(nals)


def test_parameter_sets_follow_the_stream() -> None:
    sets = ParameterSets("h264")
    first, second, delimiter, key, other = b"\x67a", b"\x68b", b"\x09\x10", b"\x65k", b"\x41p"
    assert sets.complete((key,), key=True) == (key,), "nothing is known yet"
    assert sets.complete((first, second, key), key=True) == (first, second, key)
    assert sets.complete((other,), key=False) == (other,)
    assert sets.complete((delimiter, key), key=True) == (delimiter, first, second, key)
    assert sets.complete((b"\x67new", key), key=True) == (second, b"\x67new", key)
    assert list(sets.held) == [b"\x67new", second]
    assert sets.complete((b"\x68x", b"\x68y", key), key=True)[0] == b"\x67new"
    assert list(sets.held) == [b"\x67new", b"\x68x", b"\x68y"]
