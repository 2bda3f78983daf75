"""A certificate, verified: what an employer or a board wants to know, and nothing else."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request, Response

from services.web.api.common import OwnersDep, PagesDep, see
from services.web.owners import or_none, segment
from shared.contracts.certificates import reads_as_number
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_LONGEST = 200
_WORDS = re.compile(r"\w+")


@router.get("/verify")
async def ask(request: Request, pages: PagesDep, code: str = "") -> Response:
    """A field for the code; works by GET, so that the result has an address."""
    # Only what a code may hold: a slash or a full stop would lead to another address.
    code = "-".join(_WORDS.findall(code[:_LONGEST]))
    if code:
        return see(f"/verify/{segment(code)}")
    return pages.page(request, "verify_ask.html")


@router.get("/verify/{code}")
async def verify(
    code: str, request: Request, pages: PagesDep, owners: OwnersDep, edge: EdgeDep
) -> Response:
    """Valid, superseded, revoked, or not known; or that nobody can say just now.

    A certificate's number stands above its code and looks much like it: who typed that holds no
    forgery.
    """
    found = await or_none(owners.ask("certificates", f"/certificates/verify/{segment(code)}"))
    known = ("valid", "revoked", "superseded", "unknown")
    said = dict(found.body) if found else {}
    if found is not None and found.status in (404, 422):  # 422: no code is that long
        said = {"status": "unknown"}
    if found is None or said.get("status") not in known:
        status, verdict = 503, "away"
    else:
        status, verdict = (404 if said["status"] == "unknown" else 200), str(said["status"])
    if verdict == "unknown" and reads_as_number(code):
        verdict = "number"
    headers = {"Retry-After": "30"} if status == 503 else None
    return pages.page(
        request,
        "verify.html",
        status,
        personal=True,
        headers=headers,
        code=code[:_LONGEST],
        verdict=verdict,
        said=said,
        now=edge.now(),
    )
