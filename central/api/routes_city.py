"""The city as people look at it: organisations, grids, places, the responsibility list."""

import gzip
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import shapely
from fastapi import APIRouter, Header, Response
from shapely.geometry import mapping

from central.api.acting import Acting, sees
from central.api.desk import AtDesk
from central.api.problems import responses
from central.api.schemas_city import (
    DutyPage,
    DutyView,
    GridFeatures,
    OrgPage,
    OrgView,
    SpotPage,
)
from central.events.view import AreaView
from central.people.scope import Scope
from central.setup import Tables

router = APIRouter(prefix="/api/v1", tags=["city"])

_NEEDS = responses(HTTPStatus.UNAUTHORIZED)
IfNoneMatch = Annotated[str | None, Header(description="The ETag that the caller has.")]


@router.get("/orgs", summary="Show the org tree", responses=_NEEDS)
def list_orgs(desk: AtDesk, actor: Acting) -> OrgPage:
    """Every organisation, parents first."""
    city, scope = desk.tables.city, sees(desk, actor)
    ranks = {level: rank for rank, level in enumerate(city.levels)}
    orgs = sorted(city.orgs.values(), key=lambda org: ranks[org.level])
    return OrgPage(
        items=[
            OrgView(
                id=org.id,
                name=org.name,
                level=AreaView(id=org.level, name=city.levels[org.level].name),
                parent=org.parent,
                mine=scope.sees(org.id),
            )
            for org in orgs
        ]
    )


@router.get("/places", summary="Show places", response_model=SpotPage, responses=_NEEDS)
def list_places(desk: AtDesk, actor: Acting, if_none_match: IfNoneMatch = None) -> Response:
    """Every place that the caller may see, in one answer; a city has some 100,000."""
    return _kept(_places(_Key(desk.tables), _scope(sees(desk, actor))), if_none_match)


@router.get("/grids", summary="Show grids", response_model=GridFeatures, responses=_NEEDS)
def list_grids(desk: AtDesk, actor: Acting, if_none_match: IfNoneMatch = None) -> Response:
    """The grids that the caller may see, as GeoJSON."""
    return _kept(_grids(_Key(desk.tables), _scope(sees(desk, actor))), if_none_match)


@router.get("/responsibility", summary="Show the responsibility list", responses=_NEEDS)
def show_responsibility(desk: AtDesk, _actor: Acting) -> DutyPage:
    """What each kind of event becomes, who leads, how fast, when it is closed."""
    file = desk.tables.responsibility.file
    items = sorted(file.items, key=lambda item: item.number)
    return DutyPage(
        version=file.version,
        items=[
            DutyView(
                number=item.number,
                id=item.id,
                name=item.name,
                sources=list(item.sources),
                lead=[file.departments[name] for name in item.lead],
                limits=item.limits,
                closed_when=item.closed_when,
                colour=item.colour,
            )
            for item in items
        ],
    )


class _Key:
    """The tables as a key of what was made from them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def __hash__(self) -> int:
        return id(self.tables)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.tables is self.tables


def _scope(scope: Scope) -> frozenset[str] | None:
    return None if scope.whole else scope.orgs


@lru_cache(maxsize=16)
def _places(key: _Key, orgs: frozenset[str] | None) -> tuple[bytes, str]:
    tables = key.tables
    items = []
    for place in tables.city.places.values():
        where = tables.locator.locate(place.id)
        if orgs is None or where.org in orgs:
            items.append(
                {
                    "id": place.id,
                    "name": {"zh": place.name.zh, "en": place.name.en},
                    "class": place.place_class,
                    "point": place.point,
                    "org": where.org,
                    "grid": where.grid,
                }
            )
    classes = [
        {"id": name, "name": {"zh": area.name.zh, "en": area.name.en}}
        for name, area in tables.key_areas.classes.items()
    ]
    return _packed({"version": tables.version, "classes": classes, "items": items})


@lru_cache(maxsize=16)
def _grids(key: _Key, orgs: frozenset[str] | None) -> tuple[bytes, str]:
    features = [
        {
            "type": "Feature",
            "properties": {"id": grid.id, "org": grid.org, "zh": grid.name.zh, "en": grid.name.en},
            "geometry": mapping(shapely.set_precision(grid.shape, 1e-6)),
        }
        for grid in key.tables.locator.grids.values()
        if orgs is None or grid.org in orgs
    ]
    return _packed({"type": "FeatureCollection", "features": features})


def _packed(document: dict[str, Any]) -> tuple[bytes, str]:
    content = gzip.compress(msgspec.json.encode(document), 5, mtime=0)
    return content, f'"{sha256(content).hexdigest()[:32]}"'


def _kept(made: tuple[bytes, str], if_none_match: str | None) -> Response:
    content, etag = made
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Encoding"] = "gzip"  # every browser and client library takes it
    return Response(content, headers=headers, media_type="application/json")
