"""What did not go out and is tried again by itself: when, and by what is remembered meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notifications.commands.told import unsaid
from services.notifications.domain.delivery import (
    HeldBackError,
    UndeliveredError,
    lane_of,
    retry_after,
    retry_when_back,
)
from services.notifications.models import Message
from shared.dates import parse_instant
from shared.runtime.outside import Recorded
from shared.runtime.rows import replace
from shared.runtime.work import Work


def try_later(work: Work, recorded: Recorded, message: Message, error: UndeliveredError) -> bool:
    """Plan the next try of a deferred message; False: there were enough.

    Tries that found no server are none of the recipient's: they make no later pause longer. How
    many they were, and since when the server is away, stands with the deadline.
    """
    told = dict(recorded.due.payload)
    if error.verdict.away:
        since = _away_since(told) or work.now
        told = {"away": told.get("away", 0) + 1, "since": since.isoformat()}
        wait = retry_when_back(since, work.now)
    else:
        told.pop("since", None)  # it was there
        wait = retry_after(message.attempts - told.get("away", 0))
    if wait is None:
        return False
    _plan(work, recorded, unsaid(replace(message, state="planned")), wait, told)
    return True


def hold_back(work: Work, recorded: Recorded, message: Message, error: HeldBackError) -> None:
    """It was not even tried: as if it had not been its turn yet."""
    untried = replace(message, state="planned", attempts=message.attempts - 1)
    _plan(work, recorded, unsaid(untried), timedelta(seconds=error.seconds), recorded.due.payload)


def _plan(
    work: Work, recorded: Recorded, message: Message, wait: timedelta, told: Mapping[str, Any]
) -> None:
    work.put(message)
    work.plan_due(
        recorded.due.kind,
        message.message_id,
        work.now + wait,
        version=message.attempts,
        payload=told,
        lane=lane_of(recorded.request.person.email),
    )


def _away_since(told: Mapping[str, Any]) -> datetime | None:
    return parse_instant(told["since"]) if "since" in told else None
