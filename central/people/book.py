"""People as the database knows them: found, added, changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from central.people.actor import Actor, Grant, Role
from central.store.models_people import Person, PersonGrant
from central.store.upsert import table

_person = table(Person).c


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        id: Row id.
        name: Sign-in name, small letters.
        display: Name for people.
        password: Its argon2id hash, or None.
        must_change: The password is a one-time one.
        disabled: May not sign in.
        unit: Id of the unit for which a responder acts.
        language: ``zh`` or ``en``.
        totp: Secret of the second factor (RFC 6238, base 32), or None.
        totp_step: The last time step whose code was used.
        subject: Issuer and subject at the OpenID provider, or None.
        created: When it was added.
        last_sign_in: When its owner was last here.
        grants: Roles and where they hold.
    """

    id: int
    name: str
    display: str
    password: str | None
    must_change: bool
    disabled: bool
    unit: str | None
    language: str
    totp: str | None
    totp_step: int | None
    subject: str | None
    created: datetime
    last_sign_in: datetime | None
    grants: tuple[Grant, ...]

    @property
    def actor(self) -> Actor:
        """As somebody who acts."""
        return Actor(self.name, self.grants, self.unit)


def by_name(connection: Connection, name: str) -> Account | None:
    """The account with a sign-in name, however it is written."""
    return _one(connection, _person.name == name.strip().lower())


def by_id(connection: Connection, person_id: int) -> Account | None:
    """The account with a row id."""
    return _one(connection, _person.id == person_id)


def by_subject(connection: Connection, subject: str) -> Account | None:
    """The account that is bound to somebody at the OpenID provider."""
    return _one(connection, _person.subject == subject)


def everybody(connection: Connection) -> list[Account]:
    """All accounts by name."""
    return _accounts(connection, connection.execute(select(table(Person)).order_by(_person.name)).all())


def _one(connection: Connection, condition: ColumnElement[bool]) -> Account | None:
    found = _accounts(connection, connection.execute(select(table(Person)).where(condition)).all())
    return found[0] if found else None


def _accounts(connection: Connection, rows: Iterable[Row[Any]]) -> list[Account]:
    people = list(rows)
    grants: dict[int, list[Grant]] = {row.id: [] for row in people}
    statement = select(table(PersonGrant)).order_by(PersonGrant.role, PersonGrant.org)
    if len(people) == 1:
        statement = statement.where(PersonGrant.person_id == people[0].id)
    for row in connection.execute(statement):
        grants.get(row.person_id, []).append(Grant(row.role, row.org, row.by_provider))
    return [Account(**row._mapping, grants=tuple(grants[row.id])) for row in people]  # noqa: SLF001 - its public name


def add(connection: Connection, grants: Iterable[Grant], **fields: object) -> int:
    """Add an account; ``fields`` are columns of `Person`. Its row id."""
    defaults: dict[str, object] = {
        "display": fields.get("name", ""),
        "password": None,
        "must_change": False,
        "disabled": False,
        "language": "zh",
    }
    added = connection.execute(insert(Person).values({**defaults, **fields}).returning(_person.id))
    person_id: int = added.scalar_one()
    set_grants(connection, person_id, grants)
    return person_id


def change(connection: Connection, person_id: int, **fields: object) -> None:
    """Change columns of an account."""
    if fields:
        connection.execute(update(Person).where(_person.id == person_id).values(**fields))


def set_grants(
    connection: Connection, person_id: int, grants: Iterable[Grant], *, by_provider: bool = False
) -> None:
    """Replace an account's roles: those that were given here, or those that the provider gave.

    A role that both give stays one that was given here.
    """
    grant = table(PersonGrant).c
    wanted = {(one.role, one.org) for one in grants}
    mine = PersonGrant.person_id == person_id
    connection.execute(delete(PersonGrant).where(mine, grant.by_provider.is_(by_provider)))
    others = {
        (row.role, row.org) for row in connection.execute(select(grant.role, grant.org).where(mine)).all()
    }
    if by_provider:
        wanted -= others
    else:
        for role, org in wanted & others:
            connection.execute(delete(PersonGrant).where(mine, grant.role == role, grant.org == org))
    rows = [
        {"person_id": person_id, "role": role, "org": org, "by_provider": by_provider}
        for role, org in sorted(wanted)
    ]
    if rows:
        connection.execute(insert(PersonGrant), rows)


def has_admin(connection: Connection, root: str) -> bool:
    """Whether anybody administers the whole city."""
    statement = (
        select(_person.id)
        .join(PersonGrant, PersonGrant.person_id == _person.id)
        .where(PersonGrant.role == Role.ADMIN, PersonGrant.org == root, _person.disabled.is_(False))
        .limit(1)
    )
    return connection.execute(statement).one_or_none() is not None


def use_step(connection: Connection, person_id: int, step: int) -> bool:
    """Note that the code of a time step was used; False when it, or a later one, already was."""
    fresh = _person.totp_step.is_(None) | (_person.totp_step < step)
    done = connection.execute(
        update(Person).where(_person.id == person_id, fresh).values(totp_step=step).returning(_person.id)
    )
    return done.one_or_none() is not None
