"""Evidence in an S3-compatible store, or in any other that fsspec knows.

A file is one object that appears whole or not at all. A batch's files go up side by side when it settles: one
by one, each would cost a journey to the store.
"""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from central.config import S3
from central.store.evidence import (
    Ending,
    EvidenceFolder,
    EvidenceStore,
    Fetched,
    StoredFile,
    check_name,
    named,
)
from placewatch.errors import StoreError
from placewatch.logs import get_logger, hide_credentials

_AT_ONCE = 16
"""Files that go up side by side."""


def open_evidence(place: Path | str, s3: S3) -> EvidenceStore:
    """The store at a directory or a URL.

    Args:
        place: ``s3://bucket/folder`` or a directory.
        s3: How to reach an S3 store.

    Raises:
        StoreError: It cannot be written to, or its package is not installed.
    """
    return EvidenceFolder(place) if isinstance(place, Path) else RemoteEvidence(place, s3)


class RemoteEvidence:
    """Objects below a URL."""

    def __init__(self, url: str, s3: S3) -> None:
        """Use ``url``; a bucket has to be there already.

        Raises:
            StoreError: It cannot be written to, or its package is not installed.
        """
        self._where = f"evidence {hide_credentials(url)}"
        self._files, self._root = _open(url, s3, self._where)
        self._drafts = threading.local()  # a thread settles what it has put itself
        try:
            with _as_oserror():
                probe = f"{self._root}/.probe-{os.getpid()}"
                self._files.pipe_file(probe, b"placewatch")
                self._files.rm_file(probe)
                versions = _keeps_versions(self._files, self._root)
        except OSError as error:
            raise StoreError(
                f"cannot be written: {error.strerror}",
                where=self._where,
                remedy="check the address, that the bucket exists, and the rights to put and delete objects",
            ) from error
        if versions:
            get_logger(part="evidence").warning(
                "the bucket keeps old versions: what is deleted lives on as one until its own rule ends it",
                bucket=self._root.split("/", 1)[0],
            )

    def put(self, content: bytes, ending: Ending = ".jpg") -> StoredFile:
        """See `EvidenceStore.put`."""
        stored = named(content, ending)
        self._held()[stored.file] = content
        return stored

    def settle(self) -> None:
        """See `EvidenceStore.settle`."""
        held = self._held()
        files = {self._key(file): content for file, content in held.items()}
        held.clear()
        if files:
            with _as_oserror():
                self._files.pipe(files, batch_size=_AT_ONCE)

    def remove(self, file: str) -> None:
        """See `EvidenceStore.remove`."""
        check_name(file)
        key = self._key(file)
        with _as_oserror():
            try:
                self._files.rm_file(key)
            except FileNotFoundError:
                return
            self._files.invalidate_cache()  # what is asked next is answered by the store
            if self._files.exists(key):
                raise OSError(errno.EEXIST, "it is still there")

    def fetch(self, file: str) -> Fetched | None:
        """See `EvidenceStore.fetch`."""
        check_name(file)
        try:
            with _as_oserror():
                content: bytes = self._files.cat_file(self._key(file))
        except FileNotFoundError:
            return None
        with NamedTemporaryFile(prefix="placewatch-", suffix=Path(file).suffix, delete=False) as made:
            made.write(content)
        return Fetched(Path(made.name), passing=True)

    def _held(self) -> dict[str, bytes]:
        held: dict[str, bytes] | None = getattr(self._drafts, "files", None)
        if held is None:
            held = self._drafts.files = {}
        return held

    def _key(self, file: str) -> str:
        return f"{self._root}/{file}"


def _open(url: str, s3: S3, where: str) -> tuple[Any, str]:
    """The file system and the path in it."""
    options: dict[str, Any] = {}
    if url.startswith("s3://"):
        options = {"key": s3.key, "secret": s3.secret, "endpoint_url": s3.endpoint}
        options["client_kwargs"] = {"region_name": s3.region} if s3.region else {}
        options["use_listings_cache"] = False
    try:
        files, root = import_module("fsspec.core").url_to_fs(url, **options)
    except ImportError as error:
        raise StoreError(
            f"needs a package that is not installed: {error}",
            where=where,
            remedy="pip install 'placewatch[s3]', or name a directory",
        ) from error
    except ValueError as error:
        raise StoreError(
            str(error), where=where, remedy="write s3://bucket/folder, or a directory"
        ) from error
    return files, str(root).rstrip("/")


def _keeps_versions(files: Any, root: str) -> bool:  # noqa: ANN401 - fsspec has no types
    asked = getattr(files, "is_bucket_versioned", None)
    if asked is None:
        return False
    try:
        return bool(asked(root.split("/", 1)[0]))
    except OSError:  # the account may not ask
        return False


@contextmanager
def _as_oserror() -> Iterator[None]:
    """Every kind of store has errors of its own; callers know one."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror or str(error)) from error
    except Exception as error:
        raise OSError(errno.EIO, str(error) or type(error).__name__) from error
