"""The shop's money at the gateway: each movement of it, and what there is to give back from.

There is always enough, until a test says how much there is: from then on what comes in is added,
and what goes out has to be there.
"""

from __future__ import annotations

from stack.paysim.store import Object, Store


def move(
    store: Store, kind: str, about: Object, amount: int, payment_id: str, payout: str | None = None
) -> None:
    """Write a movement down; signed: positive came to the shop."""
    currency = about["currency"]
    store.do(
        "insert into movements (kind, object_id, payment_id, amount, currency, created, payout_id) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        *(kind, about["id"], payment_id, amount, currency, store.now(), payout),
    )
    there = left(store, currency)
    if there is not None and kind != "payout":
        limit(store, currency, there + amount)


def limit(store: Store, currency: str, amount: int | None) -> None:
    """There is this much, and no more; None: always enough."""
    store.note(f"balance/{currency}", None if amount is None else str(amount))


def left(store: Store, currency: str) -> int | None:
    """How much there is; None: always enough."""
    found = store.noted(f"balance/{currency}")
    return None if found is None else int(found)


def totals(store: Store) -> Object:
    """Captured, given back and disputed, minor units, all currencies together and each."""
    names = ("captured", "refunded", "disputed")
    currencies: dict[str, dict[str, int]] = {}
    for payment in store.all("payment"):
        if payment["status"] == "succeeded":
            one = currencies.setdefault(payment["currency"], dict.fromkeys(names, 0))
            one["captured"] += payment["amount"]
            one["refunded"] += payment["refunded"]
            one["disputed"] += payment["disputed"]
    return {name: sum(one[name] for one in currencies.values()) for name in names} | {
        "currencies": currencies
    }
