"""The authority of a configured centre, and its first certificates."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from central.config import Trust
from central.fleet.desired import CheckConfig, Fleet
from central.store.engine import Store
from central.trust.authority import (
    Issued,
    issue_client,
    issue_server,
    key_pem,
    make_authority,
    revocation_list,
)
from central.trust.broker_files import CENTRAL_NAME, access_list, settings
from central.trust.folder import read_authority, save_authority
from central.trust.registrar import Registrar
from central.trust.signing import make_signer, read_signer
from placewatch.errors import PlacewatchError
from placewatch.files import write_file


def open_fleet(trust: Trust | None, store: Store, check: CheckConfig | None = None) -> Fleet:
    """Orders to boxes as configured.

    Args:
        trust: Where the key lies; None where the centre enrols nobody, and so can order nothing.
        store: Where they are kept.
        check: Looks at configurations as a box would.

    Raises:
        TrustError: The key is not sound.
    """
    return Fleet(store, None if trust is None else read_signer(trust.folder), check)


def open_registrar(trust: Trust, store: Store) -> Registrar:
    """Enrolment as configured.

    Raises:
        TrustError: The authority's files are not there or not sound.
    """
    return Registrar(
        store,
        read_authority(trust.folder),
        trust.url,
        trust.broker_host,
        trust.broker_port,
        timedelta(days=trust.box_days),
        open_fleet(trust, store),
    )


@dataclass(frozen=True, slots=True)
class Listener:
    """The broker to be configured.

    Attributes:
        port: Its TLS port.
        user: Account that it runs as, where it is started by root; gets its files.
    """

    port: int
    user: str | None = None


def make_trust(folder: Path, city: str, hosts: Sequence[str], broker: Listener, now: datetime) -> str:
    """Make a root, certificates of broker, centre and HTTPS server, a key for orders, Mosquitto's settings.

    The broker's own files lie in ``folder/broker``, which its account may read; the authority's key does not.

    Args:
        folder: Where to.
        city: Common name of the root.
        hosts: Names and addresses by which boxes and browsers reach broker and centre.
        broker: What Mosquitto is to do.
        now: Aware time.

    Returns:
        The root's fingerprint.

    Raises:
        TrustError: There is an authority in the folder already.
        PlacewatchError: The folder cannot be written, or the broker's account does not exist.
    """
    authority = make_authority(city, now)
    save_authority(folder, authority, key_pem(authority.key))
    make_signer(folder)
    _write(folder, "https", issue_server(authority, CENTRAL_NAME, hosts, now))
    _write(folder, "central", issue_client(authority, CENTRAL_NAME, now))
    own = folder / "broker"
    _write(own, "broker", issue_server(authority, "placewatch-broker", hosts, now))
    for name, content in (
        ("ca.crt", authority.pem),
        ("acl", access_list([]).encode()),
        ("revoked.crl", revocation_list(authority, [], now)),
        ("mosquitto.conf", settings(own, broker.port, user=broker.user).encode()),
    ):
        write_file(own / name, content)
    (own / "data").mkdir(exist_ok=True)
    if broker.user is not None:
        _give(own, broker.user)
    return authority.fingerprint


def _give(folder: Path, user: str) -> None:
    try:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
    except (LookupError, OSError) as error:
        raise PlacewatchError(
            f"cannot be given to the account {user}: {error}",
            where=str(folder),
            remedy="run as root, and name an account that exists with --broker-user",
        ) from error


def _write(folder: Path, name: str, issued: Issued) -> None:
    write_file(folder / f"{name}.crt", issued.certificate)
    write_file(folder / f"{name}.key", issued.key, secret=True)
