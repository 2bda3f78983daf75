"""A new credit, out of a cancellation (domain.md §3); its code is found by a hash of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.credit import entry
from services.billing.commands.end_credit import settle_end
from services.billing.commands.saying import about, of_credit, payer_of
from services.billing.domain.decision import NewCredit
from services.billing.domain.redemption import ANOTHER
from services.billing.models import Credit, Registration, Terms
from shared.contracts.billing import CreditIssued
from shared.dates import end_of_day
from shared.runtime.due import Due
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.tokens import code_digest
from shared.runtime.work import Work

INDEX = "index_credit_code"
GOODWILL = "goodwill"


def issue_credit(
    account: Account,
    new: NewCredit,
    requested_at: datetime,
    *,
    origin: str = "cancellation",
    spent_at_once: bool = False,
) -> Credit:
    """A credit for whoever paid; the caller books it, and ends it where it is spent at once."""
    work, registration, terms = account.work, account.registration, account.terms
    assert terms is not None
    credit_id = work.new_id(f"credit/{account.registration_id}")
    kind, holder = payer_of(registration)
    zone = str(terms.policy["zone"])
    credit = Credit(
        credit_id=credit_id,
        holder_kind=kind,
        holder_id=holder,
        registration_id=account.registration_id,
        course_id=registration.course_id,
        currency=registration.currency,
        amount_minor=new.amount,
        balance_minor=new.amount,
        state="active",
        expires_on=new.expires_on,
        expires_at=end_of_day(new.expires_on, zone) if new.expires_on else None,
        issued_at=work.now,
        terms=_terms(new, terms, registration, origin),
        origin=origin,
    )
    begin(account, credit)
    whose = {"person_id": holder} if kind == "person" else {}  # who paid, not a colleague who came
    say_issued(work, credit, requested_at, **about(registration) | whose)
    if not spent_at_once:
        end_issued(work, credit_id)
    return credit


def end_issued(work: Work, credit_id: str) -> None:
    """What is left of a new credit ends in time; at once, where it was heard of too late."""
    credit = work.get(Credit, credit_id)
    assert credit is not None
    settle_end(work, credit, f"{credit_id}/issued")


def begin(account: Account, credit: Credit) -> None:
    """It is there, with what it was issued for; its code can be found in a moment."""
    account.work.put(credit)
    entry(account, credit, "issued", credit.amount_minor)
    account.work.plan_due(INDEX, credit.credit_id, account.work.now)


def say_issued(work: Work, credit: Credit, issued_at: datetime, **whose: str) -> None:
    """`whose` are the ids of the registration that it came out of, and of who is to be told."""
    work.emit(
        CreditIssued(
            **whose,
            **of_credit(credit, credit.amount_minor),
            issued_at=issued_at,
            expires_at=credit.expires_at,
            origin="transfer" if credit.transferred_from else credit.origin,
            transferred_from=credit.transferred_from,
            terms=credit.terms,
        )
    )


class CodeIndex:
    """Writes the hash by which a code is found; knows how to compute a credit's code."""

    def __init__(self, code_of: Callable[[str], str]) -> None:
        self._code_of = code_of

    @needs(lambda due: [(Credit, due.ref)])
    async def write(self, work: Work, due: Due) -> None:
        """The hash of a credit's code, a moment after the credit was issued."""
        credit = work.get(Credit, due.ref)
        if credit is not None:
            work.put(replace(credit, code_hash=code_digest(self._code_of(due.ref))))


def _terms(new: NewCredit, terms: Terms, registration: Registration, origin: str) -> dict[str, Any]:
    """The terms as issued: what it is good for, for whom, and where its last day ends."""
    only_for = new.only_for or None
    return {
        "kind": "goodwill" if origin == GOODWILL else "refund_credit",
        "for": only_for,
        "not_for_course_id": registration.course_id if only_for == ANOTHER else None,
        "transferable": new.transferable,
        "zone": terms.policy["zone"],
        "policy_version": terms.policy.get("version"),
    }
