"""Acts on events: what the table allows, refuses and changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.events.acts import perform, possible
from central.events.ask import PROGRAM, ActError, RefusedFor
from central.events.facts import EventFacts
from central.events.lifecycle import Guard, Said
from central.events.vocabulary import Act, EventState, Loop
from central.people.actor import Actor, Role
from tests.central.speech import at
from tests.events.events import OPERATOR, RESPONDER, SUPERVISOR, actor, ask, city_tables, event

TABLES = city_tables()
LATER = at(3600)


def does(facts: EventFacts, act: Act, who: Actor, seconds: float = 60, **said: object) -> EventFacts:
    return perform(facts, ask(act, who, seconds, **said), TABLES).event


def refusal(facts: EventFacts, act: Act, who: Actor, seconds: float = 60, **said: object) -> ActError:
    with pytest.raises(ActError) as caught:
        perform(facts, ask(act, who, seconds, **said), TABLES)
    return caught.value


def test_the_whole_loop() -> None:
    facts = does(event(), Act.DISPATCH, OPERATOR, unit="traffic-1")
    assert (facts.state, facts.unit, facts.hands_on) == (EventState.DISPATCHED, "traffic-1", True)
    facts = does(facts, Act.ACCEPT, RESPONDER, 70)
    facts = does(facts, Act.ARRIVE, RESPONDER, 80)
    facts = does(facts, Act.FEEDBACK, RESPONDER, 90, note="towed")
    assert (facts.state, facts.handled_by) == (EventState.HANDLED, "zhao")
    facts = does(facts, Act.VERIFY, OPERATOR, 100)
    assert facts.verified_by == "li"
    facts = does(facts, Act.CLOSE, OPERATOR, 110)
    assert (facts.state, facts.open, facts.closed_at) == (EventState.CLOSED, False, at(110))
    facts = does(facts, Act.REOPEN, SUPERVISOR, 120, reason="it is back")
    assert (facts.state, facts.open, facts.reopens, facts.filed_at) == (EventState.REOPENED, True, 1, at(120))
    assert facts.handled_by is None


@given(state=st.sampled_from(EventState), act=st.sampled_from(Act))
def test_what_the_table_does_not_have_is_refused_and_says_what_is_possible(
    state: EventState, act: Act
) -> None:
    facts = event(state=state)
    if (act, state) in TABLES.lifecycle.rows:
        return
    error = refusal(facts, act, SUPERVISOR)
    assert error.why is RefusedFor.STATE
    assert all(str(row.verb) in error.detail for row in TABLES.lifecycle.possible(state))


def test_a_missing_field_is_named() -> None:
    error = refusal(event(), Act.FALSE_ALARM, OPERATOR)
    assert (error.why, error.field) == (RefusedFor.FIELD, Said.REASON)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"into": 3}, Said.INTO),
        ({"unit": "nobody"}, Said.UNIT),
        ({"units": ("grid-1", "nobody")}, Said.UNITS),
    ],
)
def test_a_field_that_does_not_fit_is_named(said: dict[str, Any], field: Said) -> None:
    error = refusal(event(), Act.DISPATCH, OPERATOR, **said)
    assert (error.why, error.field) == (RefusedFor.FIELD, field)


@pytest.mark.parametrize("until", [at(-1), at(60), at(400 * 86400)])
def test_a_pause_ends_in_the_future_within_a_year(until: object) -> None:
    error = refusal(event(), Act.SHELVE, OPERATOR, reason="works", until=until)
    assert error.field is Said.UNTIL


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        (OPERATOR, True),
        (actor("a", Role.OPERATOR, "demo-city"), True),
        (actor("b", Role.OPERATOR, "willow"), False),
        (actor("c", Role.AUDITOR), False),
        (actor("d", Role.RESPONDER, "demo-city", "grid-1"), False),
        (Actor("e", ()), False),
    ],
)
def test_roles_hold_in_their_part_of_the_tree(who: Actor, allowed: bool) -> None:
    if allowed:
        assert does(event(), Act.DISPATCH, who, unit="grid-1").unit == "grid-1"
    else:
        assert refusal(event(), Act.DISPATCH, who, unit="grid-1").why is RefusedFor.ROLE


def test_only_the_unit_that_has_it_accepts() -> None:
    facts = does(event(), Act.DISPATCH, OPERATOR, unit="grid-1")
    assert refusal(facts, Act.ACCEPT, RESPONDER).why is RefusedFor.ROLE
    assert Act.ACCEPT not in possible(facts, RESPONDER, TABLES, frozenset())
    other = does(facts, Act.DISPATCH, OPERATOR, unit="traffic-1")
    assert Act.ACCEPT in possible(other, RESPONDER, TABLES, frozenset())


def handled(by: str) -> EventFacts:
    return event(state=EventState.HANDLED, handled_at=at(50), handled_by=by, hands_on=True)


def test_who_handled_it_does_not_verify_it() -> None:
    error = refusal(handled("li"), Act.VERIFY, OPERATOR)
    assert error.why is RefusedFor.GUARD
    assert "another person or the camera" in error.detail


def test_a_clear_picture_vouches_once_it_was_clear_for_long_enough() -> None:
    facts = event(
        state=EventState.HANDLED, handled_by="li", handled_at=at(50), open_episodes=0, cleared_at=at(40)
    )
    assert refusal(facts, Act.VERIFY, OPERATOR, 40 + 299).why is RefusedFor.GUARD
    assert does(facts, Act.VERIFY, OPERATOR, 40 + 300).verified_by == "camera"


def test_what_the_camera_still_sees_is_not_settled_unhandled() -> None:
    assert "still sees it" in refusal(event(), Act.VERIFY, OPERATOR).detail
    clear = event(open_episodes=0, cleared_at=at(0))
    assert does(clear, Act.VERIFY, OPERATOR, 400).state is EventState.VERIFIED


def test_the_second_refusal_goes_to_the_level_above_which_decides() -> None:
    facts = does(event(), Act.DISPATCH, OPERATOR, unit="traffic-1")
    facts = does(facts, Act.RETURN, RESPONDER, reason="not ours")
    assert (facts.state, facts.refusals, facts.org) == (EventState.RETURNED, 1, "station-square")
    facts = does(facts, Act.DISPATCH, OPERATOR, unit="traffic-1")
    facts = does(facts, Act.RETURN, RESPONDER, reason="still not ours")
    assert (facts.state, facts.org, facts.home) == (EventState.ESCALATED, "newtown-station", "station-square")
    assert (facts.returns, facts.escalations, facts.loop) == (2, 1, Loop.SMALL)
    assert refusal(facts, Act.DISPATCH, OPERATOR, unit="grid-1").why is RefusedFor.ROLE
    facts = does(facts, Act.DISPATCH, SUPERVISOR, unit="grid-1")
    assert facts.state is EventState.DISPATCHED


def test_the_first_owner_keeps_it_until_another_accepts() -> None:
    willow = actor("chen", Role.OPERATOR, "willow")
    assert refusal(event(), Act.TAKE_OVER, willow).why is RefusedFor.ROLE
    facts = does(event(), Act.REFER, OPERATOR, reason="across the street", to_org="willow")
    assert (facts.org, facts.referred_to, facts.transfers) == ("station-square", "willow", 0)
    facts = does(facts, Act.TAKE_OVER, willow)
    assert (facts.org, facts.home, facts.referred_to, facts.transfers) == ("willow", "willow", None, 1)
    assert refusal(facts, Act.DISPATCH, OPERATOR, unit="grid-1").why is RefusedFor.ROLE


def test_a_pause_is_approved_by_another() -> None:
    facts = does(event(), Act.REQUEST_PAUSE, OPERATOR, reason="night works", until=LATER)
    assert (facts.state, facts.pause_by) == (EventState.FILED, "li")
    both = Actor("li", (*OPERATOR.grants, *SUPERVISOR.grants))
    assert refusal(facts, Act.SUSPEND, both).why is RefusedFor.GUARD
    assert does(facts, Act.DENY_PAUSE, SUPERVISOR, reason="no").pause_by is None
    done = perform(facts, ask(Act.SUSPEND, SUPERVISOR), TABLES)
    paused = done.event
    assert (paused.state, paused.suspended_until, paused.pauses) == (EventState.SUSPENDED, LATER, 1)
    assert (done.note.details.reason, done.note.details.until) == ("night works", LATER)
    assert does(paused, Act.RESUME, OPERATOR).state is EventState.FILED
    assert refusal(event(), Act.SUSPEND, SUPERVISOR, reason="x").field is Said.UNTIL


def test_it_goes_up_to_the_root_and_no_further() -> None:
    root = actor("boss", Role.SUPERVISOR)
    facts = event()
    for org in ("newtown-station", "newtown", "demo-city"):
        facts = does(facts, Act.ESCALATE, root, reason="help")
        assert facts.org == org
        facts = event(org=facts.org, loop=facts.loop, escalations=facts.escalations)
    assert (facts.loop, facts.escalations) == (Loop.LARGE, 3)
    assert "no level above" in refusal(facts, Act.ESCALATE, root, reason="help").detail


def test_an_event_is_merged_into_an_open_one_and_split_again() -> None:
    whole = event(id=2, number="20251123-000002")
    facts = does(event(), Act.MERGE, OPERATOR, into=2, target=whole)
    assert (facts.state, facts.merged_into, facts.open) == (EventState.MERGED, 2, True)
    assert does(facts, Act.SPLIT, OPERATOR, reason="another car").state is EventState.FILED
    for target in (None, event(), event(id=2, open=False), event(id=2, state=EventState.MERGED)):
        assert refusal(event(), Act.MERGE, OPERATOR, into=2, target=target).field is Said.INTO


def test_this_program_needs_no_role_but_keeps_to_the_table() -> None:
    assert does(event(), Act.ESCALATE, PROGRAM).state is EventState.ESCALATED
    assert refusal(event(state=EventState.CLOSED), Act.ESCALATE, PROGRAM).why is RefusedFor.STATE


def test_looking_at_it_leaves_it_to_the_cameras() -> None:
    facts = does(event(), Act.ACKNOWLEDGE, OPERATOR)
    assert (facts.acknowledged_by, facts.hands_on) == ("li", False)
    assert not does(event(), Act.NOTE, OPERATOR, note="seen").hands_on


@given(data=st.data())
def test_whatever_people_do_a_closed_event_was_checked(data: st.DataObject) -> None:
    """Random walks through the table: nothing is closed without a check, nothing leaves the vocabulary."""
    root = Actor("r", tuple(g for role in Role for g in actor("r", role).grants), "traffic-1")
    facts, checked = event(), False
    for step in range(12):
        rows = TABLES.lifecycle.possible(facts.state)
        row = data.draw(st.sampled_from(rows))
        said: dict[str, Any] = {
            "reason": "r",
            "note": "n",
            "unit": "traffic-1" if facts.unit != "traffic-1" else "grid-1",
            "units": ("grid-1",),
            "to_org": data.draw(st.sampled_from(sorted(TABLES.city.orgs))),
            "until": at(100 + step + 3600),
            "into": 2,
            "item": 13,
        }
        given_fields = {
            name: value for name, value in said.items() if Said(name) in {*row.requires, *row.allows}
        }
        try:
            facts = perform(
                facts, ask(row.verb, root, 100 + step, target=event(id=2), **given_fields), TABLES
            ).event
        except ActError:
            continue
        checked = (checked or facts.state is EventState.VERIFIED) and row.verb is not Act.REOPEN
        assert facts.open == (facts.state not in {EventState.CLOSED, EventState.FALSE_ALARM})
        if facts.state is EventState.CLOSED:
            assert checked
            assert facts.verified_by is not None


def test_every_guard_and_effect_of_the_vocabulary_is_there() -> None:
    from central.events.effects import EFFECTS
    from central.events.guards import GUARDS
    from central.events.lifecycle import Effect

    assert set(GUARDS) == set(Guard)
    assert set(EFFECTS) == set(Effect)
