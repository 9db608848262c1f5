"""Real parts that tests need: a missing one skips on a user's machine and fails in CI."""

import os
import shutil
from pathlib import Path

import pytest

IN_CI = os.environ.get("PLACEWATCH_CI") == "1"
"""The switch that `.ci/run` sets."""

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("PLACEWATCH_SHARED", ROOT.parent / "shared"))
"""Development footage and models that are not part of the project; tests that want them skip without."""


def require(found: object, reason: str) -> None:
    """Go on when ``found`` is truthy; else skip with the reason, or fail where CI promised the part."""
    if found:
        return
    if IN_CI:
        pytest.fail(f"CI must have this part: {reason}")
    pytest.skip(reason)


def program(*names: str) -> str:
    """Path of the first program that exists (``/usr/sbin`` is looked at too)."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = next((where for name in names if (where := shutil.which(name, path=path))), None)
    require(found, f"none of {', '.join(names)} is installed")
    return str(found)


def shared(name: str) -> Path:
    """A development clip or model; skips when this checkout has none."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not in {SHARED}")
    return path
