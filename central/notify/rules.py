"""Which acts tell whom: a table of the city."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from pydantic import Field, field_validator

from central.events.vocabulary import Colour, Verb
from central.grid.city import City
from central.names import Id
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem

WORDS = (
    "colour",
    "kind",
    "place",
    "zone",
    "org",
    "number",
    "state",
    "verb",
    "item",
    "limits",
    "reason",
    "time",
)
"""What texts may name."""


class When(Settings):
    """All that are given must hold."""

    verbs: tuple[Verb, ...] = Field(min_length=1)
    """What happened, as in the timeline."""
    colours: tuple[Colour, ...] = ()
    """The event's colour afterwards; none means any."""
    orgs: tuple[Id, ...] = ()
    """On the ground of one of these or below; none means the whole city."""
    kinds: tuple[Id, ...] = ()
    """Kinds of events; none means all."""


class Rule(Settings):
    """One rule."""

    id: Id
    """Kept with what it sends."""
    when: When
    """When it holds."""
    to: tuple[Id, ...] = Field(min_length=1)
    """Names of channels."""


class Pattern(Settings):
    """A text with ``{words}``, in both languages."""

    zh: str = Field(min_length=1, max_length=1000)
    """Chinese."""
    en: str = Field(min_length=1, max_length=1000)
    """English."""

    @field_validator("zh", "en")
    @classmethod
    def _known_words(cls, text: str) -> str:
        try:
            fields = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
        except ValueError as error:
            msg = f"braces do not fit: {error} | write {{place}}, and {{{{ for a brace"
            raise ValueError(msg) from None
        for field in fields:
            if field not in WORDS:
                msg = f"there is no word {{{field}}} | use one of {', '.join(WORDS)}"
                raise ValueError(msg)
        return text


class Texts(Settings):
    """How notifications read."""

    subject: Pattern
    """One line."""
    body: Pattern
    """What there is to say."""


class NotificationFile(Settings):
    """What ``notifications.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    rules: tuple[Rule, ...] = ()
    """Every one that holds sends; a channel gets each entry of a timeline once."""
    texts: Texts
    """How they read."""


@dataclass(frozen=True, slots=True)
class Notifications:
    """Checked rules.

    Attributes:
        file: As written.
        verbs: What any rule waits for: most changes are none of it.
        channels: Names of all channels that rules name.
    """

    file: NotificationFile
    verbs: frozenset[Verb]
    channels: tuple[str, ...]

    def matching(self, verb: Verb, colour: Colour, kind: str, orgs: frozenset[str]) -> Iterator[Rule]:
        """The rules that hold.

        Args:
            verb: What happened.
            colour: Of the event, afterwards.
            kind: Of the event.
            orgs: The org on the event's ground and those above it.
        """
        for rule in self.file.rules:
            when = rule.when
            if (
                verb in when.verbs
                and (not when.colours or colour in when.colours)
                and (not when.kinds or kind in when.kinds)
                and (not when.orgs or not orgs.isdisjoint(when.orgs))
            ):
                yield rule


def load_notifications(path: Path, city: City) -> Notifications:
    """Read and check the rules.

    Raises:
        ConfigError: Each fault at its line: an id given twice, an unknown org or word.
    """
    document = read(path)
    file = validate(document, NotificationFile)
    problems = list(_problems(document, file, city))
    if problems:
        raise ConfigError(problems)
    return Notifications(
        file,
        frozenset(verb for rule in file.rules for verb in rule.when.verbs),
        tuple(dict.fromkeys(channel for rule in file.rules for channel in rule.to)),
    )


def _problems(document: Document, file: NotificationFile, city: City) -> Iterator[ConfigProblem]:
    seen: set[str] = set()
    for index, rule in enumerate(file.rules):
        if rule.id in seen:
            yield document.problem(("rules", index, "id"), f"{rule.id!r} is taken", "choose another id")
        seen.add(rule.id)
        for place, org in enumerate(rule.when.orgs):
            if org not in city.orgs:
                message = f"unknown org {org!r}"
                fix = "use the id of one of the city file's orgs"
                yield document.problem(("rules", index, "when", "orgs", place), message, fix)
