"""Evaluations: handed in by learners, opened again by staff.

The fact is kept with the person, the answers without (domain.md §6): `telling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.certificates.commands import forms, telling
from services.certificates.commands.decide import decide_again, of_registration
from services.certificates.commands.knowledge import facts_of
from services.certificates.commands.learner import (
    SOON,
    CourseNotHeard,
    check_evidence,
    check_kept,
    known,
)
from services.certificates.domain.conditions import not_evaluating
from services.certificates.domain.evaluation import check_answers, check_window
from services.certificates.domain.presenting import presents
from services.certificates.models import Course, Person, Registration
from shared.contracts.certificates import EvaluationSubmitted
from shared.dates import rfc3339
from shared.errors import Conflict, Invalid, NotFound, fault
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class FormUnknown(Conflict):
    """The form that was filled in is none of the course's."""

    slug = "evaluation-form-unknown"


class NoEvaluation(Conflict):
    """It is asked of who takes part; the detail says why not of this one."""

    slug = "evaluation-not-asked"


class HandedIn(Conflict):
    """There is nothing to open again: it was handed in."""

    slug = "evaluation-handed-in"


@dataclass(frozen=True)
class Evaluate:
    """Answers by question id, to be judged, and sealed, to be kept; `version` is that of the form
    they answer, if that was said."""

    registration_id: str
    answers: Mapping[str, Any]
    sealed: str
    received_at: datetime
    version: int | None = None


@dataclass(frozen=True)
class Reopen:
    """Take one learner's evaluation until then; `words` say why, to operators."""

    registration_id: str
    until: datetime
    words: str


@dataclass(frozen=True)
class ReopenCourse:
    """Take everybody's until then; `reason` is a word such as `mail-was-late`."""

    course_id: str
    until: datetime
    reason: str


@needs(lambda c: of_registration(c.registration_id))
async def evaluate(work: Work, c: Evaluate) -> bool:
    """Keep the answers without the person and the fact with; True the first time.

    Raises CourseNotHeard, Erased, EvidenceEnded, NoEvaluation, EvaluationNotOpen, EvaluationClosed,
    FormUnknown, Invalid. Handing in again changes nothing.
    """
    reg = known(work, c.registration_id)
    check_kept(work, reg)
    if reg.evaluated_at is not None:
        return False
    course = work.get(Course, reg.course_id)
    if course is None or not course.document:
        raise CourseNotHeard("We have not heard of this course yet.", retry_after=SOON)
    _asked(work, reg, course)
    longer = course.evaluation_until or reg.reopened
    days, until = forms.days_of(course), forms.closes_at(course, reg)
    check_window(forms.opens_at(course), until, c.received_at, None if longer else days)
    name, form = _judged(course, c)
    telling.keep(work, reg.course_id, form["version"], name, c.sealed)
    reg = replace(reg, evaluated_at=c.received_at)
    work.put(reg)
    work.emit(
        EvaluationSubmitted(
            registration_id=reg.registration_id,
            course_id=reg.course_id,
            person_id=reg.person_id,
            form_version=form["version"],
            submitted_at=c.received_at,
        )
    )
    decide_again(work, reg)
    return True


def _asked(work: Work, reg: Registration, course: Course) -> None:
    """Raises NoEvaluation."""
    facts = facts_of(reg, course, work.get(Person, reg.person_id), ())
    if presents(facts):
        raise NoEvaluation("You present this course; those who learn in it evaluate it.")
    if facts.course is None:
        return
    missing = not_evaluating(facts.course, facts)
    if missing is not None:
        raise NoEvaluation(missing.detail)


def _judged(course: Course, c: Evaluate) -> tuple[str, forms.Form]:
    """The form that was answered: the one that is asked now, or the one that was before them.

    A provider may mend a form without another version, so of one version the newest that the
    answers fit is theirs. Raises FormUnknown, Invalid (by the newest).
    """
    all_of_them = forms.forms_of(course)
    if c.version is None:
        seen = list(all_of_them.items())[:1]
    else:
        seen = [(name, form) for name, form in all_of_them.items() if form["version"] == c.version]
    if not seen:
        raise FormUnknown(
            "The questions have changed since this form was opened. Open it again, please; it "
            "shows those of today."
        )
    faults = None
    for name, form in seen:
        try:
            check_answers(forms.questions_of(form), c.answers)
            return name, form
        except Invalid as why:
            faults = faults or why
    raise faults or AssertionError("a form without a verdict")


@needs(lambda c: of_registration(c.registration_id))
async def reopen(work: Work, c: Reopen) -> Registration:
    """Open it for one learner until an instant; said again, the later word holds.

    Raises NotFound, Erased, EvidenceEnded, HandedIn, Invalid (in the past).
    """
    reg = known(work, c.registration_id)
    check_kept(work, reg)
    if reg.evaluated_at is not None:
        raise HandedIn("The evaluation was handed in; there is nothing left to open.")
    _to_come(work, c.until)
    reg = replace(reg, reopened={"until": rfc3339(c.until), "words": c.words})
    work.put(reg)
    work.audit("evaluation.reopened", c.registration_id, rfc3339(c.until))
    return reg


@needs(lambda c: [(Course, c.course_id)])
async def reopen_course(work: Work, c: ReopenCourse) -> Course:
    """Open it for everybody of a course. Raises NotFound, EvidenceEnded, Invalid (in the past)."""
    course = work.get(Course, c.course_id)
    if course is None or not course.document:
        raise NotFound("course-unknown", "There is no such course.")
    check_evidence(course)
    _to_come(work, c.until)
    course = replace(course, evaluation_until=c.until)
    work.put(course)
    work.audit("evaluations.reopened", c.course_id, c.reason)
    return course


def _to_come(work: Work, until: datetime) -> None:
    if until <= work.now:
        why = "That has passed: give an instant to come."
        raise Invalid("invalid", "It cannot be open until then.", errors=[fault("/until", why)])
