"""Signing in to the console, and out of it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import FormDep, PagesDep, see
from services.web.api.missing import missing
from services.web.api.signed_in import (
    SENDS_FORMS,
    UNDER_WAY,
    Signed,
    TheirFormDep,
    cookie_name,
    drop,
    is_ours,
    keep,
    needs_role,
)
from services.web.commands.sessions import (
    LINK,
    SESSION,
    LinkUsed,
    Offer,
    SignIn,
    offer,
    sign_in,
    sign_out,
)
from services.web.domain.roles import Role, roles_of
from services.web.identity import Issuer, NotBelieved
from services.web.render import Pages
from shared.dates import rfc3339
from shared.errors import TooMany
from shared.runtime.asking import OperatorDep, PlatformSecretDep, PublicUrlDep
from shared.runtime.clock import wall
from shared.runtime.edge import Edge, EdgeDep
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit, asker
from shared.runtime.tokens import check, digest_of, mint

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
machines = APIRouter(tags=["console"])
_PATIENCE = timedelta(minutes=10)
_TRIES = RateLimit(30, 60)
ReadsDep = Annotated[Signed, Depends(needs_role("read"))]


@machines.post("/web/v1/console/links", status_code=201, responses=problems(401, 403))
async def make_link(_caller: OperatorDep, edge: EdgeDep, url: PublicUrlDep) -> Response:
    """A link that signs somebody in as admin: once, within five minutes."""
    word, now = secrets.token_urlsafe(32), wall()
    body = {"url": f"{url}/console/link/{word}", "expires_at": rfc3339(now + LINK)}
    return await edge.run(offer, Offer(digest_of(word), now), answer=lambda _: (201, body))


@router.get("/console/sign-in")
async def ask(request: Request, pages: PagesDep) -> Response:
    """How to get in."""
    known = request.app.state.issuer is not None
    return pages.page(
        request, "console_sign_in.html", personal=True, headers=SENDS_FORMS, issuer=known
    )


@router.get("/console/link/{word}")
async def show_link(word: str, request: Request, pages: PagesDep) -> Response:
    """A button: a program that looks at links in messages must not use one up."""
    return pages.page(request, "console_link.html", personal=True, headers=SENDS_FORMS, word=word)


@router.post("/console/link")
async def use_link(
    request: Request, form: FormDep, pages: PagesDep, edge: EdgeDep, url: PublicUrlDep
) -> Response:
    """Sign in by a link."""
    _count(request)
    if not is_ours(request, url):
        return missing(request, pages, "not-allowed", 403)
    link = digest_of(form.get("word", ""))
    try:
        return await _signed(edge, url, "link", ("admin",), link)
    except LinkUsed:
        return missing(request, pages, "used-link", 410)


@router.get("/console/sign-in/start")
async def start(
    request: Request, pages: PagesDep, secret: PlatformSecretDep, url: PublicUrlDep
) -> Response:
    """On to the issuer. What it has to say again is kept by the browser that asks, sealed."""
    _count(request)
    issuer: Issuer | None = request.app.state.issuer
    if issuer is None:
        return see("/console/sign-in", personal=True)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        address = await issuer.address(state, nonce, verifier)
    except NotBelieved as why:
        return _not_believed(request, pages, why)
    until = int((wall() + _PATIENCE).timestamp())
    sealed = mint(secret, UNDER_WAY, f"{state}/{nonce}/{verifier}/{until}", 1)
    response = see(address, personal=True)
    return keep(response, url, sealed, int(_PATIENCE.total_seconds()), UNDER_WAY)


@router.get("/console/signed-in")
async def come_back(
    request: Request,
    pages: PagesDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
    url: PublicUrlDep,
    code: str = "",
    state: str = "",
) -> Response:
    """Back from the issuer: only in the browser that went there, and only with what it was told."""
    _count(request)
    issuer: Issuer | None = request.app.state.issuer
    sealed = check(secret, UNDER_WAY, request.cookies.get(cookie_name(url, UNDER_WAY), ""))
    expected, nonce, verifier, until = sealed[0].split("/") if sealed else ("", "", "", "0")
    fresh = wall().timestamp() < int(until)
    same = secrets.compare_digest(expected.encode(), state.encode())
    if issuer is None or not (sealed and fresh and same and code):
        return missing(request, pages, "used-link", 410)
    try:
        claims = await issuer.claims(code, verifier, nonce)
    except NotBelieved as why:
        return _not_believed(request, pages, why)
    told: tuple[str, dict[str, Role]] = request.app.state.oidc_roles
    roles = roles_of(claims.get(told[0]), told[1])
    if not roles:
        return missing(request, pages, "not-allowed", 403)
    response = await _signed(edge, url, str(claims["sub"]), roles)
    return drop(response, url, UNDER_WAY)


@router.post("/console/sign-out")
async def leave(
    _form: TheirFormDep, edge: EdgeDep, url: PublicUrlDep, signed: ReadsDep
) -> Response:
    """The session ends here and everywhere."""
    await edge.run(sign_out, signed.digest, answer=lambda _: (204, None))
    return drop(see("/console/sign-in", personal=True), url)


async def _signed(
    edge: Edge, url: str, subject: str, roles: tuple[str, ...], link: str | None = None
) -> Response:
    """Begin a session, always under a new secret: what a browser had before is worth nothing."""
    word = secrets.token_urlsafe(32)
    command = SignIn(digest_of(word), subject, roles, wall(), link)
    answer = await edge.run(sign_in, command, answer=lambda _: (204, None))
    if answer.status_code == 410:
        raise LinkUsed
    if answer.status_code != 204:
        return answer
    return keep(see("/console", personal=True), url, word, int(SESSION.total_seconds()))


def _not_believed(request: Request, pages: Pages, why: NotBelieved) -> Response:
    log.warning("console.not_believed", why=str(why))
    return missing(request, pages, "no-issuer", 502)


def _count(request: Request) -> None:
    who = asker(request.client.host if request.client else "")
    if not _TRIES.allows(who, wall().timestamp()):
        raise TooMany("too-many-tries", "Too many tries; wait a minute.")
