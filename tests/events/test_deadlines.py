"""Time limits and what passing time does, as pure functions."""

from dataclasses import replace as with_fields

from msgspec.structs import replace

from central.events.deadlines import Deadline, DeadlineState, Step, begin, follow, next_due, passed
from central.events.facts import EventFacts
from central.events.timing import elapse
from central.events.vocabulary import Colour, EventState, Loop, Verb
from tests.central.speech import at
from tests.events.events import city_tables, event

TABLES = city_tables()
MINUTE = 60


def limits(facts: EventFacts) -> list[Deadline]:
    return list(begin(facts, TABLES))


def of(rows: list[Deadline], step: Step) -> Deadline:
    [row] = [row for row in rows if row.step is step]
    return row


def test_the_responsibility_list_gives_the_limits() -> None:
    rows = limits(event())  # illegal stopping: 15m / 1h / 4h, filed one second after noon
    assert [(row.step, row.limit, row.due) for row in rows] == [
        (Step.ACCEPT, "15m", at(1 + 15 * MINUTE)),
        (Step.ARRIVE, "1h", at(1 + 60 * MINUTE)),
        (Step.CLOSE, "4h", at(1 + 240 * MINUTE)),
    ]
    assert next_due(rows) == rows[0]
    assert limits(event(filed_at=None)) == []
    assert limits(event(item=9999)) == []


def test_half_then_most_then_the_breach_are_told_once_each() -> None:
    row = of(limits(event()), Step.ACCEPT)
    assert passed(row, at(7 * MINUTE)) is row
    half = passed(row, at(8 * MINUTE))
    assert (half.told, half.next_at) == (50, row.most)
    assert passed(half, at(9 * MINUTE)) is half
    late = passed(half, at(60 * MINUTE))
    assert (late.told, late.next_at, late.late) == (100, None, True)


def test_steps_meet_their_limits() -> None:
    facts = event()
    rows = limits(facts)
    accepted = replace(facts, state=EventState.ACCEPTED, accepted_at=at(100))
    [row] = follow(accepted, rows, TABLES, at(100))
    assert (row.step, row.state, row.met_at, row.next_at) == (Step.ACCEPT, DeadlineState.MET, at(100), None)
    closed = replace(accepted, state=EventState.CLOSED, open=False, arrived_at=at(200), closed_at=at(300))
    assert {row.step: row.state for row in follow(closed, rows, TABLES, at(300))} == dict.fromkeys(
        (Step.ACCEPT, Step.ARRIVE, Step.CLOSE), DeadlineState.MET
    )


def test_what_is_dropped_or_settled_without_a_visit_needs_no_steps() -> None:
    dropped = event(state=EventState.FALSE_ALARM, open=False, closed_at=at(50))
    assert {row.state for row in follow(dropped, limits(event()), TABLES, at(50))} == {DeadlineState.VOID}


def test_a_pause_does_not_count() -> None:
    rows = limits(event())
    paused = follow(event(state=EventState.SUSPENDED), rows, TABLES, at(10 * MINUTE))
    assert {row.state for row in paused} == {DeadlineState.PAUSED}
    assert all(passed(row, at(10**6)) is row for row in paused)
    resumed = follow(event(), paused, TABLES, at(100 * MINUTE))
    assert of(resumed, Step.ACCEPT).due == at(1 + (15 + 90) * MINUTE)
    assert of(resumed, Step.ACCEPT).half == rows[0].half  # it had passed before the pause
    assert of(resumed, Step.CLOSE).due == at(1 + (240 + 90) * MINUTE)


def test_a_pause_does_not_count_in_working_time_either() -> None:
    facts = event(item=16)  # exposed rubbish: 30m / 2wh / 4wh; filed on a Sunday
    rows = limits(facts)
    assert of(rows, Step.ARRIVE).due == at(-3.5 * 3600 + 86400 + 2 * 3600)  # Monday 08:30 and two hours
    paused = follow(replace(facts, state=EventState.SUSPENDED), rows, TABLES, at(60))
    resumed = follow(facts, paused, TABLES, at(86400 + 3 * 3600))  # Monday 15:00
    assert of(resumed, Step.ARRIVE).due == at(86400 + 5 * 3600)


