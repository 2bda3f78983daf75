"""A credit is handed on, where its terms allow that: the old one is void, a new one has its end.

Nothing is booked: the provider owes the same, out of the same registration.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.credit import void_credit
from services.billing.commands.end_credit import settle_end
from services.billing.commands.issue_credit import begin, say_issued
from services.billing.domain.redemption import is_over
from services.billing.models import Credit
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class TransferCredit:
    """Whoever holds the code, of which this is the hash, gives it to a person or organisation."""

    code_hash: str
    holder_kind: str
    holder_id: str


def _coded(wanted: TransferCredit) -> Query[Credit]:
    return where(Credit, code_hash=wanted.code_hash)


def _needs(wanted: TransferCredit) -> Plan:
    [found] = yield [_coded(wanted)]
    accounts = (yield from account_needs(found[0].registration_id)) if found else []
    return [*accounts, _coded(wanted)]


@needs(_needs)
async def transfer_credit(work: Work, wanted: TransferCredit) -> Credit:
    """The new credit; refuses what may not be handed on, or is worth nothing."""
    old = work.first(_coded(wanted))
    if old is None:
        raise NotFound("credit-unknown", "There is no credit with this code.")
    _check(work, old)
    account = Account(work, old.registration_id)
    left = void_credit(account, old, "transferred")
    new = replace(
        old,
        credit_id=work.new_id(f"credit/{old.credit_id}"),
        code_hash=None,
        holder_kind=wanted.holder_kind,
        holder_id=wanted.holder_id,
        amount_minor=left,
        balance_minor=left,
        issued_at=work.now,
        transferred_from=old.credit_id,
    )
    begin(account, new)
    say_issued(work, new, work.now)  # not to the learner of that registration, whose it is no more
    settle_end(work, new, f"{new.credit_id}/issued")
    work.audit("credit.transferred", old.credit_id)
    return new


def _check(work: Work, credit: Credit) -> None:
    if not credit.terms.get("transferable"):
        raise Conflict("credit-not-transferable", "The terms of this credit bind it to its holder.")
    if credit.state == "expired" or is_over(credit.expires_at, work.now):
        raise Conflict("credit-expired", "The time of this credit is over.")
    if credit.state == "frozen":
        raise Conflict("credit-frozen", "The payment that it came out of is in dispute.")
    if not credit.balance_minor:
        raise Conflict("credit-empty", "Nothing is left of this credit.")
