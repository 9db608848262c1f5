"""The chain of real processes, with parts that fail."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from placewatch.demo.chain import Chain, Ports
from placewatch.demo.part import PartError
from placewatch.demo.people import DemoPeople, admit
from placewatch.demo.plan import box_for, write_files
from placewatch.demo.watch import CentralClient, Snapshot, wait_ready
from placewatch.footage.catalog import read_folder

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Running:
    """A chain and who may look at it."""

    chain: Chain
    people: DemoPeople


@pytest.fixture
def running(few_clips: Path, tmp_path: Path) -> Iterator[Running]:
    """A chain that raises alerts all the time, every second one more of each episode."""
    ports = Ports.free()
    streams = list(read_folder(few_clips, lambda _what, _share: None).clips)
    box = box_for(streams, ports) | {"health_s": 1.0}
    for camera in box["cameras"]:
        camera["rules"] = [rule | {"update_s": 1.0} for rule in camera["rules"]]
    files = write_files(tmp_path, few_clips, ports, box)
    people = admit(files.central)
    with Chain(files, ports) as made:
        list(made.start())
        assert wait_ready(ports.url, people.token, 20.0)
        yield Running(made, people)


def test_part_that_cannot_start_says_why(few_clips: Path, tmp_path: Path) -> None:
    ports = Ports.free()
    files = write_files(tmp_path, few_clips, ports, box_for(["bikes-street"], ports))
    files.central.write_text("broker: {port: many}\n")
    with Chain(files, ports) as chain:
        with pytest.raises(
            PartError, match=r"(?s)central: ended with exit code 2.*central.yaml:1: broker.port"
        ):
            list(chain.start())
        assert chain.parts["broker"].alive
    assert not any(part.alive for part in chain.parts.values())


def until(chain: Chain, done: Callable[[], bool], timeout_s: float = 90.0) -> None:
    """Wait until ``done``, with all parts alive."""
    assert chain.wait(done, timeout_s)


def spooled(work: Path) -> int:
    """Alerts that the box has put on disk, read from its own file."""
    with sqlite3.connect(f"file:{work / 'spool.sqlite'}?mode=ro", uri=True) as database:
        return int(database.execute("select seq from book").fetchone()[0])


def inbox(work: Path) -> list[tuple[str, int]]:
    """(message id, sequence number) of every alert in central's books."""
    with sqlite3.connect(f"file:{work / 'central.sqlite'}?mode=ro", uri=True) as database:
        return database.execute("select message_id, seq from inbox order by seq").fetchall()


def finish(chain: Chain, client: CentralClient) -> Snapshot:
    """Stop the box, wait for its last word."""
    assert chain.stop("edge")
    deadline = time.monotonic() + 15.0
    while not (last := client.snapshot()).stopping and time.monotonic() < deadline:
        time.sleep(0.1)
    return last


def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(running: Running, tmp_path: Path) -> None:
    chain = running.chain
    client = CentralClient(chain.ports.url, running.people.token)
    until(chain, lambda: client.snapshot().committed >= 3)
    chain.kill("broker")
    killed_at = spooled(tmp_path)
    time.sleep(6.0)
    back_at = spooled(tmp_path)
    assert back_at > killed_at  # alerts went on while it was away
    chain.start_part("broker")
    # The embedded broker keeps nothing for central while that is not connected yet: what falls into that gap
    # comes when its receipt is late.
    until(chain, lambda: {seq for _, seq in inbox(tmp_path)} >= set(range(1, back_at + 1)))
    last = finish(chain, client)
    client.close()
    assert last.published == last.committed == spooled(tmp_path)
    found = inbox(tmp_path)
    assert [seq for _, seq in found] == list(range(1, last.published + 1))
    assert len({name for name, _ in found}) == len(found)
    assert last.dead_letters == 0
