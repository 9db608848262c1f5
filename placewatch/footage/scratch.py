"""Files that appear whole or not at all, in folders that several processes may write to at once."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

PREFIX = ".unfinished-"

ABANDONED_S = 24 * 3600.0
"""Work of a process that was killed is removed after this long, seconds."""


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder of one's own inside ``folder``, gone afterwards; files move out of it by renaming.

    Raises:
        OSError: Nothing can be written there.
    """
    for old in folder.glob(f"{PREFIX}*"):
        if old.is_dir() and time.time() - old.stat().st_mtime > ABANDONED_S:
            rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=PREFIX, ignore_cleanup_errors=True) as name:
        yield Path(name)
