"""Invariant 1: money per registration, and the ledger."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

_EQUATION = """
with booked as (
  select registration_id, currency,
    coalesce(sum(amount_minor) filter (where account = 'receivable'), 0) as receivable,
    -coalesce(sum(amount_minor) filter (where account = 'refunds_payable'), 0) as owed,
    -coalesce(sum(amount_minor) filter (where account in
      ('fees', 'revenue', 'deferred_revenue', 'disputes')), 0) as kept
  from ledger_entries group by 1, 2
), captured as (
  select registration_id, currency, sum(amount_minor) as amount from payments
  where state = 'succeeded' and registration_id in (select registration_id from registrations)
  group by 1, 2
), refunded as (
  select registration_id, currency, sum(amount_minor) as amount from refunds
  where state = 'succeeded' group by 1, 2
), credited as (
  select registration_id, currency,
    -coalesce(sum(amount_minor) filter (where kind = 'redeemed'), 0) as redeemed,
    coalesce(sum(amount_minor) filter (where kind in ('issued', 'restored')), 0) as given
  from credit_entries group by 1, 2
)
select registration_id, currency,
  (coalesce(c.amount, 0) + coalesce(k.redeemed, 0) + coalesce(b.receivable, 0))::bigint as came,
  (coalesce(r.amount, 0) + coalesce(b.owed, 0) + coalesce(k.given, 0)
    + coalesce(b.kept, 0))::bigint as went
from booked b
full join captured c using (registration_id, currency)
full join refunded r using (registration_id, currency)
full join credited k using (registration_id, currency)
"""
_CASH = """
select coalesce(p.registration_id, e.registration_id) as registration_id,
  coalesce(p.amount, 0)::bigint as moved, coalesce(e.amount, 0)::bigint as booked
from (
  select registration_id, currency, sum(amount) as amount from (
    select registration_id, currency, amount_minor as amount from payments
      where state = 'succeeded' and registration_id in (select registration_id from registrations)
    union all
    select registration_id, currency, -amount_minor from refunds where state = 'succeeded'
  ) one group by 1, 2
) p full join (
  select registration_id, currency, sum(amount_minor) as amount from ledger_entries
  where account like 'cash:%' group by 1, 2
) e on p.registration_id = e.registration_id and p.currency = e.currency
"""


@invariant(1, "Every ledger transaction balances per currency", "billing")
async def transactions_balance(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select transaction_id, currency, sum(amount_minor)::bigint as left_over "
        "from ledger_entries group by 1, 2 having sum(amount_minor) <> 0"
    )
    for row in await outside.rows("billing", sql):
        yield Finding(row["transaction_id"], f"{row['left_over']} {row['currency']} left over")


@invariant(1, "What came in for a registration is what went out, is owed, or is kept", "billing")
async def money_is_accounted_for(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _EQUATION):
        if row["came"] != row["went"]:
            yield Finding(
                row["registration_id"],
                f"{row['came']} {row['currency']} came in or is asked for, {row['went']} "
                "is refunded, owed, credited or kept",
            )


@invariant(1, "Cash in the ledger is what payments and refunds moved", "billing")
async def cash_is_what_moved(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _CASH):
        if row["moved"] != row["booked"]:
            detail = f"{row['moved']} moved at the gateway, {row['booked']} is booked"
            yield Finding(row["registration_id"], detail)


@invariant(1, "No payment gives back more than it brought", "billing")
async def no_tender_gives_more(outside: Outside) -> AsyncIterator[Finding]:
    sql = (
        "select payment_id, p.amount_minor as brought, sum(r.amount_minor)::bigint as given "
        "from payments p join refunds r using (payment_id) where r.state <> 'failed' "
        "group by 1, 2 having sum(r.amount_minor) > p.amount_minor"
    )
    for row in await outside.rows("billing", sql):
        yield Finding(row["payment_id"], f"brought {row['brought']}, gives back {row['given']}")
