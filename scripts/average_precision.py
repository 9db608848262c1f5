"""Average precision, where scripts look for it; it lives in `placewatch.eval.average_precision`."""

from placewatch.eval.average_precision import Scored, average_precision, hits, overlaps

__all__ = ["Scored", "average_precision", "hits", "overlaps"]
