"""The first administrator: made when nobody can administer the city yet."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from central.people import book
from central.people.actor import Grant, Role
from central.people.passwords import Passwords
from central.people.secrets import spoken_secret
from central.store.engine import Store
from placewatch.files import write_file


@dataclass(frozen=True, slots=True)
class OneTime:
    """An account with a password that works until it is changed, told once.

    Attributes:
        name: Sign-in name.
        secret: The password.
    """

    name: str
    secret: str


def first_admin(store: Store, root: str, passwords: Passwords, now: datetime) -> OneTime | None:
    """Make an administrator of the org ``root`` if it has none; None when it has one."""
    with store.read() as connection:
        if book.has_admin(connection, root):
            return None
        number, name = 1, "admin"
        while book.by_name(connection, name):
            number += 1
            name = f"admin-{number}"
    secret = spoken_secret()
    hashed = passwords.hash(secret)
    try:
        with store.write() as connection:
            grant = Grant(Role.ADMIN, root)
            book.add(connection, [grant], name=name, password=hashed, must_change=True, created=now)
    except IntegrityError:  # another process of the same start was faster
        return None
    return OneTime(name, secret)


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """Where the one-time password waits when no person watches the start: a log is read by others, and kept.

    Attributes:
        path: A file for its owner alone (0600); under systemd that is the centre's account, besides root.
    """

    path: Path

    def keep(self, admin: OneTime) -> None:
        """Write it.

        Raises:
            PlacewatchError: The folder cannot be written.
        """
        text = f"name {admin.name}\none-time password {admin.secret}\n"
        write_file(self.path, text.encode(), secret=True)

    def forget(self, name: str) -> None:
        """Remove it now that ``name`` has signed in, if it is that account's."""
        with suppress(OSError):
            if self.path.read_text(encoding="utf-8").startswith(f"name {name}\n"):
                self.path.unlink()
