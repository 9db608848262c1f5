"""Follows the centre's orders: believes, tries, applies, watches, takes back. One thread decides all."""

import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Protocol

from msgspec.structs import replace

from edge.config import BoxConfig
from edge.managed.believe import Believed, believe, is_new
from edge.managed.boot import Governed, resolve
from edge.managed.judge import Seen, Word, before, judge
from edge.managed.kept import Kept, KeptConfig, Probation, proven, refused, stopped, taken_back, tried
from edge.managed.trial import try_broker, try_cameras
from edge.runner.changes import Changes, changes
from edge.runner.parts import Parts
from edge.runner.updating import Updated, Updating
from messages import ConfigHealth, ConfigOrder, Health, UpdateHealth, UpdateOrder
from messages.topics import BoxTopics
from placewatch.clock import Clock, utc
from placewatch.errors import PlacewatchError, TrustError
from placewatch.logs import get_logger
from placewatch.secrets import Environment

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TICK_S = 0.5
_NOTE_S = 30.0
"""The seconds of a probation are written down this often."""

_MOST_SEEN = 1200
"""Health messages of a probation that are remembered."""

_MOST_ORDERS = 16
"""Orders that may wait; a flood of them is thrown away, the retained one comes again."""

_STOP_S = 5.0


class Works(Protocol):
    """A worker at work, of one process or of many."""

    @property
    def connected(self) -> bool:
        """Whether a broker is connected."""
        ...

    def reconfigure(self, config: BoxConfig, parts: Parts | None = None) -> Changes:
        """Go on with another configuration."""
        ...

    def tell(self) -> None:
        """Tell the box's health now."""
        ...


