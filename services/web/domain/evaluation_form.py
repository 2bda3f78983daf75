"""The evaluation form: a field a question, read back into answers (domain.md §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `kind` is rating (1 to `scale`), choice or text."""

    question_id: str
    kind: str
    scale: int
    choices: tuple[str, ...]
    required: bool


def answers_of(
    form: Mapping[str, str], questions: Iterable[Asked]
) -> tuple[dict[str, Any], list[str]]:
    """The answers by question id, and the ids of those required that have none.

    A rating outside its scale, or a choice that was not offered, counts as not answered.
    """
    answers: dict[str, Any] = {}
    missing = []
    for asked in questions:
        answer = _answer(form.get(f"q-{asked.question_id}", "").strip(), asked)
        if answer is not None:
            answers[asked.question_id] = answer
        elif asked.required:
            missing.append(asked.question_id)
    return answers, missing


def _answer(typed: str, asked: Asked) -> str | int | None:
    if asked.kind == "rating":
        fits = typed.isascii() and typed.isdigit() and len(typed) < 4
        return int(typed) if fits and 1 <= int(typed) <= asked.scale else None
    if asked.kind == "choice":
        return typed if typed in asked.choices else None
    return typed.replace("\x00", "")[:_LONGEST] or None
