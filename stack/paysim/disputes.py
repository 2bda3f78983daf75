"""The payer's bank takes a payment, or some of it, back at once, and decides later."""

from stack.paysim import balance
from stack.paysim.answers import Refused, known
from stack.paysim.refunds import left_of
from stack.paysim.store import Object, Store

REASONS = ("fraudulent", "product_not_received", "credit_not_processed", "unrecognized")


def dispute(store: Store, payment_id: str, amount: int | None, reason: str) -> Object:
    """Open one, of all that is left of the payment if no amount is said."""
    with store.transaction():
        payment = known(store.get("payment", payment_id), "payment")
        left = left_of(payment) if payment["status"] == "succeeded" else 0
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise Refused(409, "over_dispute", f"Only {left} is left of this payment.")
        opened: Object = {
            "id": store.new_id("dp", f"{payment_id}/{store.count('dispute/' + payment_id)}"),
            "payment_id": payment_id,
            "amount": amount,
            "currency": payment["currency"],
            "reference": payment["reference"],
            "status": "open",
            "reason": reason,
            "opened": int(store.now()),
            "closed": None,
        }
        store.put("payment", payment | {"disputed": payment["disputed"] + amount})
        store.put("dispute", opened, reference=payment["reference"], parent=payment_id)
        balance.move(store, "dispute", opened, -amount, payment_id)
        store.say("dispute.opened", opened)
        return opened


def close(store: Store, dispute_id: str, result: str) -> Object:
    """The bank has decided: `won`, and the money comes back; or `lost`. It may change its mind."""
    with store.transaction():
        made = known(store.get("dispute", dispute_id), "dispute")
        store.never("close", dispute_id)
        was = made["status"]
        if was == result:
            return made
        made |= {"status": result, "closed": int(store.now())}
        back = made["amount"] if result == "won" else -made["amount"] if was == "won" else 0
        if back:
            payment = known(store.get("payment", made["payment_id"]), "payment")
            disputed = payment["disputed"] - back
            store.put("payment", payment | {"disputed": disputed})
            kind = "dispute_won" if back > 0 else "dispute"
            balance.move(store, kind, made, back, made["payment_id"])
        store.put("dispute", made)
        store.say("dispute.closed", made)
        return made
