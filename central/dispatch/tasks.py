"""Tasks of units: what an act on an event means for those who are sent. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from central.events.ask import Ask
from central.events.facts import EventFacts
from central.events.vocabulary import Act, EventState
from central.names import Bilingual


class TaskRole(StrEnum):
    """Lead or assistant (吹哨报到: one leads, others report in)."""

    LEAD = "lead"
    ASSISTANT = "assistant"


class TaskState(StrEnum):
    """Where a task stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    DONE = "done"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"


TASK_STATE_NAMES = {
    TaskState.OFFERED: Bilingual(zh="待接单", en="offered"),
    TaskState.ACCEPTED: Bilingual(zh="已接单", en="accepted"),
    TaskState.ON_SITE: Bilingual(zh="已到场", en="on site"),
    TaskState.DONE: Bilingual(zh="已完成", en="done"),
    TaskState.REFUSED: Bilingual(zh="已拒绝", en="refused"),
    TaskState.HANDED_OVER: Bilingual(zh="已交接", en="handed over"),
    TaskState.WITHDRAWN: Bilingual(zh="已撤回", en="withdrawn"),
}
"""What people call them."""

LIVE = frozenset({TaskState.OFFERED, TaskState.ACCEPTED, TaskState.ON_SITE})
"""States in which a task is somebody's work."""


class Task(Struct, frozen=True, kw_only=True):
    """What one unit has to do about one event.

    Attributes:
        id: Row id; 0 for one that is not stored yet.
        event_id: About which event.
        unit: Whose.
        role: Lead or assistant.
        state: Where it stands.
        offered_at: When it was given.
        accepted_at: When the unit accepted.
        arrived_at: When it arrived.
        ended_at: When it was done, refused, handed over or withdrawn.
    """

    event_id: int
    unit: str
    role: TaskRole
    offered_at: datetime
    id: int = 0
    state: TaskState = TaskState.OFFERED
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether it is still somebody's work."""
        return self.state in LIVE


def stepped(task: Task, state: TaskState, at: datetime) -> Task:
    """The task one step on."""
    if state is TaskState.ACCEPTED:
        return replace(task, state=state, accepted_at=at)
    if state is TaskState.ON_SITE:
        return replace(task, state=state, accepted_at=task.accepted_at or at, arrived_at=at)
    return replace(task, state=state, ended_at=None if state in LIVE else at)


_LEAD_STEPS = {
    Act.ACCEPT: TaskState.ACCEPTED,
    Act.ARRIVE: TaskState.ON_SITE,
    Act.FEEDBACK: TaskState.DONE,
    Act.RETURN: TaskState.REFUSED,
    Act.HAND_OVER: TaskState.HANDED_OVER,
}
_ENDED = frozenset(
    {EventState.CLOSED, EventState.FALSE_ALARM, EventState.MERGED, EventState.VERIFIED, EventState.RETURNED}
)


def tasks_after(event: EventFacts, ask: Ask, known: Sequence[Task]) -> list[Task]:
    """The tasks that an act makes or changes; new ones have the id 0.

    Args:
        event: The event after the act.
        ask: The act.
        known: The event's live tasks before it.
    """
    changed = [_promoted(_after(task, event, ask), event) for task in known]
    found = [task for task, before in zip(changed, known, strict=True) if task is not before]
    busy = {task.unit for task in changed if task.live}
    if ask.act in {Act.DISPATCH, Act.HAND_OVER} and event.unit is not None and event.unit not in busy:
        found.append(_new(event, event.unit, TaskRole.LEAD, ask.at))
        busy.add(event.unit)
    if ask.act in {Act.DISPATCH, Act.SUPPORT}:
        found += [
            _new(event, unit, TaskRole.ASSISTANT, ask.at)
            for unit in dict.fromkeys(ask.units)
            if unit not in busy
        ]
    return found


def _promoted(task: Task, event: EventFacts) -> Task:
    """An assistant that is sent itself now leads."""
    leads = task.live and task.unit == event.unit and task.role is TaskRole.ASSISTANT
    return replace(task, role=TaskRole.LEAD) if leads else task


def _new(event: EventFacts, unit: str, role: TaskRole, at: datetime) -> Task:
    return Task(event_id=event.id, unit=unit, role=role, offered_at=at)


def _after(task: Task, event: EventFacts, ask: Ask) -> Task:
    if not task.live:
        return task
    if task.role is TaskRole.LEAD:
        step = _LEAD_STEPS.get(ask.act)
        if step is not None:
            return stepped(task, step, ask.at)
        if task.unit != event.unit:
            return stepped(task, TaskState.WITHDRAWN, ask.at)
    if event.state in _ENDED or not event.open:
        return stepped(task, TaskState.WITHDRAWN, ask.at)
    return task
