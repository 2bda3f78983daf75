"""The evaluation forms of a course: which there are, which one is asked now, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.certificates.domain.evaluation import (
    CLOSES_AFTER_DAYS,
    Question,
    closing,
    form_id,
)
from services.certificates.models import Course, Registration
from shared.contracts.course import EvaluationForm
from shared.dates import parse_instant
from shared.runtime.rows import replace

Form = Mapping[str, Any]  # {version, questions, seen}


def with_form(course: Course, seen: int, form: EvaluationForm | None) -> Course:
    """The course with a form that one of its versions asked, an older one too: whoever had it
    before them may still send it."""
    if form is None:
        return course
    said = form.model_dump(mode="json")
    name = form_id(said["version"], said["questions"])
    seen = max(seen, course.forms.get(name, {}).get("seen", 0))
    one = {"version": said["version"], "questions": said["questions"], "seen": seen}
    return replace(course, forms={**course.forms, name: one})


def forms_of(course: Course) -> dict[str, Form]:
    """Every form by its name, the one that is asked now first.

    A course heard of before forms were kept has only that one; one that has none, but a board that
    wants an evaluation, takes whatever is answered.
    """
    said = course.document.get("evaluation") or {"version": 1, "questions": []}
    name = form_id(said["version"], said["questions"])
    now = {"version": said["version"], "questions": said["questions"], "seen": course.version}
    others = [(other, form) for other, form in course.forms.items() if other != name]
    return {name: now, **dict(sorted(others, key=lambda one: (-one[1]["seen"], one[0])))}


def questions_of(form: Form) -> list[Question]:
    """As the rules know them."""
    return [
        Question(
            said["question_id"],
            said["kind"],
            said["scale"],
            tuple(said["choices"]),
            bool(said["required"]),
        )
        for said in form["questions"]
    ]


def asks(course: Course) -> bool:
    """Whether anybody is asked for an evaluation: by a form, or by a board."""
    said = course.document
    return bool(said.get("evaluation")) or any(one["evaluation"] for one in said.get("boards", []))


def opens_at(course: Course) -> datetime | None:
    """When the first session that is held begins."""
    return min((parse_instant(one["starts_at"]) for one in _held(course)), default=None)


def closes_at(course: Course, reg: Registration | None = None) -> datetime | None:
    """Until when an evaluation is taken: from anybody, or from this one."""
    last = max((parse_instant(one["ends_at"]) for one in _held(course)), default=None)
    return closing(last, days_of(course), course.evaluation_until, _reopened(reg))


def days_of(course: Course) -> int:
    """How many days after the last session it closes, if staff say nothing."""
    form = course.document.get("evaluation") or {}
    return int(form.get("closes_after_days", CLOSES_AFTER_DAYS))


def _reopened(reg: Registration | None) -> datetime | None:
    return parse_instant(reg.reopened["until"]) if reg and reg.reopened else None


def _held(course: Course) -> Sequence[Mapping[str, Any]]:
    return [one for one in course.document.get("sessions", []) if one["status"] != "cancelled"]
