"""The city's tables: what is in force, what was, how they differ, and loading new ones without a restart."""

import difflib
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from central.api.acting import Acting, need
from central.api.audited import did
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, faults_of, responses
from central.api.routes_events import CursorText, Limit
from central.api.schemas_tables import (
    LoadTable,
    TableCheck,
    TableContent,
    TableDiff,
    TablesReloaded,
    TablesView,
    TableVersionPage,
    TableVersionView,
)
from central.names import Id
from central.people.actor import Actor, Role
from central.people.audit import AuditAct
from central.setup import TABLES
from central.shelf import Shelf, StaleTableError
from central.store import table_versions
from central.store.table_versions import Version
from placewatch.errors import ConfigError

router = APIRouter(prefix="/api/v1/tables", tags=["tables"])

_READERS = (Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR)
_DIFF_LINES = 20_000

Name = Annotated[Id, Path(description=f"One of {', '.join(TABLES)}.", examples=["grading"])]
Number = Annotated[int, Query(ge=1, lt=2**31, description="Number of a version.")]
NumberInPath = Annotated[int, Path(ge=1, lt=2**31, description="Number of a version.", examples=[1])]


def _view(version: Version) -> TableVersionView:
    return TableVersionView(**asdict(version))


def _known(name: str) -> str:
    if name not in TABLES:
        detail = f"there is no table {name}; one of {', '.join(TABLES)}"
        raise ApiError(HTTPStatus.NOT_FOUND, detail, field="path.name")
    return name


def _reader(desk: Desk, actor: Actor) -> None:
    need(desk, actor, desk.tables.city.root.id, *_READERS)


def _shelf(desk: Desk, actor: Actor) -> Shelf:
    need(desk, actor, desk.tables.city.root.id, Role.ADMIN)
    if desk.shelf is None:
        raise ApiError(HTTPStatus.CONFLICT, "this centre was started with fixed tables")
    return desk.shelf


@router.get("", summary="List the city's tables", responses=responses(HTTPStatus.NOT_FOUND))
def list_tables(
    desk: AtDesk,
    _actor: Acting,
    version: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9a-f]{16}$", description="``config_version`` of an event: what it was judged by."
        ),
    ] = None,
) -> TablesView:
    """The version of each table that is in force, or that an event was judged by."""
    wanted = version or desk.tables.version
    with desk.reading() as connection:
        members = table_versions.find_set(connection, wanted)
        found = table_versions.find(connection, members) if members else []
    if members is None and version is not None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"no event was judged by {version}", field="query.version")
    items = sorted(map(_view, found), key=lambda item: TABLES.index(item.name))
    return TablesView(version=wanted, in_force=wanted == desk.tables.version, items=items)


@router.get("/{name}/versions", summary="List versions of a table", responses=responses(HTTPStatus.NOT_FOUND))
def list_versions(
    desk: AtDesk, _actor: Acting, name: Name, cursor: CursorText = None, limit: Limit = 50
) -> TableVersionPage:
    """Every content that the table has had, newest first, with who loaded it and when."""
    start = read_cursor(cursor, "versions")
    with desk.reading() as connection:
        found = table_versions.versions(connection, _known(name), start.id if start else None, limit + 1)
    page = found[:limit]
    more = Cursor("versions", None, page[-1].number).text() if len(found) > limit else None
    return TableVersionPage(items=[_view(version) for version in page], next_cursor=more)


@router.get(
    "/{name}/versions/{number}",
    summary="Show a version of a table",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN),
)
def show_version(desk: AtDesk, actor: Acting, name: Name, number: NumberInPath) -> TableContent:
    """What a version holds; the versions that events were judged by stay readable."""
    _reader(desk, actor)
    version, content = _content(desk, _known(name), number, "path.number")
    return TableContent(version=_view(version), content=content)


def _content(desk: Desk, name: str, number: int, field: str) -> tuple[Version, str]:
    with desk.reading() as connection:
        [*found] = table_versions.find(connection, {name: number})
        data = table_versions.content(connection, name, number)
    if not found or data is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"{name} has no version {number}", field=field)
    return found[0], data.decode("utf-8", "replace")


