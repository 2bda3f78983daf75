"""A registration gives its seat up for one in another course: now, or when the difference is paid.

Where the other course costs more, the other seat is held first and the old one stays (domain.md
§4). What is held so ends with whatever becomes of the old registration meanwhile: only one that is
as it was when the transfer was asked for can still be moved. So a transfer is under way while the
registration that `transfer_to` names is `requested`, and nothing has to be undone where that hold
ends by itself.
"""

from __future__ import annotations

from services.registration.commands.accommodating import CARRY
from services.registration.commands.in_force import bought_version, in_force
from services.registration.commands.offers import end_hold, freeing, offer_freed
from services.registration.commands.saying import about
from services.registration.commands.seating import confirm
from services.registration.commands.steps import step
from services.registration.domain import transfer as rule
from services.registration.domain.schedule import held
from services.registration.domain.withdrawal import share_of
from services.registration.models import Choice, Course, CourseVersion, History, Registration
from shared.contracts.registration import RegistrationTransferred
from shared.dates import rfc3339
from shared.runtime.plans import Plan
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

ENDED = "transfer-ended"  # why a hold ended: what it was for is not as it was any more


def pending_needs(row: Registration) -> Plan:
    """What `end_pending` needs, where a transfer of this registration was asked for."""
    if row.transfer_to is None:
        return []
    [new] = yield [(Registration, row.transfer_to)]
    if new is None:
        return []
    yield [(Course, new.course_id)]
    return freeing(new)


def pending(work: Work, row: Registration) -> Registration | None:
    """The registration that is held until the difference is paid, if one is."""
    new = work.get(Registration, row.transfer_to) if row.transfer_to else None
    return new if new is not None and new.state == "requested" else None


def end_pending(work: Work, row: Registration) -> None:
    """Something else becomes of this registration: what is held for its transfer is let go."""
    new = pending(work, row)
    if new is not None:
        end_hold(work, new, ENDED)


def origin_needs(new: Registration) -> Plan:
    """What `arrive` needs of the registration that is to be moved."""
    if new.transferred_from is None:
        return []
    [old] = yield [(Registration, new.transferred_from)]
    if old is None:
        return []
    yield [(Course, old.course_id)]
    return [*freeing(old), _asking(new), bought_version(old)]


def arrive(work: Work, new: Registration) -> Registration | None:
    """The difference is paid: the new seat is taken and the old one given up, in one transaction.

    None where the old registration is not as it was, and so cannot be moved any more.
    """
    assert new.transferred_from is not None
    old = work.get(Registration, new.transferred_from)
    if old is None or old.state != "confirmed" or old.person_id != new.person_id:
        return None
    both = [work.get(Course, row.course_id) for row in (old, new)]
    if old.transfer_to != new.registration_id or any(
        course is None or course.status != "published" for course in both
    ):
        return None
    asked = work.get(History, _asking(new)[1])
    confirmed = confirm(work, new, "transfer", by="billing")
    chosen = asked.facts.get("policy") if asked else None
    leave(work, old, confirmed, by=asked.by if asked else "operator", choice=chosen)
    return confirmed


def leave(
    work: Work, old: Registration, new: Registration, *, by: str, choice: str | None = None
) -> Registration:
    """The old seat is given up, and offered to the next in line there. Needs `bought_version`.

    `requested_at` is the receipt of the request, by which billing judges, however late it is paid.
    """
    left = step(
        work,
        old,
        "transfer",
        seat="none",
        by=by,
        facts={
            "to_registration_id": new.registration_id,
            "to_course_id": new.course_id,
            "received_at": rfc3339(new.requested_at),
        },
        transfer_to=new.registration_id,
    )
    assert left is not None
    work.emit(
        RegistrationTransferred(
            **about(left),
            to_registration_id=new.registration_id,
            to_course_id=new.course_id,
            requested_at=new.requested_at,
            by="learner" if by == "learner" else "operator",
            **in_force(work, old, choice),
        )
    )
    course = work.get(Course, old.course_id)
    assert course is not None
    work.plan_due(CARRY, new.registration_id, work.now, payload={"from": old.registration_id})
    offer_freed(work, course)
    return left


def _asking(new: Registration) -> tuple[type[History], tuple[str, int]]:
    """The step of the history in which it was asked for."""
    return History, (new.registration_id, 1)


def choices_of(row: Registration) -> Query[Choice]:
    """What it took back of what the provider cancelled."""
    return where(Choice, registration_id=row.registration_id)


def value_left(work: Work, row: Registration) -> int:
    """Its price, less the shares of cancelled sessions that were taken back."""
    then = work.get(CourseVersion, (row.course_id, row.course_version))
    assert then is not None
    schedule = held(then.document["sessions"])
    taken = [share_of(schedule, choice.session_id) for choice in work.find(choices_of(row))]
    return rule.value_left(row.price_minor, [one for one in taken if one], row.currency)
