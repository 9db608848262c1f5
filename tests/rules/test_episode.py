"""The episode: a table of stories, and what no story may break."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from edge.rules.episode import Episode, EpisodeState, Reading, Stage, Times, step
from messages import Kind, Phase

TIMES = Times(dwell_s=2, clear_s=3, rejoin_s=10, update_s=20, lapse_s=1, blind_s=15)
Story = list[tuple[float, bool]]
Told = list[tuple[str, float, float]]


def told(story: Story, times: Times = TIMES) -> Told:
    """(phase, when announced, started) for a story of (time, condition)."""
    episode = Episode(Kind.NO_STOPPING, "gate", times)
    return [
        (said.phase.value, now, said.started)
        for now, active in story
        for said in episode.observe(Reading(active, int(active), 0.9 * active), now)
    ]


def span(start: float, end: float, *, on: bool, every: float = 0.5) -> Story:
    return [(start + n * every, on) for n in range(int((end - start) / every))]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(span(0, 10, on=False), [], id="nothing"),
        pytest.param(span(0, 1.5, on=True) + span(1.5, 9, on=False), [], id="too short"),
        pytest.param(
            span(0, 5, on=True) + span(5, 12, on=False),
            [("opened", 2.0, 0.0), ("closed", 8.0, 0.0)],
            id="once",
        ),
        pytest.param(
            span(0, 1, on=True) + span(1, 2, on=False) + span(2, 5, on=True),
            [("opened", 2.0, 0.0)],
            id="a lapse while dwelling",
        ),
        pytest.param(
            span(0, 1, on=True) + span(1, 3, on=False) + span(3, 6, on=True),
            [("opened", 5.0, 3.0)],
            id="too long a lapse starts over",
        ),
        pytest.param(
            span(0, 5, on=True) + span(5, 7, on=False) + span(7, 9, on=True) + span(9, 11.5, on=False),
            [("opened", 2.0, 0.0)],
            id="flicker does not close",
        ),
        pytest.param(
            span(0, 50, on=True),
            [("opened", 2.0, 0.0), ("updated", 22.0, 0.0), ("updated", 42.0, 0.0)],
            id="updates",
        ),
        pytest.param(
            span(0, 5, on=True) + span(5, 12, on=False) + span(12, 16, on=True) + span(16, 25, on=False),
            [("opened", 2.0, 0.0), ("closed", 8.0, 0.0), ("opened", 14.0, 0.0), ("closed", 19.0, 0.0)],
            id="a repeat rejoins",
        ),
        pytest.param(
            span(0, 5, on=True) + span(5, 19, on=False) + span(19, 22, on=True),
            [("opened", 2.0, 0.0), ("closed", 8.0, 0.0), ("opened", 21.0, 19.0)],
            id="a late repeat is another episode",
        ),
        pytest.param([(0, True), (7, True)], [("opened", 7, 0.0)], id="sparse looks"),
        pytest.param(
            [(0, True), (60, True), (63, True)],
            [("opened", 63, 60.0)],
            id="blind time is no dwell time",
        ),
        pytest.param(
            [(0, True), (3, True), (4, False), (60, False), (62, False), (63, False)],
            [("opened", 3, 0.0), ("closed", 63, 0.0)],
            id="blind time is no clear time",
        ),
        pytest.param(
            [(0, True), (3, True), (60, True), (61, True)],
            [("opened", 3, 0.0), ("updated", 60, 0.0)],
            id="an outage does not end an episode",
        ),
        pytest.param(
            [(1000, True), (1003, True), (500, True), (501, False), (503, False), (504, False)],
            [("opened", 1003, 1000.0), ("closed", 504, 1000.0)],
            id="a clock set back",
        ),
        pytest.param(
            [(1000, True), (500, True), (501, True), (502, True)],
            [("opened", 502, 500.0)],
            id="a clock set back while dwelling",
        ),
    ],
)
def test_stories(story: Story, expected: Told) -> None:
    assert told(story) == expected


def test_without_waiting_times_every_change_is_said() -> None:
    times = Times(dwell_s=0, clear_s=0, rejoin_s=0, update_s=20)
    story: Story = [(0, True), (1, False), (2, True), (3, False)]
    assert told(story, times) == [
        ("opened", 0, 0), ("closed", 1, 0), ("opened", 2, 2), ("closed", 3, 2),
    ]  # fmt: skip


def test_closing_tells_when_it_ended_and_how_sure_it_was() -> None:
    episode = Episode(Kind.NO_STOPPING, "gate", TIMES, limit=4)
    said = [
        transition
        for now, active in span(0, 5, on=True) + span(5, 12, on=False)
        for transition in episode.observe(Reading(active, 5 * active, 0.75 * active), now)
    ]
    opened, closed = said
    assert (opened.count, opened.limit, opened.confidence, opened.ended) == (5, 4, 0.75, None)
    assert (closed.count, closed.limit, closed.confidence, closed.ended) == (0, 4, 0.75, 4.5)
    assert closed.boxes.shape == (0, 4)


def test_an_object_known_earlier_gives_the_start() -> None:
    state, phase = step(EpisodeState(), Reading(True, 1, 0.5, since=90.0), 100.0, Times())
    assert (phase, state.started) == (Phase.OPENED, 90.0)
    state, phase = step(EpisodeState(), Reading(True, 1, 0.5, since=900.0), 100.0, Times())
    assert (phase, state.started) == (Phase.OPENED, 100.0)


def test_the_state_is_plain() -> None:
    state = EpisodeState()
    for now, active in span(0, 5, on=True):
        state, _ = step(state, Reading(active), now, TIMES)
    kept = json.loads(json.dumps(asdict(state)))
    assert EpisodeState(**{**kept, "stage": Stage(kept["stage"])}) == state


looks = st.lists(
    st.tuples(st.floats(-5, 40, allow_nan=False), st.booleans()),
    max_size=80,
)
waits = st.floats(0, 20, allow_nan=False)


@given(looks, st.builds(Times, dwell_s=waits, clear_s=waits, rejoin_s=waits, update_s=st.floats(1, 30)))
def test_no_story_breaks_the_grammar(steps: list[tuple[float, bool]], times: Times) -> None:
    episode = Episode(Kind.NO_STOPPING, "gate", times)
    now, is_open, started = 1e9, False, 0.0
    for gap, active in steps:
        now += gap
        for said in episode.observe(Reading(active, int(active), 0.5), now):
            opens = said.phase is Phase.OPENED
            assert opens != is_open
            assert active == (said.phase is not Phase.CLOSED)
            assert opens or said.started == started
            assert (said.ended is None) == active
            assert said.ended is None or said.ended >= said.started
            is_open, started = active, said.started
        assert (episode.state.stage is Stage.OPEN) == is_open


@given(st.lists(st.floats(0.01, 14, allow_nan=False), min_size=1, max_size=60))
def test_a_condition_that_stays_is_one_episode_at_any_interval(gaps: list[float]) -> None:
    now, story = 0.0, [(0.0, True)]
    for gap in gaps:
        now += gap
        story.append((now, True))
    said = told(story)
    assert [phase for phase, _, _ in said].count("opened") == (now >= TIMES.dwell_s)
    assert not [phase for phase, _, _ in said if phase == "closed"]
    updates = [at for phase, at, _ in said if phase != "closed"]
    assert all(later - earlier >= TIMES.update_s for earlier, later in pairwise(updates))
