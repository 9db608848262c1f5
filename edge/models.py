"""The networks of a worker: what sees, and what covers before anything leaves."""

from edge.config import Detector as DetectorConfig
from edge.detect.registry import Detector, load_detector
from edge.pipeline import detector_score
from edge.redact.redactor import Redactor


def load_models(config: DetectorConfig) -> tuple[Detector, Redactor]:
    """Load the object detector and the redactor.

    Raises:
        ModelError: A model is unknown, missing or altered, or none of the providers is there.
    """
    detector = load_detector(
        config.model,
        input_size=config.input_size,
        score=detector_score(config.score),
        providers=config.providers,
        threads=config.threads,
    )
    return detector, Redactor.load(providers=config.providers, threads=config.threads)
