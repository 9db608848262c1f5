"""What a bundle says of itself, and its signature.

A bundle is a tar archive behind a short shell script (so that ``sh FILE`` installs it). ``bundle.json`` lists
every other file with its SHA-256; ``bundle.sig`` is its Ed25519 signature (RFC 8032), base64.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from placewatch.bundle.archive import unpack
from placewatch.errors import TrustError

FORMAT = 1
MANIFEST, SIGNATURE = "bundle.json", "bundle.sig"
_CONTEXT = b"placewatch bundle v1\n"


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``bundle.json`` holds.

    Attributes:
        format: `FORMAT`.
        version: Placewatch's version.
        commit: Commit that it was built from; empty when unknown.
        arch: ``x86_64`` or ``aarch64``.
        pythons: Python versions that the wheels serve, such as ``3.11``.
        created: RFC 3339.
        files: SHA-256 of every other file, hex, by its path in the archive.
    """

    format: int
    version: str
    commit: str
    arch: str
    pythons: tuple[str, ...]
    created: str
    files: dict[str, str]


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    total = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an unpacked bundle, after every file was compared with it.

    Raises:
        TrustError: Something is missing, altered, or there without being listed.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(folder, f"has no manifest that can be read: {error}") from error
    if manifest.format != FORMAT:
        raise _bad(folder, f"is of format {manifest.format}, this Placewatch reads {FORMAT}")
    for name in manifest.files:
        if not _plain(name):
            raise _bad(folder, f"lists {name!r}, which lies outside it")
    _nothing_else(folder, manifest)
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise _bad(folder, f"lacks {name}")
        if digest(path) != wanted:
            raise _bad(folder, f"holds an altered {name}")
    return manifest


def _nothing_else(folder: Path, manifest: Manifest) -> None:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise _bad(folder, f"holds the link {name}")
        if path.is_file() and name not in {MANIFEST, SIGNATURE, *manifest.files}:
            raise _bad(folder, f"holds {name}, which its manifest does not list")


def sign(folder: Path, key: Ed25519PrivateKey) -> None:
    """Write the signature of the manifest in ``folder``."""
    signature = key.sign(_CONTEXT + (folder / MANIFEST).read_bytes())
    (folder / SIGNATURE).write_bytes(b64encode(signature) + b"\n")


def verify(folder: Path, key: Ed25519PublicKey) -> Manifest:
    """The manifest, after its signature and every file were checked.

    Raises:
        TrustError: Unsigned, signed by another key, or altered.
    """
    try:
        signature = b64decode((folder / SIGNATURE).read_bytes(), validate=False)
        key.verify(signature, _CONTEXT + (folder / MANIFEST).read_bytes())
    except (OSError, Error, InvalidSignature) as error:
        raise _bad(folder, "is not signed by the key that this machine believes") from error
    return read_manifest(folder)


def read_bundle(bundle: Path, key: Ed25519PublicKey | None) -> Manifest:
    """What a bundle's file, or the folder of an unpacked one, says of itself, after every file was checked.

    Args:
        bundle: File or folder.
        key: Release key that must have signed it; None takes whoever signed it, or nobody.

    Raises:
        TrustError: Not a bundle, damaged, altered, or not signed by the key.
    """
    with TemporaryDirectory(prefix="pw-verify-") as temporary:
        folder = bundle
        if not bundle.is_dir():
            folder = Path(temporary)
            unpack(bundle, folder)
        return read_manifest(folder) if key is None else verify(folder, key)


def peek(bundle: Path) -> str:
    """The version that a bundle's head names, unverified; empty when it names none."""
    try:
        with bundle.open("rb") as file:
            head = file.read(512).decode("utf-8", "replace")
    except OSError:
        return ""
    found = re.search(r"^# Placewatch (\S+) for ", head, re.MULTILINE)
    return found[1] if found else ""


def read_public_key(path: Path) -> Ed25519PublicKey:
    """A release key, PEM.

    Raises:
        TrustError: It cannot be read or is of another kind.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TrustError(
            "no public key can be read",
            where=str(path),
            remedy="it is the .pub of 'placewatch bundle keygen'",
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise TrustError("not an Ed25519 key", where=str(path), remedy="see 'placewatch bundle keygen'")
    return key


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs releases, PEM.

    Raises:
        TrustError: It cannot be read or is of another kind.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise TrustError(
            "no private key can be read", where=str(path), remedy="make one with 'placewatch bundle keygen'"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise TrustError("not an Ed25519 key", where=str(path), remedy="see 'placewatch bundle keygen'")
    return key


def _plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _bad(folder: Path, what: str) -> TrustError:
    return TrustError(
        f"the bundle {what}", where=str(folder), remedy="fetch it again from where it was published"
    )