class Steward:
    """Runs in a thread of its own from `start` to `stop`.

    Args:
        governed: What the box started with.
        config: What runs.
        clock: Time.
        make_parts: Loads the networks that a configuration names.
        env: Where ``${NAME}`` comes from; the process's environment unless given.
    """

    def __init__(
        self,
        governed: Governed,
        config: BoxConfig,
        clock: Clock,
        make_parts: Callable[[BoxConfig], Parts],
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._governed, self._config, self._clock = governed, config, clock
        self._keeper, self._patience = governed.keeper, governed.patience
        self._make_parts = make_parts
        self._env = Environment(os.environ, governed.file.parent) if env is None else env
        self._box = BoxTopics(config.site, config.box)
        self._kept = governed.kept
        self._worker: Works | None = None
        self._items: SimpleQueue[bytes | Health | Updated] = SimpleQueue()
        self._health: Health | None = None
        self._seen: deque[Seen] = deque(maxlen=_MOST_SEEN)
        self._began = clock.monotonic()
        self._watched = self._noted = governed.kept.probation.watched_s if governed.kept.probation else 0.0
        self._disbelieved, self._disbelief = 0, ""
        managed = config.managed
        self._updating = None if managed is None else Updating(managed, clock, self._items.put)
        self._halt = Event()
        self._thread = Thread(target=self._run, name="steward", daemon=True)
        self._log = get_logger(box=config.box, part="orders")

    def order(self, payload: bytes) -> None:
        """Take an order as it came; returns at once."""
        if self._items.qsize() < _MOST_ORDERS:
            self._items.put(payload)

    def heard(self, health: Health) -> None:
        """Take the box's health; returns at once."""
        if self._items.qsize() < _MOST_ORDERS:
            self._items.put(health)

    def config_health(self) -> ConfigHealth:
        """What runs, and what became of the newest configuration."""
        return self._kept.health(self._disbelieved, self._disbelief)

    def update_health(self) -> UpdateHealth | None:
        """What became of the newest update."""
        return self._kept.update

    def start(self, worker: Works) -> None:
        """Begin to follow orders for ``worker``; returns at once."""
        self._worker = worker
        self._thread.start()

    def stop(self) -> None:
        """End; a configuration on probation stays on probation."""
        self._halt.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        self._keeper.note(self._with_time(stopped(self._kept)))

    def _run(self) -> None:
        while not self._halt.is_set():
            try:
                item = self._items.get(timeout=_TICK_S)
            except Empty:
                news = None if self._updating is None else self._updating.look(self._kept.update)
                if news is None:
                    continue
                item = news
            try:
                if isinstance(item, bytes):
                    self._follow(item)
                elif isinstance(item, Updated):
                    self._note_update(item)
                else:
                    self._watch(item)
            except Exception:
                # Whatever an order does, the watch of the places goes on.
                logger = self._log
                logger.exception("order_failed")

    def _follow(self, payload: bytes) -> None:
        try:
            believed = believe(payload, self._governed.anchor.key, self._box)
            config = isinstance(believed.order, ConfigOrder)
            floor = self._kept.config_floor if config else self._kept.update_floor
            if not is_new(believed, floor, utc(self._clock.now())):
                return
        except TrustError as error:
            self._disbelieved, self._disbelief = self._disbelieved + 1, error.message
            self._log.warning("order_not_believed", reason=error.message)
            return
        if isinstance(believed.order, ConfigOrder):
            self._configure(believed, believed.order)
        else:
            self._update(believed, believed.order, payload)

    def _configure(self, believed: Believed, order: ConfigOrder) -> None:
        now = utc(self._clock.now())
        self._log.info("config_came", version=order.version)
        kept = replace(self._kept, config_floor=believed.floor)
        try:
            config = resolve(
                self._governed.file, KeptConfig(version=order.version, text=order.config), env=self._env
            )
            change = changes(self._config, config)
            parts = self._try(config, change)
            probation = Probation(
                before=before(self._health), touched=tuple(sorted(change.touched)), moved=change.broker
            )
            following = tried(kept, KeptConfig(version=order.version, text=order.config), probation, now)
            self._keeper.save(
                following
            )  # before it is applied: should it end the worker, the next start knows
        except PlacewatchError as error:
            self._refuse(kept, self._scrubbed(str(error), order.config))
            return
        self._kept, self._watched, self._noted, self._began = following, 0.0, 0.0, self._clock.monotonic()
        self._seen.clear()
        if self._apply(config, parts):
            self._log.info("config_applied", version=order.version, **_told(change))
        else:
            self._take_back("it could not be applied; the log of the box says why")
        self._tell()

    def _update(self, believed: Believed, order: UpdateOrder, payload: bytes) -> None:
        if self._updating is None:
            return
        self._log.info("update_came", version=order.version, software=order.software)
        self._updating.begin(order, payload, believed.floor)

    def _note_update(self, updated: Updated) -> None:
        """An update got on; its order counts as followed once nothing of it must be done again here."""
        floor = updated.floor or self._kept.update_floor
        self._kept = replace(self._kept, update=updated.health, update_floor=floor)
        self._keeper.note(self._kept)
        health = updated.health
        self._log.info("update", software=health.software, state=str(health.state), reason=health.reason)
        self._tell()

    def _try(self, config: BoxConfig, change: Changes) -> Parts | None:
        """Try what is new in a configuration; the networks, where they are others.

        Raises:
            PlacewatchError: Something of it does not work.
        """
        opened = [camera for camera in config.cameras if camera.id in change.opened]
        if opened:
            try_cameras(opened)
        if change.broker:
            try_broker(config.broker, self._box)
        return self._make_parts(config) if change.networks else None

    def _refuse(self, kept: Kept, reason: str) -> None:
        self._log.warning("config_refused", version=kept.config_floor.version, reason=reason)
        self._kept = refused(kept, reason, utc(self._clock.now()))
        self._keeper.note(self._kept)
        self._tell()

    def _apply(self, config: BoxConfig, parts: Parts | None) -> bool:
        if self._worker is None:
            return False
        try:
            self._worker.reconfigure(config, parts)
        except Exception:
            logger = self._log
            logger.exception("config_not_applied")
            return False
        self._config = config
        return True

    def _watch(self, health: Health) -> None:
        self._health = health
        probation = self._kept.probation
        if probation is None or self._worker is None or health.stopping:
            return
        self._pass_time()
        self._seen.append(Seen(self._watched, health, self._worker.connected))
        verdict = judge(
            probation.before, frozenset(probation.touched), self._seen, self._patience, moved=probation.moved
        )
        if verdict.word is Word.BACK:
            self._take_back(verdict.reason)
            self._tell()
        elif verdict.word is Word.GOOD:
            self._kept = proven(self._kept, utc(self._clock.now()))
            self._keeper.note(self._kept)
            self._log.info("config_good", version=self._kept.config_floor.version)
            self._tell()
        elif self._watched - self._noted >= _NOTE_S:
            self._noted = self._watched
            self._keeper.note(self._with_time(self._kept))

    def _pass_time(self) -> None:
        now = self._clock.monotonic()
        self._watched += max(0.0, now - self._began)
        self._began = now

    def _with_time(self, kept: Kept) -> Kept:
        if kept.probation is None:
            return kept
        return replace(kept, probation=replace(kept.probation, watched_s=self._watched))

    def _take_back(self, reason: str) -> None:
        """What ran well before runs again."""
        kept = taken_back(self._kept, reason, utc(self._clock.now()))
        self._log.warning("config_taken_back", version=self._kept.config_floor.version, reason=reason)
        self._kept = kept
        self._keeper.note(kept)
        self._seen.clear()
        config = resolve(self._governed.file, kept.running, env=self._env)
        parts = self._make_parts(config) if changes(self._config, config).networks else None
        self._apply(config, parts)

    def _scrubbed(self, reason: str, text: str) -> str:
        """A reason without the values of the secrets that a configuration names."""
        secrets = {self._env.get(name, "") for name in _VARIABLE.findall(text)}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            reason = reason.replace(secret, "***")
        return reason

    def _tell(self) -> None:
        if self._worker is not None:
            self._worker.tell()


def _told(change: Changes) -> dict[str, str]:
    lists = {name: getattr(change, name) for name in ("removed", "added", "reopened", "reruled")}
    return {name: ", ".join(found) for name, found in lists.items() if found}
