"""What one batch does to the store, inside its transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Connection, insert

from central.config import CentralConfig
from central.events.compression import seconds
from central.events.deadlines import begin, next_due
from central.events.facts import EventFacts, EventKey
from central.ingest.check import shorten
from central.ingest.clips import Clips
from central.ingest.fold import Books, fold, keys_without_event
from central.ingest.inbound import AlertIn, ClipIn, HealthIn, Read, Refused, StateIn, message_id
from central.ingest.join import Arrival, Picture
from central.ingest.pictures import MessageKey, PictureResult, StoredPicture, message_key
from central.notify.compose import notices
from central.setup import Tables
from central.store import books as book_store
from central.store import boxes as box_store
from central.store import feed, outbox
from central.store import letters as letter_store
from central.store.arrange import matters, rearrange
from central.store.boxes import InboxKey, SessionTally, Tally
from central.store.deadlines import save_deadlines
from central.store.evidence import EvidenceStore
from central.store.feed import EventChange
from central.store.letters import Letter
from central.store.models import Evidence
from central.store.text import printable
from central.store.upsert import table, take_event_ids
from messages import Rejection
from messages.topics import BoxTopics


@dataclass(slots=True)
class Committed:
    """What a batch did, after its commit.

    Attributes:
        alerts: Distinct new alerts.
        duplicates: Alerts known before.
        dead_letters: Messages refused.
        stream_last: Highest number of the change feed, 0 when nothing changed.
        ids: By box, the alerts to receipt.
        rejected: By box, the alerts to reject.
    """

    alerts: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    stream_last: int = 0
    ids: dict[BoxTopics, dict[str, None]] = field(default_factory=dict)
    rejected: dict[BoxTopics, list[Rejection]] = field(default_factory=dict)


class Batch:
    """One transaction; used once."""

    def __init__(
        self,
        connection: Connection,
        tables: Tables,
        config: CentralConfig,
        boxes: dict[BoxTopics, int],
        pictures: dict[MessageKey, PictureResult],
        evidence: EvidenceStore,
    ) -> None:
        """Work over ``connection``; ``boxes`` gains the row ids that are found or made."""
        self._evidence_store = evidence
        self._connection = connection
        self._tables = tables
        self._config = config
        self._boxes = boxes
        self._pictures = pictures
        self._tallies: dict[int, Tally] = {}
        self._sessions: dict[tuple[int, str], SessionTally] = {}
        self._refused: list[Refused] = []
        self._changes: list[EventChange] = []
        self._changed_at: datetime | None = None
        self._done = Committed()

    def write(self, reads: Sequence[Read]) -> Committed:
        """Everything that ``reads`` ask for, in order."""
        reads = self._with_boxes(reads)
        self._refused += [read for read in reads if isinstance(read, Refused)]
        fresh = self._inbox([read for read in reads if isinstance(read, AlertIn)])
        self._alerts(fresh)
        self._clips([read for read in reads if isinstance(read, ClipIn)])
        box_store.lock_boxes(
            self._connection, {self._boxes[read.box] for read in reads if read.box in self._boxes}
        )
        self._presence(reads)
        self._dead_letters()
        box_store.add_tallies(self._connection, self._tallies)
        box_store.add_sessions(self._connection, self._sessions)
        self._stream()  # last: from here to the commit no other process can tell a desk anything
        return self._done

    def _with_boxes(self, reads: Sequence[Read]) -> list[Read]:
        """Every accepted message has a box row afterwards; those of boxes beyond the limit are refused."""
        unknown = {r.box: r for r in reads if r.box is not None and r.box not in self._boxes}
        if not unknown:
            return list(reads)
        self._boxes.update(box_store.find_boxes(self._connection, unknown))
        speaking = {read.box for read in reads if not isinstance(read, Refused)}
        new = [box for box in unknown if box not in self._boxes and box in speaking]
        room = self._config.ingest.max_boxes - box_store.count_boxes(self._connection) if new else 0
        if room > 0 and new:
            seen = max(read.source.received for read in reads)
            box_store.add_boxes(self._connection, new[:room], seen)
            self._boxes.update(box_store.find_boxes(self._connection, new[:room]))
        return [self._housed(read) for read in reads]

    def _housed(self, read: Read) -> Read:
        if isinstance(read, Refused) or read.box in self._boxes:
            return read
        limit = self._config.ingest.max_boxes
        reason = f"box {read.box.site}/{read.box.box} is one more than the {limit} of ingest.max_boxes"
        return Refused(read.source, reason, read.box, message_id(read))

    def _tally(self, box: BoxTopics, seen: datetime) -> Tally:
        tally = self._tallies.setdefault(self._boxes[box], Tally(seen))
        tally.seen = max(tally.seen, seen)
        return tally

    def _inbox(self, alerts: Sequence[AlertIn]) -> list[AlertIn]:
        """Enter dedupe keys; the alerts that were not known."""
        if not alerts:
            return []
        first = {(self._boxes[read.box], read.alert.id): read for read in reversed(alerts)}
        rows = [
            InboxKey(box_id, message_id, read.alert.session, read.alert.seq, read.source.received)
            for (box_id, message_id), read in sorted(first.items(), key=lambda item: item[0])
        ]
        new = box_store.enter_inbox(self._connection, rows)
        fresh: list[AlertIn] = []
        for read in alerts:
            key = (self._boxes[read.box], read.alert.id)
            self._done.ids.setdefault(read.box, {})[read.alert.id] = None
            if key in new and first[key] is read:
                fresh.append(read)
                self._session(read)
            else:
                self._tally(read.box, read.source.received).duplicates += 1
                self._done.duplicates += 1
        return fresh

    def _session(self, read: AlertIn) -> None:
        alert, seen = read.alert, read.source.received
        key = (self._boxes[read.box], alert.session)
        tally = self._sessions.setdefault(key, SessionTally(seen, alert.seq))
        tally.seen = max(tally.seen, seen)
        tally.max_seq = max(tally.max_seq, alert.seq)
        tally.received += 1

    def _arrival(self, read: AlertIn) -> Arrival:
        picture = self._pictures.get(message_key(read))
        stored = picture if isinstance(picture, StoredPicture) else None
        refused = picture if isinstance(picture, str) else None
        tally = self._tally(read.box, read.source.received)
        tally.alerts += 1
        tally.pictures_refused += int(refused is not None)
        return Arrival(
            box_id=self._boxes[read.box],
            site=read.box.site,
            box=read.box.box,
            alert=read.alert,
            received=read.source.received,
            late=read.late,
            picture=Picture(stored.id, stored.captured) if stored else None,
            picture_refused=refused,
        )

    def _alerts(self, fresh: Sequence[AlertIn]) -> None:
        if not fresh:
            return
        arrivals = [self._arrival(read) for read in fresh]
        books = self._books(arrivals)
        events = books.events
        stored = dict(events)
        keys = keys_without_event(arrivals, books)
        books.new_ids = dict(zip(keys, take_event_ids(self._connection, len(keys)), strict=True))
        books.earlier = self._earlier(keys, arrivals)
        fold(arrivals, books, self._tables)
        self._save(books, stored)
        at = max(item.received for item in arrivals)
        changed = [event for row_id, event in books.events.items() if matters(stored.get(row_id), event)]
        moved = rearrange(self._connection, self._tables, changed, at, books.created)
        self._contradictions(fresh, books)
        self._evidence(fresh, books)
        self._tell(self._changed(books, moved), at)

    def _books(self, arrivals: Sequence[Arrival]) -> Books:
        """What the store knows of the arrivals, locked.

        Another central may have entered an episode while this one waited for its event: once the events are
        locked, what was not there is looked for again.
        """
        episodes = book_store.load_episodes(self._connection, (item.episode_key for item in arrivals))
        unknown = {item.episode_key: item.event_key for item in arrivals if item.episode_key not in episodes}
        ids = {episode.event_id for episode in episodes.values()}
        events = book_store.load_events(self._connection, ids, unknown.values())
        if not unknown or not events or self._connection.dialect.name == "sqlite":  # SQLite has one writer
            return Books(episodes, events)
        entered = book_store.load_episodes(self._connection, unknown)
        others = {episode.event_id for episode in entered.values()} - events.keys()
        events |= book_store.load_events(self._connection, others, ())
        return Books(episodes | entered, events)

    def _save(self, books: Books, stored: dict[int, EventFacts]) -> None:
        limits = {row_id: list(begin(books.events[row_id], self._tables)) for row_id in sorted(books.filed)}
        for row_id, rows in limits.items():
            first = next_due(rows)
            books.events[row_id] = replace(books.events[row_id], due_at=first.due if first else None)
        changed = sorted(books.changed_events)
        book_store.save_events(
            self._connection,
            [books.events[row_id] for row_id in changed if row_id in books.created],
            [books.events[row_id] for row_id in changed if row_id not in books.created],
            stored,
        )
        save_deadlines(
            self._connection,
            [row for rows in limits.values() for row in rows],
        )
        book_store.save_episodes(
            self._connection, [books.episodes[key] for key in sorted(books.changed_episodes)]
        )
        book_store.save_entries(
            self._connection, [(books.events[row_id], books.changed_events[row_id]) for row_id in changed]
        )
        told = (
            notices(books.events[row_id], books.changed_events[row_id], self._tables) for row_id in changed
        )
        outbox.enqueue(self._connection, [notice for each in told for notice in each])

    def _contradictions(self, fresh: Sequence[AlertIn], books: Books) -> None:
        reasons = {id(arrival.alert): reason for arrival, reason in books.refused}
        for read in fresh:
            reason = reasons.get(id(read.alert))
            if reason is not None:
                self._tally(read.box, read.source.received).alerts -= 1
                self._done.ids[read.box].pop(read.alert.id, None)
                self._refused.append(Refused(read.source, reason, read.box, read.alert.id))
        self._done.alerts = len(fresh) - len(books.refused)

    def _evidence(self, fresh: Sequence[AlertIn], books: Books) -> None:
        refused = {id(arrival.alert) for arrival, _ in books.refused}
        rows = []
        for read in fresh:
            picture = self._pictures.get(message_key(read))
            if not isinstance(picture, StoredPicture) or id(read.alert) in refused:
                continue
            box_id = self._boxes[read.box]
            rows.append(
                {
                    "id": picture.id,
                    "event_id": books.episodes[box_id, read.alert.data.alert_id].event_id,
                    "box_id": box_id,
                    "alert_id": read.alert.data.alert_id,
                    "file": picture.file.file,
                    "sha256": picture.file.sha256,
                    "size": picture.file.size,
                    "width": picture.evidence.width,
                    "height": picture.evidence.height,
                    "blurred": picture.evidence.blurred,
                    "captured": picture.captured,
                    "received": read.source.received,
                }
            )
        if rows:
            self._connection.execute(insert(table(Evidence)), rows)

    def _earlier(self, keys: Sequence[EventKey], arrivals: Sequence[Arrival]) -> dict[EventKey, int]:
        """How many events the spots of new ones had shortly before."""
        rule = self._tables.compression.file.chattering
        since = min(item.received for item in arrivals) - timedelta(seconds=seconds(rule.within))
        return book_store.count_since(self._connection, keys, since)

    def _changed(self, books: Books, moved: Collection[int]) -> Iterator[EventChange]:
        for row_id in sorted(moved):
            if row_id not in books.changed_events:
                yield EventChange(row_id)
        for row_id, entries in books.changed_events.items():
            yield EventChange(row_id, tuple(str(entry.verb) for entry in entries))

    def _tell(self, changes: Iterable[EventChange], at: datetime) -> None:
        self._changes += changes
        self._changed_at = max(at, self._changed_at or at)

    def _stream(self) -> None:
        if self._changed_at is not None:
            keep = self._config.keep.stream_rows
            self._done.stream_last = feed.append(self._connection, self._changes, self._changed_at, keep)

    def _clips(self, parts: Sequence[ClipIn]) -> None:
        """Parts of clips; whoever follows the event of a clip that became whole is told."""
        clips, whole = Clips(self._connection, self._evidence_store), dict[int, datetime]()
        for read in parts:
            self._tally(read.box, read.source.received)
            taken = clips.take(read, self._boxes[read.box])
            if taken.refused is None:
                self._done.ids.setdefault(read.box, {})[read.part.id] = None
            else:
                source = shorten(read.source, 0)
                self._refused.append(Refused(source, taken.refused, read.box, read.part.id))
            if taken.event_id is not None:
                whole[taken.event_id] = read.source.received
        if whole:
            self._tell((EventChange(event_id) for event_id in whole), max(whole.values()))

    def _presence(self, reads: Sequence[Read]) -> None:
        """Health and state: the last of each box counts."""
        states = {read.box: read for read in reads if isinstance(read, StateIn)}
        healths = {read.box: read for read in reads if isinstance(read, HealthIn)}
        for state in states.values():
            self._tally(state.box, state.source.received)
        for health in healths.values():
            self._tally(health.box, health.source.received)
        if states:
            said = {self._boxes[box]: read.state for box, read in states.items()}
            box_store.save_states(self._connection, said)
        if healths:
            told = {self._boxes[box]: (read.health, read.source.received) for box, read in healths.items()}
            box_store.save_healths(self._connection, told)

    def _dead_letters(self) -> None:
        letters = []
        for refused in self._refused:
            source = refused.source
            letter = Letter(
                topic=source.topic,
                message_id=refused.message_id,
                payload=source.payload,
                size=source.size,
                reason=refused.reason,
                received=source.received,
            )
            letters.append(letter)
            if refused.box is not None and refused.box in self._boxes:
                self._tally(refused.box, source.received).rejected += 1
            if refused.box is not None and refused.message_id is not None:
                rejection = Rejection(id=refused.message_id, reason=printable(refused.reason))
                self._done.rejected.setdefault(refused.box, []).append(rejection)
        letter_store.append(self._connection, letters, self._config.keep.dead_letters)
        self._done.dead_letters = len(letters)
