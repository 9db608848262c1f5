"""The conversion: its reader and its checks, and the committed bytes where the packages are at hand."""

import hashlib
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest

from edge.detect.manifest import Member, Model, Source, load_manifest, verify
from scripts.build_models import CONVERTERS, build, main
from scripts.modelbuild import tfjs
from scripts.modelbuild.graphs import plain_export
from scripts.modelbuild.sources import SourceError, read_members

ENTRIES = load_manifest()


def _archives() -> Path:
    folder = Path(os.environ.get("PLACEWATCH_MODEL_SOURCES", "/nonexistent"))
    if not folder.is_dir():
        pytest.skip("the source packages are not at hand; name their folder in PLACEWATCH_MODEL_SOURCES")
    return folder


@pytest.mark.parametrize("model", ENTRIES, ids=lambda model: model.name)
def test_rebuild_gives_the_committed_bytes(model: Model) -> None:
    folder = _archives()
    if not (folder / model.source.archive).is_file():
        pytest.skip(f"{model.source.archive} is not in {folder}")
    assert hashlib.sha256(build(model, folder)).hexdigest() == model.sha256


def test_every_model_has_a_converter() -> None:
    assert set(CONVERTERS) == {model.name for model in ENTRIES}


@pytest.mark.parametrize("model", ENTRIES, ids=lambda model: model.name)
def test_graphs_are_sound_dynamic_and_free_of_weights_as_inputs(model: Model) -> None:
    network = onnx.load(str(verify(model.name)))
    onnx.checker.check_model(network, full_check=True)
    (image,) = network.graph.input
    dims = [dim.dim_param or dim.dim_value for dim in image.type.tensor_type.shape.dim]
    assert (image.name, dims) == ("image", ["batch", 3, "height", "width"])


def test_nanodet_has_no_transposes_between_its_convolutions() -> None:
    """Only the outputs are turned; each transpose inside would cost a copy of a feature map."""
    graph = onnx.load(str(verify("nanodet_m_416"))).graph
    transposes = [node for node in graph.node if node.op_type == "Transpose"]
    assert [list(node.attribute[0].ints) for node in transposes] == [[0, 2, 1]] * 6
    assert not [node for node in graph.node if node.op_type == "Pad"]


def test_plain_export_computes_the_same() -> None:
    from edge.detect.sessions import open_session

    path = verify("nanodet_m_416")
    fixed = plain_export(path.read_bytes(), (1, 3, 64, 96))
    network = onnx.load_from_string(fixed)
    assert not [node for node in network.graph.node if node.op_type == "Cast"]
    blob = np.random.default_rng(0).normal(size=(1, 3, 64, 96)).astype(np.float32)
    expected = open_session(path).run(blob)
    import onnxruntime

    session = onnxruntime.InferenceSession(fixed, providers=["CPUExecutionProvider"])
    for ours, theirs in zip(expected, session.run(None, {"image": blob}), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


def _graph(weights: list[dict[str, object]]) -> bytes:
    node = [
        {"name": "out", "op": "Identity", "input": ["sum:0"]},
        {"name": "sum", "op": "Add", "input": ["x", "bias"], "attr": {"data_format": {"s": "TkhXQw=="}}},
        {"name": "bias", "op": "Const"},
        {"name": "x", "op": "Placeholder"},
        {"name": "unused", "op": "Identity", "input": ["x"]},
    ]
    signature = {"outputs": {"out:0": {"name": "out:0"}}}
    manifest = [{"paths": ["w.bin"], "weights": weights}]
    return json.dumps(
        {"modelTopology": {"node": node}, "signature": signature, "weightsManifest": manifest}
    ).encode()


def test_reader_orders_nodes_and_reads_half_precision() -> None:
    half = {"dtype": "float16", "original_dtype": "float32"}
    weights: list[dict[str, object]] = [
        {"name": "sizes", "shape": [2], "dtype": "int32"},
        {"name": "bias", "shape": [3], "dtype": "float32", "quantization": half},
    ]
    content = np.array([4, 5], "<i4").tobytes() + np.array([0.5, 1, 2], "<f2").tobytes()
    graph = tfjs.read(_graph(weights), content)
    assert [node.name for node in graph.nodes] == ["x", "sum", "out"]
    assert graph.outputs == ("out",)
    assert graph.constants["bias"].tolist() == [0.5, 1.0, 2.0]
    assert graph.constants["sizes"].tolist() == [4, 5]
    assert graph.nodes[1].text("data_format") == "NHWC"


def test_reader_refuses_weights_of_another_graph() -> None:
    weights: list[dict[str, object]] = [{"name": "bias", "shape": [3], "dtype": "int32"}]
    with pytest.raises(ValueError, match="describes 12 bytes of weights, the file has 16"):
        tfjs.read(_graph(weights), bytes(16))


CONTENT = b"the weights"


def _packed(folder: Path, name: str, member: str = "a/b.bin") -> Path:
    path = folder / name
    if name.endswith(".whl"):
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(member, CONTENT)
    else:
        with tarfile.open(path, "w:gz") as ball:
            info = tarfile.TarInfo(member)
            info.size = len(CONTENT)
            ball.addfile(info, io.BytesIO(CONTENT))
    return path


def _source(archive: str, sha256: str = hashlib.sha256(CONTENT).hexdigest()) -> Source:
    return Source("pypi", "p", "1.0", archive, (Member("a/b.bin", sha256),))


@pytest.mark.parametrize("archive", ["p-1.0.whl", "p-1.0.tgz"])
def test_members_come_out_of_wheels_and_balls(tmp_path: Path, archive: str) -> None:
    _packed(tmp_path, archive)
    assert read_members(_source(archive), tmp_path) == (CONTENT,)


@pytest.mark.parametrize("archive", ["p-1.0.whl", "p-1.0.tgz"])
def test_damage_is_refused(tmp_path: Path, archive: str) -> None:
    path = _packed(tmp_path, archive)
    with pytest.raises(SourceError, match="the manifest says 0000"):
        read_members(_source(archive, "0" * 64), tmp_path)
    _packed(tmp_path, archive, member="other")
    with pytest.raises(SourceError, match=r"no member a/b.bin"):
        read_members(_source(archive), tmp_path)
    path.write_bytes(b"no archive")
    with pytest.raises(SourceError, match=r"no member a/b.bin"):
        read_members(_source(archive), tmp_path)


def test_other_bytes_replace_no_committed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def other(model: Model, folder: Path) -> bytes:
        return b"other"

    monkeypatch.setattr("scripts.build_models.build", other)
    assert main(["plate_cn"]) == 1
    assert "not written" in capsys.readouterr().out
    verify("plate_cn")
    assert main(["plate_cn", "--out", str(tmp_path)]) == 1
    assert (tmp_path / "plate_cn.onnx").read_bytes() == b"other"


def test_unknown_model_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["nonsense"])
    assert "no such model: nonsense" in capsys.readouterr().err
