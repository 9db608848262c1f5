"""The runner that keeps the tables in force up to date: other processes' loads, and SIGHUP."""

import threading

from sqlalchemy.exc import SQLAlchemyError

from central.shelf import Shelf
from placewatch.clock import Clock, utc
from placewatch.errors import PlacewatchError
from placewatch.logs import get_logger

EVERY_S = 2.0
"""What somebody loads into the database is in force here after so long at most."""


class Follower:
    """A thread that takes over what another process, or the command line, has put in force."""

    def __init__(self, shelf: Shelf, clock: Clock, every_s: float = EVERY_S) -> None:
        """Keep ``shelf`` up to date."""
        self._shelf = shelf
        self._clock = clock
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tables", daemon=True)
        self._log = get_logger(part="tables")
        self._told = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the look at hand."""
        self._stop.set()
        self._thread.join(timeout_s)

    def reload(self) -> None:
        """SIGHUP: what changed in the configured files comes in force, or is refused and said."""
        try:
            made = self._shelf.reload(utc(self._clock.now()))
        except (PlacewatchError, SQLAlchemyError) as error:
            self._log.error("tables not read again; those in force stay", reason=str(error))
        else:
            self._log.info("tables read again", new=[version.name for version in made])

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self._shelf.follow()
                self._told = ""
            except (PlacewatchError, SQLAlchemyError) as error:
                if str(error) != self._told:
                    self._log.error("tables of the database cannot be used", reason=str(error))
                self._told = str(error)
