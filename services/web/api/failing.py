"""Failures said as pages: with the statuses of every service, but in words that one can act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.api.common import key_of
from services.web.api.missing import missing
from services.web.domain.typed import Typed, typed_in
from services.web.render import Pages

Handler = Callable[[Request, Exception], Awaitable[Response]]
_PAGE = {
    400: "form",
    413: "too-large",
    422: "form",
    404: "page",
    405: "page",
    410: "page",
    500: "failed",
}
_MOST_DROPPED = 30_000_000  # bytes
_FOR_MACHINES = "/web/"  # health, metrics, the service's own documents


class TooLarge:
    """ASGI middleware, outermost: what is refused for its size before any page sees it is told as a
    page, once the browser has sent all of it (it would show a broken connection otherwise)."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request."""
        if scope["type"] != "http" or scope["path"].startswith(_FOR_MACHINES):
            await self._app(scope, receive, send)
            return
        told = False

        async def sending(message: Message) -> None:
            nonlocal told
            if _too_large(message):
                told = True
                await _sent(receive)
                page = missing(Request(scope), self._pages, "too-large", 413)
                await page(scope, receive, send)
            elif not told:
                await send(message)

        await self._app(scope, receive, sending)


def _too_large(message: Message) -> bool:
    """Whether this begins the runtime's own refusal, which comes before a body was read."""
    document = (b"content-type", b"application/problem+json")
    return message.get("status") == 413 and document in message.get("headers", ())


async def _sent(receive: Receive) -> None:
    """Wait until a body has come to its end, or to more than anybody would send by mistake."""
    seen, more = 0, True
    while more and seen < _MOST_DROPPED:
        message = await receive()
        seen += len(message.get("body", b""))
        more = message["type"] == "http.request" and bool(message.get("more_body"))


def install(app: FastAPI, pages: Pages) -> None:
    """Let every handler of failures that there is decide, and show a page of what it decided."""
    app.add_middleware(TooLarge, pages=pages)
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
            return once_more(request, pages, typed)
        what = _PAGE.get(answer.status_code, "away")
        return missing(request, pages, what, answer.status_code)

    return shown


def unread(request: Request, pages: Pages, form: dict[str, str], what: str) -> Response:
    """A form whose registration cannot be read, for why that is (`missing` has the words): it is
    kept where that can pass."""
    if what in ("away", "settling"):
        return once_more(request, pages, form)
    return missing(request, pages, what)


def once_more(
    request: Request,
    pages: Pages,
    form: dict[str, str],
    *,
    unheard: bool = False,
    look: str = "",
) -> Response:
    """503: everything typed, ready to be sent again: under the same key, so that it counts once.

    `unheard`: it was sent to its owner, and nobody knows whether it was done; `look` is the page
    that may show it.
    """
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
        unheard=unheard,
        look=look,
    )
