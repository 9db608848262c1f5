"""NanoDet: a TensorFlow.js graph emitted as ONNX, channels first throughout, any batch, height and width.

The source was itself converted from PyTorch, so nearly every operation stands between two transposes. Here a
value is followed as its channels-first ONNX tensor plus the layout in which TensorFlow sees it: transposes
then only change the layout, paddings and biases go into their convolutions; the original network is left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from scripts.modelbuild import tfjs
from scripts.modelbuild.graphs import finish, store_half, tensor_info

_OPSET = 13
_SIZE = 416
_STRIDES = (8, 16, 32)
_TO_LAST, _TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


@dataclass(frozen=True, slots=True)
class _Value:
    """A TensorFlow value.

    Attributes:
        name: The ONNX tensor, always channels first.
        layout: Where TensorFlow sees the channels.
        stride: Input pixels per cell.
        pad: Open padding (top, left, bottom, right) that the next operation takes up.
        fill: What it is padded with.
    """

    name: str
    layout: Literal["first", "last"] = "first"
    stride: int = 1
    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    fill: float = 0.0


@dataclass
class _Emitter:
    constants: dict[str, NDArray[Any]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    values: dict[str, _Value] = field(default_factory=dict)
    # Convolutions whose bias, a separate Add in the source, has not come yet.
    bare: dict[str, onnx.NodeProto] = field(default_factory=dict)

    def emit(
        self, op: str, node: tfjs.Node, value: _Value, *more: str, attributes: dict[str, Any] | None = None
    ) -> None:
        """Add the ONNX node of ``node``; its result has the layout and stride of its input."""
        name = _short(node.name)
        self.nodes.append(helper.make_node(op, [value.name, *more], [name], name, **(attributes or {})))
        self.values[node.name] = _Value(name, value.layout, value.stride)

    def weight(self, name: str, values: NDArray[Any]) -> str:
        """Add an initializer; half precision is widened, which loses nothing."""
        if values.dtype == np.float16:
            values = values.astype(np.float32)
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def plain(self, value: str) -> _Value:
        """A value that must be channels first and carry no open padding."""
        found = self.values[value]
        _expect(found.layout == "first" and not any(found.pad), f"{value} is {found}")
        return found


def _short(name: str) -> str:
    return name.removeprefix("PartitionedCall/").removeprefix("onnx_tf_prefix_").replace("/", "_")


def _expect(holds: bool, why: str) -> None:
    if not holds:
        msg = f"not the graph this conversion was written for: {why}"
        raise ValueError(msg)


def _placeholder(to: _Emitter, node: tfjs.Node) -> None:
    to.values[node.name] = _Value("image")


def _pad(to: _Emitter, node: tfjs.Node) -> None:
    batch, channels, (top, bottom), (left, right) = to.constants[node.inputs[1]].tolist()
    _expect(batch == channels == [0, 0], f"{node.name} pads other axes than height and width")
    fill = float(to.constants[node.inputs[2]]) if node.op == "PadV2" else 0.0
    to.values[node.name] = replace(to.plain(node.inputs[0]), pad=(top, left, bottom, right), fill=fill)


def _transpose(to: _Emitter, node: tfjs.Node) -> None:
    value, order = to.values[node.inputs[0]], to.constants[node.inputs[1]].tolist()
    if order == [0, 2, 1]:
        to.emit("Transpose", node, to.plain(node.inputs[0]), attributes={"perm": order})
        return
    _expect(order == (_TO_LAST if value.layout == "first" else _TO_FIRST), f"{node.name} orders {order}")
    to.values[node.name] = replace(value, layout="last" if value.layout == "first" else "first")


def _window(to: _Emitter, node: tfjs.Node, fill: float) -> tuple[_Value, dict[str, Any], int]:
    """Input, attributes and stride of a convolution or pooling, which take up the open padding."""
    value, (down, across) = to.values[node.inputs[0]], node.integers("strides")[1:3]
    _expect(value.layout == "last" and down == across, f"{node.name} takes {value}")
    _expect(value.fill == fill or not any(value.pad), f"{node.name} takes {value}")
    _expect(node.text("padding") == "VALID" and node.text("data_format") == "NHWC", node.name)
    return value, {"strides": [down, across], "pads": list(value.pad)}, value.stride * down


def _convolution(to: _Emitter, node: tfjs.Node) -> None:
    value, window, stride = _window(to, node, 0.0)
    kernel = to.constants[node.inputs[1]].transpose(3, 2, 0, 1)
    weight = to.weight(f"{_short(node.name)}.weight", kernel)
    window |= {"kernel_shape": list(kernel.shape[2:]), "dilations": node.integers("dilations")[1:3]}
    to.emit("Conv", node, value, weight, attributes=window)
    to.values[node.name] = replace(to.values[node.name], stride=stride)
    to.bare[node.name] = to.nodes[-1]


def _pool(to: _Emitter, node: tfjs.Node) -> None:
    value, window, stride = _window(to, node, -np.inf)
    to.emit("MaxPool", node, value, attributes={"kernel_shape": node.integers("ksize")[1:3], **window})
    to.values[node.name] = replace(to.values[node.name], stride=stride)


def _add(to: _Emitter, node: tfjs.Node) -> None:
    left, right = node.inputs
    if right in to.constants:
        bias = to.weight(f"{_short(left)}.bias", to.constants[right])
        to.bare.pop(left).input.append(bias)
        to.values[node.name] = to.values[left]
        return
    _expect(to.plain(left).stride == to.plain(right).stride, f"{node.name} adds maps of two sizes")
    to.emit("Add", node, to.plain(left), to.plain(right).name)


def _leaky_relu(to: _Emitter, node: tfjs.Node) -> None:
    to.emit("LeakyRelu", node, to.plain(node.inputs[0]), attributes={"alpha": node.number("alpha")})


def _concat(to: _Emitter, node: tfjs.Node) -> None:
    *parts, axis = node.inputs
    _expect(int(to.constants[axis]) == 1, f"{node.name} joins along another axis than the channels")
    first, *others = (to.plain(part) for part in parts)
    to.emit("Concat", node, first, *(other.name for other in others), attributes={"axis": 1})


def _resize(to: _Emitter, node: tfjs.Node) -> None:
    """A fixed size in the source, a factor here, so that the input may have any size."""
    value, height_width = to.values[node.inputs[0]], to.constants[node.inputs[1]].tolist()
    _expect(
        node.flag("half_pixel_centers") and not node.flag("align_corners"), f"{node.name} aligns otherwise"
    )
    stride = _SIZE // height_width[0]
    _expect(value.layout == "last" and height_width == [_SIZE // stride] * 2, f"{node.name} takes {value}")
    factor = value.stride / stride
    scales = to.weight(f"{_short(node.name)}.scales", np.array([1.0, 1.0, factor, factor], np.float32))
    how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    to.emit("Resize", node, value, "", scales, attributes=how)
    to.values[node.name] = replace(to.values[node.name], stride=stride)


def _split(to: _Emitter, node: tfjs.Node) -> None:
    value, sizes, axis = node.inputs
    _expect(int(to.constants[axis]) == 1, f"{node.name} splits another axis than the channels")
    lengths = to.weight(f"{_short(node.name)}.sizes", to.constants[sizes].astype(np.int64))
    to.emit("Split", node, to.plain(value), lengths, attributes={"axis": 1})
    second = f"{_short(node.name)}.1"
    to.nodes[-1].output.append(second)
    to.values[f"{node.name}:1"] = replace(to.values[node.name], name=second)


def _sigmoid(to: _Emitter, node: tfjs.Node) -> None:
    to.emit("Sigmoid", node, to.plain(node.inputs[0]))


def _zeros(to: _Emitter, node: tfjs.Node) -> None:
    """A sparse vector without entries: a leftover of the source's own conversion."""
    indices, shape, _, default = (to.constants[value] for value in node.inputs)
    _expect(indices.size == 0 and int(default) == 0, f"{node.name} is not a vector of zeros")
    to.constants[node.name] = np.zeros(shape, np.int64)


