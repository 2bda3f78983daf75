"""Taking a payment: to the shares of its invoice as far as they ask for it, the rest goes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.account_needs import accounts_need
from services.billing.commands.open_invoice import reinstate
from services.billing.commands.parts import SURPLUS
from services.billing.commands.posting import post
from services.billing.commands.refund import request_refund
from services.billing.commands.saying import about
from services.billing.commands.spend_again import released, spend_again
from services.billing.domain.ledger import RECEIVABLE, REFUNDS, cash_of, move
from services.billing.domain.share import ASKED, TRANSFER, Claim, apply, divide
from services.billing.models import GroupOrder, InvoiceLine, Payment, PaymentPart
from shared.contracts.billing import CreditRefused, InvoicePaid, Line, Tender
from shared.money import Money
from shared.runtime.plans import Plan
from shared.runtime.rows import where
from shared.runtime.work import Work


def invoice_needs(invoice_id: str) -> Plan:
    """An invoice with the account of every registration that it is for, and their group."""
    [lines] = yield [where(InvoiceLine, invoice_id=invoice_id)]
    accounts = yield from accounts_need(_who(lines))
    return [*accounts, (GroupOrder, invoice_id)]


def accounts_of(work: Work, invoice_id: str) -> list[Account]:
    """The accounts of an invoice, in a fixed order; none where there is no such invoice."""
    lines = work.find(where(InvoiceLine, invoice_id=invoice_id))
    return [Account(work, registration_id) for registration_id in _who(lines)]


def is_incomplete(group: GroupOrder | None) -> bool:
    """Whether an invoice is still being made out: somebody of its group was not heard of yet."""
    return group is not None and group.heard < group.size


def _who(lines: Iterable[InvoiceLine]) -> list[str]:
    return sorted({line.registration_id for line in lines})


def parts_of(accounts: list[Account], payment: Payment) -> list[tuple[Account, int, int]]:
    """Whose a payment is: of each account that has a part, what is booked and what is applied."""
    currency = payment.currency
    claims = [_claim(account, payment) for account in accounts]
    if payment.amount_minor < sum(claim.due + claim.withdrawn for claim in claims):
        claims = [_rest(a, payment, c) for a, c in zip(accounts, claims, strict=True)]
    applied = apply(payment.amount_minor, claims, currency)
    booked = divide(payment.amount_minor, applied)
    found = zip(accounts, booked, applied, strict=True)
    return [(account, amount, part) for account, amount, part in found if amount]


def _claim(account: Account, payment: Payment) -> Claim:
    """Nothing where it ended before it was paid, unless it is a debt that outlives the end."""
    if payment.currency != account.registration.currency:
        return Claim(0)
    ended = account.ended_at
    if ended is not None and payment.paid_at >= ended and not account.on_account:
        return Claim(0)
    return Claim(account.share.due, account.share.withdrawn)


def _rest(account: Account, payment: Payment, claim: Claim) -> Claim:
    """What was withdrawn may come back beside the credits that were released with it."""
    if not claim.withdrawn:
        return claim
    there = sum(left for _, left, _ in released(account, payment.paid_at))
    return Claim(claim.due, max(0, claim.withdrawn - there))


async def take_payment(work: Work, accounts: list[Account], payment: Payment) -> list[Account]:
    """Divide a payment once; gives the accounts that have a part in it, when all have it."""
    parts = parts_of(accounts, payment)
    async for account, amount, applied in work.unhurried(parts):
        part = PaymentPart(
            payment_id=payment.payment_id,
            registration_id=account.registration_id,
            invoice_id=payment.invoice_id,
            amount_minor=amount,
            applied_minor=applied,
        )
        _take(account, payment, part)
    return [account for account, _, _ in parts]


def _take(account: Account, payment: Payment, part: PaymentPart) -> None:
    captured = move(part.amount_minor, debit=cash_of(payment.gateway), credit=RECEIVABLE)
    _post(account, "captured", payment.payment_id, captured, payment)
    account.work.put(part)
    if part.applied_minor:
        there = released(account, payment.paid_at)
        rest = account.share.withdrawn - part.applied_minor
        reinstate(account, payment.paid_at)  # withdrawn when the hold ended
        spend_again(account, there, rest)
        if account.share.state == "paid":
            say_paid(account, payment.paid_at)
    if part.applied_minor < part.amount_minor:
        _give_back(account, payment, part.amount_minor - part.applied_minor)


def say_paid(account: Account, paid_at: datetime) -> None:
    """Its share is paid in full; what is still to come with a transfer is a line of its own."""
    invoice, share = account.invoice, account.share
    assert invoice is not None
    expected = [line for line in account.lines if line.kind == TRANSFER and share.transferred]
    refused = account.registration.credits_refused or []
    account.work.emit(
        InvoicePaid(
            **about(account.registration),
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            lines=tuple(
                Line(
                    description=line.description,
                    amount=Money(line.amount_minor, invoice.currency),
                    kind=line.kind,
                )
                for line in [*(one for one in account.lines if one.kind in ASKED), *expected]
            ),
            total=Money(share.asked, invoice.currency),
            tenders=tuple(_tenders(account)),
            credits_refused=tuple(CreditRefused(**each) for each in refused),
            organisation=account.registration.organisation,
            paid_at=paid_at,
        )
    )


def _tenders(account: Account) -> list[Tender]:
    currency = account.registration.currency
    return [
        Tender(
            tender=part.tender,
            amount=Money(part.amount, currency),
            payment_id=None if part.tender == "credit" else part.ref,
            credit_id=part.ref if part.tender == "credit" else None,
            credit_expires_on=part.credit_expires_on,
        )
        for part in account.paid_parts()
    ]


def _give_back(account: Account, payment: Payment, amount: int) -> None:
    """Paid twice, or after the end: the very payment goes back, nothing else changes."""
    lines = move(amount, debit=RECEIVABLE, credit=REFUNDS)
    _post(account, "payment-not-due", payment.payment_id, lines, payment)
    request_refund(account, payment.payment_id, amount, cause=SURPLUS, at=payment.paid_at)


def _post(
    account: Account, kind: str, ref: str, lines: tuple[tuple[str, int], ...], payment: Payment
) -> None:
    post(
        account.work,
        account.registration_id,
        kind,
        ref,
        lines,
        payment.currency,
        payment.paid_at,
    )
