"""A course's evaluations summed up, as data and as a sheet (also for the activity file)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.certificates.commands import forms
from services.certificates.domain.evaluation import TOLD_TOGETHER
from services.certificates.domain.summary import Answered, Told, told_of
from services.certificates.models import Course, Evaluation
from shared.dates import rfc3339
from shared.runtime.database import Reader
from shared.runtime.rows import where

_RULE = (
    f"What fewer than {TOLD_TOGETHER} people answered is counted and not broken down. Answers to a "
    f"form are told once there are {TOLD_TOGETHER} more of them; the last one or two are only "
    "counted."
)
_COLUMNS = (
    *("form_version", "question_id", "objective", "kind", "question"),
    *("n", "mean", "answer", "count"),
)
# Who attended: at least one session by the rule; what was handed in by others counts for nobody.
_PEOPLE = """
SELECT count(*) FILTER (WHERE present) AS attended,
    count(*) FILTER (WHERE present AND evaluated_at IS NOT NULL) AS submitted,
    max((reopened->>'until')::timestamptz) AS reopened
FROM (SELECT evaluated_at, reopened,
        jsonb_path_exists(attended, '$.*.present ? (@ == true)') AS present
    FROM registrations WHERE course_id = $1) AS r
"""


async def summary_of(reader: Reader, course_id: str, now: datetime) -> dict[str, Any] | None:
    """The summary as of now; None where the course is not known.

    `response_rate` is those of `attended` who handed in, 0 to 1, two decimals. `told` of all
    `evaluations` are those that `forms` are made of.
    """
    course = await reader.get(Course, course_id)
    if course is None or not course.document:
        return None
    [people] = await reader.fetch(_PEOPLE, course_id)
    kept = await reader.find(where(Evaluation, course_id=course_id))
    ends = [one for one in (forms.closes_at(course), people["reopened"]) if one is not None]
    closes = max(ends, default=None)
    is_over = closes is not None and now > closes
    told = [one for one in kept if one.released]
    known = forms.forms_of(course)
    attended, submitted = people["attended"], people["submitted"]
    return {
        "course_id": course_id,
        "title": course.document["title"],
        "open": not is_over,
        "closes_at": rfc3339(closes) if closes else None,
        "attended": attended,
        "submitted": submitted,
        "response_rate": round(submitted / attended, 2) if attended else None,
        "evaluations": len(kept),
        "told": len(told),
        "rule": _RULE,
        "forms": [_form(known[name], answers) for name, answers in _by_form(course, told).items()],
    }


def _by_form(course: Course, told: Sequence[Evaluation]) -> dict[str, list[Evaluation]]:
    """What was answered, by the form it answers; the form that is asked now is always there."""
    known = forms.forms_of(course)
    found: dict[str, list[Evaluation]] = {name: [] for name in known}
    for one in told:
        found[_name(one, known)].append(one)
    now = next(iter(known))
    return {name: answers for name, answers in found.items() if answers or name == now}


def _name(one: Evaluation, known: Mapping[str, forms.Form]) -> str:
    """The form it answers; of one from before forms had names, the newest of its version."""
    if one.form in known:
        return one.form
    same = [name for name, form in known.items() if form["version"] == one.form_version]
    return [*same, *known][0]


def _form(form: forms.Form, told: Sequence[Evaluation]) -> dict[str, Any]:
    answered = [Answered(one.evaluation_id, one.answers) for one in told]
    lines = told_of(forms.questions_of(form), answered)
    return {
        "version": form["version"],
        "n": len(told),
        "questions": [
            _question(said, line) for said, line in zip(form["questions"], lines, strict=True)
        ],
    }


def _question(said: Mapping[str, Any], line: Told) -> dict[str, Any]:
    counts = line.distribution
    return {
        "question_id": said["question_id"],
        "objective": said["objective"],
        "kind": said["kind"],
        "text": said["text"],
        "scale": said["scale"] if said["kind"] == "rating" else None,
        "n": line.n,
        "broken_down": counts is not None or line.texts is not None,
        "mean": float(line.mean) if line.mean is not None else None,
        "distribution": None
        if counts is None
        else [{"answer": answer, "count": count} for answer, count in counts],
        "texts": None if line.texts is None else list(line.texts),
    }


def without_texts(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same in numbers alone: what somebody wrote may tell who they are."""
    hidden = {"texts": None, "broken_down": False}
    forms_told = [
        form
        | {
            "questions": [
                one | hidden if one["kind"] == "text" else one for one in form["questions"]
            ]
        }
        for form in told["forms"]
    ]
    return {**told, "forms": forms_told}


def as_csv(told: Mapping[str, Any]) -> str:
    """One line a question and answer; a question that is not broken down has one without."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(_COLUMNS)
    for form in told["forms"]:
        for one in form["questions"]:
            about = [form["version"], one["question_id"], one["objective"] or "", one["kind"]]
            about += [one["text"], one["n"], "" if one["mean"] is None else one["mean"]]
            for answer, count in _rows(one):
                lines.writerow([_cell(cell) for cell in (*about, answer, count)])
    return out.getvalue()


def _rows(question: Mapping[str, Any]) -> list[tuple[str, int | str]]:
    counted = [(one["answer"], one["count"]) for one in question["distribution"] or ()]
    written: list[tuple[str, int | str]] = [(text, 1) for text in question["texts"] or ()]
    return [*counted, *written] or [("", "")]


def _cell(value: Any) -> Any:
    """What a spreadsheet would take for a formula is marked as text."""
    formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if formula else value
