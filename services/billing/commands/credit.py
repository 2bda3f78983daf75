"""Credits: issued out of a cancellation, given back what was spent of them (domain.md §3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.saying import about
from services.billing.domain.decision import NewCredit, Restored
from services.billing.models import Credit, CreditEntry, Terms
from shared.contracts.billing import (
    CreditIssued,
    CreditRedeemed,
    CreditRestored,
    CreditVoided,
    Holder,
)
from shared.dates import end_of_day
from shared.money import Money
from shared.runtime.due import Due
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.tokens import code_digest
from shared.runtime.work import Work

INDEX = "index_credit_code"


def issue_credit(account: Account, new: NewCredit, requested_at: datetime) -> Credit:
    """A credit for whoever paid; the caller books it."""
    work, registration, terms = account.work, account.registration, account.terms
    assert terms is not None
    credit_id = work.new_id(f"credit/{account.registration_id}")
    ordered = registration.payment_method == "invoice" or registration.group_id is not None
    by_organisation = registration.organisation if ordered else None
    credit = Credit(
        credit_id=credit_id,
        holder_kind="organisation" if by_organisation else "person",
        holder_id=by_organisation or registration.payer_id,
        registration_id=account.registration_id,
        course_id=registration.course_id,
        currency=registration.currency,
        amount_minor=new.amount,
        balance_minor=new.amount,
        state="active",
        expires_on=new.expires_on,
        expires_at=_end_of(new.expires_on, terms),
        issued_at=work.now,
        terms=_terms(account, terms),
    )
    work.put(credit)
    _entry(account, credit, "issued", new.amount)
    work.plan_due(INDEX, credit_id, work.now)
    work.emit(
        CreditIssued(
            **about(registration),
            credit_id=credit_id,
            holder=Holder(kind=credit.holder_kind, id=credit.holder_id),
            amount=Money(new.amount, credit.currency),
            balance=Money(new.amount, credit.currency),
            expires_on=new.expires_on,
            issued_at=requested_at,
            expires_at=credit.expires_at,
            terms=credit.terms,
        )
    )
    return credit


def restore_credit(account: Account, part: Restored) -> None:
    """What was spent goes back to its credit; the caller books it."""
    work, registration, terms = account.work, account.registration, account.terms
    credit = work.get(Credit, part.ref)
    assert credit is not None
    assert terms is not None
    expires_at = credit.expires_at
    if part.expires_on != credit.expires_on:
        expires_at = _end_of(part.expires_on, terms)
    over = expires_at is not None and expires_at <= work.now
    restored = replace(
        credit,
        balance_minor=credit.balance_minor + part.amount,
        expires_on=part.expires_on,
        expires_at=expires_at,
        state=credit.state if over else "active",
    )
    work.put(restored)
    if part.amount:  # else only its end moves
        _entry(account, restored, "restored", part.amount)
    work.emit(
        CreditRestored(
            **about(registration),
            credit_id=credit.credit_id,
            holder=Holder(kind=credit.holder_kind, id=credit.holder_id),
            amount=Money(part.amount, credit.currency),
            balance=Money(restored.balance_minor, credit.currency),
            expires_on=part.expires_on,
            restored_at=work.now,
        )
    )


def void_credit(account: Account, credit: Credit) -> int:
    """Take back what is unspent of a credit, and give how much that is; the caller books it."""
    unspent = credit.balance_minor
    if not unspent or credit.state == "voided":
        return 0
    voided = replace(credit, balance_minor=0, state="voided")
    account.work.put(voided)
    _entry(account, voided, "voided", -unspent)
    account.work.emit(
        CreditVoided(
            **about(account.registration),
            credit_id=credit.credit_id,
            holder=Holder(kind=credit.holder_kind, id=credit.holder_id),
            amount=Money(unspent, credit.currency),
            balance=Money(0, credit.currency),
            expires_on=credit.expires_on,
            reason="better-outcome",
            voided_at=account.work.now,
        )
    )
    return unspent


def redeem_credit(account: Account, credit_id: str, amount: int, at: datetime) -> None:
    """Spend a credit on a registration, by the time of the order; the caller books it."""
    work = account.work
    credit = work.get(Credit, credit_id)
    assert credit is not None
    spent = replace(credit, balance_minor=credit.balance_minor - amount)
    work.put(spent)
    _entry(account, spent, "redeemed", -amount, at)
    work.emit(
        CreditRedeemed(
            **about(account.registration),
            credit_id=credit_id,
            holder=Holder(kind=credit.holder_kind, id=credit.holder_id),
            amount=Money(amount, credit.currency),
            balance=Money(spent.balance_minor, credit.currency),
            expires_on=credit.expires_on,
            redeemed_at=at,
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


def _end_of(last_day: date | None, terms: Terms) -> datetime | None:
    return end_of_day(last_day, str(terms.policy["zone"])) if last_day else None


def _entry(
    account: Account, credit: Credit, kind: str, amount: int, at: datetime | None = None
) -> None:
    same = [e for e in account.entries() if (e.credit_id, e.kind) == (credit.credit_id, kind)]
    name = f"credit/{account.registration_id}/{credit.credit_id}/{kind}/{len(same)}"
    account.work.put(
        CreditEntry(
            entry_id=account.work.new_id(name),
            credit_id=credit.credit_id,
            registration_id=account.registration_id,
            kind=kind,
            amount_minor=amount,
            currency=credit.currency,
            occurred_at=at or account.work.now,
        )
    )


def _terms(account: Account, terms: Terms) -> dict[str, Any]:
    """The terms as issued: what it is good for, for whom, and where its last day ends."""
    purposes = [str(w["for"]) for w in terms.policy.get("windows", ()) if w.get("for")]
    return {
        "kind": "refund_credit",
        "for": purposes[0] if purposes else "another_learning_product",
        "not_for_course_id": account.registration.course_id,
        "transferable": False,
        "zone": terms.policy["zone"],
        "policy_version": terms.policy.get("version"),
    }
