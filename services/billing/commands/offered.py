"""A credit's row as the rules of redemption see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.billing.domain.redemption import Offered, Order, refusal
from services.billing.models import Credit


def offered(credit: Credit, left: int) -> Offered:
    """`left` is what can be spent of it by the order in question."""
    return Offered(
        credit_id=credit.credit_id,
        left=left,
        currency=credit.currency,
        frozen=credit.state == "frozen",
        voided=credit.state == "voided",
        expires_at=credit.expires_at,
        expires_on=credit.expires_on,
        only_for=str(credit.terms.get("for") or ""),
        not_for=credit.terms.get("not_for_course_id"),
        transferable=bool(credit.terms.get("transferable")),
    )


def unusable(credits_: Iterable[Credit], course_id: str | None, at: datetime) -> list[str]:
    """Of these credits, to which something goes back, those of which it cannot be spent on that
    course then; None: any other course."""
    return [
        credit.credit_id
        for credit in credits_
        if refusal(_given_back(credit), Order(at, credit.currency, course_id)) is not None
    ]


def is_revoked(credit: Credit) -> bool:
    """Voided after a lost dispute: for good. Another that is voided lives again for what comes
    back to it."""
    return credit.state == "voided" and credit.frozen_by is not None


def _given_back(credit: Credit) -> Offered:
    return replace(offered(credit, 1), voided=is_revoked(credit))
