"""Models and the provider that runs them, tried and timed."""

import os
import statistics
import time
from collections.abc import Iterator

import numpy as np

from edge.config import BoxConfig, Detector
from edge.detect.family import OnnxDetector
from edge.detect.manifest import load_manifest, verify
from edge.detect.registry import load_detector
from edge.detect.sessions import PROVIDERS, Outputs, available
from edge.models import load_models
from edge.watching import looks_per_s
from placewatch.doctor.finding import Finding, fail, failed, ok, warn
from placewatch.errors import ModelError
from placewatch.words import counted

_RUNS = 9
_PICTURE = np.random.default_rng(0).integers(0, 255, (576, 768, 3), np.uint8)

_COARSE, _WRONG = 0.02, 0.15
"""Differences from the CPU that deserve a word, and that no rounding explains."""


def providers(detector: Detector) -> Iterator[Finding]:
    """Which of onnxruntime's providers are here, and whether the configured ones are."""
    has = available()
    yield ok("providers", f"onnxruntime has: {', '.join(has)}")
    for name in detector.providers:
        if name not in has:
            package = PROVIDERS[name].package
            remedy = f"install {package} in place of onnxruntime, or drop it from detector.providers"
            yield warn("providers", f"{name} is configured, but not here", remedy)


def models() -> Iterator[Finding]:
    """Whether every model that ships is the one of the manifest."""
    entries = load_manifest()
    good = 0
    for model in entries:
        try:
            verify(model.name)
            good += 1
        except ModelError as error:
            yield failed("models", error)
    if good == len(entries):
        yield ok("models", f"{good} files are those of the manifest (sha256)")


def inference(detector: Detector, box: BoxConfig | None) -> Iterator[Finding]:
    """One look on each configured provider, timed and held against the CPU; and whether that is enough."""
    load_models(detector)  # raises when one of them, the redacting ones too, cannot be used
    reference = _network(detector, ("cpu",))
    has = available()
    for name in detector.providers:
        if name != "cpu" and name in has:
            yield _proof(detector, name, reference)
    network = _network(detector, detector.providers)
    look_ms = _look_ms(network)
    runs_on = network.session.providers[0]
    yield ok(
        "inference",
        f"{network.name} at {detector.input_size} on {runs_on}: {look_ms:.0f} ms a look (median of {_RUNS})"
        "; the networks that redact are loaded",
    )
    if runs_on != detector.providers[0]:
        yield warn(
            "inference", f"{detector.providers[0]} was wanted, {runs_on} runs", "see the providers above"
        )
    if box is not None:
        yield _load(look_ms, box)


def _network(detector: Detector, on: tuple[str, ...]) -> OnnxDetector:
    return load_detector(
        detector.model, input_size=detector.input_size, providers=on, threads=detector.threads
    )


def _look_ms(network: OnnxDetector) -> float:
    """Median of a look, after a first one, in which providers compile."""
    network.detect([_PICTURE])
    times: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        network.detect([_PICTURE])
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _proof(detector: Detector, name: str, reference: OnnxDetector) -> Finding:
    """One provider against the CPU: how fast it is, and whether it computes the same."""
    remedy = f"check its driver and libraries ({PROVIDERS[name].package}), or drop {name} from the providers"
    try:
        network = _network(detector, (name,))
        look_ms, cpu_ms = _look_ms(network), _look_ms(reference)
        off = deviation(_outputs(network), _outputs(reference))
    except ModelError as error:
        return fail("provider", f"{name} is here, but does not work: {error.message}", remedy)
    text = (
        f"{name}: {look_ms:.1f} ms a look, the CPU {cpu_ms:.1f} ms (medians of {_RUNS});"
        f" its numbers differ by at most {100 * off:.2g} %"
    )
    if off > _WRONG:
        return fail("provider", f"{text}: it computes something else", remedy)
    if off > _COARSE:
        return warn("provider", f"{text}, as with half precision", "check it with placewatch eval")
    return ok("provider", text)


def _outputs(network: OnnxDetector) -> Outputs:
    side = network.input_size
    return network.session.run(np.random.default_rng(1).normal(size=(1, 3, side, side)).astype(np.float32))


def deviation(outputs: Outputs, reference: Outputs) -> float:
    """Greatest difference between two runs of a network, as a share of each output's greatest value.

    Args:
        outputs: Of one run; what is no finite number counts as wholly different.
        reference: Of the other.
    """
    if [one.shape for one in outputs] != [other.shape for other in reference]:
        return 1.0
    worst = 0.0
    for one, other in zip(outputs, reference, strict=True):
        if not np.isfinite(one).all():
            return 1.0
        worst = max(worst, float(np.abs(one - other).max()) / max(float(np.abs(other).max()), 1e-6))
    return worst


def _load(look_ms: float, box: BoxConfig) -> Finding:
    looks = sum(looks_per_s(box, camera) for camera in box.cameras)
    share = looks * look_ms / 1000
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cameras = counted(len(box.cameras), "camera")
    text = (
        f"{cameras} at {looks:g} looks/s in all: {share:.1f} of {cores} cores to detect,"
        " were all awake and nothing shared"
    )
    if share > box.workers:
        return warn(
            "load",
            f"{text}, and {box.workers} at a time can be had",
            "lower fps, use a faster provider, or on a machine with cores to spare raise workers",
        )
    return ok("load", text)
