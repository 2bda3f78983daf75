"""Mails that came back, handed in by the mail server: `message/rfc822`, as it stands."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.notifications.commands.bounces import back_of, take_back
from services.notifications.commands.case import Sender
from services.notifications.domain.signature import check_signature
from shared.errors import Invalid
from shared.runtime.auth import caller_of, needs_scope
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["bounces"], route_class=Direct)
LONGEST = 1_000_000  # bytes
SIGNATURE = "holdfast-signature"


class MailTooLong(Invalid):
    """It is longer than what is read of a mail."""

    slug = "mail-too-long"


async def signed_or_operator(request: Request) -> None:
    """FastAPI dependency: signed by the mail server, else an operator's key."""
    given = request.headers.get(SIGNATURE)
    if given is None:
        await needs_scope("operator")(await caller_of(request))
        return
    check_signature(request.app.state.bounce_secrets, given, await request.body(), wall())


SignedDep = Annotated[None, Depends(signed_or_operator)]


@router.post("/notifications/v1/bounces", responses=problems(401, 403, 422))
async def hand_in(request: Request, _signed: SignedDep, edge: EdgeDep) -> Response:
    """What a mail that came back is, and what came of it. The same again changes nothing.

    A mail that is none of ours, or no such mail at all, is answered 200 as well: whoever hands in
    all that comes need not know the difference, and must not try again.
    """
    raw = await request.body()
    if len(raw) > LONGEST:
        detail = f"At most {LONGEST} bytes: hand in the headers of the returned mail only."
        raise MailTooLong(detail)
    sender: Sender = request.app.state.sender
    back = await asyncio.to_thread(back_of, sender, raw)
    return await edge.run(take_back, back, answer=_answer)


def _answer(outcome: str) -> tuple[int, Any]:
    return 200, {"outcome": outcome}
