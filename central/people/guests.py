"""Those who come by way of the OpenID provider: found, given their roles, made where the table says so."""

import re
from collections.abc import Collection
from datetime import datetime
from itertools import count

from sqlalchemy import Connection

from central.people import book
from central.people.accounts import NAME_PATTERN
from central.people.book import Account
from central.people.oidc import Identity, Oidc
from central.people.oidc_roles import granted_by
from central.store.engine import Store
from central.store.text import printable

_FOREIGN = re.compile(r"[^a-z0-9_.@-]+")


def welcome(
    store: Store, identity: Identity, config: Oidc, orgs: Collection[str], now: datetime
) -> Account | None:
    """The account of somebody whom the provider vouches for, with the roles that their claims give now.

    Args:
        store: The database.
        identity: Who.
        config: The provider, with its table of roles.
        orgs: Ids of the city's organisations.
        now: When.

    Returns:
        None when nobody here carries the subject and none may be made, when the account is disabled, or when
        it has no role although there is a table of them.
    """
    granted = granted_by(config.roles, identity.claims, orgs)
    with store.write() as connection:
        account = book.by_subject(connection, identity.subject)
        if account is None and config.create and granted:
            account = _made(connection, identity, config, now)
        if account is None or account.disabled:
            return None
        if config.roles:
            book.set_grants(connection, account.id, granted, by_provider=True)
            account = book.by_id(connection, account.id) or account
            if not account.grants:
                return None
        book.change(connection, account.id, last_sign_in=now)
    return account


def _made(connection: Connection, identity: Identity, config: Oidc, now: datetime) -> Account | None:
    name = _free_name(connection, str(identity.claims.get(config.name_claim) or ""))
    said = identity.claims.get("name")
    display = printable(said)[:100].strip() if isinstance(said, str) else ""
    number = book.add(
        connection, (), name=name, display=display or name, subject=identity.subject, created=now
    )
    return book.by_id(connection, number)


def _free_name(connection: Connection, wanted: str) -> str:
    """A sign-in name like the one that is wanted; a number behind it where that is taken."""
    plain = _FOREIGN.sub("-", wanted.strip().lower()).strip("-_.@")[:56]
    plain = plain if re.match(NAME_PATTERN, plain) else "guest"
    for number in count(1):
        name = plain if number == 1 else f"{plain}-{number}"
        if book.by_name(connection, name) is None:
            return name
    raise AssertionError  # numbers do not end
