"""Which pictures are really keyframes, as encoders and containers have them."""

from pathlib import Path

import numpy as np
import pytest

from edge.detect.detections import Image
from edge.ingest.keyframes import Keyframes, is_intra
from edge.ingest.source import open_source
from tests.edge.clips import picture, write_clip


def noisy(n: int) -> Image:
    grain = np.random.default_rng(n).integers(0, 12, (192, 320, 1), np.uint8)
    return np.asarray(picture((n * 6 % 280, 80, n * 6 % 280 + 24, 150)) + grain, np.uint8)


@pytest.mark.parametrize("container", ["mp4", "ts"])
@pytest.mark.parametrize(
    ("codec", "options", "keyframes"),
    [
        ("libx264", {}, 3),
        ("libx264", {"x264-params": "intra-refresh=1:keyint=10:scenecut=0"}, 1),
        ("libx264", {"bf": "2", "preset": "medium", "x264-params": "open-gop=1:keyint=10:min-keyint=10"}, 4),
        ("libx264", {"x264-params": "slices=4:keyint=10:scenecut=0"}, 3),
        ("libx265", {"x265-params": "log-level=none:open-gop=1:keyint=10:min-keyint=10"}, 3),
    ],
)
def test_keyframes(
    tmp_path: Path, container: str, codec: str, options: dict[str, str], keyframes: int
) -> None:
    clip = write_clip(
        tmp_path / f"clip.{container}", map(noisy, range(30)), gop=10, codec=codec, options=options
    )
    with open_source(str(clip)) as source:
        told = Keyframes(source.info.codec, source.stream.codec_context.extradata)
        assert sum(told.is_one(packet) for packet in source.packets() if packet.size) == keyframes


@pytest.mark.parametrize("broken", [b"", b"\x00\x00\x01", b"\x00\x00\x01\x61", b"\x00\x00\x01\x61\x00\x00"])
def test_what_cannot_be_read_is_left_to_the_decoder(broken: bytes) -> None:
    assert is_intra(broken)
    assert is_intra(broken, length=4)
