"""What boxes are told to run, against what they say that they run."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy import Row

from central.api.acting import Acting, need
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, faults_of, responses
from central.api.schemas_fleet import (
    BoxConfigView,
    ConfigDiff,
    ConfigVersions,
    ConfigVersionView,
    DesiredView,
    NewConfig,
    ReportedView,
    RuleKindPage,
    RuleKindView,
    UpdateView,
)
from central.fleet.desired import Fleet, StaleOrderError, Wish, difference
from central.people.actor import Actor, Role
from central.store.boxes import boxes_as_said
from central.store.models import Box
from central.store.orders import OrderRow
from messages import ConfigState
from messages.topics import BoxTopics
from placewatch.errors import ConfigError, TrustError

router = APIRouter(prefix="/api/v1/boxes/{site}/{box}/config", tags=["boxes"])
kinds_router = APIRouter(prefix="/api/v1", tags=["boxes"])

_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_MAY = responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
Site = Annotated[str, Path(pattern=_ID, description="Site of the box.")]
Name = Annotated[str, Path(pattern=_ID, description="Id of the box.")]
Version = Annotated[int, Path(ge=1, lt=2**53, description="Version of a configuration.")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=40,
        description='The ETag of what you saw ("0" for a box that was never told anything), or *.',
    ),
]


@router.get("", summary="Show what a box shall run and what it runs", responses=_MAY)
def show_config(desk: AtDesk, actor: Acting, response: Response, site: Site, box: Name) -> BoxConfigView:
    """For those who administer or audit the whole city: a box may watch places of several orgs."""
    topics, fleet = BoxTopics(site, box), _fleet(desk, actor, Role.ADMIN, Role.AUDITOR)
    return _shown(desk, response, topics, fleet.newest(topics))


@kinds_router.get("/rules/kinds", summary="List the kinds of rules", responses=_MAY)
def list_kinds(desk: AtDesk, actor: Acting) -> RuleKindPage:
    """What can be watched for, and what each kind can be told, for those who configure boxes."""
    _fleet(desk, actor, Role.ADMIN, Role.AUDITOR)
    return RuleKindPage(
        items=[RuleKindView(kind=kind, fields=form) for kind, form in desk.rule_forms.items()]
    )


@router.put(
    "",
    summary="Tell a box what to run",
    responses=responses(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.PRECONDITION_REQUIRED,
    ),
)
def put_config(
    desk: AtDesk,
    actor: Acting,
    response: Response,
    site: Site,
    box: Name,
    body: NewConfig,
    if_match: IfMatch = None,
) -> BoxConfigView:
    """The configuration is checked, signed, kept as the next version, and brought to the box.

    The box tries it before it takes it, watches how it fares, and takes it back by itself when it fares
    worse; what became of it stands under ``reported``. Passwords are written as ``${NAME}`` and resolved on
    the box.
    """
    topics, fleet = BoxTopics(site, box), _fleet(desk, actor, Role.ADMIN)
    wish = Wish(topics, actor.name, body.note, body.expires, _seen(if_match))
    try:
        row = fleet.configure(wish, body.config, desk.now)
    except ConfigError as error:
        errors = faults_of(error, "body", "config")
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, errors=errors) from error
    except StaleOrderError as error:
        headers = {"ETag": _etag(error.newest)}
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED, error.message, field="header.If-Match", headers=headers
        ) from error
    except TrustError as error:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    return _shown(desk, response, topics, row)


@router.get("/versions", summary="List a box's configurations", responses=_MAY)
def list_versions(desk: AtDesk, actor: Acting, site: Site, box: Name) -> ConfigVersions:
    """Who told the box what, and when; newest first."""
    fleet = _fleet(desk, actor, Role.ADMIN, Role.AUDITOR)
    rows = fleet.versions(BoxTopics(site, box))
    return ConfigVersions(items=[ConfigVersionView.of(row) for row in rows])


@router.get("/versions/{version}", summary="Show one of a box's configurations", responses=_MAY)
def show_version(desk: AtDesk, actor: Acting, site: Site, box: Name, version: Version) -> DesiredView:
    """With its text."""
    fleet = _fleet(desk, actor, Role.ADMIN, Role.AUDITOR)
    return DesiredView.of(_version(fleet, BoxTopics(site, box), version))


@router.get("/diff", summary="Compare two of a box's configurations", responses=_MAY)
def show_diff(
    desk: AtDesk,
    actor: Acting,
    site: Site,
    box: Name,
    old: Annotated[int, Query(ge=0, lt=2**53, description="The one version; 0 for nothing.")],
    new: Annotated[int, Query(ge=1, lt=2**53, description="The other.")],
) -> ConfigDiff:
    """A unified diff of their texts."""
    topics, fleet = BoxTopics(site, box), _fleet(desk, actor, Role.ADMIN, Role.AUDITOR)
    before = _version(fleet, topics, old) if old else None
    return ConfigDiff(old=old, new=new, lines=difference(before, _version(fleet, topics, new)))


def _fleet(desk: Desk, actor: Actor, *roles: Role) -> Fleet:
    need(desk, actor, desk.tables.city.root.id, *roles)
    if desk.fleet is None:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "this server has no way to the boxes")
    return desk.fleet


def _version(fleet: Fleet, topics: BoxTopics, version: int) -> OrderRow:
    row = fleet.version(topics, version)
    if row is None:
        detail = f"{topics.site}/{topics.box} was never told a version {version}"
        raise ApiError(HTTPStatus.NOT_FOUND, detail, field="version")
    return row


def _seen(if_match: str | None) -> int | None:
    if if_match is None:
        detail = (
            'say which version you saw: send its ETag as If-Match ("0" for none), or * for whatever is there'
        )
        raise ApiError(HTTPStatus.PRECONDITION_REQUIRED, detail, field="header.If-Match")
    said = if_match.strip()
    if said == "*":
        return None
    number = said.strip('"')
    if not (number.isascii() and number.isdecimal() and len(number) <= 16):
        raise ApiError(HTTPStatus.PRECONDITION_FAILED, "not an ETag of this box", field="header.If-Match")
    return int(number)


def _etag(version: int) -> str:
    return f'"{version}"'


def _shown(desk: Desk, response: Response, topics: BoxTopics, row: OrderRow | None) -> BoxConfigView:
    with desk.reading() as connection:
        chosen = boxes_as_said().where(Box.site == topics.site, Box.name == topics.box)
        known = connection.execute(chosen).one_or_none()
    if known is None and row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "there is no such box", field="path.box")
    response.headers["ETag"] = _etag(row.version if row else 0)
    health = _health(known)
    reported = health.get("config")
    said = None if reported is None else ReportedView.model_validate(reported)
    update = health.get("update")
    return BoxConfigView(
        site=topics.site,
        box=topics.box,
        desired=DesiredView.of(row) if row else None,
        reported=said,
        reported_at=known.health_received if known is not None and said is not None else None,
        in_step=_in_step(row, said),
        software=known.version if known is not None else None,
        update=None if update is None else UpdateView.model_validate(update),
    )


def _health(known: Row[Any] | None) -> dict[str, Any]:
    if known is None or not known.health:
        return {}
    found: dict[str, Any] = msgspec.json.decode(known.health)
    return found


def _in_step(row: OrderRow | None, said: ReportedView | None) -> bool:
    if row is None or said is None:
        return False
    runs = (said.version, said.sha256) == (row.version, row.sha256)
    return runs and said.state is ConfigState.APPLIED
