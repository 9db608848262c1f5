"""Programs that the build runs, and one sentence where they fail."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class BuildError(Exception):
    """Something stands in the way; the text says what to do."""


def run(
    command: Sequence[str | Path], what: str, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """What a program prints.

    Args:
        command: Program and arguments.
        what: For the message: "cannot WHAT".
        cwd: Folder it runs in.
        env: Variables that it gets besides this process's.

    Raises:
        BuildError: It ends with an error.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, **(env or {})}
        )
    except OSError as error:
        msg = f"cannot {what}: {error}"
        raise BuildError(msg) from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip())[-1500:]
        msg = f"cannot {what}: {last}"
        raise BuildError(msg)
    return done.stdout
