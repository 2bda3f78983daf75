"""The evaluation form of a course: one rating per objective, and the provider's own questions.

Where the file has no form but a board asks for an evaluation, the ratings alone make one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.registration.domain.reading import Node

KINDS = ("rating", "choice", "text")
KNOWN = ("id", "kind", "text", "objective", "scale", "choices", "required")


def read_form(node: Node, objectives: Sequence[str], *, needed: bool) -> dict[str, Any] | None:
    """The form as `course.published` carries it; None where nobody is asked anything."""
    if node.absent and not needed:
        return None
    own: list[dict[str, Any]] = []
    version, days = node.at("version"), node.at("closes_after_days")
    if not node.absent and node.table():
        node.unknown(("version", "closes_after_days", "questions"))
        own = [_question(q, objectives) for q in node.at("questions").items(most=100)]
    rated = {question["objective"] for question in own}
    ratings = [
        rating_of(number, text)
        for number, text in enumerate(objectives, start=1)
        if number not in rated
    ]
    questions = [*ratings, *own]
    for question_id, times in Counter(q["question_id"] for q in questions).items():
        if times > 1 and question_id:
            node.at("questions").wrong(f"The question {question_id} is there {times} times.")
    return {
        "version": 1 if version.absent else version.whole(least=1, most=10_000, fallback=1),
        "closes_after_days": 30 if days.absent else days.whole(least=1, most=3650, fallback=30),
        "questions": questions,
    }


def rating_of(number: int, text: str) -> dict[str, Any]:
    """The rating of an objective, counted from 1, that is asked for where no question is of it."""
    return {
        "question_id": f"objective-{number}",
        "kind": "rating",
        "text": text,
        "objective": number,
        "scale": 5,
        "choices": [],
        "required": True,
    }


def _question(node: Node, objectives: Sequence[str]) -> dict[str, Any]:
    if not node.table():
        return rating_of(0, "")
    node.unknown(KNOWN)
    kind = "rating" if node.at("kind").absent else node.at("kind").choice(KINDS, "rating")
    choices = [choice.text() for choice in node.at("choices").items(most=50)]
    if kind == "choice" and len(choices) < 2:
        node.at("choices").wrong("A choice has at least two answers.")
    objective, scale = node.at("objective"), node.at("scale")
    return {
        "question_id": node.at("id").slug(),
        "kind": kind,
        "text": node.at("text").text(),
        "objective": None
        if objective.absent
        else objective.whole(least=1, most=max(1, len(objectives)), fallback=1),
        "scale": 5 if scale.absent else scale.whole(least=2, most=10, fallback=5),
        "choices": choices,
        "required": node.at("required").flag(fallback=True),
    }
