"""Lost links: mailed to the address they belong to, whether it is known or not."""

from __future__ import annotations

from collections import OrderedDict, deque
from time import monotonic
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.registration.api.bodies import LinksBody
from services.registration.commands.people import MailLinks, mail_links
from services.registration.domain.same_person import email_key
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems
from shared.runtime.tokens import digest_of

router = APIRouter(tags=["links"])
ANSWER = {"status": "accepted"}


class Restraint:
    """At most so many in so many seconds for one address; the answer never shows it."""

    def __init__(self, most: int, seconds: float, remembered: int = 10_000) -> None:
        self._most, self._seconds, self._remembered = most, seconds, remembered
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Count one more, unless there were too many of late."""
        times = self._seen.setdefault(digest_of(email_key(address)), deque())
        self._seen.move_to_end(digest_of(email_key(address)))
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return False
        times.append(now)
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True


@router.post("/registration/v1/links", status_code=202, responses=problems(409))
async def post_links(
    body: LinksBody, request: Request, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """Mail what belongs to an address: the same answer whether anything does."""
    if not request.app.state.restraint.allows(body.email, monotonic()):
        return JSONResponse(ANSWER, 202)

    def answer(_done: Any) -> tuple[int, Any]:
        return 202, ANSWER

    return await edge.run(mail_links, MailLinks(body.email), once=once, answer=answer)
