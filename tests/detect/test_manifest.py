import shutil
import tomllib
from pathlib import Path

import pytest

from edge.detect.coco import COCO
from edge.detect.manifest import Model, find, load_manifest, sha256_of, verify
from placewatch.errors import ModelError
from placewatch.paths import shipped

MODELS = shipped("models")
ENTRIES = load_manifest()


def _named(model: Model) -> str:
    return model.name


@pytest.mark.parametrize("model", ENTRIES, ids=_named)
def test_every_committed_file_is_the_one_in_the_manifest(model: Model) -> None:
    assert verify(model.name) == MODELS / model.file
    assert model.version == sha256_of(MODELS / model.file)[:8]


def test_no_network_ships_outside_the_manifest() -> None:
    assert {path.name for path in MODELS.glob("*.onnx")} == {model.file for model in ENTRIES}


@pytest.mark.parametrize("model", ENTRIES, ids=_named)
def test_every_model_has_a_card_that_names_source_licence_and_limits(model: Model) -> None:
    card = (MODELS / f"{model.name}.md").read_text("utf-8")
    for word in (model.source.package, model.source.version, model.licence, "## Measured", "## Limits"):
        assert word in card
    notice = (MODELS.parent / "NOTICE").read_text("utf-8")
    assert model.file in notice
    assert f"{model.source.package} {model.source.version}".lower() in notice.lower()


def test_licence_texts_that_cards_point_to_are_there() -> None:
    for model in ENTRIES:
        for part in (MODELS / f"{model.name}.md").read_text("utf-8").split("](")[1:]:
            target = part.partition(")")[0]
            assert (MODELS / target).is_file(), f"{model.name}.md points to {target}"


def test_classes() -> None:
    assert find("nanodet_m_416").class_names == COCO
    assert find("plate_cn").class_names == ("licence plate",)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A models folder with the manifest and the smallest model."""
    shutil.copy(MODELS / "manifest.toml", tmp_path)
    shutil.copy(MODELS / "plate_cn.onnx", tmp_path)
    return tmp_path


def test_altered_file_is_refused_with_both_hashes_and_the_way_out(copy: Path) -> None:
    path = copy / "plate_cn.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        verify("plate_cn", copy)
    text = str(caught.value)
    assert str(path) in text
    assert find("plate_cn").sha256 in text
    assert sha256_of(path) in text
    assert "git checkout models" in text
    assert "\n" not in text


def test_missing_file_is_refused(copy: Path) -> None:
    with pytest.raises(ModelError, match=r"nanodet_m_416 is missing.*restore it"):
        verify("nanodet_m_416", copy)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match="nanodet_m_416, centerface, plate_cn"):
        find("nanodet_xxl")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"),
        ("model = [", "not a manifest"),
        ('[[model]]\nname = "x"\n', "missing required field"),
        ("[[model]]\nsurprise = 1\n", "surprise"),
        (b"\xff\xfe", "not a manifest"),
    ],
)
def test_broken_manifest_is_one_clear_line(tmp_path: Path, text: str | bytes | None, why: str) -> None:
    path = tmp_path / "manifest.toml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=why) as caught:
        load_manifest(tmp_path)
    assert str(path) in str(caught.value)


def test_unknown_keys_and_bad_hashes_are_refused(copy: Path) -> None:
    text = (copy / "manifest.toml").read_text("utf-8")
    first = tomllib.loads(text)["model"][0]["sha256"]
    (copy / "manifest.toml").write_text(text.replace(first, "abc"), "utf-8")
    with pytest.raises(ModelError, match="sha256"):
        load_manifest(copy)
