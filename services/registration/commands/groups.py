"""A group: up to 500 people in one order, on one invoice, each cancellable alone (domain.md §4).

All lines are judged before anybody is given anything, so that whoever gets a seat is known, and
counted, when the first of them is told of: billing waits for that many on the invoice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registration.commands.admission import CourseUnknown
from services.registration.commands.prerequisites import Shown, reading_proofs
from services.registration.commands.pricing import codes_of
from services.registration.commands.registering import (
    Admitted,
    Placed,
    Register,
    admit,
    enter,
    position_of,
)
from services.registration.commands.saying import Group
from services.registration.commands.steps import first_waiting, seats_of, tally_of
from services.registration.models import Course, Credit, Seats
from shared.errors import Conflict, Forbidden, Refusal
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.work import Work

MOST = 500


class GroupRefused(Conflict):
    """Nothing is wrong with this line, but all were to be registered or nobody."""

    slug = "group-refused"


class CourseFull(Conflict):
    """Fewer seats than people, where all were to be registered or nobody."""

    slug = "course-full"


class CourseOfAnother(Forbidden):
    """A partner registers groups for the courses that it sponsors."""

    slug = "course-of-another"


@dataclass(frozen=True)
class Order:
    """Many to be registered at once; a line that could not be read is why it could not."""

    course_id: str
    caller: Caller
    lines: Sequence[Register | Refusal]
    all_or_nothing: bool = False


@dataclass(frozen=True)
class Ordered:
    """What came of each line, in their order; `group_id` where anybody was registered."""

    group_id: str | None
    lines: Sequence[Placed | Refusal]


@dataclass(frozen=True)
class _Taker:
    """Who may have a seat."""

    line: Register
    admitted: Admitted


@dataclass(frozen=True)
class _Twin:
    """The same person as in an earlier line of the order."""

    of: int


_Judged = _Taker | _Twin | Placed | Refusal


def _order_needs(o: Order) -> Plan:
    """As for one, for all of them: each question is asked of the database once."""
    read = [line for line in o.lines if isinstance(line, Register)]
    found = yield [line.living for line in read]
    if any(live and live[0].state == "waitlisted" for live in found):
        yield [first_waiting(o.course_id, None)]
    yield from reading_proofs(Shown(tuple(proof for line in read for proof in line.shown.proofs)))
    asked = {digest for line in read for digest in line.credit_digests}
    return [
        (Seats, o.course_id),
        (Course, o.course_id),
        *[line.living for line in read],
        *[(Credit, digest) for digest in sorted(asked)],
        *[codes_of(o.course_id) for line in read[:1]],
    ]


@alone
@needs(_order_needs)
async def order(work: Work, o: Order) -> Ordered:
    """Register each line by itself, or, where that was asked for, all of them or nobody."""
    course = work.get(Course, o.course_id)
    if course is None:
        raise CourseUnknown("There is no such course.")
    require_sponsor(o.caller, course)
    judged = _judge_all(work, course, o.lines)
    takers = [place for place, each in enumerate(judged) if isinstance(each, _Taker)]
    seatless = {place for place in takers if _is_free(judged[place])}
    tally = tally_of(seats_of(work, o.course_id))
    free = 0 if tally.waiting else tally.free
    why = _hindrance(judged, len(takers) - len(seatless), free) if o.all_or_nothing else None
    if why is not None:
        kept = [each if isinstance(each, Refusal | Placed) else why for each in judged]
        return Ordered(None, kept)
    if not takers:
        return Ordered(None, _placed(judged, {}))
    seated = {*[place for place in takers if place not in seatless][:free], *seatless}
    group = Group(work.new_id("group"), size=len(seated))
    entered: dict[int, Placed] = {}
    for place in takers:
        each = judged[place]
        assert isinstance(each, _Taker)
        entered[place] = enter(
            work, course, each.line, each.admitted, seated=place in seated, group=group
        )
    if o.caller.operator:
        work.audit("group.registered", f"{o.course_id} {group.group_id}")
    return Ordered(group.group_id, _placed(judged, entered))


def require_sponsor(caller: Caller, course: Course) -> None:
    """An operator, or the key of the partner that the course names as its joint sponsor."""
    sponsor = course.terms["partner_id"]
    if not caller.operator and (not sponsor or f"partner:{sponsor}" not in caller.scopes):
        raise CourseOfAnother("This key registers groups for its partner's own courses only.")


def _judge_all(work: Work, course: Course, lines: Sequence[Register | Refusal]) -> list[_Judged]:
    """Each line, at the prices of an order of as many as are admitted in it, not as are in it."""
    read = {line.person_key for line in lines if isinstance(line, Register)}
    judged = _judge(work, course, lines, len(read))
    many = sum(isinstance(each, _Taker) and not _is_free(each) for each in judged)
    return judged if many == len(read) else _judge(work, course, lines, many)


def _is_free(each: _Judged) -> bool:
    return isinstance(each, _Taker) and each.line.complimentary is not None


def _judge(
    work: Work, course: Course, lines: Sequence[Register | Refusal], many: int
) -> list[_Judged]:
    judged: list[_Judged] = []
    taken: Counter[str] = Counter()  # of each price that is counted, by this order
    first: dict[str, int] = {}  # the line in which each person is admitted
    for place, line in enumerate(lines):
        if isinstance(line, Refusal):
            judged.append(line)
        elif line.person_key in first:
            judged.append(_Twin(first[line.person_key]))
        else:
            each = _one(work, course, line, place, many, taken)
            judged.append(each)
            if isinstance(each, _Taker):
                first[line.person_key] = place
                taken[each.admitted.price.price_id] += 1
    return judged


def _one(
    work: Work, course: Course, line: Register, place: int, many: int, taken: Mapping[str, int]
) -> _Judged:
    """Who is registered already stays as they are, and is not written to again for it."""
    live = work.first(line.living)
    if live is not None:
        return Placed(live, course, existing=True, position=position_of(work, live))
    try:
        return _Taker(line, admit(work, course, line, lines=many, taken=taken))
    except Refusal as why:
        why.errors = tuple(_in_line(each, place) for each in why.errors)
        return why


def _in_line(wrong: dict[str, str], place: int) -> dict[str, str]:
    """A rule points into the request of one; that one is a line here."""
    at = f"/registrations/{place}"
    return wrong if wrong["pointer"].startswith(at) else wrong | {"pointer": at + wrong["pointer"]}


def _hindrance(judged: Sequence[_Judged], takers: int, free: int) -> Conflict | None:
    """Why nobody is registered, where all are to be or none."""
    if any(isinstance(each, Refusal) for each in judged):
        return GroupRefused(
            "Nothing is wrong with this line. Others of the order were refused, so nobody was "
            "registered."
        )
    if takers > free:
        return CourseFull(f"{free} seats are free for {takers} people, so nobody was registered.")
    return None


def _placed(judged: Sequence[_Judged], entered: dict[int, Placed]) -> list[Placed | Refusal]:
    made: list[Placed | Refusal] = []
    for place, each in enumerate(judged):
        if isinstance(each, _Taker):
            made.append(entered[place])
        elif isinstance(each, _Twin):
            twin = entered[each.of]
            again = Placed(twin.registration, twin.course, existing=True, position=twin.position)
            made.append(again)
        else:
            made.append(each)
    return made
