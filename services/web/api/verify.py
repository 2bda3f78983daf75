"""A certificate, verified: what an employer or a board wants to know, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import OwnersDep, PagesDep, see
from services.web.api.uploads import PartsDep
from services.web.domain.presented import MOST, Presented, code_in, presented
from services.web.owners import SHOWING, Answer, or_none, segment
from services.web.render import Pages
from shared.contracts.certificates import reads_as_number
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_LONGEST = 200
_KNOWN = ("valid", "revoked", "superseded", "unknown")


@router.get("/verify")
async def ask(request: Request, pages: PagesDep, code: str = "") -> Response:
    """A field for the code; works by GET, so that the result has an address."""
    code = code_in(code[:_LONGEST])
    if code:
        return see(f"/verify/{segment(code)}")
    return _ask_page(request, pages)


@router.post("/verify")
async def by_document(
    request: Request, pages: PagesDep, owners: OwnersDep, edge: EdgeDep, parts: PartsDep
) -> Response:
    """The same for the PDF or a credential. Neither is kept: of a PDF only its hash is asked about,
    and what is shown has no address."""
    file, typed = parts.get("file", b""), parts.get("credential", "")
    content = file if isinstance(file, bytes) else b""
    text = typed if isinstance(typed, str) else ""
    shown = presented(content, text)
    if not isinstance(shown, Presented):
        status = 413 if shown == "too-large" else 422
        return _ask_page(request, pages, status, fault=shown, by_file="file" in parts, typed=text)
    asked = owners.act(
        "certificates", "/certificates/verify", shown.body, timeout=SHOWING, client=_who(request)
    )
    found = await or_none(asked)
    verdict, said = _verdict(found)
    which = _which(said, shown.body.get("sha256", ""))
    return _page(request, pages, verdict, said, edge, how=shown.kind, code="", which=which)


@router.get("/verify/{code}")
async def verify(
    code: str, request: Request, pages: PagesDep, owners: OwnersDep, edge: EdgeDep
) -> Response:
    """Valid, superseded, revoked, or not known; or that nobody can say just now.

    A certificate's number stands above its code and looks much like it: who typed that holds no
    forgery.
    """
    path = f"/certificates/verify/{segment(code)}"
    found = await or_none(owners.ask("certificates", path, client=_who(request)))
    verdict, said = _verdict(found)
    if verdict == "unknown" and reads_as_number(code):
        verdict = "number"
    return _page(request, pages, verdict, said, edge, how="code", code=code[:_LONGEST])


def _who(request: Request) -> str:
    """For whom it is asked: certificates counts the guesses of each, not those of all of ours."""
    return request.client.host if request.client else ""


def _which(said: Mapping[str, Any], sha256: str) -> Mapping[str, Any]:
    """The copy whose file that is; empty for the certificate's own."""
    copies = [one for one in said.get("copies") or () if isinstance(one, Mapping)]
    own = said.get("sha256") == sha256
    return next((one for one in copies if not own and one.get("sha256") == sha256), {})


def _verdict(found: Answer | None) -> tuple[str, Mapping[str, Any]]:
    """The word for what certificates says; `erased` is a valid one whose holder was erased."""
    said = dict(found.body) if found else {}
    if found is not None and found.status in (404, 422):  # 422: no code is that long
        said = {"status": "unknown"}
    if found is None or said.get("status") not in _KNOWN:
        return "away", {}
    erased = said["status"] == "valid" and said.get("holder_erased")
    return ("erased" if erased else str(said["status"])), said


def _page(
    request: Request,
    pages: Pages,
    verdict: str,
    said: Mapping[str, Any],
    edge: EdgeDep,
    **more: Any,
) -> Response:
    status = {"away": 503, "unknown": 404, "number": 404}.get(verdict, 200)
    return pages.page(
        request,
        "verify.html",
        status,
        personal=True,
        headers={"Retry-After": "30"} if status == 503 else None,
        verdict=verdict,
        said=said,
        now=edge.now(),
        **{"which": {}} | more,
    )


def _ask_page(request: Request, pages: Pages, status: int = 200, **more: Any) -> Response:
    empty: dict[str, Any] = {"fault": "", "by_file": False, "typed": "", "most": MOST}
    return pages.page(request, "verify_ask.html", status, personal=status != 200, **empty | more)
