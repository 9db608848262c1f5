"""Passwords: from the environment, from a file, from systemd; never from a command line.

``${NAME}`` in a configuration is, in this order: the environment's ``NAME``; the first line of the file that
``NAME_FILE`` names (as container engines have it); the file ``NAME`` of ``$CREDENTIALS_DIRECTORY`` (systemd's
``LoadCredential=``, ``LoadCredentialEncrypted=``); ``secrets.env`` beside the configuration, which services
get as their ``EnvironmentFile=`` and an administrator at a shell does not.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from placewatch.errors import UsageError

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

SECRETS = "secrets.env"

_MOST_BYTES = 64 * 1024


class Environment(Mapping[str, str]):
    """The environment, with what its files hold.

    Args:
        env: The process's own environment.
        beside: Folder whose ``secrets.env`` is looked into last; None for none.
    """

    def __init__(self, env: Mapping[str, str], beside: Path | None = None) -> None:
        self._env = env
        self._beside = beside

    def __getitem__(self, name: str) -> str:
        if name in self._env:
            return self._env[name]
        for path in self._files(name):
            try:
                return first_line(path)
            except UsageError as error:
                raise KeyError(name) from error
        if self._beside is not None and name in (kept := environment_file(self._beside / SECRETS)):
            return kept[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._env)

    def __len__(self) -> int:
        return len(self._env)

    def _files(self, name: str) -> Iterator[Path]:
        named = self._env.get(f"{name}_FILE")
        if named:
            yield Path(named)
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        if folder and (Path(folder) / name).is_file():
            yield Path(folder) / name


def environment_file(path: Path) -> dict[str, str]:
    """Variables of a file as systemd's ``EnvironmentFile=`` reads it: ``NAME=value``, quotes and comments.

    A file that is missing or that this account may not read has none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("=") for line in map(str.strip, lines) if line and line[0] not in "#;")
    return {name.strip(): _unquoted(value.strip()) for name, equals, value in pairs if equals}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def first_line(path: Path) -> str:
    """The first line of a file that holds a secret.

    Raises:
        UsageError: It cannot be read, or is no text; what is in it is not told.
    """
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).partition(b"\n")[0].rstrip(b"\r").decode("utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", where=str(path), remedy="check the path and its rights"
        ) from error
    except UnicodeDecodeError:
        raise UsageError(
            "is no text (UTF-8)", where=str(path), remedy="write the password into its first line"
        ) from None


def expand(text: str, env: Mapping[str, str] | None = None) -> str:
    """A text with every ``${NAME}`` replaced.

    Raises:
        UsageError: A name is not set.
    """
    known = Environment(os.environ) if env is None else env

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise UsageError(
                f"{match[1]} is not set",
                where=text,
                remedy=f"export it, name a file in {match[1]}_FILE, or give it as a systemd credential",
            )
        return known[match[1]]

    return VARIABLE.sub(value, text)


def without_password(url: str) -> str:
    """An address that was typed on a command line, if it may stand there.

    Raises:
        UsageError: There is a password in it: every user of the machine can read command lines.
    """
    authority = url.partition("://")[2]
    user = authority.rpartition("@")[0]
    if ":" in user and not VARIABLE.fullmatch(user.partition(":")[2]):
        raise UsageError(
            "a password on the command line can be read by every user of this machine",
            where=f"{url.partition('://')[0]}://***@{authority.rpartition('@')[2]}",
            remedy="leave it out and give --user with --password-file, or write '${NAME}' in its place",
        )
    return url


def sign_in(
    user: str | None, file: Path | None, env: Mapping[str, str] | None = None
) -> tuple[str, str] | None:
    """User and password for a camera; the password from the file, else from PLACEWATCH_CAMERA_PASSWORD.

    Args:
        user: As typed; None for nobody.
        file: Holds the password in its first line.
        env: The environment.

    Raises:
        UsageError: One without the other.
    """
    known = Environment(os.environ) if env is None else env
    remedy = "name a user with --user; its password comes from --password-file or PLACEWATCH_CAMERA_PASSWORD"
    if user is None:
        if file is not None:
            raise UsageError("a password without a user", where="--password-file", remedy=remedy)
        return None
    password = first_line(file) if file is not None else known.get(_PASSWORD, "")
    if not user or not password:
        raise UsageError("a user without a password", where="--user", remedy=remedy)
    return user, password


_PASSWORD = "PLACEWATCH_CAMERA_PASSWORD"  # noqa: S105 - the name of a variable


def signed(url: str, who: tuple[str, str] | None) -> str:
    """An address with user and password in it, for the part that opens the stream; never to be shown."""
    if who is None:
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(who[0], safe='')}:{quote(who[1], safe='')}@{host}"))
