"""Models and the provider that runs them, tried and timed."""

import os
import statistics
import time
from collections.abc import Iterator

import numpy as np

from edge.config import BoxConfig, Detector
from edge.detect.manifest import load_manifest, verify
from edge.detect.registry import load_detector
from edge.detect.sessions import PROVIDERS, available
from edge.models import load_models
from placewatch.doctor.finding import Finding, failed, ok, warn
from placewatch.errors import ModelError

_RUNS = 9
_PICTURE = (576, 768, 3)


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
    """One look, timed; and whether this machine's cores are enough for the box's cameras."""
    load_models(detector)  # raises when one of them, the redacting ones too, cannot be used
    network = load_detector(
        detector.model,
        input_size=detector.input_size,
        providers=detector.providers,
        threads=detector.threads,
    )
    picture = np.random.default_rng(0).integers(0, 255, _PICTURE, np.uint8)
    network.detect([picture])
    times: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        network.detect([picture])
        times.append(1000 * (time.perf_counter() - began))
    look_ms = statistics.median(times)
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


def _load(look_ms: float, box: BoxConfig) -> Finding:
    looks = len(box.cameras) * box.detector.fps
    share = looks * look_ms / 1000
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    need = f"need {share:.1f} of {cores} cores to detect"
    text = f"{len(box.cameras)} cameras at {box.detector.fps:g} looks/s {need}"
    if share > 1.0:
        return warn(
            "load",
            f"{text}, and one detector gives at most 1",
            "lower detector.fps, or use a faster provider",
        )
    return ok("load", text)
