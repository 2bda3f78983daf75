"""Settling what moves money: decide once, then carry it out, book it and say it.

A cancellation is decided from the snapshot. A lost seat gives all back, a cancelled session its
share. Decided again only where nothing had been paid by then, and a payment turns up that had been
made before the request.

`review` decides again all that the facts about one registration call for; it is called whenever one
arrived. What was decided before stays decided, so that the order in which facts are heard does not
change what comes of them.
"""

from __future__ import annotations

from typing import Any

from services.billing.commands.account import ENDS, Account
from services.billing.commands.account_needs import TRANSFER_UNPAID, UNDECIDED
from services.billing.commands.books import close_books
from services.billing.commands.carry_out import carry_out
from services.billing.commands.keep_state import keep_state
from services.billing.commands.move_value import move_over, other_of
from services.billing.commands.open_invoice import issue_waiting, withdraw
from services.billing.commands.outcome import Settled, as_decided
from services.billing.commands.release import release_credits
from services.billing.commands.remind import look_if_settled
from services.billing.commands.reopen import PROVIDER, without_spent
from services.billing.commands.saying import ask_staff
from services.billing.commands.share import give_share
from services.billing.domain.decision import Step
from services.billing.domain.newer import Ruling, rule
from services.billing.domain.session_share import everything_back
from services.billing.domain.standing import Standing, judge, judged, preferred
from services.billing.models import Settlement
from shared.errors import Refusal
from shared.runtime.rows import replace
from shared.runtime.work import Work


def review(work: Work, registration_id: str) -> None:
    """Settle what is cancelled, withdraw what expired. Needs `account_needs`."""
    account = Account(work, registration_id)
    if account.terms is None:
        return
    release_credits(account)
    for settlement in account.settlements:
        _settle(account, settlement)
    issue_waiting(account)
    withdraw(account)
    if not account.share.due or account.ended_at is not None:
        work.close_task(TRANSFER_UNPAID, registration_id, "nothing is due")
    if not account.share.due:
        look_if_settled(account)
    keep_state(account)
    close_books(work, registration_id)


def _settle(account: Account, settlement: Settlement) -> None:
    """Decide and carry out one settlement, if that is still to be done."""
    if settlement.cause == "cancelled":
        _cancelled(account, settlement)
    elif settlement.cause == "transferred":
        _transferred(account, settlement)
    elif settlement.settled_at is None:
        parts = account.paid_parts()
        if settlement.cause == "unseated" and parts and not _was_cancelled(account):
            why = Step("unseated", "Paid too late, and no seat was left: everything goes back.")
            carry_out(account, settlement, Settled(everything_back(parts, why), parts))
        elif settlement.cause.startswith("share_due/") and _stood_then(account, settlement):
            give_share(account, settlement)


def _stood_then(account: Account, share: Settlement) -> bool:
    """Whether it had not ended when the share was due, and its end was decided on nothing yet."""
    return all(
        not each.paid_minor and share.requested_at < each.requested_at
        for each in account.settlements
        if each.cause in ENDS
    )


def _was_cancelled(account: Account) -> bool:
    """Then the cancellation is the one outcome, whatever else was answered to the payment."""
    return any(each.cause == "cancelled" for each in account.settlements)


def _cancelled(account: Account, settlement: Settlement) -> None:
    standing = without_spent(account, account.standing_as_of(settlement))
    if settlement.settled_at is not None and (settlement.paid_minor or not standing.paid):
        return
    if account.awaits_value:
        return
    try:
        ruled = _decide(standing, settlement)
    except Refusal as why:
        _undecided(account, why)
        return
    settled = Settled(ruled.decision, judged(standing), standing.owed, policy=ruled.policy)
    if settlement.override is not None:
        settlement = replace(settlement, otherwise=_otherwise(standing, settlement))
    carry_out(account, settlement, settled)
    account.work.close_task(UNDECIDED, account.registration_id, "decided")


def _transferred(account: Account, settlement: Settlement) -> None:
    """Its value goes to the registration it was moved to, of which all is decided again then.

    One that was itself moved here takes its value along when that has come. Moved again only where
    nothing had been paid by then: a bank held the money, or a payment was heard late.
    """
    new = other_of(account)
    if new is None or account.awaits_value:
        return
    if settlement.settled_at is not None and (settlement.paid_minor or not account.paid_parts()):
        return
    try:
        move_over(account, settlement, new)
    except Refusal as why:
        _undecided(account, why)
        return
    account.work.close_task(UNDECIDED, account.registration_id, "decided")
    review(account.work, new.registration_id)


def _decide(standing: Standing, settlement: Settlement) -> Ruling:
    """By staff's word, by the provider's, or by the policy that holds for the learner."""
    at, override = settlement.requested_at, (settlement.override or {}).get("outcome")
    by_provider = settlement.by == PROVIDER
    if override is None and not by_provider:
        return rule(standing, at, choice=settlement.policy_choice)
    if by_provider:
        override = override or preferred(standing, settlement.prefer)
    decision = judge(standing, at, by_provider=by_provider, override=override)
    return Ruling(decision, standing.policy)


def _otherwise(standing: Standing, settlement: Settlement) -> dict[str, Any] | None:
    """What the policy would have given where staff decided; None where it has a hole.

    What was kept at an earlier decision stays: that is what it came to before them.
    """
    if settlement.otherwise is not None:
        return settlement.otherwise
    try:
        ruled = _decide(standing, replace(settlement, override=None))
    except Refusal:
        return None
    return as_decided(ruled.decision)


def _undecided(account: Account, why: Refusal) -> None:
    """The policy has a hole, so a human decides."""
    ask_staff(
        account.work,
        UNDECIDED,
        account.registration_id,
        f"The policy does not say what this cancellation comes to ({why.slug}). Decide what is "
        "given back.",
        registration_id=account.registration_id,
    )
