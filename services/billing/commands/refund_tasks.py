"""What staff are asked about refunds, and when they need do nothing any more."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.commands.saying import ask_staff, payer_of
from services.billing.domain.refund_retry import BANK_GATEWAY, is_stuck
from services.billing.models import Refund, Registration
from shared.money import Money
from shared.runtime.plans import Wanted
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

FAILED = "refund-failed"
BY_HAND = "refund-by-hand"
STUCK = "refund-stuck"
_STUCK = (
    "{amount} has been on its way back for days, or the gateway does not say. Look at the refund "
    "in the gateway's own list; it is looked up from here again by itself."
)
_EMPTY = (
    "The gateway has had no money of ours to give {amount} back with for days. Top the balance up; "
    "it is tried again once a day."
)
_BY_HAND = (
    "No card can be given {amount} back. Ask {whom} for a bank account, send the money, and "
    "settle the refund by hand with the bank's reference."
)
_REFUSED = (
    "The gateway could not give {amount} back. Try it again, or ask {whom} for another "
    "account, send the money, and settle the refund by hand."
)
_OVER = (
    "The gateway could not give {amount} back: less is left of that payment there. See there first "
    "whether the payer disputes it, for then their bank may give it back: wait for what it "
    "decides. Try it again, or ask {whom} for another account, send the money, and settle the "
    "refund by hand."
)
_OTHERS = (
    "{amount} could not be given back, for more of that payment had gone back in the gateway's own "
    "dashboard than was known here ({others}). That is looked up now, and counts as what is owed; "
    "what is left of it is tried again by itself. Send nothing by hand while this task is open: "
    "where the gateway's own list says that the money did not go back, try it again from here."
)
_BY_BANK = (
    "{amount} came by a bank transfer, and goes back by one: to the account that it came from, as "
    "the bank's statement has it. Then settle the refund by hand with the bank's reference."
)


def tasks_of(refund: Refund) -> list[Wanted]:
    """What staff may be asked about it; an attempt that is stuck is stuck as the debt it is for."""
    return [
        task_key(FAILED, refund.refund_id),
        task_key(BY_HAND, refund.refund_id),
        task_key(STUCK, refund.debt),
    ]


def close_tasks(work: Work, refund: Refund, outcome: str) -> None:
    """Nobody need do anything about it any more."""
    work.close_task(FAILED, refund.refund_id, outcome)
    work.close_task(BY_HAND, refund.refund_id, outcome)
    work.close_task(STUCK, refund.debt, outcome)


def ask_if_stuck(work: Work, refund: Refund) -> None:
    """Once, where it has been on its way for longer than banks take."""
    if is_stuck(refund.submitted_at, work.now):
        _ask(work, STUCK, refund.debt, refund, _STUCK)


def ask_for_balance(work: Work, refund: Refund) -> None:
    """Once, where the gateway has had no money of ours for days."""
    _ask(work, STUCK, refund.debt, refund, _EMPTY)


def ask_by_hand(work: Work, refund: Refund) -> None:
    """No gateway can give it back."""
    by_bank = refund.gateway == BANK_GATEWAY and refund.tender == "transfer"
    _ask(work, BY_HAND, refund.refund_id, refund, _BY_BANK if by_bank else _BY_HAND)


def ask_about_refusal(work: Work, refund: Refund) -> None:
    """It was refused, or sent back, and nobody knows a way."""
    what = _OVER if refund.failure == "over" else _REFUSED
    _ask(work, FAILED, refund.refund_id, refund, what)


def ask_about_others(work: Work, refund: Refund, others: Sequence[str]) -> None:
    """It was refused, because others that nobody told us of left too little. Seen to by itself as
    soon as those are looked up."""
    _ask(work, FAILED, refund.refund_id, refund, _OTHERS, others=", ".join(others))


def _ask(work: Work, kind: str, ref: str, refund: Refund, what: str, **words: str) -> None:
    ids = {"refund_id": refund.refund_id, "payment_id": refund.payment_id}
    registration = work.get(Registration, refund.registration_id)
    if registration is not None:
        ids["registration_id"] = refund.registration_id
    by_learner = registration and payer_of(registration) == ("person", registration.person_id)
    whom = "the learner" if by_learner else "whoever paid"
    amount = Money(refund.amount_minor, refund.currency)
    ask_staff(work, kind, ref, what.format(amount=amount, whom=whom, **words), **ids)
