"""Evaluations: which answers fit a course's form, and from when until when they are taken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from shared.errors import Conflict, Invalid, fault

MOST_ANSWERS = 200
LONGEST_ANSWER = 5_000
CLOSES_AFTER_DAYS = 30
TOLD_TOGETHER = 3  # people: of fewer, what is told of all tells of each


class EvaluationClosed(Conflict):
    """The time for it is over (staff can reopen it)."""

    slug = "evaluation-closed"


class EvaluationNotOpen(Conflict):
    """Nobody can evaluate what has not begun."""

    slug = "evaluation-not-open"


@dataclass(frozen=True)
class Question:
    """One question of a form; `kind` is rating (1 to `scale`), choice or text.

    `required`: without an answer to it there is no evaluation.
    """

    question_id: str
    kind: str = "rating"
    scale: int = 5
    choices: tuple[str, ...] = ()
    required: bool = False


def closing(last_end: datetime | None, days: int, *reopened: datetime | None) -> datetime | None:
    """Until when it is taken: `days` after the last session ended, or as much longer as staff said
    (`reopened` never shortens it). None while no session is planned: nobody is late then."""
    if last_end is None:
        return None
    said = [one for one in reopened if one is not None]
    return max([last_end + timedelta(days=days), *said])


def check_window(
    opens: datetime | None, closes: datetime | None, now: datetime, days: int | None
) -> None:
    """Refuse an evaluation before the first session, or after it closed; both ends are inside.

    `days` after the last session it closed by itself; None: staff had opened it for longer.
    """
    if opens is not None and now < opens:
        raise EvaluationNotOpen("The course has not begun yet. It can be evaluated once it has.")
    if closes is not None and now > closes:
        ended = (
            f"closed {days} days after the last session" if days else "was open longer, and closed"
        )
        raise EvaluationClosed(
            f"The evaluation {ended}. Write to the provider if you still want to hand it in."
        )


def form_id(version: int, questions: Sequence[Mapping[str, Any]]) -> str:
    """A name for a form as it was asked: another wording is another form, whether or not the
    provider gave it another version."""
    said = json.dumps([version, list(questions)], sort_keys=True, ensure_ascii=False)
    return sha256(said.encode()).hexdigest()[:16]


def check_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> None:
    """Every fault at once: ratings in range, choices among those given, text of bearable length,
    and an answer to every question that asks for one (domain.md §6: one rating per objective)."""
    faults = []
    if not answers or len(answers) > MOST_ANSWERS:
        raise Invalid("invalid", f"An evaluation has 1 to {MOST_ANSWERS} answers.")
    by_id = {question.question_id: question for question in questions}
    for name, answer in answers.items():
        why = _fault(by_id.get(name), answer)
        if why:
            faults.append(fault(f"/answers/{_pointer(name)}", why))
    for question in questions:
        answer = answers.get(question.question_id)
        if question.required and (answer is None or not str(answer).strip()):
            faults.append(
                fault(f"/answers/{_pointer(question.question_id)}", "This needs an answer.")
            )
    if faults:
        raise Invalid("invalid", "Some answers do not fit.", errors=faults)


def _fault(question: Question | None, answer: Any) -> str:
    if isinstance(answer, str) and (len(answer) > LONGEST_ANSWER or "\x00" in answer):
        return f"At most {LONGEST_ANSWER} characters of text."
    if not isinstance(answer, str | int | bool | None):
        return "An answer is a number, a text, true, false or null."
    return _misfit(question, answer) if question and answer is not None else ""


def _misfit(question: Question, answer: str | int) -> str:
    if question.kind == "rating":
        # True is an int to Python, and no rating.
        fits = type(answer) is int and answer in range(1, question.scale + 1)
        return "" if fits else f"A number from 1 to {question.scale}."
    if question.kind == "choice" and question.choices and answer not in question.choices:
        return f"One of: {', '.join(question.choices)}."
    return ""


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
