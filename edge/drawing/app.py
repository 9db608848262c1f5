"""The page on which zones are drawn, for this machine's own browser only."""

import secrets
from collections.abc import Callable
from pathlib import Path as FilePath
from threading import Lock
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.base import RequestResponseEndpoint

from edge.config import BoxConfig, Camera, load_box
from edge.drawing.boxfile import BoxFile
from edge.drawing.grab import Grabbed
from edge.place_defaults import told
from edge.redact.image import RedactedImage
from placewatch.errors import ConfigError, PlacewatchError

PAGE = FilePath(__file__).parent / "page"

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


class Shape(BaseModel):
    """A zone or line as it was drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    points: tuple[Point, ...] = Field(min_length=2, max_length=64)


class Shapes(BaseModel):
    """All of a camera."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zones: tuple[Shape, ...] = Field(max_length=64)
    lines: tuple[Shape, ...] = Field(max_length=64)


Take = Callable[[Camera], Grabbed]
Cover = Callable[[Grabbed], RedactedImage]


class Drawing:
    """What the page works on.

    Args:
        path: The box's file.
        take: Takes a picture of a camera.
        cover: Redacts it; nothing else is ever shown.
    """

    def __init__(self, path: FilePath, take: Take, cover: Cover) -> None:
        self.path = path
        self.token = secrets.token_urlsafe(24)
        self._take = take
        self._cover = cover
        self._stills: dict[str, bytes] = {}
        self._lock = Lock()

    def box(self) -> BoxConfig:
        """The configuration as it stands.

        Raises:
            ConfigError: It was changed and is no longer good.
        """
        return load_box(self.path)

    def camera(self, name: str) -> Camera:
        """A camera by id.

        Raises:
            HTTPException: There is none.
        """
        for camera in self.box().cameras:
            if camera.id == name:
                return camera
        raise HTTPException(404, f"there is no camera {name}")

    def still(self, name: str, *, fresh: bool) -> bytes:
        """A redacted still as JPEG; taken once unless ``fresh``.

        Raises:
            PlacewatchError: The camera shows nothing, or its picture cannot be redacted.
        """
        camera = self.camera(name)
        with self._lock:
            if fresh or name not in self._stills:
                self._stills[name] = self._cover(self._take(camera)).jpeg(
                    max_bytes=1024 * 1024, max_side=1600
                )
            return self._stills[name]

    def save(self, name: str, shapes: Shapes) -> BoxConfig:
        """Write what was drawn.

        Raises:
            ConfigError: It would not pass the check; the file is as it was.
        """
        with self._lock:
            file = BoxFile(self.path)
            file.draw(
                name,
                [(each.id, each.points) for each in shapes.zones],
                [(each.id, each.points) for each in shapes.lines],
            )
            return file.save()


def make_page(drawing: Drawing) -> FastAPI:
    """The application; it answers this machine only, and changes something only for its own page.

    Args:
        drawing: What it works on.
    """
    app = FastAPI(title="Placewatch zones", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def guard(request: Request, answer: RequestResponseEndpoint) -> Response:
        # A name that an attacker's DNS points here must not open the page (DNS rebinding).
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
        response = await answer(request) if host in _HOSTS else JSONResponse({"detail": "not this host"}, 403)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(PlacewatchError)
    def refused(_request: Request, error: Exception) -> JSONResponse:
        problems = [str(each) for each in error.problems] if isinstance(error, ConfigError) else [str(error)]
        return JSONResponse({"problems": problems}, 422)

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/api/box")
    def box() -> dict[str, object]:
        return {"file": str(drawing.path), "token": drawing.token, "cameras": cameras(drawing.box())}

    @app.get("/api/cameras/{name}/still")
    def still(name: str, *, fresh: bool = False) -> Response:
        return Response(drawing.still(name, fresh=fresh), media_type="image/jpeg")

    @app.put("/api/cameras/{name}/shapes")
    def save(name: str, shapes: Shapes, x_token: Annotated[str, Header()] = "") -> dict[str, object]:
        if not secrets.compare_digest(x_token, drawing.token):
            raise HTTPException(403, "not from this page")
        return {"cameras": cameras(drawing.save(name, shapes))}

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    return app


def cameras(box: BoxConfig) -> list[dict[str, object]]:
    """What the page needs of each camera; never its address."""
    return [
        {
            "id": camera.id,
            "place": camera.place,
            "class": str(box.place_of(camera).place_class),
            "zones": [{"id": zone.id, "points": zone.polygon} for zone in camera.zones],
            "lines": [{"id": line.id, "points": line.points} for line in camera.lines],
            "rules": told(camera.rules),
        }
        for camera in box.cameras
    ]
