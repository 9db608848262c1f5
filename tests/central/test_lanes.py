"""Writers beside each other: nothing lost, nothing double, acknowledgements in order."""

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from central.config import Broker
from central.ingest.inbound import Read
from central.ingest.lanes import InOrder, lane_of
from central.ingest.runner import Ingest
from central.ingest.writer import Writer
from central.setup import Tables
from central.store.audit import verify
from central.store.engine import Store
from central.store.migrate import migrate
from central.store.models import Base, Box, Event, Inbox, Stream
from central.store.upsert import take_event_ids, take_numbers
from messages import Phase, encode
from messages.topics import BoxTopics
from placewatch.clock import SystemClock
from tests import servers
from tests.central.conftest import config_of, office_of
from tests.central.speech import Box as Speaker
from tests.central.speech import sent
from tests.outbox.brokers import until

_PLACES = ("ring-road", "lake-promenade")


@pytest.fixture
def postgres_store(postgres: servers.Postgres) -> Iterator[Store]:
    store = Store(postgres.database())
    migrate(store)
    yield store
    store.close()


def rows(store: Store, model: type[Base]) -> int:
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def insist(writer: Writer, reads: list[Read]) -> None:
    """As the worker does: what another writer held goes again at once."""
    for tries_left in reversed(range(20)):
        try:
            writer.write(reads)
        except (IntegrityError, OperationalError):
            if not tries_left:
                raise
        else:
            return


def test_a_boxs_topics_share_a_lane_and_boxes_spread() -> None:
    boxes = [BoxTopics(f"site-{number % 7}", f"box-{number}") for number in range(200)]
    lanes = []
    for box in boxes:
        topics = (box.state, box.health, box.clip("c"), box.alert("ring-road", "no_stopping"))
        [lane] = {lane_of(topic, 4) for topic in topics}
        lanes.append(lane)
    assert {lane_of("nonsense", 4), lane_of("", 4)} <= set(range(4))
    assert all(20 < lanes.count(lane) < 90 for lane in range(4))


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=8), st.randoms(use_true_random=False))
def test_acknowledged_in_order_of_delivery(bunches: list[list[int]], random: Random) -> None:
    told: list[int] = []
    order = InOrder(told.extend)
    delivered: list[int] = []
    open_lanes: dict[int, list[int]] = {}
    ended: set[int] = set()
    for bunch in bunches:
        numbers = [len(delivered) + index + 1 for index in range(len(bunch))]
        order.delivered(1, numbers)
        delivered += numbers
        for number, lane in zip(numbers, bunch, strict=True):
            open_lanes.setdefault(lane, []).append(number)
        if open_lanes and random.random() < 0.5:
            batch = open_lanes.pop(random.choice(sorted(open_lanes)))
            order.done(1, batch)
            ended.update(batch)
        assert told == delivered[: len(told)]
        assert set(told) <= ended
    for batch in open_lanes.values():
        order.done(1, batch)
    assert told == delivered


def test_a_new_connection_brings_everything_again() -> None:
    told: list[int] = []
    order = InOrder(told.extend)
    order.delivered(1, [1, 2, 3])
    order.done(1, [2, 3])
    order.delivered(2, [1, 2])
    order.done(1, [1])  # of the connection that is gone: this 1 is another message
    assert told == []
    order.done(2, [1, 2])
    assert told == [1, 2]


def test_a_new_event_holds_no_other_writer_up(postgres_store: Store) -> None:
    with postgres_store.write() as one, postgres_store.write() as two:
        first = take_event_ids(one, 2)
        two.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert len({*first, *take_event_ids(two, 2)}) == 4
        take_numbers(one, "stream", 1)
        with pytest.raises(OperationalError, match="lock timeout"):
            take_numbers(two, "stream", 1)  # a desk must never find a lower number later than a higher one
        two.rollback()


