"""Money that goes back: never more than came in, once per key, and not always for good."""

from stack.paysim import balance, cards
from stack.paysim.answers import Refused, known, once
from stack.paysim.store import Object, Store, public

SETTLES_AFTER_SECONDS = 2.0


def refund(store: Store, wanted: Object) -> Object:
    """A refund for `wanted` (key, payment_id, amount, reason); refused beyond what is left (409),
    beyond what the shop has here (402), and to a card that is no more (410).

    Pending refunds count as given. The same key gives the first answer, whatever it was. Without a
    key it is one by hand, at the gateway's own dashboard.
    """
    if wanted["key"] is None:
        with store.transaction():
            return public(_refunded(store, wanted))
    return once(store, "refund", wanted, lambda: public(_refunded(store, wanted)))


def _refunded(store: Store, wanted: Object) -> Object:
    payment = store.get("payment", wanted["payment_id"])
    if payment is None or payment["status"] != "succeeded":
        raise Refused(404, "payment_unknown", "There is no such captured payment.")
    left = left_of(payment)
    if wanted["amount"] > left:
        raise Refused(409, "over_refund", f"Only {left} is left of this payment.")
    name = wanted["key"] or f"{payment['id']}/dashboard/{store.count('by hand/' + payment['id'])}"
    if wanted["key"] is not None:
        _can_go(store, payment, wanted)
    faults, card = store.faults, payment["_card"]
    takes_time = card == cards.REFUND_PENDING or faults.strikes("refund_pending", name)
    fails = card == cards.REFUND_FAILS_LATER or faults.strikes("refund_fails_later", name)
    made = wanted | {
        "id": store.new_id("re", name),
        "currency": payment["currency"],
        "reference": payment["reference"],
        "status": "pending" if takes_time else "succeeded",
        "failure_code": None,
        "failure_message": None,
        "created": int(store.now()),
    }
    store.put("payment", payment | {"refunded": payment["refunded"] + wanted["amount"]})
    store.put("refund", made, reference=payment["reference"], parent=payment["id"])
    if not takes_time:
        balance.move(store, "refund", made, -made["amount"], payment["id"])
        store.say("refund.succeeded", made)
    if takes_time or fails:
        wait = SETTLES_AFTER_SECONDS if card != cards.SUCCEEDS else faults.later_seconds
        store.later("fail" if fails else "succeed", made["id"], wait)
    return made


def left_of(payment: Object) -> int:
    """What of a payment is still the shop's."""
    return int(payment["amount"] - payment["refunded"] - payment["disputed"])


def card_ends(store: Store, last4: str) -> None:
    """Nothing can be given back to the cards of this number any more."""
    store.note(f"card/{last4}", "gone")


def _can_go(store: Store, payment: Object, wanted: Object) -> None:
    gone = store.noted(f"card/{payment['last4']}") is not None
    if gone or store.faults.strikes("card_gone", payment["id"]):
        raise Refused(410, "card_gone", "This card does not take money any more.")
    there = balance.left(store, payment["currency"])
    short = there is not None and there < wanted["amount"]
    if short or store.faults.strikes("insufficient_balance", wanted["key"]):
        raise Refused(402, "insufficient_balance", "There is not enough money here just now.")


def settle(store: Store, refund_id: str, status: str, code: str = "bank_returned") -> Object:
    """End a refund as `succeeded` or `failed`; a failed one gives the amount back to the payment.

    A refund that succeeded may still fail, even days later; a failed one stays failed.
    """
    with store.transaction():
        made = known(store.get("refund", refund_id), "refund")
        # In this transaction: it is planned until it is done.
        store.never("fail" if status == "failed" else "succeed", refund_id)
        if made["status"] in {status, "failed"}:
            return public(made)
        was, made["status"] = made["status"], status
        if status == "failed":
            made |= {"failure_code": code, "failure_message": "The bank returned the money."}
            payment = known(store.get("payment", made["payment_id"]), "payment")
            store.put("payment", payment | {"refunded": payment["refunded"] - made["amount"]})
        store.put("refund", made)
        if status == "succeeded":
            balance.move(store, "refund", made, -made["amount"], made["payment_id"])
        elif was == "succeeded":
            balance.move(store, "refund_failed", made, made["amount"], made["payment_id"])
        store.say(f"refund.{status}", made)
        return public(made)
