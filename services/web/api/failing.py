"""Failures said as pages: with the statuses of every service, but in words that one can act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response

from services.web.api.common import key_of
from services.web.api.missing import missing
from services.web.domain.typed import Typed, typed_in
from services.web.render import Pages

Handler = Callable[[Request, Exception], Awaitable[Response]]
_PAGE = {
    400: "form",
    413: "form",
    422: "form",
    404: "page",
    405: "page",
    410: "page",
    500: "failed",
}
_FOR_MACHINES = "/web/"  # health, metrics, the service's own documents


def install(app: FastAPI, pages: Pages) -> None:
    """Let every handler of failures that there is decide, and show a page of what it decided."""
    for kind, usual in list(app.exception_handlers.items()):
        handler: Any = usual
        app.add_exception_handler(kind, _as_page(handler, pages))


def _as_page(usual: Handler, pages: Pages) -> Handler:
    async def shown(request: Request, why: Exception) -> Response:
        answer = await usual(request, why)
        if request.url.path.startswith(_FOR_MACHINES):
            return answer
        typed = getattr(request.state, "form", None)
        if answer.status_code == 503 and typed:
            return _once_more(request, pages, typed)
        what = _PAGE.get(answer.status_code, "away")
        return missing(request, pages, what, answer.status_code)

    return shown


def _once_more(request: Request, pages: Pages, form: dict[str, str]) -> Response:
    """Everything typed, ready to be sent again: under the same key, so that it counts once."""
    typed: Typed = typed_in(form)
    return pages.page(
        request,
        "once_more.html",
        503,
        personal=True,
        headers={"Retry-After": "30"},
        action=request.url.path,
        fields=form | {"key": key_of(form)},
        typed=typed,
    )
