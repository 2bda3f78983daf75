"""The digest for staff: planned day by day, written when it goes out, once a day and address.

Each morning's is planned by the one before, and the first by whatever there is to be told; without
an address, or a day, nothing is. What cannot wait goes out at once, at most once an hour.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.notifications.commands.apart import Sort, letter, plan_letter
from services.notifications.commands.case import Post
from services.notifications.commands.digest_letter import AT_ONCE, DIGEST, Desk, at_once, digest
from services.notifications.commands.recording import address_hash
from services.notifications.domain.digest import GATHERING, URGENT_USE, urgent_hour
from services.notifications.domain.keys import message_id
from services.notifications.models import Message, Person
from shared.dates import parse_instant, rfc3339
from shared.runtime.due import Command, Due
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work

NOTHING = "nothing needs anybody"
_DOWN = "no worker was there until the morning was over; the next digest says it"
_LATE = "it was too late to be of use; the next digest says it"
_HOUR = timedelta(hours=1)


def begin_of(desk: Desk) -> Command:
    """Something may be there to be told."""

    async def begin(work: Work, _asked: Due | None) -> None:
        _plan_next(work, desk)

    return begin


def morning_of(desk: Desk) -> Command:
    """The digest of a day (the due's ref), to each address; and the next one is planned."""

    def letters(due: Due) -> Plan:
        yield []
        return [(Message, message_id(_key(DIGEST, one, due.ref))) for one in desk.addresses]

    @needs(letters)
    async def morning(work: Work, due: Due) -> None:
        _plan_next(work, desk)
        for address in desk.addresses:
            key = _key(DIGEST, address, due.ref)
            if work.get(Message, message_id(key)) is None:
                plan_letter(work, letter(DIGEST, key, due.ref, due.due_at, recipient=address))

    return morning


def urgent_of(desk: Desk) -> Command:
    """Within two minutes, unless this hour has had its mail: then when the next begins."""

    def letters(due: Due) -> Plan:
        yield []
        hours = [rfc3339(urgent_hour(at)) for at in _moments(due)]
        keys = [_key(AT_ONCE, address, hour) for address in desk.addresses for hour in hours]
        return [(Message, message_id(key)) for key in keys]

    @needs(letters)
    async def urgent(work: Work, due: Due) -> None:
        for address in desk.addresses:
            for at in _moments(due):
                hour = rfc3339(urgent_hour(at))
                key = _key(AT_ONCE, address, hour)
                there = work.get(Message, message_id(key))
                if there is None or there.state == "skipped":  # this hour has had none
                    plan_letter(work, letter(AT_ONCE, key, hour, at, recipient=address))
                    break
                if there.state == "planned":  # it will tell of this too
                    break

    return urgent


def sorts_of(desk: Desk) -> dict[str, Sort]:
    """Both letters, as sorts of letters about no registration."""

    async def write(work: Work, message: Message, reader: Person) -> Post | str:
        found = await digest(work.con, desk, message, reader, work.now)
        return found if desk.when_nothing or message.forced or not found.empty else NOTHING

    async def write_urgent(work: Work, message: Message, reader: Person) -> Post | str:
        found = await at_once(work.con, desk, message, reader, work.now)
        return found if found.told.count else NOTHING

    def morning_over(message: Message, now: datetime) -> str:
        day = date.fromisoformat(message.subject)
        return _DOWN if desk.rhythm.is_over(day, now) else ""

    return {
        DIGEST: Sort(write, too_late=morning_over),
        AT_ONCE: Sort(write_urgent, too_late=_hours_over),
    }


def _plan_next(work: Work, desk: Desk) -> None:
    day = desk.rhythm.next_day(work.now) if desk.addresses else None
    if day is not None:
        work.plan_due(DIGEST, day.isoformat(), desk.rhythm.at(day))


def _key(template: str, address: str, about: str) -> str:
    """One a template, address and day (or hour): stable, and without the address."""
    return f"staff/{address_hash(address)}/{template}/{about}"


def _moments(due: Due) -> tuple[datetime, datetime]:
    """When it may go out: soon, else as soon as the next hour begins."""
    at = due.due_at + GATHERING
    return at, urgent_hour(at) + _HOUR


def _hours_over(message: Message, now: datetime) -> str:
    return _LATE if now >= parse_instant(message.subject) + _HOUR + URGENT_USE else ""
