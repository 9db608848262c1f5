"""The channels' secrets in the database: ciphertext, by a key that lies in a file beside it."""

import os
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from placewatch.errors import PlacewatchError


class Vault:
    """Encrypts and decrypts small dictionaries (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, file: Path) -> None:
        """Use the key in ``file``, which `open` makes when there is none."""
        self._file = file
        self._fernet: Fernet | None = None

    def seal(self, secrets: dict[str, str]) -> str:
        """Secrets as ciphertext."""
        return self._key().encrypt(msgspec.json.encode(secrets)).decode()

    def unseal(self, text: str) -> dict[str, str]:
        """Ciphertext as secrets.

        Raises:
            PlacewatchError: It was written with another key.
        """
        try:
            return msgspec.json.decode(self._key().decrypt(text.encode()), type=dict[str, str])
        except InvalidToken:
            raise PlacewatchError(
                "the channel's secrets were written with another key",
                where=str(self._file),
                remedy="give all centrals of a database one notify.secrets_key, or set the secrets anew",
            ) from None

    def _key(self) -> Fernet:
        if self._fernet is None:
            self._fernet = Fernet(self._read() or self._make())
        return self._fernet

    def _read(self) -> bytes | None:
        try:
            return self._file.read_bytes().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error

    def _make(self) -> bytes:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process was faster
            return self._read() or b""
        except OSError as error:
            raise self._unusable(error) from error
        key = Fernet.generate_key()
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
        return key

    def _unusable(self, error: OSError) -> PlacewatchError:
        return PlacewatchError(
            f"the key of the channels' secrets cannot be used: {error.strerror or error}",
            where=str(self._file),
            remedy="check notify.secrets_key and its rights",
        )
