"""One batch, one transaction: inbox, episodes, events, evidence, change feed, dead letters."""

from collections.abc import Sequence

from central.config import CentralConfig
from central.ingest.batch import Batch, Committed
from central.ingest.inbound import AlertIn, Read
from central.ingest.pictures import store_pictures
from central.setup import TablesNow
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from messages.topics import BoxTopics


class Writer:
    """Writes batches; one thread at a time."""

    def __init__(
        self, store: Store, evidence: EvidenceStore, tables: TablesNow, config: CentralConfig
    ) -> None:
        """Write to ``store`` and ``evidence`` as ``tables`` and ``config`` say."""
        self._store = store
        self._evidence = evidence
        self._tables = tables
        self._config = config
        self._boxes: dict[BoxTopics, int] = {}

    def write(self, reads: Sequence[Read]) -> Committed:
        """Commit the effect of ``reads``, in order; all of it or nothing.

        Raises:
            SQLAlchemyError: The database refuses or is away; nothing was changed.
        """
        pictures = store_pictures((read for read in reads if isinstance(read, AlertIn)), self._evidence)
        known = dict(self._boxes)
        with self._store.write() as connection:
            batch = Batch(connection, self._tables(), self._config, known, pictures, self._evidence)
            done = batch.write(reads)
        self._boxes = known  # only now: a rollback takes new boxes back
        return done
