"""What a course's evaluations come to, told so that nobody is told by their answers.

Ratings and choices are told as counts, free texts in an order that says nothing of who wrote which;
what fewer than three people answered is counted, and not broken down (domain.md §6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any

from services.certificates.domain.evaluation import TOLD_TOGETHER, Question


@dataclass(frozen=True)
class Answered:
    """What somebody answered; `key` is random, and only orders texts."""

    key: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """One question: `n` who answered it; the others are None where that are too few to tell.

    `mean` has two decimals, rounded half up. `distribution` has every possible answer in the
    form's order, those that nobody gave too.
    """

    question_id: str
    n: int
    mean: Decimal | None = None
    distribution: Sequence[tuple[str, int]] | None = None
    texts: Sequence[str] | None = None


def told_of(questions: Sequence[Question], answered: Sequence[Answered]) -> list[Told]:
    """Question by question, for the answers to one form."""
    return [_told(one, answered) for one in questions]


def _told(question: Question, answered: Sequence[Answered]) -> Told:
    name = question.question_id
    given = [(one.key, one.answers.get(name)) for one in answered]
    fitting: list[tuple[str, Any]] = [(key, said) for key, said in given if _says(question, said)]
    answers = [answer for _, answer in fitting]
    n = len(answers)
    if question.kind == "text":
        # Who wrote a text cannot be told from how many did, but from how many could have.
        enough = len(answered) >= TOLD_TOGETHER
        return Told(name, n, texts=_shuffled(name, fitting) if enough else None)
    if n < TOLD_TOGETHER:
        return Told(name, n)
    if question.kind == "choice":
        return Told(name, n, distribution=_counted(question.choices, answers))
    scale = [str(grade) for grade in range(1, question.scale + 1)]
    mean = (Decimal(sum(answers)) / n).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Told(name, n, mean, _counted(scale, [str(answer) for answer in answers]))


def _says(question: Question, answer: Any) -> bool:
    if question.kind == "rating":
        return type(answer) is int and 1 <= answer <= question.scale
    if not isinstance(answer, str) or not answer.strip():
        return False
    return question.kind == "text" or answer in question.choices


def _counted(possible: Sequence[str], answers: Sequence[str]) -> list[tuple[str, int]]:
    counts = Counter(answers)
    return [(one, counts[one]) for one in possible]


def _shuffled(question_id: str, texts: Sequence[tuple[str, str]]) -> list[str]:
    """Another order for each question, and the same each time: two texts by one person do not stand
    at the same place, and asking again tells nothing."""
    by_key = sorted((sha256(f"{question_id}/{key}".encode()).digest(), text) for key, text in texts)
    return [text.strip() for _, text in by_key]
