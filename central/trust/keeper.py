"""Keeps the broker's files as the database says, and tells the broker when they change."""

import subprocess
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from central.store.engine import first_line
from central.trust.registrar import Registrar
from placewatch.errors import PlacewatchError, TrustError
from placewatch.files import write_file
from placewatch.logs import get_logger

LOOK_S = 5.0
"""Revocation takes effect this long after it was said, at most."""

_RELOAD_S = 20.0
_RENEW_CRL_S = 86400.0


def reload_broker(command: Sequence[str]) -> None:
    """Run the command that makes the broker read its files again.

    Raises:
        TrustError: It fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_RELOAD_S, check=False)  # noqa: S603 - the administrator's own command
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrustError(
            f"cannot be run: {error}", where=f"trust.reload {command[0]}", remedy="correct the command"
        ) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise TrustError(
            f"exit code {done.returncode}: {lines[-1] if lines else 'no message'}",
            where=f"trust.reload {' '.join(command)}",
            remedy="try the command by hand as the account that runs the centre",
        )


class Keeper:
    """Writes ``acl`` and ``revoked.crl`` into a folder whenever who is believed has changed.

    Args:
        registrar: Who knows.
        folder: Where the broker looks.
        reload: Command that makes it look again.
        now: What time it is.
    """

    def __init__(
        self, registrar: Registrar, folder: Path, reload: Sequence[str], now: Callable[[], datetime]
    ) -> None:
        self._registrar = registrar
        self._folder = folder
        self._reload = tuple(reload)
        self._now = now
        self._written: bytes | None = None
        self._crl_at: datetime | None = None
        self._pending = False
        self._halt = Event()
        self._thread = Thread(target=self._run, name="broker-files", daemon=True)

    def look(self) -> bool:
        """Write what has changed and tell the broker; whether anything had.

        Raises:
            TrustError: A file cannot be written or the broker cannot be told; the next look tries again.
        """
        now = self._now()
        revoked = self._registrar.revocations(now)
        fresh = self._crl_at is not None and (now - self._crl_at).total_seconds() < _RENEW_CRL_S
        if self._written == revoked and fresh and not self._pending:
            return False
        for name, content in self._registrar.files(now).items():
            write_file(self._folder / name, content)
        self._written, self._crl_at, self._pending = revoked, now, True
        if self._reload:
            reload_broker(self._reload)
        self._pending = False
        return True

    def start(self) -> None:
        """Look every few seconds on a thread of its own, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._halt.set()
        self._thread.join(_RELOAD_S)

    def _run(self) -> None:
        told = ""
        log = get_logger(part="trust")
        while not self._halt.is_set():
            try:
                if self.look():
                    log.info("broker_files_written", folder=str(self._folder))
                told = ""
            except (PlacewatchError, SQLAlchemyError) as error:
                text = first_line(error) if isinstance(error, SQLAlchemyError) else str(error)
                if text != told:
                    log.error(  # noqa: TRY400 - expected; its text says all
                        "broker_files_not_written", reason=text
                    )
                told = text
            self._halt.wait(LOOK_S)
