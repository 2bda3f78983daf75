"""The evaluation form: a field a question, read back into answers (domain.md §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

LONGEST = 4_000  # characters of a text
Stands = Literal["open", "done", "closed", "coming", "unasked"]
_WIDEST = 20  # steps of a scale that a page can show


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `kind` is rating (1 to `scale`), choice or text; `objective` counts from 1."""

    question_id: str
    text: str
    kind: str
    scale: int
    choices: tuple[str, ...]
    required: bool
    objective: int | None = None


def asked_of(questions: Iterable[Any]) -> list[Asked]:
    """The questions as certificates says them; one that cannot be read is not asked."""
    return [
        Asked(
            str(one["question_id"]),
            str(one.get("text") or one["question_id"]),
            str(one.get("kind") or "rating"),
            min(_WIDEST, int(one.get("scale") or 5)),
            tuple(str(choice) for choice in one.get("choices") or ()),
            bool(one.get("required", True)),
            one.get("objective"),
        )
        for one in questions
        if isinstance(one, Mapping) and one.get("question_id")
    ]


def stands(
    takes: bool, submitted_at: datetime | None, closes_at: datetime | None, now: datetime
) -> Stands:
    """Whether it can be handed in: certificates `takes` it now, or it is in, over, or to come."""
    if submitted_at:
        return "done"
    if takes:
        return "open"
    return "closed" if closes_at and closes_at <= now else "coming"


def answers_of(
    form: Mapping[str, str], questions: Iterable[Asked]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers by question id, and by question id what is wrong: `missing` or `too-long`.

    A rating outside its scale, or a choice that was not offered, counts as not answered.
    """
    answers: dict[str, Any] = {}
    wrong = {}
    for asked in questions:
        answer = _answer(form.get(f"q-{asked.question_id}", "").strip(), asked)
        if isinstance(answer, str) and asked.kind == "text" and len(answer) > LONGEST:
            wrong[asked.question_id] = "too-long"
        elif answer is not None:
            answers[asked.question_id] = answer
        elif asked.required:
            wrong[asked.question_id] = "missing"
    return answers, wrong


def as_filled_in(form: Mapping[str, str]) -> dict[str, Any]:
    """The answers to a form that is not asked any more, as they came: certificates knows it yet."""
    typed = {
        name.removeprefix("q-"): value.strip()
        for name, value in form.items()
        if name.startswith("q-") and value.strip()
    }
    return {name: int(said) if _is_number(said) else said for name, said in typed.items()}


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 4


def _answer(typed: str, asked: Asked) -> str | int | None:
    if asked.kind == "rating":
        return int(typed) if _is_number(typed) and 1 <= int(typed) <= asked.scale else None
    if asked.kind == "choice":
        return typed if typed in asked.choices else None
    return typed.replace("\x00", "").replace("\r\n", "\n") or None
