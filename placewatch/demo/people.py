"""The demo's own people: made anew for each run, with a password of that run alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from central.people import book, keyring
from central.people.actor import Grant, Role
from central.people.passwords import Passwords
from central.people.secrets import spoken_secret
from central.people.tokens import TokenScope
from central.setup import load_central
from central.store.engine import Store
from central.store.migrate import migrate
from placewatch.clock import SystemClock, utc

_DISPLAY = {
    Role.OPERATOR: "值守员 Operator",
    Role.DISPATCHER: "调度员 Dispatcher",
    Role.RESPONDER: "网格员 Responder",
    Role.SUPERVISOR: "督导 Supervisor",
    Role.AUDITOR: "审计员 Auditor",
    Role.ADMIN: "管理员 Administrator",
}
_TOKEN_DAYS = 30


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """Who may look at a run.

    Attributes:
        names: Sign-in names, one for each role.
        password: The same for all of them.
        token: For programs; it only reads.
    """

    names: tuple[str, ...]
    password: str
    token: str

    @property
    def line(self) -> str:
        """For the terminal."""
        return f"sign in as {', '.join(self.names)}; password {self.password} (of this demo alone)"


def admit(central: Path) -> DemoPeople:
    """Add the demo's people to the database of ``central.yaml``, and a notice to its sign-in form.

    The password stands on the form: a demo listens on this machine only, is empty, and ends with its run.
    """
    password = spoken_secret()
    names = tuple(str(role) for role in Role)
    said = yaml.safe_load(central.read_text(encoding="utf-8"))
    listed = ", ".join(names)
    said["sign_in"] = {
        "notice": {
            "zh": f"演示环境。用户：{listed}；密码（仅本次演示有效）：{password}",
            "en": f"A demo. Users: {listed}; password, of this run alone: {password}",
        }
    }
    central.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    config, tables = load_central(central)
    root = tables.city.root.id
    now = utc(SystemClock().now())
    store = Store(config.database)
    try:
        migrate(store)
        hashed = Passwords().hash(password)
        with store.write() as connection:
            for role in Role:
                book.add(
                    connection,
                    [Grant(role, root)],
                    name=str(role),
                    display=_DISPLAY[role],
                    password=hashed,
                    created=now,
                    unit=next(iter(tables.units.by_id), None) if role is Role.RESPONDER else None,
                )
        return DemoPeople(names, password, reading_token(store, root, now))
    finally:
        store.close()


def reading_token(store: Store, root: str, now: datetime) -> str:
    """A token that sees the whole city and changes nothing, for the program that shows or measures a run."""
    with store.write() as connection:
        _, secret = keyring.issue(
            connection,
            "run",
            [Grant(Role.AUDITOR, root)],
            TokenScope.READ,
            by="placewatch",
            now=now,
            expires=now + timedelta(days=_TOKEN_DAYS),
        )
    return secret
