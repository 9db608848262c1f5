"""Stores the pictures of a batch before its transaction, so that a committed row never points at nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from central.ingest.inbound import AlertIn
from central.store.evidence import EvidenceStore, StoredFile
from central.store.jpeg import JpegError, inspect
from messages import MAX_INLINE_PICTURE, Evidence
from placewatch.logs import get_logger


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture on disk.

    Attributes:
        id: Evidence id; follows from box and message, so a repeat gives the same.
        file: Where it lies.
        evidence: What the box says of it.
    """

    id: str
    file: StoredFile
    evidence: Evidence

    @property
    def captured(self) -> datetime:
        """When, by the box's clock."""
        return self.evidence.captured


PictureResult = StoredPicture | str
"""A stored picture, or why it was not stored."""

MessageKey = tuple[str, str, str]
"""Site, box and message id."""


def message_key(read: AlertIn) -> MessageKey:
    """What makes an alert one of a kind."""
    return (read.box.site, read.box.box, read.alert.id)


def store_pictures(alerts: Iterable[AlertIn], store: EvidenceStore) -> dict[MessageKey, PictureResult]:
    """Check and store the pictures of ``alerts``; the fact is kept even where its picture cannot be."""
    results: dict[MessageKey, PictureResult] = {}
    for read in alerts:
        evidence = read.alert.data.evidence
        if evidence is None:
            continue
        key = message_key(read)
        try:
            check(evidence)
            results[key] = StoredPicture(evidence_id(key), store.put(evidence.jpeg), evidence)
        except JpegError as error:
            results[key] = str(error)
        except OSError as error:
            results[key] = f"evidence store: {error.strerror}"
        if isinstance(results[key], str):
            logger = get_logger(box=f"{read.box.site}/{read.box.box}", camera=read.alert.data.camera)
            logger.warning("picture refused", alert_id=read.alert.data.alert_id, reason=results[key])
    return results if _settled(store) else dict.fromkeys(results, "evidence store: it does not answer")


def _settled(store: EvidenceStore) -> bool:
    try:
        store.settle()
    except OSError as error:
        get_logger(part="evidence").error("pictures cannot be stored", reason=error.strerror)
        return False
    return True


def check(evidence: Evidence) -> None:
    """Whether a picture is what its message says.

    Raises:
        JpegError: It is not; says why.
    """
    if len(evidence.jpeg) > MAX_INLINE_PICTURE:
        msg = f"is {len(evidence.jpeg)} bytes, over the limit of {MAX_INLINE_PICTURE}"
        raise JpegError(msg)
    size = inspect(evidence.jpeg)
    if (size.width, size.height) != (evidence.width, evidence.height):
        msg = f"is {size.width} x {size.height}, not {evidence.width} x {evidence.height} as its message says"
        raise JpegError(msg)


def evidence_id(key: MessageKey) -> str:
    """An id that is safe in an address and the same for a repeated message."""
    return sha256("/".join(key).encode()).hexdigest()[:32]
