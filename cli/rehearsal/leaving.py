"""What is left of a rehearsal that was broken off is taken away: its course is cancelled, and with
it everybody's seat."""

from __future__ import annotations

from urllib.parse import quote

from cli.crowd.door import Door, NoGoodAnswerError

CLEAN = "bin/holdfast rehearse --clean"
_OVER = ("course-over", "certificate-issued", "certificate-stands")


async def withdraw(door: Door, key: str, name: str) -> str:
    """Cancel the course, and say what came of it; raises nothing."""
    path = f"/registration/v1/courses/{quote(name, safe='')}/cancel"
    try:
        told = await door.ask(
            "POST", path, key, once=f"{name}-withdrawn", json={"reason": "A rehearsal ended."}
        )
    except NoGoodAnswerError as why:
        if why.status == 404:
            return "Nothing had been published."
        if why.status == 409 and any(slug in str(why) for slug in _OVER):
            return f"{name} was over already: it ends by itself, and its certificates stay."
        return f"{name} could not be cancelled ({why}). Later: {CLEAN}"
    concerned = told.get("concerned") if isinstance(told, dict) else None
    seats = f" with {concerned} registrations" if concerned else ""
    return f"{name} is cancelled{seats}; nobody is owed anything, for it cost nothing."
