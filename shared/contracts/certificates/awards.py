"""Evaluations, and what each board gives or withholds."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts.certificates.base import ABOUT, OfAward
from shared.contracts.event import Hours, Id, Instant, Part, Text


class EvaluationSubmitted(OfAward):
    """The fact only; the answers are kept without the person, and never said."""

    type = "evaluation.submitted.v1"
    when = "When a learner sends the evaluation of the course."
    never = "An answer: those are kept without the person."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "form_version": 1,
        "submitted_at": "2020-11-09T23:20:00Z",
    }

    form_version: int = 1
    submitted_at: Instant


class AwardGranted(OfAward):
    """A board's credit, all conditions met. `version` counts the decisions for this board."""

    type = "award.granted.v1"
    when = "When the last condition of a board comes true; again where what is given changes."
    never = "The certificate: that follows as `certificate.issued`, once it is rendered and signed."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "board": "NBCC",
        "version": 1,
        "rule_version": 1,
        "credits": "8.0",
        "unit": "clock hours",
        "sessions": ["s1", "s2", "s3", "s4"],
        "categories": {},
        "granted_at": "2020-11-09T23:20:01Z",
    }

    board: Id
    version: int = 1
    rule_version: int = 1
    credits: Hours
    unit: Text
    sessions: tuple[Id, ...] = ()
    categories: dict[str, Hours] = Field(default_factory=dict)
    granted_at: Instant


class Unmet(Part):
    """`condition` is a stable word (attendance, evaluation, paid, unclaimed, …)."""

    condition: Text
    detail: Text = ""


class AwardWithheld(OfAward):
    """A board's credit that is not given, or not yet, with every unmet condition.

    `credits` is what it would come to once they are met; 0 where nothing can come of it.
    """

    type = "award.withheld.v1"
    when = "When the course is over and something is missing, and whenever what is missing changes."
    never = (
        "Final: a later decision has a higher `version`. Nor said of a board that never served "
        "the person."
    )
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "board": "STATE",
        "version": 1,
        "rule_version": 1,
        "credits": "0",
        "unit": "contact hours",
        "unmet": [
            {"condition": "attendance", "detail": "Session s3 was missed; STATE needs them all."},
        ],
        "withheld_at": "2020-11-09T23:15:00Z",
    }

    board: Id
    version: int = 1
    rule_version: int = 1
    credits: Hours
    unit: Text = ""
    unmet: tuple[Unmet, ...] = ()
    withheld_at: Instant
