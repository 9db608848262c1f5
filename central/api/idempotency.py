"""``Idempotency-Key``: a request that is sent again, because its answer was lost, has its effect once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import Header
from sqlalchemy import Connection, delete, insert, select

from central.api.problems import ApiError
from central.store.models import Idempotency
from central.store.upsert import table

KEPT = timedelta(hours=24)
"""A repeat later than this counts as new."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own: the same key with the same request gets the same answer again.",
    ),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was given.

    Attributes:
        status: HTTP status.
        body: JSON.
        etag: Its ETag, if it had one.
    """

    status: int
    body: str
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One request with a key.

    Attributes:
        actor: Who asks; keys of others do not meet.
        key: The key, None for a request without.
        request: Hash over method, path and body.
    """

    actor: str
    key: str | None
    request: str

    @classmethod
    def of(cls, actor: str, key: str | None, *parts: str) -> "Repeatable":
        """A request made of ``parts``."""
        return cls(actor, key, sha256("\n".join(parts).encode()).hexdigest())

    def known(self, connection: Connection) -> Answer | None:
        """The answer that this very request has got before.

        Raises:
            ApiError: The key was used for another request.
        """
        if self.key is None:
            return None
        row = connection.execute(
            select(Idempotency.__table__).where(Idempotency.actor == self.actor, Idempotency.key == self.key)
        ).one_or_none()
        if row is None:
            return None
        if row.request != self.request:
            detail = "this key was used for another request; take a new one"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="header.Idempotency-Key")
        return Answer(row.status, row.response, row.etag)

    def remember(self, connection: Connection, answer: Answer, at: datetime) -> None:
        """Keep the answer in the transaction of its effect; old ones go."""
        if self.key is None:
            return
        connection.execute(delete(Idempotency).where(Idempotency.at < at - KEPT))
        connection.execute(
            insert(table(Idempotency)).values(
                actor=self.actor,
                key=self.key,
                request=self.request,
                status=answer.status,
                response=answer.body,
                etag=answer.etag,
                at=at,
            )
        )
