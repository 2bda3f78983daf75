"""Whether a stack may be rehearsed on: nobody outside is written to, and nobody's session is
disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cli.here import Here
from cli.jump import set_clock
from cli.rehearsal.plan import is_rehearsal
from cli.say import REFUSED, Ends
from shared.dates import parse_instant, rfc3339

DAY = timedelta(hours=24)
_APART = timedelta(minutes=1)
_LONGEST = timedelta(days=600)  # a programme goes on for up to 18 months
_SINK = (
    "Have its mails go to a mailbox that keeps them (Mailpit, say), and name that one: "
    "HOLDFAST_MAILBOX_URL=http://…; or rehearse on a sandbox of this machine with its own mailbox: "
    "bin/holdfast up --detach --sandbox, without NOTIFICATIONS_SMTP_HOST."
)


def require_allowed(stack: Here, now: datetime, *, beside: bool) -> None:
    """Raises `Ends` where the key opens nothing, where mails would go out, and on the wall clock
    where somebody's session is near, unless `beside` it is meant."""
    if not stack.key:
        raise Ends(
            REFUSED,
            "There is no operator's key.",
            "Name it: HOLDFAST_OPERATOR_KEY; bin/holdfast up keeps it in .holdfast/operator.key.",
        )
    stack.call("GET", "/notifications/v1/outlook")  # an operator's alone
    if not stack.mailbox:  # a sandbox may have a real mail server, too
        raise Ends(
            REFUSED,
            "Where the mails of this stack go is not known: thousands would go out to people who "
            "do not exist, and come back.",
            _SINK,
        )
    if stack.sandbox:
        if stack.local is None:
            _require_followed(stack, now)
        return
    near = [] if beside else list(_near(stack, now))
    if near:
        named = "\n  ".join(f"{one['starts_at']}  {one['course_id']}" for one in near[:5])
        raise Ends(
            REFUSED,
            f"Sessions of others are near, which would share the machine:\n  {named}",
            "Rehearse on another day, or say that it is meant: --beside",
        )


def _require_followed(stack: Here, now: datetime) -> None:
    """A sandbox elsewhere is one by a word in this shell, and that may be left from another one:
    its services have to go by that clock. Raises `Ends` where they do not."""
    clock = asyncio.run(set_clock(stack.clock_url))
    if abs(clock - now) < _APART:
        to = clock + 2 * _APART
        asyncio.run(set_clock(stack.clock_url, to))
        told = stack.call("GET", "/attendance/health/quiet")
        if parse_instant(told["clock"]) >= to:
            return
    raise Ends(
        REFUSED,
        f"The services behind {stack.door} do not go by the clock {stack.clock_url}, so this is no "
        "sandbox of that clock, and its mails might go out.",
        "Take SANDBOX_CLOCK_URL out of the environment, or name the sandbox's own.",
    )


def rehearsals(stack: Here, now: datetime) -> list[str]:
    """Courses of rehearsals that are not over, and not cancelled."""
    return [
        one["course_id"]
        for one in _going_on(stack, now)
        if is_rehearsal(one) and one["status"] == "published"
    ]


def _near(stack: Here, now: datetime) -> Iterator[dict[str, Any]]:
    """Sessions of real courses that are on, or begin within a day."""
    for one in _going_on(stack, now):
        if is_rehearsal(one) or one["status"] != "published":
            continue
        if parse_instant(one["starts_at"]) > now + DAY:
            continue
        path = f"/registration/v1/courses/{quote(one['course_id'], safe='')}"
        for session in stack.call("GET", path)["sessions"]:
            begins, ends = session.get("starts_at"), session.get("ends_at")
            if session.get("status") == "cancelled" or not (begins and ends):
                continue
            if parse_instant(begins) <= now + DAY and parse_instant(ends) > now:
                yield {"course_id": one["course_id"], "starts_at": begins}


def _going_on(stack: Here, now: datetime) -> Iterator[dict[str, Any]]:
    """All courses that are to come, or have begun and are not over."""
    after: str | None = f"{rfc3339(now - _LONGEST)}~"
    while after:
        page = stack.call(
            "GET", "/registration/v1/courses", params={"limit": "200", "after": after}
        )
        yield from (one for one in page["items"] if parse_instant(one["ends_at"]) > now)
        after = page["next"]
