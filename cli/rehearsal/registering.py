"""Made-up people register, the first alone: its mail has to be seen before there are more."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from cli.crowd.door import Door, NoGoodAnswerError
from cli.crowd.progress import Progress, together
from cli.rehearsal.found import Found
from cli.rehearsal.plan import Learner, learners
from cli.rehearsal.sink import require_sink


async def registered(
    door: Door, mailbox: str, course: str, found: Found, tell: Callable[[str], None]
) -> list[Learner]:
    """Who has a seat, some at a time; why others have none is kept in `found`. Raises `Ends` where
    the first one's mail does not come to the `mailbox`, if one is named."""
    many = learners(course, found.learners)

    async def register(one: Learner) -> None:
        path = f"/registration/v1/courses/{one.course}/registrations"
        try:
            told = await door.ask("POST", path, once=one.once("register"), json=one.body())
        except NoGoodAnswerError as why:
            found.why_not = found.why_not or str(why)[:200]
            return
        if told["status"] != "confirmed":
            found.why_not = found.why_not or f"One is {told['status']}, not confirmed."
            return
        one.registration = told["registration_id"]

    await register(many[0])
    if many[0].registration and mailbox:
        await require_sink(mailbox, many[0].email)
    since, progress = monotonic(), Progress("registered", len(many), done=1, tell=tell)
    await together(many[1:], register, progress)
    there = [one for one in many if one.registration]
    found.registered, found.registering = len(there), monotonic() - since
    return there
