"""Redacted pictures and clips as files that are named by their content."""

import errno
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal, Protocol

from placewatch.errors import StoreError

_FILE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.(?:jpg|mp4)\Z")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the store.

    Attributes:
        file: Path below the store's root.
        sha256: Hash of the content, hexadecimal.
        size: Bytes.
    """

    file: str
    sha256: str
    size: int


Ending = Literal[".jpg", ".mp4"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A stored file on this machine's disk.

    Attributes:
        path: Where.
        passing: It was fetched for this one reader, who deletes it.
    """

    path: Path
    passing: bool = False


class EvidenceStore(Protocol):
    """Where files lie; equal ones are kept once. Safe to share between threads."""

    def put(self, content: bytes, ending: Ending = ".jpg") -> StoredFile:
        """Take ``content``; after this thread's next `settle` it outlives a power cut.

        Raises:
            OSError: The store is full or gone.
        """
        ...

    def settle(self) -> None:
        """Make durable what was put: once for a batch.

        Raises:
            OSError: The store is gone; nothing that was put since the last time may be relied on.
        """
        ...

    def remove(self, file: str) -> None:
        """Delete a file for good, and make sure that it is gone; one that is not there is gone already.

        Raises:
            OSError: It is still there, or the store is gone.
            StoreError: ``file`` is not a name that this store gives out.
        """
        ...

    def fetch(self, file: str) -> Fetched | None:
        """A stored file for reading; None when it is no longer kept.

        Raises:
            OSError: The store is gone.
            StoreError: ``file`` is not a name that this store gives out.
        """
        ...


def named(content: bytes, ending: str) -> StoredFile:
    """What a file is called."""
    digest = sha256(content).hexdigest()
    return StoredFile(f"{digest[:2]}/{digest}{ending}", digest, len(content))


def check_name(file: str) -> None:
    """Whether ``file`` is a name that a store gives out.

    Raises:
        StoreError: It is not.
    """
    if not _FILE.match(file):
        raise StoreError("not a name of this store", where=f"evidence {file!r}")


class EvidenceFolder:
    """A directory; `central.store.evidence_remote` has the others."""

    def __init__(self, root: Path) -> None:
        """Use ``root``, made if absent.

        Raises:
            StoreError: It cannot be made or written to.
        """
        self.root = root
        self._lock = Lock()  # alerts' pictures and people's uploads come by different threads
        self._unsettled: set[Path] = set()
        try:
            root.mkdir(parents=True, exist_ok=True)
            probe = root / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StoreError(
                f"cannot be written: {error.strerror}",
                where=f"evidence directory {root}",
                remedy="check the path, its rights and the free space",
            ) from error

    def put(self, content: bytes, ending: Ending = ".jpg") -> StoredFile:
        """See `EvidenceStore.put`."""
        with self._lock:
            return self._put(content, ending)

    def _put(self, content: bytes, ending: str) -> StoredFile:
        stored = named(content, ending)
        path = self.root / stored.file
        if path.exists():
            self._unsettled.add(path.parent)  # it may have been written just before a crash
            return stored
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._unsettled |= {path.parent, self.root}
        return stored

    def settle(self) -> None:
        """Make the names of what was put durable; each costs a disk's journal."""
        with self._lock:
            for folder in sorted(self._unsettled):
                _sync_folder(folder)
                self._unsettled.discard(folder)

    def remove(self, file: str) -> None:
        """See `EvidenceStore.remove`."""
        path = self.path(file)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)
        if path.exists():
            raise OSError(errno.EEXIST, "it is still there")

    def fetch(self, file: str) -> Fetched | None:
        """See `EvidenceStore.fetch`."""
        path = self.path(file)
        return Fetched(path) if path.is_file() else None

    def path(self, file: str) -> Path:
        """Where a stored file lies.

        Raises:
            StoreError: ``file`` is not a name that this store gives out.
        """
        check_name(file)
        return self.root / file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
