"""The tables of those who use the product: people, roles, sessions, tokens."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from central.people.actor import Role
from central.people.audit import AuditAct
from central.people.tokens import TokenScope
from central.store.base import Base
from central.store.columns import RowId, UtcTime, Word

_NAME = String(64)
_HASH = String(64)


class Person(Base):
    """Somebody who may sign in.

    ``password`` is an argon2id hash, NULL for one who only signs in elsewhere (``subject``: issuer and
    subject of the OpenID provider). ``totp_step`` is the last time step whose code was used: a code counts
    once.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(_NAME, unique=True)
    display: Mapped[str] = mapped_column(String(100))
    password: Mapped[str | None] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(Boolean)
    disabled: Mapped[bool] = mapped_column(Boolean)
    unit: Mapped[str | None] = mapped_column(_NAME)
    language: Mapped[str] = mapped_column(String(8))
    totp: Mapped[str | None] = mapped_column(_NAME)
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str | None] = mapped_column(String(400), unique=True)
    created: Mapped[datetime] = mapped_column(UtcTime)
    last_sign_in: Mapped[datetime | None] = mapped_column(UtcTime)


class PersonGrant(Base):
    """One role of a person in one part of the org tree; ``by_provider`` is renewed at each sign-in there."""

    __tablename__ = "person_grant"

    person_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(Word(Role), primary_key=True)
    org: Mapped[str] = mapped_column(_NAME, primary_key=True, index=True)
    by_provider: Mapped[bool] = mapped_column(Boolean, server_default=false())


class SignInLock(Base):
    """Failed attempts under a name, whether or not anybody has it."""

    __tablename__ = "sign_in_lock"

    name: Mapped[str] = mapped_column(_NAME, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last: Mapped[datetime] = mapped_column(UtcTime, index=True)
    until: Mapped[datetime | None] = mapped_column(UtcTime)


class Session(Base):
    """Somebody signed in: the cookie's secret is kept as its SHA-256 alone."""

    __tablename__ = "session"

    hash: Mapped[str] = mapped_column(_HASH, primary_key=True)
    person_id: Mapped[int] = mapped_column(RowId, ForeignKey("person.id"), index=True)
    csrf: Mapped[str] = mapped_column(_HASH)
    started: Mapped[datetime] = mapped_column(UtcTime)
    seen: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime] = mapped_column(UtcTime, index=True)
    address: Mapped[str | None] = mapped_column(_NAME)
    agent: Mapped[str | None] = mapped_column(String(200))


class Token(Base):
    """A program's key, kept as its SHA-256 alone; ended ones stay, for the audit log's sake."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(_NAME, unique=True)
    hash: Mapped[str] = mapped_column(_HASH, unique=True)
    scope: Mapped[TokenScope] = mapped_column(Word(TokenScope))
    created_by: Mapped[str] = mapped_column(_NAME)
    created: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime] = mapped_column(UtcTime)
    revoked: Mapped[datetime | None] = mapped_column(UtcTime)
    used: Mapped[datetime | None] = mapped_column(UtcTime)


class TokenGrant(Base):
    """One role of a token in one part of the org tree."""

    __tablename__ = "token_grant"

    token_id: Mapped[int] = mapped_column(RowId, ForeignKey("token.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(Word(Role), primary_key=True)
    org: Mapped[str] = mapped_column(_NAME, primary_key=True, index=True)


class AuditRow(Base):
    """One line of the audit log (`central.people.audit.AuditEntry`); triggers refuse any change."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_actor_id", "actor", "id"),
        Index("ix_audit_kind_object", "kind", "object"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    actor: Mapped[str] = mapped_column(String(200))
    act: Mapped[AuditAct] = mapped_column(Word(AuditAct))
    kind: Mapped[str] = mapped_column(_NAME)
    object: Mapped[str] = mapped_column(String(200))
    org: Mapped[str | None] = mapped_column(_NAME, index=True)
    data: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(_HASH)
    hash: Mapped[str] = mapped_column(_HASH)


class Handover(Base):
    """What one shift tells the next."""

    __tablename__ = "handover"
    __table_args__ = (Index("ix_handover_org_id", "org", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    org: Mapped[str] = mapped_column(_NAME)
    author: Mapped[str] = mapped_column(_NAME)
    at: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str] = mapped_column(Text)
    read_by: Mapped[str | None] = mapped_column(_NAME)
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)