def test_a_reopened_event_has_limits_of_its_own() -> None:
    rows = limits(event())
    again = event(state=EventState.REOPENED, reopens=1, filed_at=at(5000))
    made = follow(again, [replace(row, state=DeadlineState.MET) for row in rows], TABLES, at(5000))
    assert {(row.round, row.step) for row in made} == {(1, row.step) for row in rows}


def test_another_item_brings_other_limits() -> None:
    rows = limits(event())
    changed = follow(event(item=2), rows, TABLES, at(60))
    assert {row.step: row.limit for row in changed} == {
        Step.ACCEPT: "5m",
        Step.ARRIVE: "30m",
        Step.CLOSE: "2h",
    }


def test_an_unaccepted_event_goes_up_one_level_which_decides() -> None:
    done = elapse(event(), limits(event()), TABLES, at(16 * MINUTE))
    assert (done.event.state, done.event.org, done.event.overdue) == (
        EventState.ESCALATED,
        "newtown-station",
        1,
    )
    assert (done.event.colour, done.event.loop) == (Colour.YELLOW, Loop.SMALL)
    verbs = [note.verb for note in done.notes]
    assert verbs == [Verb.BREACHED, Verb.ESCALATE, Verb.REGRADED]
    again = elapse(done.event, done.deadlines, TABLES, at(16 * MINUTE))
    assert (again.notes, again.deadlines) == ((), ())


def test_whoever_works_on_it_goes_on_under_the_eyes_of_the_level_above() -> None:
    facts = event(state=EventState.ON_SITE, accepted_at=at(10), arrived_at=at(20), unit="traffic-1")
    rows = [*follow(facts, limits(facts), TABLES, at(20)), of(limits(facts), Step.CLOSE)]
    done = elapse(facts, rows, TABLES, at(241 * MINUTE))
    assert (done.event.state, done.event.org) == (EventState.ON_SITE, "newtown-station")


def test_after_a_long_outage_every_breach_is_told() -> None:
    done = elapse(event(), limits(event()), TABLES, at(10 * 86400))
    assert (done.event.overdue, done.event.escalations) == (3, 3)
    assert done.event.org == "demo-city"
    assert [note.verb for note in done.notes].count(Verb.BREACHED) == 3


def test_warnings_change_nothing_but_the_timeline() -> None:
    done = elapse(event(), limits(event()), TABLES, at(8 * MINUTE))
    assert done.event == event()
    [note] = done.notes
    assert (note.verb, note.details.share, note.details.deadline) == (Verb.WARNED, 50, "accept")


def test_a_pause_ends_at_its_time() -> None:
    facts = event(state=EventState.SUSPENDED, before=EventState.FILED, suspended_until=at(500))
    assert elapse(facts, [], TABLES, at(499)).event.state is EventState.SUSPENDED
    assert elapse(facts, [], TABLES, at(500)).event.state is EventState.FILED


def clear(**fields: object) -> EventFacts:
    return event(open_episodes=0, cleared_at=at(0), **fields)


def test_the_camera_settles_what_the_city_leaves_to_it() -> None:
    later = at(300)  # illegal stopping wants five clear minutes
    assert elapse(clear(), [], TABLES, at(299)).event.state is EventState.FILED
    settled = elapse(clear(), [], TABLES, later).event
    assert (settled.state, settled.verified_by, settled.open) == (EventState.CLOSED, "camera", False)
    assert elapse(clear(colour=Colour.YELLOW), [], TABLES, later).event.state is EventState.FILED
    handled = clear(colour=Colour.YELLOW, state=EventState.HANDLED, handled_by="zhao")
    assert elapse(handled, [], TABLES, later).event.state is EventState.CLOSED
    red = clear(colour=Colour.RED, state=EventState.HANDLED, handled_by="zhao")
    assert elapse(red, [], TABLES, later).event.state is EventState.VERIFIED  # people close it
    assert elapse(event(), [], TABLES, later).event.state is EventState.FILED  # still seen


def test_a_city_without_those_rows_is_left_alone() -> None:
    cycle = with_fields(TABLES.lifecycle, rows={})
    done = elapse(clear(), limits(event()), with_fields(TABLES, lifecycle=cycle), at(16 * MINUTE))
    assert (done.event.state, done.event.overdue) == (EventState.FILED, 1)
