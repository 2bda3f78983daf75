"""Pages to pay on, and what the cards that are put into them come to."""

from stack.paysim import balance, cards
from stack.paysim.answers import Refused, known, once
from stack.paysim.store import Object, Store

LIVES_SECONDS = 86_400


def open_checkout(store: Store, wanted: Object, public_url: str) -> Object:
    """A checkout for `wanted` (key, amount, currency, reference, return_url, cancel_url).

    The same key gives the first one; the same key with other contents is refused (422).
    """

    def opened() -> Object:
        identity = store.new_id("co", wanted["key"])
        created = int(store.now())
        checkout = wanted | {
            "id": identity,
            "url": f"{public_url}/pay/{identity}",
            "status": "open",
            "payment_id": None,
            "created": created,
            "expires": created + LIVES_SECONDS,
        }
        store.put("checkout", checkout, reference=wanted["reference"])
        return checkout

    return once(store, "checkout", wanted, opened)


def expire(store: Store, checkout_id: str) -> Object:
    """End a page before its time."""
    with store.transaction():
        checkout = known(store.get("checkout", checkout_id), "checkout")
        checkout["expires"] = int(store.now())
        store.put("checkout", checkout)
        return checkout


def is_over(store: Store, checkout: Object) -> bool:
    """Not paid in time: nobody can pay on it any more."""
    return checkout["status"] == "open" and bool(checkout["expires"] <= store.now())


def pay(store: Store, checkout_id: str, card: str) -> Object:
    """The payment a card made of a checkout: succeeded, or failed with `failure_message`.

    A checkout that is paid stays paid: its payment is given again and nothing is captured.
    """
    with store.transaction():
        checkout = known(store.get("checkout", checkout_id), "checkout")
        if checkout["payment_id"]:
            return known(store.get("payment", checkout["payment_id"]), "payment")
        if is_over(store, checkout):
            raise Refused(410, "checkout_expired", "This page is not open any more.")
        number = "".join(filter(str.isdigit, card))
        ordinal = store.count(f"pay/{checkout_id}")
        payment: Object = {
            "id": store.new_id("pay", f"{checkout['key']}/{ordinal}"),
            "checkout_id": checkout_id,
            "checkout_key": checkout["key"],
            "amount": checkout["amount"],
            "currency": checkout["currency"],
            "reference": checkout["reference"],
            "refunded": 0,
            "disputed": 0,
            "status": "succeeded",
            "failure_code": None,
            "failure_message": None,
            "last4": number[-4:],
            "created": int(store.now()),
            "_card": number if number in cards.ACCEPTED else "",
        }
        why = _declined(store, number, f"{checkout['key']}/{ordinal}")
        if why is not None:
            payment |= {"status": "failed", "failure_code": why[0], "failure_message": why[1]}
        else:
            store.put("checkout", checkout | {"status": "paid", "payment_id": payment["id"]})
        store.put("payment", payment, reference=checkout["reference"], parent=checkout_id)
        store.say(f"payment.{payment['status']}", payment)
        if why is None:
            balance.move(store, "charge", payment, payment["amount"], payment["id"])
            _trouble_ahead(store, payment)
        return payment


def _declined(store: Store, number: str, name: str) -> tuple[str, str] | None:
    if number not in cards.ACCEPTED:
        other = ("invalid_number", "This is not one of the test cards.")
        return cards.DECLINED.get(number, other)
    if store.faults.strikes("decline", name):
        return "card_declined", "Your card was declined."
    return None


def _trouble_ahead(store: Store, payment: Object) -> None:
    """What somebody else will do to a payment later."""
    faults = store.faults
    for name in ("dispute", "dashboard_refund"):
        if faults.strikes(name, payment["id"]):
            store.later(name, payment["id"], faults.later_seconds)
