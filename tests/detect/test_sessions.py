from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from structlog.testing import capture_logs

from edge.config import Detector as DetectorConfig
from edge.detect.manifest import verify
from edge.detect.sessions import PROVIDERS, available, choose, open_session
from placewatch.errors import ModelError


def test_every_configurable_provider_is_known() -> None:
    names = DetectorConfig.model_json_schema()["properties"]["providers"]["items"]["enum"]
    assert set(names) == set(PROVIDERS)


def test_the_processor_is_always_there() -> None:
    assert "cpu" in available()


@pytest.mark.parametrize(
    ("wanted", "has", "chosen"),
    [
        (["cpu"], ["cpu"], ("cpu",)),
        (["cuda", "cpu"], ["cpu", "cuda"], ("cuda", "cpu")),
        (["tensorrt", "cuda", "cpu"], ["cpu", "cuda"], ("cuda", "cpu")),
    ],
)
def test_choice_keeps_the_order_of_preference(
    wanted: Sequence[str], has: Sequence[str], chosen: tuple[str, ...]
) -> None:
    assert choose(wanted, has) == chosen


def test_a_missing_provider_is_a_warning_while_another_is_there() -> None:
    with capture_logs() as logs:
        assert choose(["cann", "cpu"], ["cpu"], "net.onnx") == ("cpu",)
    (line,) = logs
    assert line["log_level"] == "warning"
    assert line["missing"] == ["cann"]
    assert line["model"] == "net.onnx"
    assert "onnxruntime-cann" in line["remedy"]


def test_no_provider_at_all_is_an_error_with_the_remedy() -> None:
    with pytest.raises(ModelError, match=r"net.onnx: .*cuda.*only cpu.*onnxruntime-gpu.*add cpu"):
        choose(["cuda"], ["cpu"], "net.onnx")


def test_an_unknown_provider_is_an_error() -> None:
    with pytest.raises(ModelError, match=r"unknown provider npu.*known: cpu"):
        choose(["npu"], ["cpu"])


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone.onnx: no such model file"):
        open_session(tmp_path / "gone.onnx")


@pytest.mark.parametrize("content", [b"", b"not a network", bytes(1000)])
def test_a_file_that_is_no_network(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"bad.onnx: (onnxruntime cannot load it|not a network)") as caught:
        open_session(path)
    assert "\n" not in str(caught.value)


def _identity(path: Path, shape: list[int | str]) -> Path:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def test_a_network_for_other_things_than_pictures(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"not a network with one N x 3 x H x W input: x \[1, 10\]"):
        open_session(_identity(tmp_path / "flat.onnx", [1, 10]))


def test_shapes_tell_fixed_from_dynamic(tmp_path: Path) -> None:
    fixed = open_session(_identity(tmp_path / "fixed.onnx", [1, 3, 64, 96]))
    assert fixed.fixed_size == (96, 64)
    assert not fixed.batches
    free = open_session(_identity(tmp_path / "free.onnx", ["n", 3, "h", "w"]))
    assert free.fixed_size is None
    assert free.input_shape == (None, 3, None, None)
    assert free.providers == ("cpu",)


def test_a_refused_input_names_the_file() -> None:
    session = open_session(verify("nanodet_m_416"))
    with pytest.raises(
        ModelError, match=r"nanodet_m_416.onnx: inference failed on an input of \(1, 4, 64, 64\)"
    ):
        session.run(np.zeros((1, 4, 64, 64), np.float32))
