"""Messages about money: receipts, failed payments, cancellations as decided, refunds."""

from __future__ import annotations

from datetime import timedelta

from services.notifications.domain.story import SEATED, Story, Wanted

FAILURE_LATE = timedelta(hours=24)
REMINDER_LATE = timedelta(days=7)


def money_messages(story: Story) -> list[Wanted]:
    """What the learner must hear about money; amounts are billing's, never computed here."""
    found = [Wanted("receipt", invoice, 1, at) for invoice, at in story.receipts]
    found += [Wanted("cancellation_settled", about, 1, at) for about, at in story.settlements]
    found += [
        Wanted("invoice_reminder", about, 1, at, at + REMINDER_LATE)
        for about, at in story.invoice_reminders
    ]
    # Who paid, and for whom a colleague came, reads no page of this registration any more.
    found += [
        Wanted("credit_issued", credit, 1, at, to=story.of_former[credit])
        for credit, at in story.credits
        if credit in story.of_former
    ]
    found += [
        Wanted("credit_issued", credit, 1, at, to=story.of_former.get(credit, ""))
        for credit, at in story.goodwill
    ]
    if story.owing:
        # A credit that waited for the invoice. Before the settlement is heard nobody can say which
        # kind one is.
        found += [
            Wanted("credit_issued", credit, 1, at)
            for credit, at in story.credits
            if credit not in story.credits_told and credit not in story.of_former
        ]
    if _may_pay(story):
        found += [
            Wanted("payment_failed", payment, 1, at, at + FAILURE_LATE)
            for payment, at in story.payment_failures
        ]
    for refund in story.refunds:
        # A refund may fail days after it seemed to have gone through: then the failure counts. Who
        # paid is told, though a colleague came instead.
        to = "" if refund.payer == story.person_id else refund.payer
        settled, failed = refund.settled_at, refund.failed_at
        if failed is not None and (settled is None or failed >= settled):
            found.append(Wanted("refund_failed", refund.refund_id, 1, failed, to=to))
        elif settled is not None:
            found.append(Wanted("refund_settled", refund.refund_id, 1, settled, to=to))
    return found


def _may_pay(story: Story) -> bool:
    """Whether there is something to be paid, by whoever reads: before the seat is theirs, and on an
    invoice also after it, or after it was given up."""
    if story.receipts:
        return False
    if story.state in SEATED:
        return story.pays_later or story.confirmed_at is None
    return story.owing or story.state in ("requested", "")
