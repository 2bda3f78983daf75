"""Answers are told together: three or more to one form at once, and by nobody's own transaction.

Until then they are kept sealed. A row that is written in the transaction that notes who handed in
leads to them, whatever it is called; so the answers are written anew, under ids that nobody had
seen before, by a deadline. What is left of less than three stays sealed, and is only counted.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from services.certificates.domain.evaluation import TOLD_TOGETHER
from services.certificates.models import Evaluation
from shared.runtime.due import Due
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

TELL = "tell_evaluations"  # a deadline, by course and form
Open = Callable[[str], dict[str, Any] | None]


def keep(work: Work, course_id: str, version: int, form: str, sealed: str) -> None:
    """Keep answers to a form until there are enough of them."""
    work.put(
        Evaluation(
            evaluation_id=token_hex(16),
            course_id=course_id,
            form_version=version,
            form=form,
            answers={"sealed": sealed},
        )
    )
    work.plan_due(TELL, f"{course_id}/{form}", work.now)


def waiting(due: Due) -> Query[Evaluation]:
    """The answers to a form that are still sealed."""
    course_id, _, form = due.ref.rpartition("/")
    return where(Evaluation, course_id=course_id, form=form, released=False)


async def tell(work: Work, due: Due, opened: Open) -> None:
    """Tell all that wait, if they are three or more.

    What was sealed before the platform's secret was changed cannot be told any more: it stays
    counted.
    """
    found = [(one, opened(str(one.answers.get("sealed", "")))) for one in work.find(waiting(due))]
    readable = [(one, answers) for one, answers in found if answers is not None]
    if len(readable) < TOLD_TOGETHER:
        return
    for one, answers in readable:
        work.delete(one)
        work.put(
            Evaluation(
                evaluation_id=token_hex(16),  # rows are written in the order of their ids
                course_id=one.course_id,
                form_version=one.form_version,
                form=one.form,
                answers=answers,
                released=True,
            )
        )
