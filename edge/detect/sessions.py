"""onnxruntime sessions: providers by the configuration's names, errors that name model and remedy."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.detect.manifest import sha256_of
from placewatch.errors import ModelError
from placewatch.logs import get_logger


@dataclass(frozen=True, slots=True)
class Provider:
    """An execution provider.

    Attributes:
        ort: onnxruntime's name.
        package: The onnxruntime build that has it.
        batches: Whether several pictures at once are faster than one after the other.
    """

    ort: str
    package: str
    batches: bool = True


PROVIDERS: dict[str, Provider] = {
    "cpu": Provider("CPUExecutionProvider", "onnxruntime", batches=False),
    "openvino": Provider("OpenVINOExecutionProvider", "onnxruntime-openvino", batches=False),
    "cuda": Provider("CUDAExecutionProvider", "onnxruntime-gpu"),
    "tensorrt": Provider("TensorrtExecutionProvider", "onnxruntime-gpu, with TensorRT"),
    "cann": Provider("CANNExecutionProvider", "onnxruntime-cann"),
    "coreml": Provider("CoreMLExecutionProvider", "onnxruntime, on macOS"),
    "rocm": Provider("ROCMExecutionProvider", "onnxruntime-rocm"),
}
"""Configuration name to provider."""

Outputs = list[NDArray[np.float32]]


class _Value(Protocol):
    """An input or output as onnxruntime, which ships no types, describes it."""

    name: str
    shape: list[int | str | None]


class _Native(Protocol):
    """What is used of onnxruntime.InferenceSession."""

    def run(self, outputs: None, feed: dict[str, NDArray[np.float32]]) -> Outputs: ...

    def get_inputs(self) -> list[_Value]: ...

    def get_outputs(self) -> list[_Value]: ...

    def get_providers(self) -> list[str]: ...


def _ort() -> ModuleType:
    """Onnxruntime, imported when first needed: it takes a fifth of a second."""
    return importlib.import_module("onnxruntime")


def available() -> tuple[str, ...]:
    """Configuration names of the providers that this machine's onnxruntime has."""
    found = set(_ort().get_available_providers())
    return tuple(name for name, provider in PROVIDERS.items() if provider.ort in found)


def choose(wanted: Sequence[str], has: Sequence[str], where: str = "") -> tuple[str, ...]:
    """The wanted providers that are there, in order of preference; each missing one is a warning.

    Raises:
        ModelError: None is there, or a name is unknown.
    """
    if unknown := [name for name in wanted if name not in PROVIDERS]:
        raise ModelError(
            f"unknown provider {', '.join(unknown)}", where=where, remedy=f"known: {', '.join(PROVIDERS)}"
        )
    chosen = tuple(name for name in wanted if name in has)
    missing = [name for name in wanted if name not in has]
    remedy = "; ".join(f"{name} comes with {PROVIDERS[name].package}" for name in missing)
    if not chosen:
        raise ModelError(
            f"onnxruntime has none of the providers {', '.join(wanted)}, only {', '.join(has)}",
            where=where,
            remedy=f"{remedy}; or add cpu to the providers",
        )
    if missing:
        get_logger().warning("provider missing", model=where, missing=missing, using=chosen, remedy=remedy)
    return chosen


@dataclass(frozen=True, slots=True)
class Session:
    """A loaded network.

    Attributes:
        path: Its file.
        version: Eight digits of the file's sha256.
        providers: Configuration names of the providers that it really runs on, the first one first.
        input_name: Name of the only input.
        input_shape: Its shape; None for a dynamic dimension.
        outputs: Names and shapes of the outputs, None for a dynamic dimension.
    """

    path: Path
    version: str
    providers: tuple[str, ...]
    input_name: str
    input_shape: tuple[int | None, ...]
    outputs: tuple[tuple[str, tuple[int | None, ...]], ...]
    _session: _Native

    @property
    def fixed_size(self) -> tuple[int, int] | None:
        """Width and height when the graph takes one size only."""
        height, width = self.input_shape[2:]
        return (width, height) if width and height else None

    @property
    def batches(self) -> bool:
        """Whether several pictures may and should go in at once."""
        return self.input_shape[0] is None and PROVIDERS[self.providers[0]].batches

    def run(self, blob: NDArray[np.float32]) -> Outputs:
        """Outputs for a N x 3 x H x W input, in the graph's order.

        Raises:
            ModelError: The graph refuses the input, or the provider fails.
        """
        try:
            outputs = self._session.run(None, {self.input_name: blob})
        except Exception as error:
            raise ModelError(
                f"inference failed on an input of {blob.shape}: {_first_line(error)}", where=str(self.path)
            ) from error
        return outputs


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__


def _shape(value: _Value) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in value.shape)


def _options(ort: ModuleType, threads: int) -> object:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Input sizes vary, so a memory plan kept per size only costs memory. The arena stays: without it a face
    # search at 1280 x 736 takes twice the time, and over 25 random sizes memory grew no more with it.
    options.enable_mem_pattern = False
    # Idle threads that spin would eat the cores that decode other cameras.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _with_options(chosen: Sequence[str], threads: int) -> list[tuple[str, dict[str, str]]]:
    """Providers as onnxruntime takes them; OpenVINO keeps threads of its own, by default one per core."""
    own = {"openvino": {"num_of_threads": str(threads)}}
    return [(PROVIDERS[name].ort, own.get(name, {})) for name in chosen]


def open_session(path: Path, *, providers: Sequence[str] = ("cpu",), threads: int = 1) -> Session:
    """Load an ONNX file.

    Args:
        path: The file.
        providers: Configuration names (see `PROVIDERS`) in order of preference; missing ones are passed over
            with a warning as long as another is there.
        threads: Threads of one inference.

    Raises:
        ModelError: The file is missing or no ONNX network with one picture input, or no provider is there.
    """
    where = str(path)
    if not path.is_file():
        raise ModelError("no such model file", where=where, remedy="give the path of an .onnx file")
    ort = _ort()
    chosen = choose(providers, available(), where)
    try:
        session = ort.InferenceSession(
            where, _options(ort, threads), providers=_with_options(chosen, threads)
        )
    except Exception as error:
        raise ModelError(
            f"onnxruntime cannot load it: {_first_line(error)}", where=where, remedy="is it an ONNX file?"
        ) from error
    return _checked(session, path, chosen)


def _checked(session: _Native, path: Path, chosen: tuple[str, ...]) -> Session:
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = ", ".join(f"{value.name} {value.shape}" for value in inputs)
        raise ModelError(f"not a network with one N x 3 x H x W input: {shapes}", where=str(path))
    names = {provider.ort: name for name, provider in PROVIDERS.items()}
    runs_on = tuple(names[name] for name in session.get_providers() if name in names)
    if chosen[0] not in runs_on:
        if runs_on[0] not in chosen:
            raise ModelError(
                f"provider {chosen[0]} did not start",
                where=str(path),
                remedy="check its driver and libraries",
            )
        get_logger().warning("provider did not start", model=str(path), missing=chosen[0], using=runs_on)
    return Session(
        path=path,
        version=sha256_of(path)[:8],
        providers=runs_on,
        input_name=inputs[0].name,
        input_shape=_shape(inputs[0]),
        outputs=tuple((value.name, _shape(value)) for value in session.get_outputs()),
        _session=session,
    )
