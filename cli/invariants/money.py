"""Invariant 1: money per registration, and the ledger."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

_EQUATION = """
with booked as (
  select registration_id, currency,
    coalesce(sum(amount_minor) filter (where account = 'receivable'), 0) as receivable,
    -coalesce(sum(amount_minor) filter (where account = 'refunds_payable'), 0) as owed,
    -coalesce(sum(amount_minor) filter (where account in
      ('fees', 'revenue', 'deferred_revenue', 'forfeited', 'tax', 'tax:fees', 'losses')), 0)
      as kept
  from ledger_entries group by 1, 2
), captured as (
  select c.registration_id, p.currency, sum(c.amount_minor) as amount
  from payment_parts c join payments p using (payment_id) where p.state = 'succeeded'
  group by 1, 2
), refunded as (
  select registration_id, currency, sum(amount_minor) as amount from refunds
  where state = 'succeeded' group by 1, 2
), credited as (
  select registration_id, currency,
    -coalesce(sum(amount_minor) filter (where kind = 'redeemed'), 0) as redeemed,
    coalesce(sum(amount_minor) filter (where kind in ('issued', 'restored', 'voided')), 0) as given
  from credit_entries group by 1, 2
), lost as (
  select d.registration_id, s.currency, sum(d.amount_minor) as amount
  from dispute_parts d join disputes s using (dispute_id) where s.state = 'lost' group by 1, 2
)
select registration_id, currency,
  (coalesce(c.amount, 0) + coalesce(k.redeemed, 0) + coalesce(b.receivable, 0))::bigint as came,
  (coalesce(r.amount, 0) + coalesce(b.owed, 0) + coalesce(k.given, 0)
    + coalesce(b.kept, 0) + coalesce(l.amount, 0))::bigint as went
from booked b
full join captured c using (registration_id, currency)
full join refunded r using (registration_id, currency)
full join credited k using (registration_id, currency)
full join lost l using (registration_id, currency)
"""
_CASH = """
select coalesce(p.registration_id, e.registration_id) as registration_id,
  coalesce(p.amount, 0)::bigint as moved, coalesce(e.amount, 0)::bigint as booked
from (
  select registration_id, currency, sum(amount) as amount from (
    select c.registration_id, p.currency, c.amount_minor as amount
      from payment_parts c join payments p using (payment_id) where p.state = 'succeeded'
    union all
    select registration_id, currency, -amount_minor from refunds where state = 'succeeded'
    union all
    select d.registration_id, s.currency, -d.amount_minor
      from dispute_parts d join disputes s using (dispute_id) where s.state in ('open', 'lost')
  ) one group by 1, 2
) p full join (
  select registration_id, currency, sum(amount_minor) as amount from ledger_entries
  where account like 'cash:%' group by 1, 2
) e on p.registration_id = e.registration_id and p.currency = e.currency
"""
_DISPUTED = """
select coalesce(b.registration_id, d.registration_id) as registration_id,
  coalesce(b.amount, 0)::bigint as booked, coalesce(d.amount, 0)::bigint as open
from (
  select registration_id, currency, sum(amount_minor) as amount from ledger_entries
  where account = 'disputes' group by 1, 2
) b full join (
  select d.registration_id, s.currency, sum(d.amount_minor) as amount
  from dispute_parts d join disputes s using (dispute_id) where s.state = 'open' group by 1, 2
) d on b.registration_id = d.registration_id and b.currency = d.currency
where coalesce(b.amount, 0) <> coalesce(d.amount, 0)
"""
_OVERDRAWN = """
select registration_id, account, currency, sum(amount_minor)::bigint as over from ledger_entries
where account in
  ('deferred_revenue', 'revenue', 'fees', 'forfeited', 'tax', 'tax:fees')
group by 1, 2, 3 having sum(amount_minor) > 0
"""
# Kept as people read it; the ledger's own sign is that of what is owed to us.
_CLOSED = """
with kept as (
  select m.month, m.ends_at, l.currency, l.account, sum(l.amount_minor) as amount
  from closed_months m join month_closings l using (month)
  where l.movement = 'closing' group by 1, 2, 3, 4
), booked as (
  select m.month, e.currency, e.account, sum(e.amount_minor * case
    when e.account in ('receivable', 'cash:gateway', 'cash:bank', 'disputes', 'losses') then 1
    else -1 end) as amount
  from closed_months m join ledger_transactions t on t.booked_at < m.ends_at
  join ledger_entries e using (transaction_id) group by 1, 2, 3
)
select coalesce(k.month, b.month) as month, coalesce(k.currency, b.currency) as currency,
  coalesce(k.account, b.account) as account, coalesce(k.amount, 0)::bigint as kept,
  coalesce(b.amount, 0)::bigint as booked
from kept k full join booked b
  on k.month = b.month and k.currency = b.currency and k.account = b.account
where coalesce(k.amount, 0) <> coalesce(b.amount, 0)
"""

# A payment of an invoice that is not known, or not all of it yet, has no parts, and is asked about
# by a task.
_DIVIDED = """
select p.payment_id, p.amount_minor as whole, sum(c.amount_minor)::bigint as parts
from payments p left join payment_parts c using (payment_id)
where p.state = 'succeeded' and p.invoice_id in (select invoice_id from invoices)
  and (c.payment_id is not null or not exists (select from tasks t
    where t.kind = 'payment-unknown' and t.ref = p.payment_id and t.closed_at is null))
group by 1, 2 having p.amount_minor is distinct from sum(c.amount_minor)
"""
_OVERPAID = """
select l.registration_id, l.invoice_id, l.asked::bigint as asked, c.applied::bigint as applied
from (
  select registration_id, invoice_id, sum(amount_minor) as asked from invoice_lines group by 1, 2
) l join (
  select registration_id, invoice_id, sum(applied_minor) as applied from payment_parts group by 1, 2
) c using (registration_id, invoice_id) where c.applied > l.asked
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


@invariant(1, "Nothing is taken from what is deferred, earned or kept that is not there", "billing")
async def revenue_is_never_overdrawn(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _OVERDRAWN):
        detail = f"{row['over']} {row['currency']} more was taken from {row['account']} than stood "
        yield Finding(row["registration_id"], detail + "there")


@invariant(1, "A closed month says what the ledger says of its end", "billing")
async def closed_months_agree(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _CLOSED):
        detail = f"{row['kept']} {row['currency']} was kept, {row['booked']} is booked"
        yield Finding(f"{row['month']}/{row['account']}", detail)


@invariant(1, "What stands on the account of disputes is what banks still decide on", "billing")
async def disputes_are_booked(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _DISPUTED):
        detail = f"{row['open']} is in open disputes, {row['booked']} is booked"
        yield Finding(row["registration_id"], detail)


@invariant(1, "A payment is divided exactly over those whom its invoice is for", "billing")
async def payments_are_divided(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _DIVIDED):
        yield Finding(row["payment_id"], f"brought {row['whole']}, its parts are {row['parts']}")
    for row in await outside.rows("billing", _OVERPAID):
        detail = f"{row['applied']} paid on {row['invoice_id']}, which asks for {row['asked']}"
        yield Finding(row["registration_id"], detail)
