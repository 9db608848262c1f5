"""The ingest side of the process: broker client, queues and writers, joined."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from central.config import CentralConfig
from central.ingest.batch import Committed
from central.ingest.check import Checker
from central.ingest.inbound import Inbound
from central.ingest.lanes import Lanes
from central.ingest.mqtt import MqttClient
from central.ingest.snapshots import Snapshots
from central.ingest.worker import Worker
from central.ingest.writer import Writer
from central.setup import TablesNow
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from placewatch.clock import Clock

_DRAIN_S = 10.0


class Ingest:
    """Broker client and writers, joined."""

    def __init__(
        self,
        config: CentralConfig,
        tables: TablesNow,
        store: Store,
        evidence: EvidenceStore,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """Take alerts into ``store`` and ``evidence``; ``changed`` is called after each commit."""
        settings = config.ingest
        self._changed = changed
        # SQLite has one writer: a second lane would only wait for its file.
        count = 1 if store.sqlite else settings.lanes
        self._lanes = Lanes(count, messages=settings.queue_messages, size=settings.queue_bytes)
        checker = Checker(tables, timedelta(seconds=settings.late_after_s))
        self._mqtt = MqttClient(config.broker, self._lanes, clock)
        self.snapshots = Snapshots(self._mqtt.publish, clock)
        self._mqtt.snapshot = self.snapshots.arrived
        self._workers = [
            Worker(intake, checker, Writer(store, evidence, tables, config), settings, self._committed)
            for intake in self._lanes.intakes
        ]

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._mqtt.connected

    @property
    def connection(self) -> int:
        """Number of the connection to the broker; 0 while there is none."""
        return self._mqtt.connection

    def retain(self, topic: str, payload: bytes) -> bool:
        """Publish what the broker shall keep; whether it is there."""
        return self._mqtt.publish(topic, payload, retain=True)

    @property
    def listening_since(self) -> datetime | None:
        """Since when what boxes say comes in and is written; None while it does not."""
        return None if self.stuck else self._mqtt.connected_since

    @property
    def stuck(self) -> bool:
        """Whether alerts wait for the database."""
        return any(worker.waiting_since is not None for worker in self._workers)

    @property
    def alive(self) -> bool:
        """Whether alerts are taken in, or wait for a broker or database that is away."""
        return all(worker.alive for worker in self._workers)

    @property
    def waiting(self) -> int:
        """Messages in memory."""
        return len(self._lanes)

    def start(self) -> None:
        """Begin."""
        for worker in self._workers:
            worker.start()
        self._mqtt.start()

    def stop(self) -> None:
        """Finish the batches at hand, acknowledge them, and leave; what waits stays with the broker."""
        for worker in self._workers:
            worker.leave()
        for worker in self._workers:
            worker.join(_DRAIN_S)
        self._mqtt.stop()

    def _committed(self, messages: Sequence[Inbound], done: Committed) -> None:
        self._mqtt.committed(messages, done)
        if done.stream_last:
            self._changed()
