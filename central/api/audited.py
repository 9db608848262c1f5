"""What the operations write into the audit log."""

from central.api.desk import Desk
from central.people.actor import Actor
from central.people.audit import AuditAct
from central.store import people_log
from central.store.people_log import Deed


def looked(desk: Desk, actor: Actor, act: AuditAct, kind: str, thing: str, org: str) -> None:
    """Somebody opened or viewed something; written before they get it."""
    now = desk.now
    if desk.looks.fresh(actor.name, kind, thing, now):
        with desk.writing() as connection:
            people_log.write(connection, Deed(actor.name, act, kind, thing, org), now)


def did(
    desk: Desk, actor: str, act: AuditAct, kind: str, thing: str, org: str | None = None, **data: object
) -> None:
    """Somebody signed in, changed or exported something."""
    with desk.writing() as connection:
        people_log.write(connection, Deed(actor, act, kind, thing, org, data), desk.now)
