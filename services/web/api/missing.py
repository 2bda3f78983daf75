"""Pages for what is not there, and for links that lead nowhere any more."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.render import Pages
from services.web.unheard import unheard_of

router = APIRouter(include_in_schema=False)
_STATUS = {"dead-link": 410, "away": 503, "settling": 425}
_RETRY = {503: {"Retry-After": "30"}, 425: {"Retry-After": "2"}}


def missing(
    request: Request, pages: Pages, what: str = "page", status: int | None = None
) -> Response:
    """`page`, `course`, `link`, `dead-link`; `settling` where a copy is a moment behind; `away`;
    `form` for one that cannot be read, `too-large`, `failed` for a defect of ours."""
    status = status or _STATUS.get(what, 404)
    return pages.page(
        request,
        "missing.html",
        status,
        personal=True,
        headers=_RETRY.get(status),
        what=what,
        unsure=bool(unheard_of(request).keys),
    )


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def nothing_here(path: str, request: Request, pages: PagesDep) -> Response:
    """Every address that nobody else answers."""
    return missing(request, pages)
