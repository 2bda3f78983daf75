"""A group: up to 500 people in one order, on one invoice, each cancellable alone (domain.md §4).

All lines are judged before anybody is given anything, so that whoever gets a seat is known, and
counted, when the first of them is told of: billing waits for that many on the invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.registration.commands.admission import CourseUnknown
from services.registration.commands.application import Placed, Register
from services.registration.commands.credit_codes import reading_credits
from services.registration.commands.entering import enter
from services.registration.commands.judging import Judged, Taker, Twin, is_free, judge
from services.registration.commands.prerequisites import Shown, reading_proofs
from services.registration.commands.price_codes import codes_of
from services.registration.commands.recognising import reading_living
from services.registration.commands.saying import Group
from services.registration.commands.steps import seats_of, tally_of
from services.registration.models import Course, Seats
from shared.errors import Conflict, Forbidden, Refusal
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, alone, needs, together
from shared.runtime.work import Work


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


def _order_needs(o: Order) -> Plan:
    """As for one, for all of them: each question is asked of the database once."""
    read = [line for line in o.lines if isinstance(line, Register)]
    lived = yield from together(
        [reading_living(o.course_id, each.attendee.name, each.attendee.email) for each in read]
    )
    yield from reading_proofs(Shown(tuple(proof for line in read for proof in line.shown.proofs)))
    given = {digest for line in read for digest in line.credit_digests}
    asked = yield from reading_credits(sorted(given))
    return [
        (Seats, o.course_id),
        (Course, o.course_id),
        *[query for queries, _ in lived for query in queries],
        *asked,
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
    judged = await judge(work, course, o.lines)
    takers = [place for place, each in enumerate(judged) if isinstance(each, Taker)]
    seatless = {place for place in takers if is_free(judged[place])}
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
    async for place in work.unhurried(takers):
        each = judged[place]
        assert isinstance(each, Taker)
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


def _hindrance(judged: Sequence[Judged], takers: int, free: int) -> Conflict | None:
    """Why nobody is registered, where all are to be or none."""
    if any(isinstance(each, Refusal) for each in judged):
        return GroupRefused(
            "Nothing is wrong with this line. Others of the order were refused, so nobody was "
            "registered."
        )
    if takers > free:
        return CourseFull(f"{free} seats are free for {takers} people, so nobody was registered.")
    return None


def _placed(judged: Sequence[Judged], entered: dict[int, Placed]) -> list[Placed | Refusal]:
    made: list[Placed | Refusal] = []
    for place, each in enumerate(judged):
        if isinstance(each, Taker):
            made.append(entered[place])
        elif isinstance(each, Twin):
            twin = entered[each.of]
            again = Placed(twin.registration, twin.course, existing=True, position=twin.position)
            made.append(again)
        else:
            made.append(each)
    return made
