"""Where things lie: shipped data, the user's cache."""

import os
from pathlib import Path

from platformdirs import user_cache_path

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """A shipped data folder (``models`` or ``configs``), in a wheel or in a checkout."""
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def cache_dir() -> Path:
    """Where fetched footage is kept: ``$PLACEWATCH_CACHE`` or the platform's user cache; made if absent."""
    path = Path(os.environ.get("PLACEWATCH_CACHE") or user_cache_path("placewatch"))
    path.mkdir(parents=True, exist_ok=True)
    return path