def test_event_ids_go_on_through_migrations(postgres_store: Store) -> None:
    with postgres_store.write() as connection:
        assert list(take_event_ids(connection, 3)) == [1, 2, 3]
    migrate(postgres_store, "0017")
    with postgres_store.write() as connection:
        assert take_numbers(connection, "event", 1) == range(4, 5)
    migrate(postgres_store)
    with postgres_store.write() as connection:
        assert list(take_event_ids(connection, 2)) == [5, 6]


def test_writers_beside_each_other(postgres_store: Store, tmp_path: Path, tables: Tables) -> None:
    """Boxes of both lanes see the same places: their events are shared, nothing else is."""
    office = office_of(postgres_store, tmp_path, tables)
    speakers = [Speaker(BoxTopics("demo", f"box-{number}")) for number in range(12)]
    beginning = threading.Barrier(2)
    failures: list[BaseException] = []

    def lane(own: list[Speaker]) -> None:
        writer = office_of(postgres_store, tmp_path, tables).writer
        try:
            for step, phase in enumerate((Phase.OPENED, Phase.UPDATED, Phase.UPDATED, Phase.CLOSED)):
                beginning.wait(10)
                alerts = [
                    sent(
                        box.alert(
                            phase,
                            place=_PLACES[number % 2],
                            alert_id="e",
                            zone=f"z{number % 3}",
                            seconds=step,
                        ),
                        box.topics,
                    )
                    for number, box in enumerate(own)
                ]
                insist(writer, [office.checker.read(one) for one in (*alerts, *alerts)])
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=lane, args=(speakers[half::2],)) for half in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert rows(postgres_store, Inbox) == 12 * 4
    with postgres_store.read() as connection:
        alerts, episodes = connection.execute(select(func.sum(Event.alerts), func.sum(Event.episodes))).one()
        numbers = connection.execute(select(Stream.id).order_by(Stream.id)).scalars().all()
    assert (alerts, episodes) == (48, 12)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert verify(postgres_store).breaks == ()


def test_lanes_behind_a_broker(
    postgres_store: Store, mosquitto: servers.Mosquitto, tmp_path: Path, tables: Tables
) -> None:
    broker = Broker(port=mosquitto.port, client_id="central-lanes")
    config = config_of(tmp_path).model_copy(update={"broker": broker})
    office = office_of(postgres_store, tmp_path, tables)

    def central() -> Ingest:
        return Ingest(config, lambda: tables, postgres_store, office.evidence, SystemClock(), lambda: None)

    def heard() -> bool:
        client.publish(BoxTopics("lanes", "first").state, encode(Speaker().state()), qos=1)
        return rows(postgres_store, Box) == 1

    ingest = central()
    ingest.start()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="boxes-lanes")
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    try:
        assert until(heard, 10)  # connected is not yet subscribed
        for number in range(30):
            box = Speaker(BoxTopics("lanes", f"box-{number}"))
            for phase in (Phase.OPENED, Phase.UPDATED, Phase.CLOSED):
                alert = box.alert(phase, zone=f"z{number}")
                client.publish(box.topics.alert(alert.data.place, alert.data.kind), encode(alert), qos=1)
        assert until(lambda: rows(postgres_store, Inbox) == 90, 20)
        assert until(lambda: ingest.waiting == 0, 10)
        ingest.stop()
        ingest = central()  # the same session: what was not acknowledged would come again
        ingest.start()
        assert until(lambda: ingest.connected, 10)
        client.publish(Speaker(BoxTopics("lanes", "last")).topics.state, encode(Speaker().state()), qos=1)
        assert until(lambda: rows(postgres_store, Box) == 32, 10)
    finally:
        ingest.stop()
        client.disconnect()
        client.loop_stop()
    with postgres_store.read() as connection:
        assert connection.execute(select(func.sum(Event.alerts))).scalar_one() == 90
        assert connection.execute(select(func.sum(Box.duplicates))).scalar_one() == 0
    assert (rows(postgres_store, Event), rows(postgres_store, Inbox)) == (30, 90)
