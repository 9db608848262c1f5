from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.loadtest import wire
from placewatch.loadtest.wire import Reader
from tests.cuts import pieces

sizes = st.sampled_from([0, 1, 126, 127, 128, 16_383, 16_384, 20_000])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(sizes, st.integers(0, 65_535)), min_size=1, max_size=5), st.data())
def test_packets_survive_any_cut(packets: list[tuple[int, int]], data: st.DataObject) -> None:
    stream = b"".join(wire.publish(b"pw/v1/a", b"x" * size, number) for size, number in packets)
    stream += wire.puback(7)
    reader, found = Reader(), []
    for piece in pieces(stream, data):
        found += list(reader.feed(piece))
    *published, last = found
    assert [(len(each.body), each.packet_id) for each in published] == packets
    assert {each.topic for each in published} == {b"pw/v1/a"}
    assert (last.kind, last.packet_id) == (wire.PUBACK, 7)
