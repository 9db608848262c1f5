"""Read a TensorFlow.js graph model: nodes in the order of computation, constants as arrays."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STORED: dict[str, np.dtype[Any]] = {
    name: np.dtype(name).newbyteorder("<") for name in ("float16", "float32", "int32")
}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation.

    Attributes:
        name: Unique in the graph.
        op: TensorFlow's name of the operation.
        inputs: Values it takes, ``node`` or ``node:output``.
        attributes: As in the file: {"f": ...}, {"b": ...}, {"s": base64}, {"list": {"i": [...]}}.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def flag(self, name: str) -> bool:
        """A boolean attribute; false when absent."""
        return bool(self.attributes.get(name, {}).get("b", False))

    def number(self, name: str) -> float:
        """A float attribute."""
        return float(self.attributes[name]["f"])

    def text(self, name: str) -> str:
        """A string attribute."""
        return base64.b64decode(self.attributes[name]["s"]).decode("ascii")

    def integers(self, name: str) -> list[int]:
        """A list of integers."""
        return [int(value) for value in self.attributes[name]["list"]["i"]]


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph model.

    Attributes:
        nodes: Everything but constants, each after the nodes it takes from.
        constants: Weights and parameters, in the type they are stored in (quantised floats: float16).
        outputs: Names of the output nodes, sorted.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, NDArray[Any]]
    outputs: tuple[str, ...]


def _constants(manifest: list[dict[str, Any]], content: bytes) -> dict[str, NDArray[Any]]:
    constants, start = {}, 0
    for weight in (weight for group in manifest for weight in group["weights"]):
        stored = _STORED[weight.get("quantization", weight)["dtype"]]
        count = int(np.prod(weight["shape"]))
        values = np.frombuffer(content, stored, count, start)
        constants[weight["name"]] = values.reshape(weight["shape"])
        start += values.nbytes
    if start != len(content):
        msg = f"the manifest describes {start} bytes of weights, the file has {len(content)}"
        raise ValueError(msg)
    return constants


def _ordered(nodes: Mapping[str, Node], outputs: tuple[str, ...]) -> Iterator[Node]:
    """Depth first from the outputs; recursion would hit Python's limit in a deep network."""
    done: set[str] = set()
    waiting = list(reversed(outputs))
    while waiting:
        name = waiting[-1]
        missing = [
            source
            for value in nodes[name].inputs
            if (source := value.partition(":")[0]) in nodes and source not in done
        ]
        if missing:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        if name not in done:
            done.add(name)
            yield nodes[name]


def read(topology: bytes, weights: bytes) -> Graph:
    """Parse ``model.json`` and its only weights file.

    Raises:
        ValueError: The two do not belong together.
    """
    model = json.loads(topology)
    constants = _constants(model["weightsManifest"], weights)
    nodes = {
        node["name"]: Node(node["name"], node["op"], tuple(node.get("input", ())), node.get("attr", {}))
        for node in model["modelTopology"]["node"]
        if node["op"] != "Const"
    }
    outputs = tuple(sorted(name.partition(":")[0] for name in model["signature"]["outputs"]))
    return Graph(tuple(_ordered(nodes, outputs)), constants, outputs)
