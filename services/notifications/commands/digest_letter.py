"""The letters to staff as they are written: of what stands at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifications.commands.case import Post
from services.notifications.commands.facts_for_staff import (
    AtHand,
    Mails,
    Reads,
    in_full,
    mails,
    open_tasks,
    sessions_at_hand,
)
from services.notifications.domain.digest import Rhythm, Told, told
from services.notifications.models import Message, Person
from shared.runtime import rows as of_rows

DIGEST = "staff_digest"  # templates
AT_ONCE = "staff_urgent"


@dataclass(frozen=True, kw_only=True)
class Digest(Post):
    """What is told to staff, in the zone where they are."""

    zone: str
    told: Told
    mails: Mails = field(default_factory=Mails)
    sessions: Sequence[AtHand] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is there to be told."""
        return not (self.told.count or self.sessions or self.mails.any())


@dataclass(frozen=True)
class Desk:
    """Who of staff is told, in which language, and when; `when_nothing`: also that nothing is."""

    addresses: Sequence[str]
    rhythm: Rhythm
    locale: str = "en-US"
    when_nothing: bool = False


async def digest(
    reads: Reads, desk: Desk, message: Message, reader: Person, now: datetime
) -> Digest:
    """All that stands now."""
    zone = desk.rhythm.zone
    tasks = await in_full(reads, told(await open_tasks(reads), now, zone))
    return replace(
        _letter(desk, message, reader, now, tasks),
        mails=await mails(reads, now),
        sessions=await sessions_at_hand(reads, now, zone),
    )


async def at_once(
    reads: Reads, desk: Desk, message: Message, reader: Person, now: datetime
) -> Digest:
    """What cannot wait until the morning."""
    urgent = told(await open_tasks(reads, urgent=True), now, desk.rhythm.zone)
    return _letter(desk, message, reader, now, await in_full(reads, urgent))


def _letter(desk: Desk, message: Message, reader: Person, now: datetime, said: Told) -> Digest:
    return Digest(
        message=message,
        person=of_rows.replace(reader, locale=desk.locale),
        now=now,
        zone=desk.rhythm.zone,
        told=said,
    )
