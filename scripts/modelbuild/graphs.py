"""Steps that every conversion shares: renaming, dynamic sizes, half-precision storage, equal bytes."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

_SMALL = 64
"""Tensors of fewer elements stay in single precision: nothing to win."""


def tensor_info(name: str, shape: Sequence[int | str | None]) -> onnx.ValueInfoProto:
    """A float32 input or output; a name stands for a dynamic dimension."""
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(shape))


def rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    """Rename values throughout a graph's nodes."""
    for node in graph.node:
        for ends in (node.input, node.output):
            for index, name in enumerate(ends):
                ends[index] = names.get(name, name)


def _halved(tensor: onnx.TensorProto) -> tuple[onnx.TensorProto, onnx.NodeProto]:
    half = numpy_helper.to_array(tensor).astype(np.float16)
    stored = numpy_helper.from_array(half, f"{tensor.name}.half")
    cast = helper.make_node(
        "Cast", [stored.name], [tensor.name], f"{tensor.name}.cast", to=onnx.TensorProto.FLOAT
    )
    return stored, cast


def store_half(graph: onnx.GraphProto) -> None:
    """Keep float32 weights as float16 with a Cast, which runtimes fold when they load.

    Half the file; the computation stays in single precision.
    """
    initializers, casts = [], []
    for tensor in graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= _SMALL:
            stored, cast = _halved(tensor)
            initializers.append(stored)
            casts.append(cast)
        else:
            initializers.append(tensor)
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(initializers)
    graph.node.extend(nodes)


def finish(graph: onnx.GraphProto, opset: int) -> onnx.ModelProto:
    """A checked model that holds nothing of the machine or the day it was built on."""
    del graph.value_info[:]
    graph.doc_string = ""
    for node in graph.node:
        node.doc_string = ""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    model.producer_name = "placewatch"
    model.producer_version = ""
    onnx.checker.check_model(model, full_check=True)
    return model


def to_bytes(model: onnx.ModelProto) -> bytes:
    """The same bytes for the same model."""
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def plain_export(content: bytes, shape: tuple[int, int, int, int]) -> bytes:
    """The same network with one input size and single-precision weights: the floor for latency."""
    model = onnx.load_from_string(content)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            half = numpy_helper.to_array(stored.pop(node.input[0]))
            stored[node.output[0]] = numpy_helper.from_array(half.astype(np.float32), node.output[0])
        else:
            nodes.append(node)
    fixed = helper.make_graph(
        nodes,
        graph.name,
        [tensor_info(graph.input[0].name, shape)],
        list(graph.output),
        list(stored.values()),
    )
    return to_bytes(finish(fixed, model.opset_import[0].version))
