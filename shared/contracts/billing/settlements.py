"""What a cancellation, a move or a session that fell away came to."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, PAYER, PRICE, OfMoney, Payer, usd
from shared.contracts.event import Day, Id, Instant, Money, Part, Text


class RefundPart(Part):
    """What goes back to one tender; `refund_id` names the refund of the gateway's money."""

    tender: Text
    amount: Money
    refund_id: Id | None = None
    payment_id: Id | None = None


class Restored(Part):
    """What goes back to a credit, with the expiry that holds from now on (null: never)."""

    credit_id: Id
    amount: Money
    expires_on: Day | None = None


class Trace(Part):
    """One step of the reasons: the rule, and why in an English sentence.

    `values` are the figures in it by name, so that it can be said in another language: money as
    elsewhere, moments in RFC 3339, days as dates, words of the policy. Empty in older facts.
    """

    rule: Text
    because: Text
    values: dict[str, Any] = Field(default_factory=dict)


class CancellationSettled(OfMoney):
    """What a cancellation came to, as decided from the snapshot, with the reasons.

    `cause` is the event that moved the money: cancelled, unseated, transferred or share_due (then
    with `session_id`), `by` is learner, operator or provider. `paid` is what had been paid by then,
    `still_due` what an open invoice still asks for. `otherwise` is the outcome that the policy gave
    where staff decided another. `credit` and `restored` are dated by the last
    day on which they can be used. Where it was transferred, `moved` went to the registration named,
    and the amounts say what was left over: what stays on a credit, not what was given to it.
    `payer` is who paid, and gets what is given back: a colleague who came instead does not.
    """

    type = "cancellation.settled.v1"
    when = "When billing has decided what is given back and kept; again where it is decided anew."
    never = "Money that has arrived: each refund says for itself whether it did."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "invoice_id": reference.INVOICE_ID,
        "cause": "cancelled",
        "by": "learner",
        "requested_at": "2020-10-06T03:59:00Z",
        "settled_at": "2020-10-06T03:59:00Z",
        "policy_version": 1,
        "outcome": "refund",
        "paid": PRICE,
        "fee": usd(3000),
        "refunds": [
            {"tender": "card", "amount": usd(16900), "refund_id": reference.REFUND_ID},
        ],
        "restored": [],
        "credit": None,
        "payer": PAYER,
        "trace": [
            {
                "rule": "window",
                "because": "Received 2020-10-05 23:59:00 America/New_York; window 1 of the policy "
                "runs until 14 days before the start, that day included, that is 2020-10-05 "
                "23:59:59 America/New_York.",
                "values": {
                    "received": "2020-10-06T03:59:00Z",
                    "outcome": "refund",
                    "ends": "2020-10-06T03:59:59.999999Z",
                },
            },
            {
                "rule": "base",
                "because": "What was actually paid: 199.00 USD.",
                "values": {"paid": PRICE},
            },
            {
                "rule": "fee",
                "because": "Fee: 30.00 USD.",
                "values": {"fee": usd(3000), "paid": PRICE},
            },
            {
                "rule": "refund",
                "because": "169.00 USD goes back to card.",
                "values": {"amount": usd(16900), "tender": "card"},
            },
        ],
    }

    invoice_id: Id | None = None
    cause: Text = "cancelled"
    session_id: Id | None = None
    by: Text = "learner"
    requested_at: Instant
    settled_at: Instant
    policy_version: int | Text | None = None
    outcome: Text
    overridden: bool = False
    otherwise: Text | None = None
    paid: Money
    fee: Money
    refunds: tuple[RefundPart, ...] = ()
    restored: tuple[Restored, ...] = ()
    credit: Restored | None = None
    still_due: Money | None = None
    moved: Money | None = None
    to_registration_id: Id | None = None
    to_course_id: Id | None = None
    payer: Payer | None = None
    trace: tuple[Trace, ...] = ()
