"""Invariant 2: credits."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from cli.invariants.registry import KAFKA, Finding, Outside, invariant

_FOR_EVER = "9999-12-31"


@invariant(2, "A credit's balance is the sum of its entries, and never negative", "billing")
async def credits_add_up(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select credit_id, balance_minor, coalesce(sum(e.amount_minor), 0)::bigint as entries "
        "from credits c left join credit_entries e using (credit_id) group by 1, 2 "
        "having balance_minor <> coalesce(sum(e.amount_minor), 0) or balance_minor < 0"
    )
    for row in await outside.rows("billing", sql):
        detail = f"balance {row['balance_minor']}, entries {row['entries']}"
        yield Finding(row["credit_id"], detail)


@invariant(2, "The ledger owes holders of credits what their balances are together", "billing")
async def credits_are_booked(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select currency, coalesce(c.amount, 0)::bigint as balances,
            coalesce(l.amount, 0)::bigint as booked
        from (select currency, sum(balance_minor) as amount from credits group by 1) c
        full join (select currency, -sum(amount_minor) as amount from ledger_entries
            where account = 'credits' group by 1) l using (currency)
        where coalesce(c.amount, 0) <> coalesce(l.amount, 0)
    """
    for row in await outside.rows("billing", sql):
        detail = f"balances are {row['balances']}, the ledger says {row['booked']}"
        yield Finding(row["currency"], detail)


@invariant(2, "Nothing is redeemed of a credit after it expired", "billing")
async def nothing_after_expiry(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select credit_id, e.occurred_at, c.expires_at from credits c "
        "join credit_entries e using (credit_id) "
        "where e.kind = 'redeemed' and e.occurred_at > c.expires_at"
    )
    for row in await outside.rows("billing", sql):
        detail = f"redeemed {row['occurred_at']}, expired {row['expires_at']}"
        yield Finding(row["credit_id"], detail)


@invariant(2, "No more is restored to a credit than was spent of it", "billing")
async def no_more_comes_back(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select credit_id,
            -coalesce(sum(amount_minor) filter (where kind = 'redeemed'), 0)::bigint as spent,
            coalesce(sum(amount_minor) filter (where kind = 'restored'), 0)::bigint as restored
        from credit_entries group by 1
    """
    for row in await outside.rows("billing", sql):
        if row["restored"] > row["spent"]:
            detail = f"{row['restored']} restored, {row['spent']} spent"
            yield Finding(row["credit_id"], detail)


@invariant(
    2, "What is restored to a credit keeps its end, unless the provider cancelled", "billing", KAFKA
)
async def restored_keeps_its_end(outside: Outside) -> AsyncIterator[Finding]:
    facts = [
        (kind, json.loads(record.value))
        async for record in outside.records(["billing.credits"])
        if record.value and (kind := _kind(record)) in ("credit.issued.v1", "credit.restored.v1")
    ]
    # A seat that was lost, and a session that was not held, are the provider's doing too.
    sql = (
        "select distinct registration_id from settlements "
        "where by = 'provider' or cause not in ('cancelled', 'transferred')"
    )
    excused = {row["registration_id"] for row in await outside.rows("billing", sql)}
    for finding in ends_that_moved(facts, excused):
        yield finding


def ends_that_moved(
    facts: Iterable[tuple[str, Mapping[str, Any]]], excused: set[str]
) -> Iterator[Finding]:
    """Of the facts of credits, in order of each credit: where a restored one has another end."""
    ends: dict[str, str | None] = {}
    for kind, fact in facts:
        credit, end = fact["credit_id"], fact.get("expires_on")
        before = ends.get(credit, end)
        earlier = (end or _FOR_EVER) < (before or _FOR_EVER)
        moved = end != before and fact.get("registration_id") not in excused
        if kind == "credit.restored.v1" and (earlier or moved):
            yield Finding(credit, f"good until {before or 'ever'}, restored until {end or 'ever'}")
        ends[credit] = end


def _kind(record: Any) -> str:
    return next((v.decode() for k, v in record.headers if k == "ce_type" and v), "")
