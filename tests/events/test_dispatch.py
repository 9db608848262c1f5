"""Who is sent, and what an act means for tasks, as pure functions."""

import pytest

from central.dispatch.nearest import Standing, Unfit, best, candidates, distance_m, near_box
from central.dispatch.tasks import Task, TaskRole, TaskState, tasks_after
from central.events.vocabulary import Act, EventState, Loop
from tests.central.speech import at
from tests.events.events import OPERATOR, RESPONDER, ask, city_tables, event

TABLES = city_tables()


def test_distances_are_those_of_the_globe() -> None:
    assert distance_m((0.0, 0.0), (0.0, 1.0)) == pytest.approx(111_195, rel=1e-4)
    assert distance_m((117.2, 30.5), (117.2, 30.5)) == 0
    west, south, east, north = near_box((117.2, 30.5), 200)
    assert distance_m((west, 30.5), (117.2, 30.5)) == pytest.approx(200, rel=1e-3)
    assert distance_m((117.2, south), (117.2, north)) == pytest.approx(400, rel=1e-3)
    assert east > 117.2


def unfit(**standings: Standing) -> dict[str, tuple[Unfit, ...]]:
    return {found.unit.id: found.unfit for found in candidates(event(), standings, TABLES, at(0))}


def test_area_skill_duty_and_load_decide_who_may_be_sent() -> None:
    """Noon of a Sunday, an illegally stopped car at the ring road."""
    assert unfit(**{"fire-1": Standing(load=1), "traffic-2": Standing(load=5)}) == {
        "grid-1": (),
        "traffic-1": (),
        "traffic-2": (Unfit.FULL,),
        "day-shift": (Unfit.OFF_DUTY,),
        "willow-grid": (Unfit.AREA,),
        "fire-1": (Unfit.SKILL, Unfit.FULL),
    }


def test_a_shift_counts_whatever_the_weekly_duty_says() -> None:
    said = unfit(**{"day-shift": Standing(shift=True), "grid-1": Standing(shift=False)})
    assert (said["day-shift"], said["grid-1"]) == ((), (Unfit.OFF_DUTY,))


def chosen(standings: dict[str, Standing] | None = None, loop: Loop = Loop.SELF) -> str:
    found = best(candidates(event(loop=loop), standings or {}, TABLES, at(0)))
    return found.unit.id if found else ""


def test_the_nearest_is_sent_unless_it_carries_more() -> None:
    assert chosen() == "grid-1"
    assert chosen({"grid-1": Standing(load=2)}) == "traffic-1"


def test_the_upper_loops_send_departments_first() -> None:
    assert chosen(loop=Loop.LARGE) == "traffic-1"


def test_a_fresh_position_counts_and_an_old_one_does_not() -> None:
    here = (117.2050, 30.5050)
    assert chosen({"traffic-1": Standing(position=here, position_at=at(-60))}) == "traffic-1"
    assert chosen({"traffic-1": Standing(position=here, position_at=at(-3600))}) == "grid-1"


def test_nobody_is_sent_when_nobody_can() -> None:
    full = {unit: Standing(load=99) for unit in TABLES.units.by_id}
    assert best(candidates(event(), full, TABLES, at(0))) is None


def task(unit: str = "traffic-1", role: TaskRole = TaskRole.LEAD, **fields: object) -> Task:
    return Task(event_id=1, unit=unit, role=role, offered_at=at(0), id=7, **fields)  # type: ignore[arg-type]


def states(found: list[Task]) -> list[tuple[str, str, str]]:
    return [(one.unit, str(one.role), str(one.state)) for one in found]


def test_a_dispatch_offers_tasks_and_withdraws_those_of_others() -> None:
    sent = event(state=EventState.DISPATCHED, unit="traffic-1")
    act = ask(Act.DISPATCH, OPERATOR, unit="traffic-1", units=("grid-1", "traffic-1"))
    assert states(tasks_after(sent, act, [])) == [
        ("traffic-1", "lead", "offered"),
        ("grid-1", "assistant", "offered"),
    ]
    found = tasks_after(sent, act, [task("traffic-2"), task("grid-1", TaskRole.ASSISTANT)])
    assert states(found) == [("traffic-2", "lead", "withdrawn"), ("traffic-1", "lead", "offered")]
    assert tasks_after(sent, act, [task(), task("grid-1", TaskRole.ASSISTANT)]) == []


@pytest.mark.parametrize(
    ("act", "state", "unit", "after"),
    [
        (Act.ACCEPT, EventState.ACCEPTED, "traffic-1", TaskState.ACCEPTED),
        (Act.ARRIVE, EventState.ON_SITE, "traffic-1", TaskState.ON_SITE),
        (Act.FEEDBACK, EventState.HANDLED, "traffic-1", TaskState.DONE),
        (Act.RETURN, EventState.RETURNED, None, TaskState.REFUSED),
        (Act.TAKE_OVER, EventState.FILED, None, TaskState.WITHDRAWN),
        (Act.FALSE_ALARM, EventState.FALSE_ALARM, "traffic-1", TaskState.WITHDRAWN),
    ],
)
def test_the_lead_follows_the_event(act: Act, state: EventState, unit: str | None, after: TaskState) -> None:
    facts = event(state=state, unit=unit, open=state is not EventState.FALSE_ALARM)
    [found] = tasks_after(facts, ask(act, RESPONDER, 90), [task()])
    assert found.state is after
    assert found.ended_at == (None if found.live else at(90))


def test_assistants_stay_until_the_event_ends() -> None:
    helper = task("grid-1", TaskRole.ASSISTANT)
    assert tasks_after(event(state=EventState.HANDLED), ask(Act.FEEDBACK, RESPONDER), [helper]) == []
    closed = event(state=EventState.VERIFIED)
    assert states(tasks_after(closed, ask(Act.VERIFY, OPERATOR), [helper])) == [
        ("grid-1", "assistant", "withdrawn")
    ]


def test_an_assistant_that_is_handed_the_event_leads() -> None:
    facts = event(state=EventState.DISPATCHED, unit="grid-1")
    act = ask(Act.HAND_OVER, RESPONDER, unit="grid-1", reason="shift")
    found = tasks_after(facts, act, [task(), task("grid-1", TaskRole.ASSISTANT)])
    assert states(found) == [("traffic-1", "lead", "handed_over"), ("grid-1", "lead", "offered")]
