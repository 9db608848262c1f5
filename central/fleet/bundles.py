"""Bundles that boxes may be told to fetch, by their digest."""

import os
import shutil
from collections.abc import Collection
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
            os.utime(target)  # ordered again is as good as new
            return digest, target.stat().st_size
        except OSError as error:
            raise PlacewatchError(
                f"cannot be kept: {error.strerror}", where=str(bundle), remedy=f"check it and {self.folder}"
            ) from error

    def kept(self) -> list[Path]:
        """Every bundle, the one put last first."""
        return sorted(self.folder.glob("*.run"), key=lambda path: path.stat().st_mtime, reverse=True)

    def prune(self, keep: int, wanted: Collection[str]) -> list[str]:
        """Remove all but the newest bundles.

        Args:
            keep: How many stay.
            wanted: Digests of bundles that some box may still fetch; they stay beside these.

        Returns:
            Digests of those that went.
        """
        gone = [path for path in self.kept()[keep:] if path.stem not in wanted]
        for path in gone:
            path.unlink(missing_ok=True)
        return [path.stem for path in gone]

    def path(self, digest: str) -> Path:
        """Where the bundle of a digest lies, if it does."""
        return self.folder / f"{digest}.run"
