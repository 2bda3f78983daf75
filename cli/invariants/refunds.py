"""Invariant 1: money that goes back."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

_GIVEN = """
select p.payment_id, p.amount_minor as brought, p.returned_minor as noted,
  coalesce(sum(r.amount_minor), 0)::bigint as given
from payments p left join refunds r on r.payment_id = p.payment_id and r.state <> 'failed'
group by 1, 2, 3
having coalesce(sum(r.amount_minor), 0) > p.amount_minor
  or coalesce(sum(r.amount_minor), 0) <> p.returned_minor
"""
_GIVEN_OF_PART = """
select r.registration_id, r.payment_id, coalesce(c.amount_minor, 0) as brought,
  sum(r.amount_minor)::bigint as given
from refunds r left join payment_parts c using (payment_id, registration_id)
where r.state <> 'failed' group by 1, 2, 3 having sum(r.amount_minor) > coalesce(c.amount_minor, 0)
"""
# Each debt once, by its newest attempt; none is what a bank has given back itself.
_OWED = """
select registration_id, coalesce(b.amount, 0)::bigint as booked,
  coalesce(r.amount, 0)::bigint as open
from (
  select registration_id, currency, -sum(amount_minor) as amount from ledger_entries
  where account = 'refunds_payable' group by 1, 2
) b full join (
  select registration_id, currency, sum(amount_minor) as amount from refunds one
  where state <> 'succeeded' and not (state = 'failed' and failure = 'lost')
    and not exists (select from refunds next where next.replaces = one.refund_id)
  group by 1, 2
) r using (registration_id, currency)
where coalesce(b.amount, 0) <> coalesce(r.amount, 0)
"""


@invariant(1, "No payment, and no part of one, gives back more than it brought", "billing")
async def no_tender_gives_more(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _GIVEN):
        detail = f"brought {row['brought']}, gives back {row['given']}, noted {row['noted']}"
        yield Finding(row["payment_id"], detail)
    for row in await outside.rows("billing", _GIVEN_OF_PART):
        detail = f"of {row['payment_id']} brought {row['brought']}, gives back {row['given']}"
        yield Finding(row["registration_id"], detail)


@invariant(1, "What the ledger owes in refunds is what refunds have yet to give back", "billing")
async def refunds_are_owed(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _OWED):
        detail = f"{row['open']} is to be given back, {row['booked']} is booked as owed"
        yield Finding(row["registration_id"], detail)
