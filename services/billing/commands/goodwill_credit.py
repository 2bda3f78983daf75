"""Staff give a credit in goodwill: nobody paid for it, so it is a loss until it is spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.books import close_books
from services.billing.commands.issue_credit import GOODWILL, issue_credit
from services.billing.commands.posting import post
from services.billing.domain.decision import NewCredit
from services.billing.domain.ledger import CREDITS, LOSSES, move
from services.billing.models import Credit, Registration
from shared.dates import add_years, day_of
from shared.errors import Invalid, NotFound, TooEarly
from shared.money import parse_amount
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class GiveCredit:
    """`amount` is minor units, or a decimal string; `currency` only where the caller said one.
    Without `expires_on` it runs for a year."""

    registration_id: str
    amount: int | str
    currency: str | None
    reason: str
    expires_on: date | None = None


def _needs(wanted: GiveCredit) -> Plan:
    return (yield from account_needs(wanted.registration_id))


@needs(_needs)
async def give_credit(work: Work, wanted: GiveCredit) -> Credit:
    """A credit for whoever paid, good for any product."""
    registration = work.get(Registration, wanted.registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    account = Account(work, wanted.registration_id)
    if account.terms is None:
        raise TooEarly("not-known-yet", "What was bought is not known yet; try again.")
    amount = _amount(wanted, registration.currency)
    last = _last_day(work, wanted, str(account.terms.policy["zone"]))
    credit = issue_credit(account, NewCredit(amount, last), work.now, origin=GOODWILL)
    lines = move(amount, debit=LOSSES, credit=CREDITS)
    rid, ref = wanted.registration_id, credit.credit_id
    post(work, rid, "credit-goodwill", ref, lines, credit.currency, work.now)
    close_books(work, rid)
    work.audit("credit.goodwill", rid, wanted.reason)
    return credit


def _amount(wanted: GiveCredit, currency: str) -> int:
    if wanted.currency not in {None, currency}:
        raise Invalid("currencies-mixed", f"This registration is in {currency}.")
    amount = parse_amount(wanted.amount, currency) if currency else 0
    if amount <= 0:
        raise Invalid("amount-invalid", "A credit is more than zero.")
    return amount


def _last_day(work: Work, wanted: GiveCredit, zone: str) -> date:
    today = day_of(work.now, zone)
    last = wanted.expires_on or add_years(today, 1)
    if not today <= last <= add_years(today, 100):
        raise Invalid("expires-on-invalid", "Its last day is today or later, within 100 years.")
    return last
