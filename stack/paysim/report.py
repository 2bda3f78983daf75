"""What the gateway reports: every movement of the shop's money, and a payout for each day (UTC)."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from stack.paysim import balance
from stack.paysim.answers import Refused
from stack.paysim.store import Object, Store, public

_COLUMNS = "seq, kind, object_id, payment_id, amount, currency, created, payout_id"


def movements(store: Store, after: str | None, limit: int) -> Object:
    """A page of them, oldest first, behind `after`; `next` leads on while there are more."""
    number = (after or "mov_0").removeprefix("mov_")
    if not number.isdecimal() or len(number) > 18:
        raise Refused(400, "after_invalid", "This is no id of a movement.")
    sql = f"select {_COLUMNS} from movements where seq > ? order by seq limit ?"
    found = [_movement(row) for row in store.rows(sql, int(number), limit + 1)]
    return {
        "items": found[:limit],
        "next": found[limit - 1]["id"] if len(found) > limit else None,
    }


def pay_out(store: Store, day: date) -> list[Object]:
    """What moved until the end of a day, and was in no payout yet, goes to the shop's bank."""
    with store.transaction():
        end = datetime.combine(day + timedelta(1), datetime.min.time(), UTC).timestamp()
        sql = (
            f"select {_COLUMNS} from movements where payout_id is null and created < ? order by seq"
        )
        found = [_movement(row) for row in store.rows(sql, end)]
        return [
            _paid_out(store, day, currency, [one for one in found if one["currency"] == currency])
            for currency in sorted({one["currency"] for one in found})
        ]


def pay_out_days_that_ended(store: Store) -> None:
    """Every day gets its payout once it is over."""
    today = datetime.fromtimestamp(store.now(), UTC).date()
    if store.noted("paid out until") != today.isoformat():
        with store.transaction():
            pay_out(store, today - timedelta(1))
            store.note("paid out until", today.isoformat())


def payouts(store: Store, day: date) -> Object:
    """The payouts of a day; each says what it is made of."""
    made = store.by_reference("payout", day.isoformat())
    return {"day": day.isoformat(), "items": [public(one) for one in made]}


def _paid_out(store: Store, day: date, currency: str, found: list[Object]) -> Object:
    kinds: Counter[str] = Counter()
    for one in found:
        kinds[one["kind"]] += one["amount"]
    name = f"{day}/{currency}"
    payout: Object = {
        "id": store.new_id("po", f"{name}/{store.count('payout/' + name)}"),
        "day": day.isoformat(),
        "currency": currency,
        "amount": sum(kinds.values()),
        "movements": len(found),
        "kinds": dict(sorted(kinds.items())),
        "created": int(store.now()),
    }
    store.put("payout", payout, reference=day.isoformat())
    for one in found:
        number = int(one["id"].removeprefix("mov_"))
        store.do("update movements set payout_id = ? where seq = ?", payout["id"], number)
    balance.move(store, "payout", payout, -payout["amount"], "", payout["id"])
    return payout


def _movement(row: tuple[Any, ...]) -> Object:
    seq, kind, object_id, payment_id, amount, currency, created, payout_id = row
    return {
        "id": f"mov_{seq:012}",
        "kind": kind,
        "object_id": object_id,
        "payment_id": payment_id,
        "amount": amount,
        "currency": currency,
        "created": int(created),
        "payout_id": payout_id,
    }
