"""Schema migrations, run at every start and by ``placewatch central migrate``."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from central.store.engine import Store, first_line
from placewatch.errors import StoreError

_LOCK = 7_202_511  # any constant: two centrals that start together migrate one after the other


def migrate(store: Store, target: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema to ``target``; all or nothing.

    Args:
        store: What to migrate.
        target: An Alembic revision; ``head`` is this program's own, ``base`` is empty.

    Returns:
        The revision before and after; None means no tables.

    Raises:
        StoreError: The database cannot be used, or its schema is newer than this program.
    """
    store.check()
    try:
        with store.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            before = _current(connection)
            config = _config(connection)
            if _is_below(target, before):
                command.downgrade(config, target)
            else:
                command.upgrade(config, target)
            return before, _current(connection)
    except CommandError as error:
        raise StoreError(
            f"its schema is not one of this program's: {error}",
            where=store.where,
            remedy="start the newer version that made it, or name another database",
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(
            f"cannot be migrated: {first_line(error)}",
            where=store.where,
            remedy="nothing was changed; mend the cause and start again",
        ) from error


def head() -> str | None:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _is_below(target: str, current: str | None) -> bool:
    if target == "base":
        return True
    scripts = ScriptDirectory.from_config(_config(None))
    if current is None or target not in {script.revision for script in scripts.walk_revisions()}:
        return False
    return target != current and target in {
        one.revision for one in scripts.iterate_revisions(current, "base")
    }


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
