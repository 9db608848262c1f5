"""A bundle from the centre: asked for by certificate, resumed where it broke off, checked whole."""

import shutil
import ssl
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import file_digest
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.enrol import CA, PAIR, read_identity
from messages import FetchRequest, UpdateOrder, encode
from messages.orders import fetch_text
from placewatch.errors import PlacewatchError, TrustError

_TIMEOUT_S = 60.0
_SPARE = 256 * 1024 * 1024
"""Bytes that must stay free: alerts come first."""


def fetch(identity: Path, order: UpdateOrder, target: Path, now: datetime) -> None:
    """Have the bundle of an order at ``target``, whole.

    Args:
        identity: Folder of the box's certificate.
        order: What to fetch.
        target: Where to; a file beside it that is the ordered one, whatever its name, is taken instead.
        now: The box's clock.

    Raises:
        TrustError: The centre refuses, or sends something else.
        PlacewatchError: It cannot be reached, the link broke (what came is kept), or the disk has no room.
    """
    if _lies_there(order, target):
        return
    part = target.with_suffix(".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob("*.part"):
        if stale != part:
            stale.unlink()
    have = part.stat().st_size if part.exists() else 0
    if have > order.size:
        part.unlink()
        have = 0
    if shutil.disk_usage(target.parent).free < order.size - have + _SPARE:
        raise PlacewatchError(
            f"needs {(order.size - have + _SPARE) >> 20} MiB of free disk", where=str(target.parent)
        )
    if have < order.size:
        _pull(identity, order, part, have, now)
    if _digest(part) != order.sha256:
        part.unlink()
        raise TrustError("the centre sent another file than the order names", where=order.software)
    part.replace(target)


def _lies_there(order: UpdateOrder, target: Path) -> bool:
    """Whether somebody has brought the file already; it has its name then."""
    for path in target.parent.glob("*.run"):
        if path.is_file() and path.stat().st_size == order.size and _digest(path) == order.sha256:
            path.replace(target)
            return True
    return False


def _pull(identity: Path, order: UpdateOrder, part: Path, have: int, now: datetime) -> None:
    url, context, body = _request(identity, order, have, now)
    try:
        with (
            httpx.stream("POST", url, content=body, verify=context, timeout=_TIMEOUT_S) as response,
            part.open("ab") as out,
        ):
            if response.is_error:
                response.read()
                raise TrustError(f"the centre refuses: HTTP {response.status_code}", where=url)
            for chunk in response.iter_bytes():
                have += len(chunk)
                if have > order.size:
                    raise TrustError("the centre sends more than the order names", where=url)
                out.write(chunk)
    except httpx.HTTPError as error:
        raise PlacewatchError(f"the centre cannot be reached: {error}", where=url) from error
    except OSError as error:
        raise PlacewatchError(f"cannot be written: {error.strerror}", where=str(part)) from error


def _request(
    identity: Path, order: UpdateOrder, have: int, now: datetime
) -> tuple[str, ssl.SSLContext, bytes]:
    mine = read_identity(identity)
    try:
        key = serialization.load_pem_private_key((identity / PAIR).read_bytes(), password=None)
        context = ssl.create_default_context(cafile=str(identity / CA))
    except (OSError, ValueError) as error:
        raise TrustError(
            "its key cannot be read", where=str(identity), remedy="enrol the box again"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TrustError("its key is not on P-256", where=str(identity), remedy="enrol the box again")
    signature = key.sign(fetch_text(order.sha256, have, now.isoformat()), ec.ECDSA(hashes.SHA256()))
    request = FetchRequest(
        certificate=mine.certificate.public_bytes(serialization.Encoding.PEM).decode(),
        sha256=order.sha256,
        offset=have,
        time=now,
        signature=urlsafe_b64encode(signature).decode(),
    )
    return f"{mine.url}/api/v1/trust/bundles", context, encode(request)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
