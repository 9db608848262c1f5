"""With which configuration a box starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from edge.config import BoxConfig, Managed, load_box
from edge.managed.anchor import Anchor, read_anchor
from edge.managed.judge import Patience
from edge.managed.kept import Keeper, Kept, KeptConfig, started, taken_back
from edge.managed.merge import effective
from placewatch.errors import ConfigError
from placewatch.logs import get_logger


@dataclass(frozen=True, slots=True)
class Governed:
    """A box that the centre may configure.

    Attributes:
        file: The box's own file.
        anchor: By which key orders are believed.
        keeper: Where they are kept.
        kept: As this start found and left it.
        patience: How a new configuration is judged.
    """

    file: Path
    anchor: Anchor
    keeper: Keeper
    kept: Kept
    patience: Patience


def boot(
    path: Path, now: datetime, *, env: Mapping[str, str] | None = None
) -> tuple[BoxConfig, Governed | None]:
    """What to start with: the newest that is not condemned, the last good one, the box's own file.

    Args:
        path: The box's own file.
        now: Aware time.
        env: Where ``${NAME}`` comes from.

    Raises:
        ConfigError: The box's own file cannot be used.
        TrustError: It says that it is managed, but no key of a centre is here.
    """
    own = load_box(path, env=env)
    if own.managed is None:
        return own, None
    anchor, patience = read_anchor(own.managed.identity), patience_of(own.managed)
    keeper = Keeper(own.managed.folder, anchor.after)
    kept = started(keeper.load(), patience, now)
    config, kept = _first_that_works(path, own, kept, now, env)
    keeper.note(kept)
    return config, Governed(path, anchor, keeper, kept, patience)


def patience_of(managed: Managed) -> Patience:
    """As configured."""
    return Patience(probation_s=managed.probation_s, patience_s=managed.patience_s)


def resolve(path: Path, config: KeptConfig | None, *, env: Mapping[str, str] | None = None) -> BoxConfig:
    """What runs under a kept configuration; the box's own file without one.

    Raises:
        ConfigError: It cannot be used.
    """
    return (
        load_box(path, env=env) if config is None else effective(path, config.text, config.version, env=env)
    )


def _first_that_works(
    path: Path, own: BoxConfig, kept: Kept, now: datetime, env: Mapping[str, str] | None
) -> tuple[BoxConfig, Kept]:
    while kept.running is not None:
        try:
            return resolve(path, kept.running, env=env), kept
        except ConfigError as error:
            # As after a change of the box's own file, or of its secrets.
            why = f"it cannot be used any more: {error.problems[0]}"
            get_logger(part="orders").error("config_unusable", version=kept.running.version, reason=why)
            good = None if kept.good == kept.running else kept.good
            kept = taken_back(replace(kept, good=good), why, now)
    return own, kept
