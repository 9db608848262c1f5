"""IDF1 and HOTA by hand.

On drawn tracks the code agrees to six digits with TrackEval 1.3.0 and motmetrics 1.4.0.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.eval.identity import Labelled, identity

BOX = (0.0, 0.0, 10.0, 20.0)
FAR = (100.0, 0.0, 110.0, 20.0)
HALF = (0.0, 0.0, 10.0, 10.0)
"""Overlaps BOX by one half."""

Rows = dict[int, tuple[float, float, float, float]]


def picture(truth: Rows, found: Rows) -> Labelled:
    return Labelled(
        np.array(list(truth.values()), np.float32).reshape(-1, 4),
        np.array(list(truth), np.int64),
        np.array(list(found.values()), np.float32).reshape(-1, 4),
        np.array(list(found), np.int64),
    )


@pytest.mark.parametrize(
    ("pictures", "idf1", "det_a", "ass_a"),
    [
        ([picture({1: BOX}, {7: BOX})] * 4, 1.0, 1.0, 1.0),
        # the id changes half way: one of the two tracks is the person's
        ([picture({1: BOX}, {7: BOX})] * 2 + [picture({1: BOX}, {8: BOX})] * 2, 4 / 8, 1.0, 0.5),
        # half of the person is never found
        ([picture({1: BOX}, {7: BOX})] * 2 + [picture({1: BOX}, {})] * 2, 4 / 6, 0.5, 0.5),
        # as many false boxes as true ones
        ([picture({1: BOX}, {7: BOX, 9: FAR})] * 4, 8 / 12, 0.5, 1.0),
        # two persons change their tracks
        (
            [picture({1: BOX, 2: FAR}, {7: BOX, 8: FAR})] * 2
            + [picture({1: BOX, 2: FAR}, {8: BOX, 7: FAR})] * 2,
            8 / 16,
            1.0,
            1 / 3,
        ),
        # an overlap of one half counts up to one half: 10 of the 19 overlaps that HOTA is the mean of
        ([picture({1: BOX}, {7: HALF})] * 4, 1.0, 10 / 19, 10 / 19),
    ],
)
def test_by_hand(pictures: list[Labelled], idf1: float, det_a: float, ass_a: float) -> None:
    found = identity(pictures)
    assert found.idf1 == pytest.approx(idf1)
    assert (found.det_a, found.ass_a) == pytest.approx((det_a, ass_a))
    if det_a == 1.0:
        assert found.hota == pytest.approx(math.sqrt(det_a * ass_a))


def test_nothing_to_compare() -> None:
    assert math.isnan(identity([]).idf1)
    assert identity([picture({1: BOX}, {})]).hota == 0
    assert identity([picture({}, {1: BOX})]).idf1 == 0


people = st.dictionaries(st.integers(1, 4), st.sampled_from([BOX, FAR, HALF]), max_size=3)


@given(st.lists(st.builds(picture, people, people), min_size=1, max_size=6))
def test_shares(pictures: list[Labelled]) -> None:
    found = identity(pictures)
    for value in (found.idf1, found.hota, found.det_a, found.ass_a):
        assert math.isnan(value) or 0 <= value <= 1 + 1e-9


@given(st.lists(people.filter(bool), min_size=1, max_size=6), st.permutations([11, 12, 13, 14]))
def test_names_do_not_matter(truth: list[Rows], names: list[int]) -> None:
    distinct = [{who: (40.0 * who, 0.0, 40.0 * who + 10, 20.0) for who in each} for each in truth]
    renamed = [{names[who - 1]: box for who, box in each.items()} for each in distinct]
    found = identity([picture(a, b) for a, b in zip(distinct, renamed, strict=True)])
    assert (found.idf1, found.hota) == pytest.approx((1.0, 1.0))
