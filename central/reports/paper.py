"""A document for people: headings, sentences, tables and plots; `paper_docx` and `paper_pdf` print it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text without characters that no document may hold (XML 1.0, 2.2)."""
    return _UNPRINTABLE.sub("", text)


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``small`` for notes, ``right`` for what ends a letter."""

    text: str
    small: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Points, one a line."""

    points: Sequence[str]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        head: Names of the columns.
        rows: Cells as text; the first column is left-aligned, the others right.
        widths: Shares of the page's width.
        total: The last row is the total of the others.
        left: Columns besides the first that are text.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    total: bool = False
    left: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot.

    Attributes:
        png: The file.
        caption: What it shows, for those who do not see it too.
        aspect: Height by width.
    """

    png: bytes
    caption: str
    aspect: float


Block = Heading | Text | Bullets | Grid | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """A document.

    Attributes:
        title: At its head, and in its metadata.
        subtitle: Below.
        language: ``zh`` or ``en``.
        blocks: What it says.
        footer: On every page, beside the page's number.
        number: Of the letter, where it is one; above the title.
    """

    title: str
    subtitle: str
    language: Language
    blocks: Sequence[Block]
    footer: str
    number: str = ""
