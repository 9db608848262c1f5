"""IDF1 and HOTA by hand, and IDF1 against motmetrics.

On drawn tracks HOTA agrees to six digits with TrackEval 1.3.0, which is not installed here: it brings a
second OpenCV that overwrites the one in use.
"""

import math

import motmetrics
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.eval.average_precision import overlaps
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


def wandering(rng: np.random.Generator) -> list[Labelled]:
    """Persons who wander; trackers that miss, invent, shift boxes and change ids."""
    place = rng.uniform(0, 60, (4, 2))
    names = np.arange(4)
    pictures = []
    for _ in range(30):
        place = place + rng.normal(0, 2, place.shape)
        if rng.random() < 0.2:
            names = rng.permutation(names)
        truth = {who: (x, y, x + 10, y + 20) for who, (x, y) in enumerate(place.tolist(), 1)}
        shifted = (place + rng.normal(0, 1.5, place.shape)).tolist()
        found = {
            int(name) + 10: (x, y, x + 10, y + 20)
            for name, (x, y) in zip(names, shifted, strict=True)
            if rng.random() < 0.85
        }
        if rng.random() < 0.3:
            found[99] = (200.0, 200.0, 210.0, 220.0)
        pictures.append(picture(truth, found))
    return pictures


@pytest.mark.parametrize("seed", range(5))
def test_idf1_is_that_of_motmetrics(seed: int) -> None:
    pictures = wandering(np.random.default_rng(seed))
    reference = motmetrics.MOTAccumulator(auto_id=True)
    for each in pictures:
        apart = 1.0 - overlaps(each.truth, each.found).astype(np.float64)
        apart[apart > 0.5] = np.nan
        reference.update(each.truth_ids.tolist(), each.found_ids.tolist(), apart)
    theirs = motmetrics.metrics.create().compute(reference, metrics=["idf1"], name="all")
    ours = identity(pictures).idf1
    assert 0.2 < ours < 0.95
    assert ours == pytest.approx(float(theirs["idf1"].iloc[0]), abs=1e-6)
