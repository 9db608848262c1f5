"""Which keys of a box's configuration its centre may set; asked on both sides."""

from messages.orders import BROKER_KEYS, CONFIG_KEYS
from placewatch.config import Document, Key
from placewatch.errors import ConfigProblem


def not_settable(document: Document) -> list[ConfigProblem]:
    """Problems of keys that are the box's own affair, each at its line.

    Args:
        document: A configuration as a centre sends it.
    """
    broker = document.data.get("broker")
    asked: list[tuple[tuple[Key, ...], tuple[str, ...]]] = [((key,), CONFIG_KEYS) for key in document.data]
    asked += [(("broker", key), BROKER_KEYS) for key in broker] if isinstance(broker, dict) else []
    return [
        document.problem(path, "is the box's own affair", f"a centre may set: {', '.join(allowed)}")
        for path, allowed in asked
        if path[-1] not in allowed
    ]
