"""Whether a text may go to somebody at all, and whether one more may go today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notifications.commands.texting import number_hash
from services.notifications.domain.quiet import Quiet
from services.notifications.domain.texts import NOT_AGREED
from services.notifications.models import Person, Suppression, TextCount
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

CAPPED = "texts-capped"
OFF = "no provider of texts is set"
STOPPED = "they stopped texts by answering STOP"
NO_NUMBER = "their number takes no texts"
OVER_LIMIT = "the day's limit of texts was reached"
_WHAT = (
    "As many texts went out as may in a day (NOTIFICATIONS_TEXTS_A_DAY): no more do before "
    "midnight UTC. The mails go out as always. Raise the limit if that is right; this closes by "
    "itself with the first text of another day."
)


@dataclass(frozen=True)
class TextDesk:
    """How texts are sent: by which provider (empty: none are), not in which hours, how many a day
    at most; `secret` hides numbers."""

    provider: str = ""
    quiet: Quiet = field(default_factory=Quiet)
    a_day: int = 1000
    secret: str = field(default="", repr=False)


def desk_needs(desk: TextDesk, person: Person | None) -> list[Any]:
    """For plans of what follows."""
    phone = person.phone if person is not None else ""
    return [
        (Suppression, number_hash(desk.secret, phone)),
        (TextCount, desk.provider),
        task_key(CAPPED, desk.provider),
    ]


def why_not(work: Work, desk: TextDesk, person: Person) -> str:
    """Why nothing may go to them at all; empty where it may."""
    if not desk.provider:
        return OFF
    if not person.phone or person.agreed_at is None:
        return NOT_AGREED
    refused = work.get(Suppression, number_hash(desk.secret, person.phone))
    if refused is None:
        return ""
    if refused.reason != "stopped":
        return NO_NUMBER
    # Whoever agrees again, after they answered STOP, wants them again.
    return STOPPED if refused.at >= person.agreed_at else ""


def count(work: Work, desk: TextDesk) -> bool:
    """Count one more of today's; False where there were enough, and a human is told once."""
    day = work.now.astimezone(UTC).date()
    known = work.get(TextCount, desk.provider)
    texts = known.texts if known is not None and known.day == day else 0
    if texts >= desk.a_day:
        due_at = work.now + timedelta(days=1)
        work.open_task(CAPPED, desk.provider, _WHAT, {"provider": desk.provider}, due_at)
        return False
    if known is not None and known.day != day:
        work.close_task(CAPPED, desk.provider)
    work.put(TextCount(provider=desk.provider, day=day, texts=texts + 1))
    return True


def count_back(work: Work, desk: TextDesk, counted_at: datetime) -> None:
    """One that was counted then was not taken: it costs nothing. Of a day that is over nothing is
    taken off another's count."""
    known = work.get(TextCount, desk.provider)
    if known is not None and known.day == counted_at.astimezone(UTC).date() and known.texts:
        work.put(TextCount(provider=known.provider, day=known.day, texts=known.texts - 1))
