"""The authority's files: one folder, keys readable by their owner alone."""

from pathlib import Path

from central.trust.authority import Authority, load_authority
from placewatch.errors import TrustError
from placewatch.files import write_file

CA_CERTIFICATE = "ca.crt"
CA_KEY = "ca.key"


def save_authority(folder: Path, authority: Authority, key: bytes) -> None:
    """Write a new root.

    Raises:
        TrustError: There is one already: to replace it would lock every box out.
    """
    for name in (CA_CERTIFICATE, CA_KEY):
        if (folder / name).exists():
            raise TrustError(
                "there is an authority here already",
                where=str(folder / name),
                remedy="keep it; every enrolled box believes it. Choose another folder for another city",
            )
    write_file(folder / CA_KEY, key, secret=True)
    write_file(folder / CA_CERTIFICATE, authority.pem)


def read_authority(folder: Path) -> Authority:
    """The root in ``folder``.

    Raises:
        TrustError: There is none, it is damaged, or its key can be read by others.
    """
    try:
        certificate = (folder / CA_CERTIFICATE).read_bytes()
        key = (folder / CA_KEY).read_bytes()
        mode = (folder / CA_KEY).stat().st_mode
    except OSError as error:
        raise TrustError(
            f"no authority here: {error.strerror}",
            where=str(folder),
            remedy="make it once with 'placewatch central trust init'",
        ) from error
    if mode & 0o077:
        raise TrustError(
            "others may read the authority's key", where=str(folder / CA_KEY), remedy="chmod 600 the file"
        )
    return load_authority(certificate, key, str(folder))
