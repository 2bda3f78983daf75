"""What the simulator allows: checkouts and refunds once per key, no more back than came in.

Test cards: interfaces.md §3; two more behave badly later, as cards do: refunds to
4000000000005126 succeed and then fail, refunds to 4000000000007726 stay pending for a moment.
"""

import time

from stack.paysim.store import Object, Store, new_id

DECLINED = {
    "4000000000000002": ("card_declined", "Your card was declined."),
    "4000000000009995": ("insufficient_funds", "Your card has insufficient funds."),
}
SUCCEEDS = "4242424242424242"
REFUND_FAILS_LATER = "4000000000005126"
REFUND_PENDING = "4000000000007726"
ACCEPTED = {SUCCEEDS, REFUND_FAILS_LATER, REFUND_PENDING}
SETTLES_AFTER_SECONDS = 2.0


class Refused(Exception):
    """The simulator says no: HTTP status and a code for the caller."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


def open_checkout(store: Store, wanted: Object, public_url: str) -> Object:
    """A checkout for `wanted` (key, amount, currency, reference, return_url, cancel_url).

    The same key gives the first one; the same key with other contents is refused (422).
    """
    with store.transaction():
        first = store.by_key("checkout", wanted["key"])
        if first:
            _same(first, wanted, "amount", "currency", "reference")
            return first
        identity = new_id("co")
        checkout = wanted | {
            "id": identity,
            "url": f"{public_url}/pay/{identity}",
            "status": "open",
            "payment_id": None,
            "created": int(time.time()),
        }
        store.put("checkout", checkout, reference=wanted["reference"])
        return checkout


def pay(store: Store, checkout_id: str, card: str) -> Object:
    """The payment a card made of a checkout: succeeded, or failed with `failure_message`.

    A checkout that is paid stays paid: its payment is given again and nothing is captured.
    """
    with store.transaction():
        checkout = store.get("checkout", checkout_id)
        if checkout is None:
            raise Refused(404, "checkout_unknown", "There is no such checkout.")
        if checkout["payment_id"]:
            return _known(store.get("payment", checkout["payment_id"]))
        number = "".join(filter(str.isdigit, card))
        payment: Object = {
            "id": new_id("pay"),
            "checkout_id": checkout_id,
            "checkout_key": checkout["key"],
            "amount": checkout["amount"],
            "currency": checkout["currency"],
            "reference": checkout["reference"],
            "refunded": 0,
            "status": "succeeded",
            "failure_code": None,
            "failure_message": None,
            "last4": number[-4:],
            "created": int(time.time()),
            "_card": number if number in ACCEPTED else "",
        }
        if number not in ACCEPTED:
            code, message = DECLINED.get(
                number, ("invalid_number", "This is not one of the test cards.")
            )
            payment |= {"status": "failed", "failure_code": code, "failure_message": message}
        else:
            checkout |= {"status": "paid", "payment_id": payment["id"]}
            store.put("checkout", checkout)
        store.put("payment", payment, reference=checkout["reference"], parent=checkout_id)
        store.say(f"payment.{payment['status']}", payment)
        return payment


def refund(store: Store, wanted: Object) -> Object:
    """A refund for `wanted` (key, payment_id, amount, reason); refused (409) beyond what is left.

    Pending refunds count as given. The same key gives the first one.
    """
    with store.transaction():
        first = store.by_key("refund", wanted["key"])
        if first:
            _same(first, wanted, "payment_id", "amount")
            return first
        payment = store.get("payment", wanted["payment_id"])
        if payment is None or payment["status"] != "succeeded":
            raise Refused(404, "payment_unknown", "There is no such captured payment.")
        left = payment["amount"] - payment["refunded"]
        if wanted["amount"] > left:
            raise Refused(409, "over_refund", f"Only {left} is left of this payment.")
        made = wanted | {
            "id": new_id("re"),
            "currency": payment["currency"],
            "reference": payment["reference"],
            "status": "pending" if payment["_card"] == REFUND_PENDING else "succeeded",
            "failure_message": None,
            "created": int(time.time()),
        }
        payment["refunded"] += wanted["amount"]
        store.put("payment", payment)
        store.put("refund", made, reference=payment["reference"], parent=payment["id"])
        if made["status"] == "succeeded":
            store.say("refund.succeeded", made)
        if payment["_card"] == REFUND_PENDING:
            store.settle_later(made["id"], "succeeded", SETTLES_AFTER_SECONDS)
        if payment["_card"] == REFUND_FAILS_LATER:
            store.settle_later(made["id"], "failed", SETTLES_AFTER_SECONDS)
        return made


def settle(store: Store, refund_id: str, status: str) -> Object:
    """End a refund as `succeeded` or `failed`; a failed one gives the amount back to the payment.

    A refund that succeeded may still fail, even days later; a failed one stays failed.
    """
    with store.transaction():
        made = store.get("refund", refund_id)
        if made is None:
            raise Refused(404, "refund_unknown", "There is no such refund.")
        store.settled(refund_id, status)  # in this transaction: it is planned until it is done
        if made["status"] in {status, "failed"}:
            return made
        made["status"] = status
        if status == "failed":
            made["failure_message"] = "The bank returned the money."
            payment = _known(store.get("payment", made["payment_id"]))
            payment["refunded"] -= made["amount"]
            store.put("payment", payment)
        store.put("refund", made)
        store.say(f"refund.{status}", made)
        return made


def totals(store: Store) -> Object:
    """Captured and refunded, minor units, all currencies together and each."""
    currencies: dict[str, dict[str, int]] = {}
    for payment in store.all("payment"):
        if payment["status"] == "succeeded":
            one = currencies.setdefault(payment["currency"], {"captured": 0, "refunded": 0})
            one["captured"] += payment["amount"]
            one["refunded"] += payment["refunded"]
    return {
        "captured": sum(one["captured"] for one in currencies.values()),
        "refunded": sum(one["refunded"] for one in currencies.values()),
        "currencies": currencies,
    }


def _same(first: Object, wanted: Object, *names: str) -> None:
    if any(first[name] != wanted[name] for name in names):
        raise Refused(422, "key_reused", "This key was used for something else.")


def _known(found: Object | None) -> Object:
    if found is None:
        raise LookupError("an object of the simulator's own file is gone")
    return found
