"""The files that make Mosquitto believe certificates: settings, access list; pure text.

A box may write its own subtree and read its own receipts, commands and orders; the centre what it needs;
nobody else anything. Mosquitto refuses ``/`` in names of its pattern rules, so each box has lines of its own.
"""

from collections.abc import Iterable
from pathlib import Path

from central.trust.authority import common_name
from messages.topics import ROOT, BoxTopics

CENTRAL_NAME = "placewatch-central"
"""Common name of the centre's own certificate."""

_HEAD = "# Written by Placewatch; changes are lost. Anything not listed is forbidden.\n"


def access_list(boxes: Iterable[BoxTopics]) -> str:
    """Mosquitto's acl_file.

    Args:
        boxes: Those that may speak.
    """
    lines = [
        _HEAD,
        f"user {CENTRAL_NAME}",
        f"topic read {ROOT}/+/+/#",
        f"topic write {ROOT}/+/+/receipt",
        f"topic write {ROOT}/+/+/command",
        f"topic write {ROOT}/+/+/config",
        f"topic write {ROOT}/+/+/update",
        f"topic readwrite {ROOT}/placewatch-central/central/doctor",
        "",
    ]
    for box in boxes:
        lines += [f"user {common_name(box)}"]
        lines += [f"topic {right} {box.base}/{name}" for right, name in _BOX_RIGHTS]
        lines += [""]
    return "\n".join(lines)


_BOX_RIGHTS = (
    ("write", "state"),
    ("write", "health"),
    ("write", "alert/#"),
    ("write", "clip/#"),
    ("write", "snapshot/#"),
    ("readwrite", "doctor"),
    ("read", "receipt"),
    ("read", "command"),
    ("read", "config"),
    ("read", "update"),
)


def settings(folder: Path, port: int, *, user: str | None = None) -> str:
    """mosquitto.conf with one TLS listener that asks every client for a certificate.

    Args:
        folder: Where certificates and access list lie.
        port: TCP port.
        user: Account to run as, if Mosquitto is started by root.
    """
    lines = [
        _HEAD,
        "per_listener_settings false",
        f"listener {port}",
        f"cafile {folder / 'ca.crt'}",
        f"certfile {folder / 'broker.crt'}",
        f"keyfile {folder / 'broker.key'}",
        f"crlfile {folder / 'revoked.crl'}",
        "tls_version tlsv1.2",
        "require_certificate true",
        "use_identity_as_username true",
        "allow_anonymous false",
        f"acl_file {folder / 'acl'}",
        "persistence true",
        f"persistence_location {folder / 'data'}/",
        "autosave_interval 60",
        "max_inflight_messages 1000",
        "max_queued_messages 100000",
        "message_size_limit 1048576",
    ]
    if user is not None:
        lines.append(f"user {user}")
    return "\n".join(lines) + "\n"
