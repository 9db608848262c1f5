"""Alerts against events: tables for what counts as right, properties for what must hold always."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages import Fault, Kind
from placewatch.eval.matching import Due, Raised, Waiting, joined, match

INTRUSION, CROSSING, HEALTH = Kind.PERIMETER_INTRUSION, Kind.LINE_CROSSING, Kind.CAMERA_HEALTH


def due(
    at: float,
    until: float | None = None,
    *,
    kind: Kind = INTRUSION,
    zone: str | None = "gate",
    tolerance: float = 2.0,
    optional: bool = False,
    fault: Fault | None = None,
) -> Due:
    return Due(kind, zone, at, at + 5 if until is None else until, at, tolerance, fault, optional)


def alert(at: float, *, kind: Kind = INTRUSION, zone: str = "gate", fault: Fault | None = None) -> Raised:
    return Raised(kind, zone, at, None, fault)


@pytest.mark.parametrize(
    ("dues", "raised", "pairs", "missed", "false"),
    [
        ([], [], (), (), ()),
        ([due(10)], [], (), (0,), ()),
        ([], [alert(10)], (), (), (0,)),
        ([due(10)], [alert(12)], ((0, 0),), (), ()),
        ([due(10)], [alert(8)], ((0, 0),), (), ()),
        ([due(10)], [alert(12.1)], (), (0,), (0,)),
        ([due(10)], [alert(10, zone="door")], (), (0,), (0,)),
        ([due(10)], [alert(10, kind=CROSSING)], (), (0,), (0,)),
        # a second alert for the same event is a false one, and the nearer is taken
        ([due(10)], [alert(11.5), alert(10.2)], ((0, 1),), (), (0,)),
        # the nearest pair first would leave the second event alone
        ([due(10), due(12)], [alert(11.9), alert(13.5)], ((0, 0), (1, 1)), (), ()),
        ([due(10), due(11)], [alert(9.5), alert(11.2)], ((0, 0), (1, 1)), (), ()),
        # an optional event takes an alert without being missed otherwise
        ([due(10, optional=True)], [], (), (), ()),
        ([due(10, optional=True)], [alert(10)], ((0, 0),), (), ()),
        # a required event goes before an optional one that is nearer
        ([due(10, optional=True), due(11)], [alert(10)], ((1, 0),), (), ()),
        ([due(10, zone=None, kind=HEALTH)], [alert(10, kind=HEALTH, zone="view")], ((0, 0),), (), ()),
        (
            [due(10, zone=None, kind=HEALTH, fault=Fault.COVERED)],
            [alert(10, kind=HEALTH, zone="view", fault=Fault.DARK)],
            (),
            (0,),
            (0,),
        ),
        (
            [due(10, zone=None, kind=HEALTH)],
            [alert(10, kind=HEALTH, zone="view", fault=Fault.DARK)],
            ((0, 0),),
            (),
            (),
        ),
    ],
)
def test_match(
    dues: list[Due],
    raised: list[Raised],
    pairs: tuple[tuple[int, int], ...],
    missed: tuple[int, ...],
    false: tuple[int, ...],
) -> None:
    found = match(dues, raised)
    assert (found.pairs, found.missed, found.false) == (pairs, missed, false)


times = st.integers(0, 60).map(lambda tenths: tenths / 4)
due_lists = st.lists(st.builds(due, times, optional=st.booleans()), max_size=5)
alert_lists = st.lists(st.builds(alert, times), max_size=5)


@given(due_lists, alert_lists)
def test_everything_is_told_of_once(dues: list[Due], raised: list[Raised]) -> None:
    found = match(dues, raised)
    lefts, rights = [left for left, _ in found.pairs], [right for _, right in found.pairs]
    assert len(set(lefts)) == len(lefts)
    assert sorted([*rights, *found.false]) == list(range(len(raised)))
    required = {index for index, each in enumerate(dues) if not each.optional}
    assert {*lefts, *found.missed} >= required
    assert not set(lefts) & set(found.missed)
    assert all(abs(dues[a].due - raised[b].opened) <= dues[a].tolerance_s for a, b in found.pairs)


@given(st.lists(st.builds(due, times), max_size=4), st.lists(st.builds(alert, times), max_size=4))
def test_no_other_pairing_explains_more(dues: list[Due], raised: list[Raised]) -> None:
    small, large = sorted((len(dues), len(raised)))
    best = 0
    for order in itertools.permutations(range(large), small):
        pairs = [(i, o) if len(dues) <= len(raised) else (o, i) for i, o in enumerate(order)]
        best = max(best, sum(abs(dues[a].due - raised[b].opened) <= 2.0 for a, b in pairs))
    assert len(match(dues, raised).pairs) == best


@given(due_lists, alert_lists, st.floats(-5, 5))
def test_the_clock_does_not_matter(dues: list[Due], raised: list[Raised], shift: float) -> None:
    # quarters of a second and a tolerance between them keep the shift clear of rounding
    later = [due(each.opened + shift, tolerance=1.9, optional=each.optional) for each in dues]
    moved = [alert(each.opened + shift) for each in raised]
    here = match([due(each.opened, tolerance=1.9, optional=each.optional) for each in dues], raised)
    there = match(later, moved)
    assert (len(here.pairs), len(here.missed)) == (len(there.pairs), len(there.missed))


@pytest.mark.parametrize(
    ("events", "waiting", "expected"),
    [
        ([due(1, 9)], Waiting(), [(1, 9, False)]),
        # too short to be one
        ([due(1, 3)], Waiting(dwell_s=10), []),
        ([due(1, 10.8)], Waiting(dwell_s=10), [(1, 10.8, True)]),
        ([due(1, 11.2)], Waiting(dwell_s=10), [(1, 11.2, True)]),
        ([due(1, 12)], Waiting(dwell_s=10), [(1, 12, False)]),
        # a short wait cannot be told to half of itself
        ([due(1, 1.9)], Waiting(dwell_s=0.5), [(1, 1.9, False)]),
        ([due(1, 1.1)], Waiting(dwell_s=0.5), []),
        # repeats
        ([due(1, 9), due(12, 20)], Waiting(clear_s=5), [(1, 20, False)]),
        ([due(1, 9), due(12, 20)], Waiting(clear_s=1, rejoin_s=30), [(1, 20, False)]),
        ([due(1, 9), due(14.2, 20)], Waiting(clear_s=5), [(1, 9, False), (14.2, 20, True)]),
        ([due(1, 9), due(15, 20)], Waiting(clear_s=5), [(1, 9, False), (15, 20, False)]),
        ([due(1, 9), due(5, 7), due(8, 12)], Waiting(), [(1, 12, False)]),
        # in any order
        ([due(12, 20), due(1, 9)], Waiting(clear_s=5), [(1, 20, False)]),
        # a moment has no length and a rule about one does not wait
        ([due(1, 1), due(2, 2), due(9, 9)], Waiting(rejoin_s=2), [(1, 2, False), (9, 9, False)]),
    ],
)
def test_joined(events: list[Due], waiting: Waiting, expected: list[tuple[float, float, bool]]) -> None:
    assert [(each.opened, each.closed, each.optional) for each in joined(events, waiting)] == expected


def test_a_later_event_of_the_episode_may_be_the_one_that_is_told() -> None:
    (episode,) = joined([due(1, 1), due(2.5, 2.5), due(4, 4)], Waiting(rejoin_s=5))
    assert list(episode.repeats) == [2.5, 4.0]
    told, late = match([episode], [alert(5.5)]), match([episode], [alert(6.5)])
    assert (told.pairs, late.false) == (((0, 0),), (0,))


def test_a_doubtful_beginning_leaves_room_for_both_times() -> None:
    (episode,) = joined([due(1, 11.2), due(12, 30)], Waiting(dwell_s=10, clear_s=5))
    assert not episode.optional
    assert abs(1 - episode.due) <= episode.tolerance_s
    assert abs(12 - episode.due) <= episode.tolerance_s


@given(
    st.lists(st.tuples(times, times).map(lambda pair: due(pair[0], pair[0] + pair[1])), max_size=6),
    st.floats(0, 5),
    st.floats(0, 5),
)
def test_episodes_follow_one_another(events: list[Due], clear: float, rejoin: float) -> None:
    episodes = joined(events, Waiting(0.0, clear, rejoin))
    assert len(episodes) <= len(events)
    for one, two in itertools.pairwise(episodes):
        assert one.opened <= two.opened
        assert two.optional or one.optional or two.opened - one.closed >= clear + rejoin
    if events:
        assert episodes[0].opened == min(event.opened for event in events)
        assert max(each.closed for each in episodes) == max(event.closed for event in events)
