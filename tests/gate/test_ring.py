"""The packet ring: bounded in bytes and seconds, and decoding may begin where it begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.gate.ring import Entry, PacketRing, RingBounds


def filled(
    gop: int, count: int, bounds: RingBounds, *, fps: float = 10.0, size: int = 100
) -> PacketRing[int]:
    ring: PacketRing[int] = PacketRing(bounds)
    for n in range(count):
        ring.add(Entry(n / fps, n % gop == 0, size, n))
    return ring


@pytest.mark.parametrize(
    ("time", "first"),
    [(0.0, 0), (0.9, 0), (1.0, 10), (1.99, 10), (2.0, 20), (9.0, 20), (-5.0, 0)],
)
def test_decoding_begins_at_the_last_keyframe_before(time: float, first: int) -> None:
    ring = filled(10, 25, RingBounds(seconds=100.0))
    assert [entry.packet for entry in ring.since(time)] == list(range(first, 25))


def test_an_empty_ring_and_one_without_keyframe() -> None:
    ring: PacketRing[int] = PacketRing()
    ring.add(Entry(0.0, keyframe=False, size=10, packet=0))
    assert (len(ring), ring.since(1.0), ring.seconds, ring.bytes) == (0, [], 0.0, 0)


def test_old_gops_go_when_the_younger_ones_reach_back_far_enough() -> None:
    ring = filled(10, 95, RingBounds(seconds=3.0))
    assert next(iter(ring)).packet == 60
    assert 3.0 <= ring.seconds <= 4.0


def test_a_gop_that_is_larger_than_the_bound_is_not_kept() -> None:
    ring = filled(100, 50, RingBounds(bytes=2000))
    assert (len(ring), ring.bytes) == (0, 0)
    ring.add(Entry(9.0, keyframe=True, size=10, packet=1))
    assert len(ring) == 1


def test_cleared() -> None:
    ring = filled(5, 20, RingBounds())
    ring.clear()
    ring.add(Entry(3.0, keyframe=True, size=7, packet=9))
    assert ([entry.packet for entry in ring.since(3.0)], ring.bytes) == ([9], 7)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 500), st.floats(0.0, 2.0)), max_size=80))
def test_whatever_comes_the_bounds_hold(packets: list[tuple[bool, int, float]]) -> None:
    bounds = RingBounds(seconds=4.0, bytes=2000)
    ring: PacketRing[int] = PacketRing(bounds)
    time = 0.0
    for n, (keyframe, size, step) in enumerate(packets):
        time += step
        ring.add(Entry(time, keyframe, size, n))
        held = list(ring)
        assert ring.bytes == sum(entry.size for entry in held) <= bounds.bytes
        assert not held or held[0].keyframe
        assert [entry.packet for entry in held] == list(range(n + 1 - len(held), n + 1))
        keyframes = [entry.time for entry in held if entry.keyframe]
        assert all(time - later < bounds.seconds for later in keyframes[1:])
        at = ring.since(time)
        assert not at or at[0].keyframe
        assert sum(entry.keyframe for entry in at) <= 1 or at[0].time == at[-1].time
