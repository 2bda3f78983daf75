"""Mails that somebody does not want: of one stream, by one click (RFC 8058), and wanted again.

Never more than what can be missed: which those are, `domain/unsubscribing.py` says.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.commands.planning import settle, to_settle_all
from services.notifications.domain.unsubscribing import STREAMS, Stream
from services.notifications.models import Person, Registration, Unsubscribed
from shared.errors import NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


class LinkUnknown(NotFound):
    """No such link was in any mail, or whoever got it is not known here any more."""

    slug = "link-unknown"


@dataclass(frozen=True)
class Wish:
    """`wanted`: whether mails of this stream are to come."""

    person_id: str
    stream: Stream
    wanted: bool


def _needs(wish: Wish) -> Plan:
    [rows] = yield [where(Registration, person_id=wish.person_id)]
    theirs = yield from to_settle_all(rows)
    return [
        (Person, wish.person_id),
        where(Registration, person_id=wish.person_id),
        where(Unsubscribed, person_id=wish.person_id),
        *theirs,
    ]


@needs(_needs)
async def keep_wish(work: Work, wish: Wish) -> Person:
    """Keep it, and decide anew what they get; the same wish again changes nothing.

    Raises LinkUnknown for somebody who is not known, or was erased: nothing is sent to them anyway.
    """
    person = work.get(Person, wish.person_id)
    if person is None or person.erased:
        raise LinkUnknown("This link leads to nobody: nothing is sent by it.")
    there = _of(work, wish.person_id)
    known = there.get(wish.stream)
    if (known is None) == wish.wanted:
        return person
    if known is not None:
        work.delete(known)
    else:
        _put(work, wish.person_id, wish.stream, "asked")
    for row in work.find(where(Registration, person_id=wish.person_id)):
        settle(work, row)
    return person


def keep_from(work: Work, person_id: str | None, because: str) -> None:
    """Nothing that can be missed comes any more; the plan holds the person and their streams."""
    person = work.get(Person, person_id) if person_id else None
    if person is None or person.erased:
        return
    there = _of(work, person.person_id)
    for stream in STREAMS:
        if stream not in there:
            _put(work, person.person_id, stream, because)


def _of(work: Work, person_id: str) -> dict[str, Unsubscribed]:
    return {one.stream: one for one in work.find(where(Unsubscribed, person_id=person_id))}


def _put(work: Work, person_id: str, stream: str, because: str) -> None:
    work.put(Unsubscribed(person_id=person_id, stream=stream, because=because, at=work.now))
