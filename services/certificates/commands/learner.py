"""What learners do: claim credits. (Evaluations are in `evaluating`.)"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.certificates.commands.decide import (
    decide_again,
    decision_on,
    live_of,
    of_registration,
)
from services.certificates.commands.knowledge import course_of
from services.certificates.domain.awards import Award, Status
from services.certificates.domain.credits import check_claim
from services.certificates.domain.facts import Mode
from services.certificates.domain.words import plain
from services.certificates.models import Course, Person, Registration
from shared.errors import Conflict, Gone, NotFound, TooEarly, fault
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

SOON = 2  # seconds: an event is on its way


class CourseNotHeard(TooEarly):
    """What the course asks is not known here yet, so nothing can be said to answer it."""

    slug = "course-not-heard"


class NotClaimable(Conflict):
    """The board's credit cannot be claimed (yet); `errors` says why."""

    slug = "not-claimable"


class AlreadyClaimed(Conflict):
    """A certificate says what was claimed before."""

    slug = "already-claimed"


class EvidenceEnded(Gone):
    """The years of the course's boards are over: nothing is taken that would be kept for ever."""

    slug = "evidence-ended"


class Erased(Gone):
    """Whose registration it was has been erased."""

    slug = "holder-erased"


@dataclass(frozen=True)
class Claim:
    """So many credits of a CLAIMED board."""

    registration_id: str
    board: str
    credits: Decimal


def known(work: Work, registration_id: str) -> Registration:
    """The registration; raises NotFound."""
    reg = work.get(Registration, registration_id)
    if reg is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    return reg


def check_kept(work: Work, reg: Registration) -> None:
    """Whether there is anybody still, and any end to what is kept; raises Erased, EvidenceEnded."""
    course, person = work.get(Course, reg.course_id), work.get(Person, reg.person_id)
    if person is not None and person.erased:
        raise Erased("The record of this person was erased.")
    if course is not None:
        check_evidence(course)


def check_evidence(course: Course) -> None:
    """Raises EvidenceEnded."""
    if course.evidence_ended_at is not None:
        raise EvidenceEnded("The years for which the evidence of this course is kept are over.")


@needs(lambda c: of_registration(c.registration_id))
async def claim(work: Work, c: Claim) -> tuple[bool, Award]:
    """Claim up to what was earned; (whether it is new, the award).

    A claim may be raised when later evidence allows more, and changed until a certificate is out.
    Raises NotClaimable, AlreadyClaimed, Invalid (not in steps, too high).
    """
    reg = known(work, c.registration_id)
    award = _award(work, reg, c.board)
    course = work.get(Course, reg.course_id)
    said = course_of(course)
    rules = said.approvals if said else ()
    rule = next((one for one in rules if one.board == c.board), None)
    if award is None or rule is None or rule.mode is not Mode.CLAIMED:
        raise NotClaimable(f"{c.board} is not a board of this course whose credits are claimed.")
    if award.status in (Status.WITHHELD, Status.DECLINED):
        raise NotClaimable(
            "Something is still missing.",
            errors=[fault(f"/{u.condition}", u.detail) for u in award.unmet],
        )
    check_claim(rule, c.credits, award.earned)
    before = Decimal(reg.claims[c.board]) if c.board in reg.claims else None
    if before == c.credits:
        return False, award
    if before is not None and c.board in live_of(work, reg) and c.credits < before:
        raise AlreadyClaimed(
            f"A certificate over {plain(before)} {rule.unit} is out; only staff can lower it."
        )
    reg = replace(reg, claims={**reg.claims, c.board: plain(c.credits)})
    work.put(reg)
    decide_again(work, reg)
    after = _award(work, reg, c.board)
    return True, after or award


def _award(work: Work, reg: Registration, board: str) -> Award | None:
    return next((a for a in decision_on(work, reg).awards if a.board == board), None)
