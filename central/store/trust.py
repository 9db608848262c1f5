"""Invitations and certificates of boxes."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from sqlalchemy import Connection, Row, insert, select, update

from central.store.models import BoxCertificate, Invitation
from central.store.upsert import table
from central.trust.authority import fingerprint
from messages.topics import BoxTopics


def add_invitation(
    connection: Connection, secret_hash: str, box: BoxTopics, now: datetime, expires: datetime
) -> None:
    """A token may be used for ``box`` until ``expires``."""
    values = {
        "secret_hash": secret_hash,
        "site": box.site,
        "box": box.box,
        "created": now,
        "expires": expires,
    }
    connection.execute(insert(table(Invitation)).values(values))


def use_invitation(connection: Connection, secret_hash: str, now: datetime) -> BoxTopics | None:
    """Use up a token: for whom it was, or None when it is unknown, used or expired."""
    fresh = Invitation.secret_hash == secret_hash, Invitation.used.is_(None), Invitation.expires > now
    taken = connection.execute(
        update(Invitation).where(*fresh).values(used=now).returning(Invitation.site, Invitation.box)
    ).one_or_none()
    return None if taken is None else BoxTopics(taken.site, taken.box)


def add_certificate(connection: Connection, box: BoxTopics, certificate: x509.Certificate) -> None:
    """Note a certificate that was made."""
    values = {
        "serial": f"{certificate.serial_number:x}",
        "site": box.site,
        "box": box.box,
        "fingerprint": fingerprint(certificate),
        "issued": certificate.not_valid_before_utc,
        "expires": certificate.not_valid_after_utc,
    }
    connection.execute(insert(table(BoxCertificate)).values(values))


def find_certificate(connection: Connection, certificate: x509.Certificate) -> BoxTopics | None:
    """The box of a certificate that was given and is not revoked."""
    found = select(BoxCertificate.site, BoxCertificate.box).where(
        BoxCertificate.serial == f"{certificate.serial_number:x}",
        BoxCertificate.fingerprint == fingerprint(certificate),
        BoxCertificate.revoked.is_(None),
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else BoxTopics(row.site, row.box)


def revoke_box(connection: Connection, box: BoxTopics, reason: str, now: datetime) -> int:
    """Believe no certificate and no token of ``box`` any more; how many certificates that were."""
    theirs = BoxCertificate.site == box.site, BoxCertificate.box == box.box, BoxCertificate.revoked.is_(None)
    done = connection.execute(update(BoxCertificate).where(*theirs).values(revoked=now, reason=reason))
    tokens = Invitation.site == box.site, Invitation.box == box.box, Invitation.used.is_(None)
    connection.execute(update(Invitation).where(*tokens).values(used=now))
    return done.rowcount


def believed_boxes(connection: Connection, now: datetime) -> list[BoxTopics]:
    """Boxes with a certificate that is valid now, in order."""
    chosen = (
        select(BoxCertificate.site, BoxCertificate.box)
        .where(BoxCertificate.revoked.is_(None), BoxCertificate.expires > now)
        .distinct()
        .order_by(BoxCertificate.site, BoxCertificate.box)
    )
    return [BoxTopics(site, box) for site, box in connection.execute(chosen)]


def revoked_serials(connection: Connection, now: datetime) -> list[tuple[int, datetime]]:
    """Serial and time of each revoked certificate that would be valid otherwise."""
    chosen = (
        select(BoxCertificate.serial, BoxCertificate.revoked)
        .where(BoxCertificate.revoked.is_not(None), BoxCertificate.expires > now)
        .order_by(BoxCertificate.serial)
    )
    return [(int(serial, 16), moment) for serial, moment in connection.execute(chosen) if moment is not None]


def certificates(connection: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Every certificate, newest first, for people to look at."""
    rows = select(table(BoxCertificate)).order_by(BoxCertificate.issued.desc(), BoxCertificate.serial)
    return connection.execute(rows).all()
