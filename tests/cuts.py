"""Streams of bytes as a network delivers them: cut anywhere."""

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import strategies as st

_MOST = 60  # cuts; one drawn for each byte would make a test of seconds one of minutes


def pieces(stream: bytes, data: st.DataObject) -> Iterator[bytes]:
    """All of ``stream`` in order, whole or cut; close together at its beginning, where headers are."""
    anywhere = st.integers(0, len(stream)) | st.integers(0, min(300, len(stream)))
    cuts = data.draw(st.lists(anywhere, max_size=_MOST))
    for start, end in pairwise(sorted({0, *cuts, len(stream)})):
        yield stream[start:end]
