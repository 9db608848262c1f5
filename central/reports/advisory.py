"""Advisory letters (平安提示函): templates, what is filled in, and how a letter goes on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from central.names import Bilingual, Id
from central.reports.paper import Language, Paper, Text
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem

HOLES = frozenset({"addressee", "place", "kind", "count", "since", "until", "standard", "due", "org"})
"""What a template may leave to be filled in."""
_HOLE = re.compile(r"\{([^{}]*)\}")
_Words = Annotated[str, Field(min_length=1, max_length=4000)]


class Said(Settings):
    """A text in Chinese and in English."""

    zh: _Words
    """Chinese."""
    en: _Words
    """English."""


class Template(Settings):
    """One kind of letter."""

    id: Id
    """Stable identifier."""
    name: Bilingual
    """What people call it."""
    days: int = Field(7, ge=1, le=180)
    """To answer within."""
    kinds: tuple[str, ...] = ()
    """Kinds of events that it is offered first for."""
    title: Said
    """With holes (`HOLES`) in braces."""
    body: Said
    """With holes in braces."""


class Templates(Settings):
    """What ``advisory.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    templates: tuple[Template, ...] = Field(min_length=1)
    """At least one."""

    @property
    def by_id(self) -> Mapping[str, Template]:
        """By id, in the order of the file."""
        return {one.id: one for one in self.templates}


def load_templates(path: Path) -> Templates:
    """Read and check the templates.

    Raises:
        ConfigError: Each fault at its line: an id given twice, a hole that nothing fills.
    """
    document = read(path)
    file = validate(document, Templates)
    problems = list(_problems(document, file))
    if problems:
        raise ConfigError(problems)
    return file


def _problems(document: Document, file: Templates) -> Iterator[ConfigProblem]:
    seen: set[str] = set()
    for index, one in enumerate(file.templates):
        here = ("templates", index)
        if one.id in seen:
            yield document.problem((*here, "id"), f"template {one.id!r} is given twice", "rename one")
        seen.add(one.id)
        for part in ("title", "body"):
            said: Said = getattr(one, part)
            for language in ("zh", "en"):
                for hole in sorted(set(_HOLE.findall(getattr(said, language))) - HOLES):
                    yield document.problem(
                        (*here, part, language),
                        f"nothing fills {{{hole}}}",
                        f"use one of {', '.join(sorted(HOLES))}",
                    )


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template's text with its holes filled."""
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), text)


class State(StrEnum):
    """Where a letter stands."""

    DRAFT = "draft"
    SENT = "sent"
    OVERDUE = "overdue"
    """Sent, not answered, and the day has passed: told by the clock, not kept."""
    REPLIED = "replied"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    State.DRAFT: Bilingual(zh="草稿", en="draft"),
    State.SENT: Bilingual(zh="已发出", en="sent"),
    State.OVERDUE: Bilingual(zh="逾期未复", en="answer overdue"),
    State.REPLIED: Bilingual(zh="已回复", en="answered"),
    State.WITHDRAWN: Bilingual(zh="已撤回", en="withdrawn"),
}
"""What people call them."""


class Step(StrEnum):
    """What is done with a letter."""

    SEND = "send"
    REPLY = "reply"
    WITHDRAW = "withdraw"


STEPS: Mapping[Step, tuple[frozenset[State], State]] = {
    Step.SEND: (frozenset({State.DRAFT}), State.SENT),
    Step.REPLY: (frozenset({State.SENT}), State.REPLIED),
    Step.WITHDRAW: (frozenset({State.DRAFT, State.SENT}), State.WITHDRAWN),
}
"""From which states, and to which."""


def state_now(kept: State, due: datetime, now: datetime) -> State:
    """The state as people see it: a letter sent and not answered in time is overdue."""
    return State.OVERDUE if kept is State.SENT and now > due else kept


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is printed."""

    number: str
    title: str
    body: str
    org: str
    day: str


def paper_of(letter: Letter, language: Language) -> Paper:
    """The letter as a document."""
    return Paper(
        title=letter.title,
        subtitle="",
        language=language,
        number=f"编号 {letter.number}" if language == "zh" else f"No. {letter.number}",
        blocks=[
            *(Text(line) for line in letter.body.split("\n") if line.strip()),
            Text(f"{letter.org}\n{letter.day}", right=True),
        ],
        footer="Placewatch",
    )