@router.get(
    "/{name}/diff",
    summary="Compare two versions of a table",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN),
)
def show_diff(
    desk: AtDesk,
    actor: Acting,
    name: Name,
    old: Annotated[int, Query(alias="from", ge=1, lt=2**31, description="The one version.")],
    new: Annotated[int, Query(alias="to", ge=1, lt=2**31, description="The other version.")],
) -> TableDiff:
    """What changed from one version to another, as a unified diff."""
    _reader(desk, actor)
    _known(name)
    (before, old_text), (after, new_text) = (
        _content(desk, name, number, field) for number, field in ((old, "query.from"), (new, "query.to"))
    )
    lines = _diff(old_text.splitlines(), new_text.splitlines(), f"{name}@{old}", f"{name}@{new}")
    return TableDiff(old=_view(before), new=_view(after), lines=lines, **_counted(lines))


def _diff(old: list[str], new: list[str], old_name: str, new_name: str) -> list[str]:
    """A unified diff; what both begin and end with is not searched, or a whole city would take minutes."""
    head = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    head = max(0, head - 3)
    rest = min(len(old), len(new)) - head
    tail = next((n for n in range(rest) if old[len(old) - 1 - n] != new[len(new) - 1 - n]), rest)
    tail = max(0, tail - 3)
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(middle_old), len(middle_new)) > _DIFF_LINES:
        detail = (
            f"they differ over more than {_DIFF_LINES} lines; compare their contents with a tool of your own"
        )
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.to")
    lines = list(difflib.unified_diff(middle_old, middle_new, old_name, new_name, lineterm=""))
    return [f"{line} (after line {head})" if line.startswith("@@") and head else line for line in lines]


@router.post(
    "/{name}/check",
    summary="Look at a table before it is loaded",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
def check_table(desk: AtDesk, actor: Acting, name: Name, said: LoadTable) -> TableCheck:
    """Check a content together with all the other tables, and compare it with what is in force.

    Nothing changes; a fault is refused with its line, as it would be when it was loaded.
    """
    shelf = _shelf(desk, actor)
    try:
        shelf.check(_known(name), said.content.encode(), said.file or name)
    except ConfigError as error:
        raise _refused(error) from error
    with desk.reading() as connection:
        present = table_versions.in_force(connection).get(name)
    before = _content(desk, name, present.number, "path.name")[1] if present else ""
    number = present.number if present else 0
    lines = _diff(before.splitlines(), said.content.splitlines(), f"{name}@{number}", name)
    return TableCheck(seen=number, lines=lines, **_counted(lines))


def _counted(lines: list[str]) -> dict[str, int]:
    return {
        "added": sum(line.startswith("+") and not line.startswith("+++") for line in lines),
        "removed": sum(line.startswith("-") and not line.startswith("---") for line in lines),
    }


@router.put(
    "/{name}",
    summary="Load a table",
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
def load_table(desk: AtDesk, actor: Acting, name: Name, said: LoadTable) -> TableVersionView:
    """Put a new content in force, at once and for every centre of this database.

    It is checked together with all the others first; a fault is refused with its line, and what was in force
    stays in force. Events keep the version that they were judged by.
    """
    shelf = _shelf(desk, actor)
    file = said.file or _known(name)
    try:
        made = shelf.load(_known(name), said.content.encode(), file, actor.name, desk.now, said.seen)
    except StaleTableError as error:
        raise ApiError(HTTPStatus.CONFLICT, str(error), field="body.seen", code="stale") from error
    except ConfigError as error:
        raise _refused(error) from error
    root = desk.tables.city.root.id
    did(desk, actor.name, AuditAct.CHANGED, "table", name, root, number=made.number, hash=made.hash)
    return _view(made)


@router.post(
    "/reload",
    summary="Read the configured files again",
    responses=responses(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
def reload_tables(desk: AtDesk, actor: Acting) -> TablesReloaded:
    """Put in force what has changed in the files that central.yaml names; SIGHUP does the same."""
    shelf = _shelf(desk, actor)
    try:
        made = shelf.reload(desk.now)
    except ConfigError as error:
        raise _refused(error) from error
    for version in made:
        root = desk.tables.city.root.id
        did(desk, actor.name, AuditAct.CHANGED, "table", version.name, root, number=version.number)
    return TablesReloaded(items=[_view(version) for version in made])


def _refused(error: ConfigError) -> ApiError:
    """Each fault with file, line and remedy."""
    errors = faults_of(error)
    detail = (
        f"the table has {len(errors)} fault{'s' if len(errors) > 1 else ''}; what was in force stays in force"
    )
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)
