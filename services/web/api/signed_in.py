"""Who is signed in at the console: what every route of it asks for.

A session is a cookie that only we can read, whose digest is kept. What changes something carries a
token of that session besides, and comes from a page of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Response

from services.web.api.common import FormDep, LongFormDep, see
from services.web.api.missing import missing
from services.web.api.uploads import PartsDep
from services.web.domain.roles import Act, may
from services.web.models import ConsoleSession
from services.web.render import Pages
from services.web.unheard import unheard_of
from shared.runtime.asking import PlatformSecretDep, PublicUrlDep
from shared.runtime.clock import wall
from shared.runtime.edge import ReaderDep
from shared.runtime.logs import ABOUT
from shared.runtime.tokens import check, digest_of, mint

_CSRF = "console-form"


class NotSignedIn(Exception):
    """Nobody is signed in: they are shown where to do so."""


class NotAllowed(Exception):
    """Their role does not allow it, or the form is of no page of theirs."""


@dataclass(frozen=True)
class Signed:
    """Somebody of staff. `csrf` goes into every form of theirs."""

    digest: str
    subject: str
    roles: tuple[str, ...]
    csrf: str


SESSION, UNDER_WAY = "console", "console-sign-in"


def cookie_name(public_url: str, what: str = SESSION) -> str:
    """Over https browsers keep to what the name promises: of this host alone, and secure. So no
    neighbour (another host of the same domain) puts one there, as if it were ours."""
    return f"__Host-{what}" if _is_secure(public_url) else what


def keep(
    response: Response, public_url: str, secret: str, seconds: int, what: str = SESSION
) -> Response:
    """Give the browser its session. Lax: who follows a link from a mail stays signed in, and what
    is under way is there when the issuer sends people back."""
    response.set_cookie(
        cookie_name(public_url, what), secret, max_age=seconds, path="/",
        secure=_is_secure(public_url), httponly=True, samesite="lax",
    )  # fmt: skip
    return response


def drop(response: Response, public_url: str, what: str = SESSION) -> Response:
    """Have the browser forget its session."""
    return keep(response, public_url, "", 0, what)


def _is_secure(public_url: str) -> bool:
    return public_url.startswith("https://")


async def signed_in(
    request: Request, reader: ReaderDep, secret: PlatformSecretDep, url: PublicUrlDep
) -> Signed:
    """FastAPI dependency: who is signed in; raises NotSignedIn."""
    told = request.cookies.get(cookie_name(url), "")
    row = await reader.get(ConsoleSession, digest_of(told)) if told else None
    if row is None or row.ends_at <= wall():
        raise NotSignedIn
    ABOUT.set({**ABOUT.get(), "caller": f"console:{row.subject}"})  # for audits and logs
    return Signed(row.digest, row.subject, tuple(row.roles), mint(secret, _CSRF, row.digest, 1))


SignedDep = Annotated[Signed, Depends(signed_in)]


def needs_role(act: Act) -> Callable[..., Any]:
    """FastAPI dependency: somebody signed in whose role allows that."""

    async def demand(signed: SignedDep) -> Signed:
        if not may(signed.roles, act):
            raise NotAllowed
        return signed

    return demand


async def form_of_theirs(
    request: Request, form: FormDep, signed: SignedDep, secret: PlatformSecretDep, url: PublicUrlDep
) -> dict[str, str]:
    """FastAPI dependency: the fields of a form of this session, sent from a page of ours."""
    unheard_of(request).took(form)
    known = check(secret, _CSRF, form.get("csrf", ""))
    if known != (signed.digest, 1) or not is_ours(request, url):
        raise NotAllowed
    return form


async def long_form_of_theirs(
    request: Request,
    form: LongFormDep,
    signed: SignedDep,
    secret: PlatformSecretDep,
    url: PublicUrlDep,
) -> dict[str, str]:
    """FastAPI dependency: the same for the form for a course, which has more fields."""
    return await form_of_theirs(request, form, signed, secret, url)


async def parts_of_theirs(
    request: Request,
    parts: PartsDep,
    signed: SignedDep,
    secret: PlatformSecretDep,
    url: PublicUrlDep,
) -> dict[str, bytes | str]:
    """FastAPI dependency: the same for a form with files."""
    unheard_of(request).took({name: one for name, one in parts.items() if isinstance(one, str)})
    known = check(secret, _CSRF, str(parts.get("csrf", "")))
    if known != (signed.digest, 1) or not is_ours(request, url):
        raise NotAllowed
    return parts


TheirPartsDep = Annotated[dict[str, bytes | str], Depends(parts_of_theirs)]
TheirFormDep = Annotated[dict[str, str], Depends(form_of_theirs)]
TheirLongFormDep = Annotated[dict[str, str], Depends(long_form_of_theirs)]


# Of a page that says no-referrer, a browser sends a form with `Origin: null` (Fetch, "append a
# request `Origin` header"): nobody could tell ours from another's. The origin and no more is said.
SENDS_FORMS = {"Referrer-Policy": "strict-origin"}


def is_ours(request: Request, public_url: str) -> bool:
    """Whether the browser, if it says at all from where a form comes, says that it is ours."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    ours = urlsplit(public_url)
    return site == "same-origin" and origin in {None, f"{ours.scheme}://{ours.netloc}"}


def install(app: FastAPI, pages: Pages) -> None:
    """Show who is not signed in where to do so, and who may not that they may not."""

    async def ask(_request: Request, _why: Exception) -> Response:
        return see("/console/sign-in", personal=True)

    async def refuse(request: Request, _why: Exception) -> Response:
        return missing(request, pages, "not-allowed", 403)

    app.add_exception_handler(NotSignedIn, ask)
    app.add_exception_handler(NotAllowed, refuse)
