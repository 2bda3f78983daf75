"""What a certificate may say: the credits of a decision, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.certificates.domain.awards import Decision, Status
from services.certificates.models import NO_BOARD, PARTICIPATION, Certificate


@dataclass(frozen=True)
class Grant:
    """Credits, the sessions and categories that they are made of, and the rule and evidence that
    they were decided by: they belong together."""

    credits: Decimal
    sessions: tuple[str, ...]
    categories: Mapping[str, Decimal]
    rule_version: int = 1
    evidence: Mapping[str, int] = field(default_factory=dict)


def granted(decision: Decision, board: str) -> Grant | None:
    """What the facts give by this board (or as participation), if nothing is missing."""
    if board in NO_BOARD:
        joined = decision.participation if board == PARTICIPATION else decision.presenter
        if joined is None or not joined.due:
            return None
        return Grant(joined.hours, joined.sessions, {}, evidence=joined.evidence)
    award = next((one for one in decision.awards if one.board == board), None)
    if award is None or award.status is not Status.GRANTED:
        return None
    return Grant(
        award.credits, award.sessions, award.categories, award.rule_version, award.evidence
    )


def said(by: Certificate) -> Grant:
    """What a certificate says that was made before."""
    kept = {name: Decimal(hours) for name, hours in by.categories.items()}
    return Grant(Decimal(by.credits), tuple(by.sessions), kept, by.rule_version, dict(by.evidence))


def kind_of(one: Certificate) -> str:
    """`completion` of what a board gives credit for, `participation`, or `presenter`."""
    return one.board if one.board in NO_BOARD else "completion"
