"""What a fresh centre needs around it: PostgreSQL's settings and first statements, its own configuration."""

from dataclasses import dataclass
from pathlib import Path

from messages.topics import ROOT

ACCOUNT = "placewatch"
"""Role and database in PostgreSQL."""

RELOAD_WANTED = "reload.wanted"
"""As deploy/systemd/placewatch-broker-reload.path names it."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre to be set up.

    Attributes:
        host: Name by which boxes and browsers reach it.
        http_port: Its HTTPS port.
        broker_port: The broker's TLS port.
        timezone: The city's.
        containers: Whether broker and database are containers beside it.
    """

    host: str
    http_port: int = 8600
    broker_port: int = 8883
    timezone: str = "Asia/Shanghai"
    containers: bool = False

    def reload(self, folder: Path) -> str:
        """What makes Mosquitto read its lists anew.

        Args:
            folder: Where its files lie.
        """
        # In containers the broker is process 1 of a namespace that it shares with the centre. As a service
        # the centre may not signal another account's: placewatch-broker-reload.path waits for this file.
        return '[sh, -c, "kill -HUP 1"]' if self.containers else f"[touch, {folder}/{RELOAD_WANTED}]"

    @property
    def database(self) -> str:
        """Where PostgreSQL is, for SQLAlchemy."""
        host = "postgresql" if self.containers else "localhost"
        return f"postgresql+psycopg://{ACCOUNT}:${{DB_PASSWORD}}@{host}/{ACCOUNT}"


def postgresql_conf(centre: Centre) -> str:
    """Settings for a few hundred writes a second on a machine of 4 GiB: durable, reachable locally alone."""
    where = "*" if centre.containers else "localhost"
    return f"""\
# Written by 'placewatch central setup'. Mixed reads and batches of small writes; every commit is on disk.
listen_addresses = '{where}'
max_connections = 60
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 8MB
maintenance_work_mem = 128MB
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
synchronous_commit = on
fsync = on
full_page_writes = on
password_encryption = 'scram-sha-256'
log_min_duration_statement = 1000
timezone = 'UTC'
"""


def postgresql_sql() -> str:
    """The role and its database; the password comes from psql's environment, not from a command line."""
    return f"""\
-- Written by 'placewatch central setup'. As the account postgres, with DB_PASSWORD from secrets.env:
--   set -a; . /etc/placewatch/secrets.env; set +a; psql -f setup.sql
\\getenv password DB_PASSWORD
CREATE ROLE {ACCOUNT} LOGIN PASSWORD :'password';
CREATE DATABASE {ACCOUNT} OWNER {ACCOUNT} ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE {ACCOUNT} FROM PUBLIC;
"""


def central_yaml(centre: Centre, folder: Path) -> str:
    """The centre's configuration; the city's files beside it are samples to be replaced."""
    broker = "mosquitto" if centre.containers else centre.host
    state = Path("/var/lib/placewatch")
    return f"""\
# Written by 'placewatch central setup'; yours from now on. Check it: placewatch config check central.yaml
broker:
  host: {broker}
  port: {centre.broker_port}
  tls: {{ca: trust/ca.crt, certificate: trust/central.crt, key: trust/central.key}}
database: {centre.database}
evidence: {state}/evidence
notify: {{secrets_key: {state}/secrets.key}}
http:
  host: 0.0.0.0
  port: {centre.http_port}
  names: [{centre.host}]
  tls: {{certificate: trust/https.crt, key: trust/https.key}}
trust:
  folder: {folder}/trust
  url: https://{centre.host}:{centre.http_port}
  broker_host: {centre.host}
  broker_port: {centre.broker_port}
  broker_files: {folder}/trust/broker  # {ROOT}/...: who may say what; written whenever that changes
  reload: {centre.reload(folder / "trust" / "broker")}
  bundles: {state}/bundles
timezone: {centre.timezone}
city: city.yaml  # samples: put your city here
grids: grids.geojson
units: units.yaml
log_format: json
"""
