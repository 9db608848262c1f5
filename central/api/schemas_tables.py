"""The city's tables as the API shows them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from central.events.view import View

_EXAMPLE: JsonDict = {
    "name": "grading",
    "number": 3,
    "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 2041,
    "file": "grading.yaml",
    "origin": "loaded",
    "author": "wang",
    "at": "2026-03-02T01:12:00Z",
}


class TableVersionView(View):
    """One content that a table has had."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    """Which table."""
    number: int
    """1 for the first; the highest is in force."""
    hash: str
    """SHA-256 of the content, hex."""
    size: int
    """Bytes."""
    file: str
    """As whoever loaded it called it."""
    origin: str
    """``file``: read from the file that central.yaml names; ``loaded``: loaded by somebody."""
    author: str
    """Who loaded it."""
    at: datetime
    """When."""


class TablesView(View):
    """The tables that events are judged by."""

    version: str
    """What events keep as ``config_version``."""
    in_force: bool
    """Whether this is what events are judged by now."""
    items: list[TableVersionView]
    """One version of each table."""


class TableVersionPage(View):
    """Versions of one table, newest first."""

    items: list[TableVersionView]
    """Newest first."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""


class TableContent(View):
    """What a version holds."""

    version: TableVersionView
    """Which."""
    content: str
    """YAML or JSON, as it was loaded."""


class TableDiff(View):
    """How two versions of a table differ."""

    old: TableVersionView
    """The one."""
    new: TableVersionView
    """The other."""
    added: int
    """Lines that only ``new`` has."""
    removed: int
    """Lines that only ``old`` has."""
    lines: list[str]
    """A unified diff."""


class TableCheck(View):
    """What a content would change; it has no fault."""

    seen: int
    """Number of the version in force: give it back when you load the content. 0 where there is none."""
    added: int
    """Lines that only the new content has."""
    removed: int
    """Lines that only what is in force has."""
    lines: list[str]
    """A unified diff."""


class LoadTable(BaseModel):
    """A new content for a table."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"content": "version: 2026-spring\n...", "file": "grading.yaml"}]},
    )

    content: str = Field(min_length=1, max_length=16 * 1024 * 1024)
    """The whole table, YAML or JSON."""
    file: str | None = Field(None, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    """What to call it in problems; the table's name if not given."""
    seen: int | None = Field(None, ge=0, lt=2**31)
    """Number of the version that you saw; it is refused when somebody has loaded another since."""


class TablesReloaded(View):
    """What reading the configured files again has changed."""

    items: list[TableVersionView]
    """New versions; none where no file has changed."""
