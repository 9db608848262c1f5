"""The queue between the broker's thread and the writer's, and desks that cannot keep up."""

import asyncio
import threading
import time

import msgspec

from central.api.hub import Hub, Manner, Watcher
from central.events.showing import shown_by
from central.ingest.inbound import Inbound
from central.ingest.intake import Intake
from central.setup import Tables
from central.store import feed
from central.store.engine import Store
from placewatch.clock import ManualClock
from tests.central.conftest import Office
from tests.central.speech import Box, at, sent


def message(mid: int, qos: int = 1, size: int = 10) -> Inbound:
    return Inbound("t", b"x" * size, size, at(0), mid, qos)


def take(intake: Intake, most: int = 10, fill_s: float = 1.0, linger_s: float = 0.02) -> list[int]:
    return [item.mid for item in intake.take(most=most, fill_s=fill_s, linger_s=linger_s)]


def test_batches_keep_the_order_and_the_limit() -> None:
    intake = Intake(messages=100, size=10_000)
    for mid in range(25):
        intake.put([message(mid)])
    assert take(intake) == list(range(10))
    assert take(intake) == list(range(10, 20))
    begin = time.monotonic()
    assert take(intake) == list(range(20, 25))
    assert time.monotonic() - begin < 0.5  # linger, not the whole second
    assert len(intake) == 0


def test_a_full_queue_makes_qos_1_wait_and_drops_qos_0() -> None:
    for intake in (Intake(messages=2, size=10_000), Intake(messages=100, size=20)):
        intake.put([message(0)])
        intake.put([message(1)])
        intake.put([message(2, qos=0)])
        assert intake.dropped == 1
        waiting = threading.Thread(target=intake.put, args=([message(3)],))
        waiting.start()
        time.sleep(0.05)
        assert waiting.is_alive()
        assert take(intake, most=2) == [0, 1]
        waiting.join(2)
        assert take(intake) == [3]


def test_one_message_larger_than_the_queue_still_passes() -> None:
    intake = Intake(messages=10, size=20)
    intake.put([message(0, size=500)])
    assert take(intake) == [0]


def test_close_wakes_everyone() -> None:
    intake = Intake(messages=1, size=1000)
    taken: list[list[int]] = []
    taker = threading.Thread(target=lambda: taken.append(take(intake)))
    taker.start()
    intake.close()
    taker.join(2)
    assert taken == [[]]
    intake.put([message(0)])
    assert len(intake) == 0


def change(office: Office, box: Box, count: int) -> None:
    office.take(
        *(sent(box.alert(alert_id=f"{box.session}-{n}", zone=f"{box.session}-{n}")) for n in range(count))
    )


async def _frames(hub: Hub, after: int | None, count: int) -> list[bytes]:
    frames: list[bytes] = []
    async for piece in hub.subscribe(after, Watcher()):
        told = (frame + b"\n" for frame in piece.split(b"\n\n"))
        frames += [frame for frame in told if frame.startswith((b"event: event", b"event: reset"))]
        if len(frames) >= count:
            break
    return frames


def test_replay_then_live_without_a_gap(sqlite_office: Office, tables: Tables) -> None:
    change(sqlite_office, Box(session="old"), 600)

    async def follow() -> list[bytes]:
        hub = Hub(sqlite_office.store, ManualClock(), shown_by(tables), Manner(poll_s=0.02, tick_s=0.05))
        await hub.start()
        running = asyncio.create_task(hub.run())
        reading = asyncio.create_task(_frames(hub, 0, 900))
        await asyncio.sleep(0)
        await asyncio.to_thread(change, sqlite_office, Box(session="new"), 300)
        frames = await asyncio.wait_for(reading, 10)
        hub.close()
        await running
        return frames

    frames = asyncio.run(follow())
    numbers = [int(frame.split(b"id: ")[1].split(b"\n")[0]) for frame in frames]
    assert numbers == list(range(1, 901))


def test_a_desk_that_cannot_keep_up_is_cut_off_and_others_are_not(
    sqlite_office: Office, tables: Tables
) -> None:
    async def follow() -> tuple[int, int]:
        hub = Hub(
            sqlite_office.store, ManualClock(), shown_by(tables), Manner(poll_s=0.02, tick_s=5, backlog=2000)
        )
        await hub.start()
        running = asyncio.create_task(hub.run())
        slow = hub.subscribe(None, Watcher())
        await anext(slow)  # its first tick; then it reads no more
        quick = asyncio.create_task(_frames(hub, 0, 2500))
        for n in range(5):
            await asyncio.to_thread(change, sqlite_office, Box(session=f"s{n}"), 500)
        received = len(await asyncio.wait_for(quick, 20))
        rest = [frame async for frame in slow]
        hub.close()
        await running
        return received, len(rest)

    received, rest = asyncio.run(follow())
    assert received == 2500
    assert rest < 2500


def test_more_missed_than_kept_is_a_reset(sqlite_office: Office, sqlite_store: Store, tables: Tables) -> None:
    box = Box()
    change(sqlite_office, box, 10)
    with sqlite_store.write() as connection:
        connection.exec_driver_sql("DELETE FROM stream WHERE id <= 6")
        assert feed.oldest(connection) == 7

    async def first(after: int) -> bytes:
        hub = Hub(sqlite_store, ManualClock(), shown_by(tables), Manner(tick_s=5))
        await hub.start()
        return (await asyncio.wait_for(_frames(hub, after, 1), 5))[0]

    assert b"event: reset" in asyncio.run(first(5))
    assert b"id: 7\n" in asyncio.run(first(6))
    assert b"event: reset" in asyncio.run(first(11))


def test_an_event_that_changed_often_is_shown_once_as_it_is(sqlite_office: Office, tables: Tables) -> None:
    box = Box()
    for phase in ("opened", "updated", "closed"):
        sqlite_office.take(sent(box.alert(phase, count=2)))
    with sqlite_office.store.read() as connection:
        page = feed.after(connection, 0, 10, shown_by(tables))
    [row] = page.rows
    assert (row.id, page.last) == (3, 3)
    shown = msgspec.json.decode(row.payload)
    assert shown["verbs"] == ["reported", "filed", "episode_closed", "cleared"]
    assert (shown["event"]["alerts"], shown["event"]["open_episodes"]) == (3, 0)
