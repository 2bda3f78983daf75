"""What happens at the gateway while nobody asks: banks settle, payers dispute, staff give back."""

import math

from stack.paysim.answers import Refused
from stack.paysim.disputes import REASONS, close, dispute
from stack.paysim.refunds import left_of, refund, settle
from stack.paysim.store import Later, Store


def happen(store: Store, until: float | None = None) -> int:
    """Do what is to happen by now, or by `until`; how much that was. `math.inf`: all of it."""
    due = store.later_due(until)
    for one in due:
        with store.transaction():
            store.never(one.what, one.subject)
            try:
                _do(store, one)
            except Refused:  # overtaken: nothing is left of the payment
                continue
    return len(due)


def everything(store: Store) -> int:
    """All that is to happen, and all webhooks that were held up or lost: as if days had passed."""
    done = 0
    while some := happen(store, math.inf):
        done += some
    store.find_webhooks()
    return done


def _do(store: Store, one: Later) -> None:
    faults, subject = store.faults, one.subject
    if one.what == "succeed":
        settle(store, subject, "succeeded")
    elif one.what == "fail":
        settle(store, subject, "failed")
    elif one.what == "close":
        close(store, subject, one.detail["result"])
    elif one.what == "dispute":
        reason = REASONS[int(faults.share("reason", subject) * len(REASONS))]
        opened = dispute(store, subject, None, reason)
        lost = faults.share("dispute_lost", subject) < faults.rates.get("dispute_lost", 0.5)
        result = "lost" if lost else "won"
        store.later("close", opened["id"], faults.later_seconds, result=result)
    elif one.what == "dashboard_refund":
        payment = store.get("payment", subject)
        left = left_of(payment) if payment else 0
        amount = 1 + int(faults.share("by hand", subject) * left)
        wanted = {"key": None, "payment_id": subject, "amount": amount, "reason": "by hand"}
        refund(store, wanted)
