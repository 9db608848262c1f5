"""Bundles that boxes may be told to fetch, by their digest."""

import shutil
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from placewatch.errors import PlacewatchError


@dataclass(frozen=True, slots=True)
class Bundles:
    """A folder of bundles.

    Attributes:
        folder: Where; each file is named by its SHA-256.
    """

    folder: Path

    def put(self, bundle: Path) -> tuple[str, int]:
        """Keep a copy of a bundle; its SHA-256, hex, and its bytes.

        Raises:
            PlacewatchError: It cannot be read, or the folder cannot be written.
        """
        try:
            with bundle.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            target = self.path(digest)
            if not target.exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                part = target.with_suffix(".part")
                shutil.copyfile(bundle, part)
                part.replace(target)
            return digest, target.stat().st_size
        except OSError as error:
            raise PlacewatchError(
                f"cannot be kept: {error.strerror}", where=str(bundle), remedy=f"check it and {self.folder}"
            ) from error

    def path(self, digest: str) -> Path:
        """Where the bundle of a digest lies, if it does."""
        return self.folder / f"{digest}.run"
