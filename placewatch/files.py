"""Files that are there whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from placewatch.errors import PlacewatchError


def write_file(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Put a file in place whole, or not at all; written by root it belongs to whom the one before belonged.

    Args:
        path: Where.
        content: What.
        secret: Readable by the owner alone (0600), else by all (0644).

    Raises:
        PlacewatchError: The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                hand_over(file.fileno(), path)
                os.fchmod(file.fileno(), 0o600 if secret else 0o644)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(file.name).unlink()
                raise
    except OSError as error:
        raise PlacewatchError(
            f"cannot be written: {error.strerror}", where=str(path), remedy="check the folder and its rights"
        ) from error


def hand_over(file: int, target: Path) -> None:
    """Give a file that root writes to the owner of the file that it replaces, or of the folder.

    What an administrator changes stays readable for the service that runs as another account.

    Args:
        file: Descriptor of what was written.
        target: What it is to replace.
    """
    if os.geteuid() != 0:
        return
    owner = (target if target.exists() else target.parent).stat()
    with suppress(PermissionError):  # root without the capability, as in a sandbox
        os.fchown(file, owner.st_uid, owner.st_gid)
