"""The console: the files that Vite has built, and what a browser may keep of them."""

import mimetypes
import os
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Scope

from central.api.problems import ApiError

DIST = Path(__file__).parent.parent / "console" / "dist"
_REVALIDATE = {"Cache-Control": "no-cache"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ROOT_FILES = (".html", ".js", ".svg", ".png", ".webmanifest")


def install(app: FastAPI, dist: Path = DIST) -> None:
    """Serve the console at the root; files under ``assets`` carry a hash in their name and never change."""

    @app.get("/", include_in_schema=False)
    def console(request: Request) -> Response:
        if not (dist / "index.html").is_file():
            detail = "the console is not built in this checkout; run 'make console'"
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, detail)
        return _file(dist / "index.html", request.scope, _REVALIDATE)

    @app.get("/{name}", include_in_schema=False)
    def root_file(name: str, request: Request) -> Response:
        path = dist / name
        if path.parent != dist or path.suffix not in _ROOT_FILES or not path.is_file():
            raise ApiError(HTTPStatus.NOT_FOUND, "there is no such page")
        return _file(path, request.scope, _REVALIDATE)

    app.mount("/assets", _Assets(directory=dist / "assets", check_dir=False), name="assets")


class _Assets(StaticFiles):
    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,  # noqa: ARG002 - the base class gives it
        scope: Scope,
        status_code: int = 200,  # noqa: ARG002
    ) -> Response:
        return _file(Path(full_path), scope, _FOREVER)


def _file(path: Path, scope: Scope, headers: dict[str, str]) -> Response:
    """The file, or its compressed copy for a browser that takes one."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = path.with_name(f"{path.name}.gz")
    if "gzip" in Headers(scope=scope).get("accept-encoding", "") and packed.is_file():
        encoded = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return FileResponse(packed, media_type=media_type, headers=encoded)
    return FileResponse(path, media_type=media_type, headers={**headers, "Vary": "Accept-Encoding"})
