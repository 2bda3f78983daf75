"""What the bank decided about a dispute: carried out for each registration, and said.

Staff are asked where it leaves something to be decided here.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.books import close_books
from services.billing.commands.dispute_end import book, lose, win, win_back
from services.billing.commands.saying import about, ask_staff
from services.billing.domain.ledger import DISPUTES, cash_of, move
from services.billing.domain.seen import DisputeSeen
from services.billing.models import Dispute, DisputePart, Registration
from shared.contracts.billing import DisputeClosed
from shared.money import Money
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

OPENED = "dispute-opened"  # the tasks
LOST = "dispute-lost"
WON = "dispute-won"


async def close(work: Work, known: Dispute, seen: DisputeSeen, heard_at: datetime) -> None:
    """The outcome for each registration, in one unit; banks may change their minds."""
    at = min(seen.closed_at, heard_at) if seen.closed_at else heard_at
    dispute = replace(known, state=seen.status, closed_at=max(at, known.opened_at))
    work.put(dispute)
    parts = work.find(where(DisputePart, dispute_id=dispute.dispute_id))
    parts = sorted(parts, key=lambda part: part.registration_id)
    left = []
    async for part in work.unhurried(parts):
        account = Account(work, part.registration_id)
        if seen.status == "lost":
            if known.state == "won":  # taken once more
                again = move(part.amount_minor, debit=DISPUTES, credit=cash_of(dispute.gateway))
                _hold(account, dispute, part.amount_minor)
                book(account, dispute, "dispute-reopened", again)
            lose(account, dispute, part)
        elif known.state == "lost":
            _hold(account, dispute, -part.amount_minor)
            win_back(account, dispute, part)
            left.append(part.registration_id)
        else:
            _hold(account, dispute, -part.amount_minor)
            if win(account, dispute, part):
                left.append(part.registration_id)
        _say_closed(account, dispute, part)
    _tell_staff(work, dispute, left)


def _hold(account: Account, dispute: Dispute, amount: int) -> None:
    part = account.came_by(dispute.payment_id).part
    account.work.put(replace(part, disputed_minor=part.disputed_minor + amount))


def _say_closed(account: Account, dispute: Dispute, part: DisputePart) -> None:
    registration = account.work.get(Registration, account.registration_id)
    if registration is None or dispute.closed_at is None:
        return
    account.work.emit(
        DisputeClosed(
            **about(registration),
            dispute_id=dispute.dispute_id,
            payment_id=dispute.payment_id,
            amount=Money(part.amount_minor, dispute.currency),
            result=dispute.state,
            closed_at=dispute.closed_at,
        )
    )
    close_books(account.work, account.registration_id)


def _tell_staff(work: Work, dispute: Dispute, left: list[str]) -> None:
    """What the bank decided, where it leaves something to be decided here."""
    ids = {"dispute_id": dispute.dispute_id, "payment_id": dispute.payment_id}
    amount = Money(dispute.amount_minor, dispute.currency)
    work.close_task(OPENED, dispute.dispute_id, dispute.state)
    if dispute.state == "lost":
        work.close_task(WON, dispute.dispute_id, "lost after all")
        what = (
            f"The bank decided for the payer: {amount} is lost. The registrations stay as they "
            "are: decide whether they are cancelled."
        )
        ask_staff(work, LOST, dispute.dispute_id, what, **ids)
        return
    work.close_task(LOST, dispute.dispute_id, "won after all")
    if left:
        what = (
            f"The bank gave {amount} back, of registrations that were decided meanwhile without "
            "it. Give back, by a refund or a credit, what they are owed of it."
        )
        ids |= {"registration_id": left[0]} if len(left) == 1 else {}
        ask_staff(work, WON, dispute.dispute_id, what, **ids)
