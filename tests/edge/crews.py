"""What the worker processes of a test are made of: to be imported there."""

from edge.config import BoxConfig
from edge.redact.redactor import Redactor
from edge.runner.parts import Parts
from tests.edge.fakes import ColorDetector


def colours(_config: BoxConfig) -> Parts:
    """Sees colours, covers with the real redactor."""
    return Parts(ColorDetector(), Redactor.load())
