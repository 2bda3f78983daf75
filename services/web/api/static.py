"""The few files that pages need, from memory."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class File:
    """`packed` is the content in gzip, empty where that makes it no smaller."""

    content: bytes
    packed: bytes
    kind: str


@cache
def files() -> dict[str, File]:
    """Address below /static/ → the file."""
    found = {}
    for path in STATIC.rglob("*"):
        if path.suffix in _KINDS:
            content = path.read_bytes()
            packed = b"" if path.suffix == ".woff2" else gzip.compress(content, mtime=0)
            found[str(path.relative_to(STATIC))] = File(content, packed, _KINDS[path.suffix])
    return found


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """Kept for good where the address says which content it is; fonts never change at theirs."""
    found = files().get(name)
    if found is None:
        raise NotFound("file-unknown", "There is no such file.")
    marked = "v" in request.query_params or name.endswith(".woff2")
    kept = _FOR_GOOD if marked else "public, max-age=3600"
    headers = HEADERS | {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if found.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, media_type=found.kind, headers=headers)
    return Response(found.content, media_type=found.kind, headers=headers)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """For those who ask without having read the page."""
    return await static("favicon.svg", request)
