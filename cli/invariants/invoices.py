"""Invariant 1, by what lists of invoices find them: the state that is kept of each share."""

from collections.abc import AsyncIterator

from cli.invariants.registry import Finding, Outside, invariant

# Lines say what is asked for; what came is money applied and credits spent, but for those that were
# released again. Who brings value along has paid by it, until that is withdrawn.
_STATES = """
with asked as (
  select registration_id, invoice_id, sum(amount_minor) as amount,
    coalesce(sum(amount_minor) filter (where kind = 'transfer'), 0) as moved,
    coalesce(sum(amount_minor) filter (where kind in ('withdrawn', 'reinstated')), 0) as withdrawn
  from invoice_lines group by 1, 2
), came as (
  select registration_id, sum(amount) as amount from (
    select registration_id, applied_minor as amount from payment_parts
    union all
    select e.registration_id, -e.amount_minor from credit_entries e
    where e.kind = 'redeemed' and not exists (select from credit_entries b
      where b.registration_id = e.registration_id and b.kind = 'restored'
        and b.corrects = e.entry_id)
  ) one group by 1
), stands as (
  select r.registration_id, r.invoice_state as kept, case
    when r.invoice_id is null then null
    when coalesce(a.amount, 0) > coalesce(c.amount, 0) then 'open'
    when coalesce(c.amount, 0) <> 0 then 'paid'
    when coalesce(a.moved, 0) <> 0 and coalesce(a.withdrawn, 0) = 0 then 'paid'
    else 'void' end as is_so
  from registrations r
  left join asked a on a.registration_id = r.registration_id and a.invoice_id = r.invoice_id
  left join came c on c.registration_id = r.registration_id
)
select registration_id, kept, is_so from stands where kept is distinct from is_so
"""


@invariant(
    1, "The state that lists find an invoice by is what its lines and payments make", "billing"
)
async def states_are_kept(outside: Outside) -> AsyncIterator[Finding]:
    for row in await outside.rows("billing", _STATES):
        detail = f"{row['kept'] or 'nothing'} is kept, and it is {row['is_so'] or 'no invoice'}"
        yield Finding(row["registration_id"], f"{detail} (bin/holdfast reconcile puts it right)")
