"""One-click unsubscribe (RFC 8058): mail programs POST here without a login, people see a page.

The token is a person's and a stream's; no personal link can be made of it. The same POST again is
the same answer. GET changes nothing.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from services.notifications.commands.unsubscribing import Wish, keep_wish
from services.notifications.domain.unsubscribing import STREAMS, UNSUBSCRIBE, Stream
from services.notifications.models import Person, Unsubscribed
from services.notifications.pages import stopped_page, unknown_page, wanted_page
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.tokens import check

router = APIRouter(tags=["unsubscribe"], route_class=Direct)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **problems(400),
    404: {"description": "A page that says so"},
}
_PATH = "/notifications/v1/unsubscribe/{token}"


@router.get(_PATH, response_class=HTMLResponse, responses=_ANSWERS)
async def ask(token: PathId, reader: ReaderDep, secret: PlatformSecretDep) -> Response:
    """A page that asks, or says that they have ended."""
    named = _named(secret, token)
    person = await reader.get(Person, named[0]) if named else None
    if named is None or person is None or person.erased:
        return _page(unknown_page(), 404)
    stopped = await reader.get(Unsubscribed, named)
    page = stopped_page if stopped else wanted_page
    return _page(page(named[1], person.locale, token))


@router.post(_PATH, response_class=HTMLResponse, responses=_ANSWERS)
async def stop(token: PathId, edge: EdgeDep, secret: PlatformSecretDep) -> Response:
    """No more mails of this stream, from now on. Whatever the body says."""
    return await _wish(token, edge, secret, wanted=False)


@router.post(_PATH + "/undo", response_class=HTMLResponse, responses=_ANSWERS)
async def undo(token: PathId, edge: EdgeDep, secret: PlatformSecretDep) -> Response:
    """Let them come again; what is due and still of use comes now."""
    return await _wish(token, edge, secret, wanted=True)


async def _wish(token: str, edge: EdgeDep, secret: str, *, wanted: bool) -> Response:
    named = _named(secret, token)
    if named is None:
        return _page(unknown_page(), 404)
    person_id, stream = named
    page = wanted_page if wanted else stopped_page
    seen: list[str] = []

    def answer(person: Person) -> tuple[int, None]:
        seen.append(person.locale)
        return 200, None

    done = await edge.run(keep_wish, Wish(person_id, stream, wanted), answer=answer)
    if done.status_code == 404:
        return _page(unknown_page(), 404)
    return _page(page(stream, seen[-1], token)) if done.status_code == 200 else done


def _named(secret: str, token: str) -> tuple[str, Stream] | None:
    """Whose, and which."""
    known = check(secret, UNSUBSCRIBE, token)
    person_id, _, stream = known[0].rpartition("/") if known else ("", "", "")
    found = [one for one in STREAMS if one == stream]
    return (person_id, found[0]) if found and person_id else None


def _page(html: str, status: int = 200) -> Response:
    return HTMLResponse(html, status, headers=_HEADERS)
