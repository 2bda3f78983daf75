"""The few files that pages need, from memory."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, Request, Response

from services.web.render import HEADERS, STATIC
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}
_FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def files() -> dict[str, tuple[bytes, str]]:
    """Address below /static/ → content and its kind."""
    return {
        str(path.relative_to(STATIC)): (path.read_bytes(), _KINDS[path.suffix])
        for path in STATIC.rglob("*")
        if path.suffix in _KINDS
    }


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """Kept for good where the address says which content it is; fonts never change at theirs."""
    found = files().get(name)
    if found is None:
        raise NotFound("file-unknown", "There is no such file.")
    content, kind = found
    marked = "v" in request.query_params or name.endswith(".woff2")
    kept = _FOR_GOOD if marked else "public, max-age=3600"
    return Response(content, media_type=kind, headers=HEADERS | {"Cache-Control": kept})


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """For those who ask without having read the page."""
    return await static("favicon.svg", request)
