"""Time of one look: letterbox, network and decoding of its answer, as the worker does it."""

import statistics
import time
from dataclasses import dataclass

import numpy as np

from edge.detect.detections import Image
from edge.detect.registry import load_detector
from edge.detect.sessions import available

MODEL = "nanodet_m_416"
SIZES = (320, 416, 640)
PICTURE = (720, 1280, 3)
WARM_UP, MIN_RUNS, MAX_S = 3, 10, 4.0


@dataclass(frozen=True, slots=True)
class InferFigures:
    """Wall milliseconds of one look at a 1280x720 picture.

    Attributes:
        model: Name in the manifest.
        provider: What it really ran on.
        input_size: Network input, pixels.
        threads: onnxruntime's threads.
        runs: How many looks.
        median_ms: Half were faster.
        p95_ms: One in twenty was slower.
        cpu_ms: CPU time of all threads for one look.
        looks_a_second: By the median.
    """

    model: str
    provider: str
    input_size: int
    threads: int
    runs: int
    median_ms: float
    p95_ms: float
    cpu_ms: float
    looks_a_second: float


def measure(provider: str, input_size: int, *, threads: int = 1, max_s: float = MAX_S) -> InferFigures:
    """Measure the shipped detector.

    Args:
        provider: onnxruntime provider by the configuration's name.
        input_size: Network input, pixels.
        threads: onnxruntime's threads.
        max_s: Stop after this long, but not before `MIN_RUNS` looks.

    Raises:
        ModelError: The model or the provider cannot be used.
    """
    detector = load_detector(MODEL, input_size=input_size, providers=(provider,), threads=threads)
    picture = _picture()
    for _ in range(WARM_UP):
        detector.detect([picture])
    times: list[float] = []
    cpu, began = time.process_time(), time.perf_counter()
    while len(times) < MIN_RUNS or time.perf_counter() - began < max_s:
        start = time.perf_counter()
        detector.detect([picture])
        times.append(1000 * (time.perf_counter() - start))
    cpu_ms = 1000 * (time.process_time() - cpu) / len(times)
    median = statistics.median(times)
    return InferFigures(
        model=detector.name,
        provider=detector.session.providers[0],
        input_size=input_size,
        threads=threads,
        runs=len(times),
        median_ms=round(median, 1),
        p95_ms=round(float(np.percentile(times, 95)), 1),
        cpu_ms=round(cpu_ms, 1),
        looks_a_second=round(1000 / median, 1),
    )


def providers() -> tuple[str, ...]:
    """Every provider that is here."""
    return available()


def _picture() -> Image:
    return np.random.default_rng(0).integers(0, 255, PICTURE, np.uint8)
