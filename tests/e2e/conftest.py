"""Real footage for the chain: the default clips, fetched once into the user's cache."""

from pathlib import Path

import pytest

from placewatch.errors import PlacewatchError
from placewatch.footage.fetch import FootageSet, fetch
from tests.parts import require


@pytest.fixture(scope="session")
def footage() -> FootageSet:
    """The default clips; skips where they are neither cached nor to be had (fails in CI)."""
    try:
        return fetch()
    except PlacewatchError as error:
        require(False, str(error))
        raise


@pytest.fixture(scope="session")
def few_clips(footage: FootageSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the short shots alone: people and vehicles all the time, little to decode."""
    folder = tmp_path_factory.mktemp("clips")
    names = [name for name in footage.clips if name.startswith("bikes-")] or list(footage.clips)
    for name in names:
        (folder / f"{name}.mp4").symlink_to(footage.clips[name])
    return folder
