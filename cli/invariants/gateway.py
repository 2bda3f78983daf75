"""Invariants 1 and 9 at the gateway: what moved there is what billing knows, each refund once."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from cli.invariants.registry import GATEWAY, Finding, Outside, invariant

# Only what went through the simulator: banks, and other gateways, have books of their own.
_KNOWN = """
select
  (select coalesce(sum(amount_minor), 0)::bigint from payments
    where state = 'succeeded' and gateway = 'paysim') as captured,
  (select coalesce(sum(amount_minor), 0)::bigint from refunds
    where state = 'succeeded' and gateway = 'paysim') as refunded,
  (select coalesce(sum(amount_minor), 0)::bigint from disputes
    where state in ('open', 'lost') and gateway = 'paysim') as disputed
"""


@invariant(1, "The gateway has captured and refunded what billing knows of", "billing", GATEWAY)
async def gateway_agrees(outside: Outside) -> AsyncIterator[Finding]:
    totals = await outside.gateway("totals")
    refunds = (await outside.gateway("refunds"))["items"]
    said = {
        "captured": totals["captured"],
        "refunded": sum(one["amount"] for one in refunds if one["status"] == "succeeded"),
        "disputed": totals["disputed"],
    }
    [known] = await outside.rows("billing", _KNOWN)
    for what, amount in said.items():
        if known[what] != amount:
            yield Finding(what, f"the gateway says {amount}, billing {known[what]}")


@invariant(9, "Each refund reached the gateway once, by its key", "billing", GATEWAY)
async def refunds_went_once(outside: Outside) -> AsyncIterator[Finding]:
    told = await outside.gateway("refunds")
    sql = (
        "select refund_id, state, amount_minor, cause, gateway_ref from refunds "
        "where gateway = 'paysim'"
    )
    for finding in compared(told["items"], await outside.rows("billing", sql)):
        yield finding


def compared(
    given: Iterable[Mapping[str, Any]], known: Iterable[Mapping[str, Any]]
) -> Iterator[Finding]:
    """The simulator's refunds beside billing's, key by key. Those of its dashboard have no key of
    ours, and one of them may be several rows here."""
    rows = list(known)
    by_hand = _made_by_hand(rows)
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in given:
        if one["key"] is None and one.get("status") == "failed" and one["id"] not in by_hand:
            continue  # the bank sent it back before billing heard of it: it never was
        if by_hand.get(one.get("id", "")) != one["amount"]:
            by_key[one["key"] or one["id"]].append(one)
    for row in [row for row in rows if row.get("cause") != "dashboard"]:
        there = by_key.pop(row["refund_id"], [])
        if len(there) > 1:
            yield Finding(row["refund_id"], f"{len(there)} refunds at the gateway")
        elif row["state"] == "succeeded" and not there:
            yield Finding(row["refund_id"], "succeeded, and the gateway knows nothing of it")
        for one in there:
            if one["amount"] != row["amount_minor"]:
                detail = f"the gateway gave {one['amount']}, {row['amount_minor']} was decided"
                yield Finding(row["refund_id"], detail)
    for key in by_key:
        yield Finding(key, "a refund at the gateway that billing did not decide")


def _made_by_hand(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The gateway's id → what billing has of a refund that was made in its dashboard."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.get("cause") == "dashboard":
            sums[row["gateway_ref"]] += row["amount_minor"]
    return sums
