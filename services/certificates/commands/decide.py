"""Take the decision again, and say what changed since it was said last (domain.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.certificates.commands import following, saying
from services.certificates.commands.following import plan_due_render, plan_render
from services.certificates.commands.grants import covers, of_award
from services.certificates.commands.keeping import hold
from services.certificates.commands.knowledge import facts_of, is_over
from services.certificates.domain import awards, board_words
from services.certificates.domain.awards import Status
from services.certificates.domain.eligibility import Served
from services.certificates.domain.words import plain
from services.certificates.models import (
    NO_BOARD,
    PARTICIPATION,
    PRESENTER,
    Award,
    Certificate,
    Course,
    Person,
    Registration,
)
from shared.contracts.certificates import AwardGranted, AwardWithheld, Unmet
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def around(registration_id: str, course_id: str, *people: str) -> list[Wanted]:
    """The keys to lock for deciding about one registration."""
    return [
        (Course, course_id),
        *((Person, person) for person in dict.fromkeys(people)),
        (Registration, registration_id),
        where(Award, registration_id=registration_id),
        where(Certificate, registration_id=registration_id),
        task_key(saying.IN_QUESTION, registration_id),
    ]


def of_registration(registration_id: str) -> Plan:
    """A plan for what is decided about a registration that should be known."""
    [reg] = yield [(Registration, registration_id)]
    if reg is None:
        return [(Registration, registration_id)]
    return around(registration_id, reg.course_id, reg.person_id)


def decision_on(work: Work, reg: Registration) -> awards.Decision:
    """What the facts give now."""
    person = work.get(Person, reg.person_id)
    issued = work.find(where(Certificate, registration_id=reg.registration_id))
    return awards.decide(facts_of(reg, work.get(Course, reg.course_id), person, issued))


def live_of(work: Work, reg: Registration) -> Mapping[str, Certificate]:
    """Certificates that hold, by board."""
    found = work.find(where(Certificate, registration_id=reg.registration_id))
    return {one.board: one for one in found if one.status == "valid"}


def decide_again(work: Work, reg: Registration) -> None:
    """Decide, store what changed, say it, and plan the certificate that follows."""
    _decide(work, reg)
    told = work.find(where(Award, registration_id=reg.registration_id))
    held = {one.board for one in told if one.held and not one.kept}
    if not held & live_of(work, reg).keys():
        work.close_task(saying.IN_QUESTION, reg.registration_id)


def _decide(work: Work, reg: Registration) -> None:
    person = work.get(Person, reg.person_id)
    if person is None or not person.version:
        return  # whom a board serves is not known yet; and for someone erased, what stands stands
    known = {a.board: a for a in work.find(where(Award, registration_id=reg.registration_id))}
    course = work.get(Course, reg.course_id)
    if course is not None and course.evidence_ended_at is not None:
        return  # its facts are gone, their years being over: what stands stands
    if course is None or not course.document or not (known or is_over(course)):
        return  # nothing was said yet, and nothing can be: most facts come long before the end
    decision = decision_on(work, reg)
    live = live_of(work, reg)
    for award in decision.awards:
        before = known.get(award.board)
        if before is not None or (decision.over and _concerns(award)):
            _say(work, reg, award, before, live.get(award.board), decision)
    now = {*NO_BOARD, *(award.board for award in decision.awards)}
    for board in sorted(known.keys() - now - live.keys()):  # a certificate that is out stands
        _say(work, reg, _dropped(known[board]), known[board], None, decision)
    following.without_credit(
        work,
        reg,
        PARTICIPATION,
        decision.participation,
        known,
        decision,
        replaced=decision.credited,
    )
    following.without_credit(work, reg, PRESENTER, decision.presenter, known, decision)


def _concerns(award: awards.Award) -> bool:
    """Whether the learner is told of this board, where nothing was said of it before."""
    return award.serves is not Served.NO and award.status is not Status.DECLINED


def _dropped(before: Award) -> awards.Award:
    """The course was published without this board: what was to come of it does not."""
    unmet = (board_words.not_of_course(before.board),)
    none = awards.NONE
    return awards.Award(
        before.board, before.unit, Status.WITHHELD, none, none, unmet, (), {}, Served.NO
    )


def _say(
    work: Work,
    reg: Registration,
    award: awards.Award,
    before: Award | None,
    live: Certificate | None,
    decision: awards.Decision,
) -> None:
    granted = award.status is Status.GRANTED
    if live is not None and before is not None and not _as_good(award, live):
        hold(work, before, live, decision)
        return
    now = Award(
        registration_id=reg.registration_id,
        board=award.board,
        version=before.version if before else 0,
        status="granted" if granted else "withheld",
        credits=plain(_worth(award)),
        unit=award.unit,
        sessions=list(award.sessions),
        unmet=[{"condition": str(u.condition), "detail": u.detail} for u in award.unmet],
    )
    if before is not None and now == replace(before, held=False, kept={}):
        if before.held:
            work.put(now)
        if granted:
            plan_due_render(work, reg, award.board, of_award(award))
        return
    now = replace(now, version=now.version + 1)
    work.put(now)
    _emit(work, reg, now, award)
    if granted and live is None:
        plan_render(work, reg, award.board)
    elif granted:
        plan_due_render(work, reg, award.board, of_award(award))


def _worth(award: awards.Award) -> Decimal:
    """What is given, or would be; of a board that does not serve, nothing can come."""
    if award.status is Status.GRANTED:
        return award.credits
    return awards.NONE if award.serves is Served.NO else award.earned


def _as_good(award: awards.Award, live: Certificate) -> bool:
    return award.status is Status.GRANTED and covers(of_award(award), live)


def _emit(work: Work, reg: Registration, now: Award, award: awards.Award) -> None:
    about: dict[str, Any] = {
        "registration_id": reg.registration_id,
        "course_id": reg.course_id,
        "person_id": reg.person_id,
        "board": now.board,
        "version": now.version,
        "rule_version": award.rule_version,
        "credits": Decimal(now.credits),
        "unit": now.unit,
    }
    if now.status == "granted":
        work.emit(
            AwardGranted(
                **about,
                sessions=tuple(now.sessions),
                categories=dict(award.categories),
                granted_at=work.now,
            )
        )
    else:
        unmet = tuple(Unmet(**one) for one in now.unmet)
        work.emit(AwardWithheld(**about, unmet=unmet, withheld_at=work.now))


# --- by deadline ----------------------------------------------------------------------------------


def registrations_of(due: Due) -> Query[Registration]:
    """All of a course that changed. One heard of meanwhile is decided by the course as it is."""
    return where(Registration, course_id=due.ref)


@needs(lambda due: of_registration(due.payload["registration_id"]))
async def decide_one(work: Work, due: Due) -> None:
    """Decide about one registration because its course changed."""
    reg = work.get(Registration, due.payload["registration_id"])
    if reg is not None:
        decide_again(work, reg)