def _sum(to: _Emitter, node: tfjs.Node) -> None:
    left, right = node.inputs
    to.constants[node.name] = to.constants[left] + to.constants[right]


def _reshape(to: _Emitter, node: tfjs.Node) -> None:
    """[1, channels, -1] in the source; here the batch is copied."""
    one, channels, rest = to.constants[node.inputs[1]].tolist()
    _expect((one, rest) == (1, -1), f"{node.name} makes {one}, {channels}, {rest}")
    shape = to.weight(f"{_short(node.name)}.shape", np.array([0, channels, -1], np.int64))
    to.emit("Reshape", node, to.plain(node.inputs[0]), shape)


def _identity(to: _Emitter, node: tfjs.Node) -> None:
    to.values[node.name] = to.plain(node.inputs[0])


_OPS: dict[str, Callable[[_Emitter, tfjs.Node], None]] = {
    "Placeholder": _placeholder,
    "Pad": _pad,
    "PadV2": _pad,
    "Transpose": _transpose,
    "Conv2D": _convolution,
    "MaxPool": _pool,
    "Add": _add,
    "LeakyRelu": _leaky_relu,
    "ConcatV2": _concat,
    "ResizeBilinear": _resize,
    "SplitV": _split,
    "Sigmoid": _sigmoid,
    "SparseToDense": _zeros,
    "AddV2": _sum,
    "Reshape": _reshape,
    "Identity": _identity,
}


def _join_levels(to: _Emitter, levels: list[_Value], name: str) -> None:
    """One output of all points, the finest level first."""
    strides = tuple(level.stride for level in levels)
    _expect(strides == _STRIDES, f"{name} comes at strides {strides}")
    to.nodes.append(helper.make_node("Concat", [level.name for level in levels], [name], name, axis=1))


def convert(members: tuple[bytes, ...]) -> onnx.ModelProto:
    """``nanodet.json`` and ``nanodet.bin`` of the human package as the graph that ships.

    Args:
        members: The two source members.

    Returns:
        Input ``image`` (batch, 3, height, width), BGR, normalised, height and width multiples of 32. Outputs,
        for the points of strides 8, 16, 32 in that order, row by row: ``scores`` (batch, points, 80) after
        the sigmoid, ``sides`` (batch, points, 44), logits of 11 bins each for left, top, right, bottom.
    """
    source = tfjs.read(*members)
    to = _Emitter(dict(source.constants))
    for node in source.nodes:
        _expect(node.op in _OPS, f"{node.name} is a {node.op}")
        _OPS[node.op](to, node)
    _expect(not to.bare and len(source.outputs) == 6, f"{source.outputs}")
    ends = [to.values[name] for name in source.outputs]
    _join_levels(to, ends[:3], "scores")
    _join_levels(to, ends[3:], "sides")
    graph = helper.make_graph(
        to.nodes,
        "nanodet",
        [tensor_info("image", ["batch", 3, "height", "width"])],
        [tensor_info("scores", ["batch", "points", 80]), tensor_info("sides", ["batch", "points", 44])],
        to.initializers,
    )
    store_half(graph)
    return finish(graph, _OPSET)
