"""The life cycle as a table: what is possible in which state, for whom, with what, and where it leads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field

from central.events.vocabulary import Act, Colour, EventState
from central.people.actor import Role
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem


class Said(StrEnum):
    """What may be said with an act."""

    REASON = "reason"
    NOTE = "note"
    UNIT = "unit"
    UNITS = "units"
    TO_ORG = "to_org"
    UNTIL = "until"
    INTO = "into"
    ITEM = "item"
    PICTURES = "pictures"


class Guard(StrEnum):
    """Conditions of an act besides state and role."""

    CHECKED = "checked"
    """The camera no longer sees it, or the actor did not handle it."""
    CLEAR = "clear"
    """The camera no longer sees it."""
    REFERRED = "referred"
    """It was referred to the actor's org, or the actor's org lies above the owner."""
    ANOTHER = "another"
    """The actor did not ask for the pause."""
    ABOVE = "above"
    """There is a level above the owner."""


class Effect(StrEnum):
    """What an act changes besides the state."""

    ACKNOWLEDGE = "acknowledge"
    FILE = "file"
    ASSIGN = "assign"
    SUPPORT = "support"
    ACCEPT = "accept"
    ARRIVE = "arrive"
    HANDLE = "handle"
    HAND_OVER = "hand_over"
    CHECK = "check"
    CLOSE = "close"
    REFUSE = "refuse"
    REWORK = "rework"
    REFER = "refer"
    TRANSFER = "transfer"
    RAISE = "raise"
    ASK_PAUSE = "ask_pause"
    DENY_PAUSE = "deny_pause"
    PAUSE = "pause"
    RESUME = "resume"
    MERGE = "merge"
    SPLIT = "split"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    DROP = "drop"
    REOPEN = "reopen"


class Transition(Settings):
    """One row."""

    verb: Act
    """What somebody does."""
    from_: tuple[EventState, ...] = Field(alias="from", min_length=1)
    """The states in which it is possible."""
    to: EventState | Literal["same", "before"]
    """The state afterwards; ``before`` is the one before a pause or a merge."""
    roles: tuple[Role, ...] = Field(min_length=1)
    """Who may."""
    requires: tuple[Said, ...] = ()
    """What must be said with it."""
    allows: tuple[Said, ...] = ()
    """What may be said with it besides."""
    guards: tuple[Guard, ...] = ()
    """Conditions of their own; all must hold."""
    effects: tuple[Effect, ...] = ()
    """What changes besides the state."""


class LifeCycleFile(Settings):
    """What ``lifecycle.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    camera_verifies: tuple[Colour, ...] = ()
    """Colours in which a clear picture verifies what was handled."""
    camera_closes: tuple[Colour, ...] = ()
    """Colours in which what the camera verified is closed at once."""
    camera_settles: tuple[Colour, ...] = ()
    """Colours in which a clear picture verifies what nobody has handled."""
    transitions: tuple[Transition, ...] = Field(min_length=1)
    """The rows."""


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """A checked table.

    Attributes:
        file: As written.
        rows: By act and state; at most one row for each.
    """

    file: LifeCycleFile
    rows: Mapping[tuple[Act, EventState], Transition]

    def possible(self, state: EventState) -> tuple[Transition, ...]:
        """The rows that leave ``state``, in the order of the file."""
        return tuple(row for row in self.file.transitions if state in row.from_)


def load_lifecycle(path: Path) -> LifeCycle:
    """Read and check a life cycle.

    Raises:
        ConfigError: Each fault at its line: an act that a state has twice, a state that nothing reaches, a
            field both required and allowed, a way to close without a check.
    """
    document = read(path)
    file = validate(document, LifeCycleFile)
    problems = [
        *_doubles(document, file),
        *_unreachable(document, file),
        *_unchecked(document, file),
        *_too_grave(document, file),
    ]
    if problems:
        raise ConfigError(problems)
    return LifeCycle(file, {(row.verb, state): row for row in file.transitions for state in row.from_})


def _doubles(document: Document, file: LifeCycleFile) -> Iterator[ConfigProblem]:
    seen: dict[tuple[Act, EventState], int] = {}
    for index, row in enumerate(file.transitions):
        for place, state in enumerate(row.from_):
            key = (row.verb, state)
            if key in seen:
                line = document.line(("transitions", seen[key], "verb"))
                yield document.problem(
                    ("transitions", index, "from", place),
                    f"{row.verb} from {state} stands twice, first on line {line}",
                    "leave one of them out",
                )
            seen.setdefault(key, index)
        for said in set(row.requires) & set(row.allows):
            yield document.problem(
                ("transitions", index, "allows"), f"{said} is already required", "name it once"
            )


def _unreachable(document: Document, file: LifeCycleFile) -> Iterator[ConfigProblem]:
    reached = {EventState.REPORTED, EventState.FILED, EventState.ESCALATED}  # the program's own steps
    while True:
        further = {
            row.to for row in file.transitions if isinstance(row.to, EventState) and reached & set(row.from_)
        } - reached
        if not further:
            break
        reached |= further
    for state in EventState:
        if state not in reached:
            yield document.problem(
                ("transitions",), f"nothing leads to the state {state}", f"add a row with 'to: {state}'"
            )


def _unchecked(document: Document, file: LifeCycleFile) -> Iterator[ConfigProblem]:
    for index, row in enumerate(file.transitions):
        if row.to is EventState.VERIFIED and not {Guard.CHECKED, Guard.CLEAR} & set(row.guards):
            yield document.problem(
                ("transitions", index),
                "an event would count as verified without a check",
                "add 'guards: [checked]' or 'guards: [clear]'",
            )
        if row.to is EventState.CLOSED and set(row.from_) != {EventState.VERIFIED}:
            yield document.problem(
                ("transitions", index, "from"), "an event would be closed without a check", "[verified]"
            )


def _too_grave(document: Document, file: LifeCycleFile) -> Iterator[ConfigProblem]:
    for key in ("camera_closes", "camera_settles"):
        if Colour.RED in getattr(file, key):
            yield document.problem((key,), "a red event is closed by people", "leave red out")
