"""The lines of a group order, judged: who may have a seat, who is there already, who is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.registration.commands.admitting import Admitted, admit
from services.registration.commands.application import Placed, Register
from services.registration.commands.line import positions_of
from services.registration.commands.recognising import living_of
from services.registration.models import Course
from shared.errors import Refusal
from shared.runtime.work import Work


@dataclass(frozen=True)
class Taker:
    """Who may have a seat."""

    line: Register
    admitted: Admitted


@dataclass(frozen=True)
class Twin:
    """The same person as in an earlier line of the order."""

    of: int


Judged = Taker | Twin | Placed | Refusal


async def judge(work: Work, course: Course, lines: Sequence[Register | Refusal]) -> list[Judged]:
    """Each line, at the prices of an order of as many as are admitted in it, not as are in it."""
    read = {line.person_key for line in lines if isinstance(line, Register)}
    judged = await _once(work, course, lines, len(read))
    many = sum(isinstance(each, Taker) and not is_free(each) for each in judged)
    if many != len(read):
        judged = await _once(work, course, lines, many)
    return await _in_line(work, course, judged)


def is_free(each: Judged) -> bool:
    """Whether this one takes no seat of the capacity."""
    return isinstance(each, Taker) and each.line.complimentary is not None


async def _in_line(work: Work, course: Course, judged: Sequence[Judged]) -> list[Judged]:
    """With the place in line of those who wait already."""
    there = [each.registration for each in judged if isinstance(each, Placed)]
    places = await positions_of(work, course.course_id, there)
    return [
        replace(each, position=places.get(each.registration.registration_id))
        if isinstance(each, Placed)
        else each
        for each in judged
    ]


async def _once(
    work: Work, course: Course, lines: Sequence[Register | Refusal], many: int
) -> list[Judged]:
    judged: list[Judged] = []
    taken: Counter[str] = Counter()  # of each price that is counted, by this order
    first: dict[str, int] = {}  # the line in which each person is admitted
    async for place in work.unhurried(range(len(lines))):
        line = lines[place]
        if isinstance(line, Refusal):
            judged.append(line)
        elif line.person_key in first:
            judged.append(Twin(first[line.person_key]))
        else:
            each = _one(work, course, line, place, many, taken)
            judged.append(each)
            if isinstance(each, Taker):
                first[line.person_key] = place
                taken[each.admitted.price.price_id] += 1
    return judged


def _one(
    work: Work, course: Course, line: Register, place: int, many: int, taken: Mapping[str, int]
) -> Judged:
    """Who is registered already stays as they are, and is not written to again for it."""
    live = living_of(work, line.course_id, line.attendee.name, line.attendee.email)
    if live is not None:
        return Placed(live, course, existing=True)
    try:
        return Taker(line, admit(work, course, line, lines=many, taken=taken))
    except Refusal as why:
        why.errors = tuple(_within(each, place) for each in why.errors)
        return why


def _within(wrong: dict[str, str], place: int) -> dict[str, str]:
    """A rule points into the request of one; that one is a line here."""
    at = f"/registrations/{place}"
    return wrong if wrong["pointer"].startswith(at) else wrong | {"pointer": at + wrong["pointer"]}
