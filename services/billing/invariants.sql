-- The invariants of domain.md §10 that billing's own tables can show (1 and 2). Each query gives the
-- rows that break it, and nothing when all is well. Amounts are minor units.

-- name: money_adds_up
-- 1. For each registration: what came in = what went out, is owed, was earned, or is held.
--    captured + redeemed = refunds + issued + restored + fees + earned + forfeited + lost + held
WITH books AS (
  SELECT e.registration_id, e.currency,
    -sum(e.amount_minor) FILTER (WHERE e.account = 'fees') AS fees,
    -sum(e.amount_minor) FILTER (WHERE e.account = 'revenue' AND t.kind <> 'cancelled') AS earned,
    -sum(e.amount_minor) FILTER (WHERE e.account = 'revenue' AND t.kind = 'cancelled') AS forfeited,
    sum(e.amount_minor) FILTER (WHERE e.account = 'disputes') AS lost,
    -sum(e.amount_minor) FILTER (WHERE e.account IN ('deferred_revenue', 'receivable')) AS held,
    -sum(e.amount_minor) FILTER (WHERE e.account = 'refunds_payable') AS owed
  FROM ledger_entries e JOIN ledger_transactions t USING (transaction_id)
  GROUP BY 1, 2
), payments_in AS (
  SELECT registration_id, payments.currency, sum(amount_minor) AS captured
  FROM payments JOIN registrations USING (registration_id)
  WHERE state = 'succeeded' GROUP BY 1, 2
), refunds_out AS (
  SELECT registration_id, currency,
    sum(amount_minor) FILTER (WHERE state <> 'failed') AS refunds,
    sum(amount_minor) FILTER (WHERE state IN ('requested', 'submitted', 'unknown')) AS pending
  FROM refunds GROUP BY 1, 2
), credits_moved AS (
  SELECT registration_id, currency,
    -sum(amount_minor) FILTER (WHERE kind = 'redeemed') AS redeemed,
    sum(amount_minor) FILTER (WHERE kind = 'issued') AS issued,
    sum(amount_minor) FILTER (WHERE kind = 'restored') AS restored
  FROM credit_entries GROUP BY 1, 2
), sums AS (
  SELECT registration_id, currency,
    coalesce(captured, 0) AS captured, coalesce(redeemed, 0) AS redeemed,
    coalesce(refunds, 0) AS refunds, coalesce(issued, 0) AS issued,
    coalesce(restored, 0) AS restored, coalesce(fees, 0) AS fees, coalesce(earned, 0) AS earned,
    coalesce(forfeited, 0) AS forfeited, coalesce(lost, 0) AS lost,
    coalesce(held, 0) + coalesce(owed, 0) - coalesce(pending, 0) AS held
  FROM books
  FULL JOIN payments_in USING (registration_id, currency)
  FULL JOIN refunds_out USING (registration_id, currency)
  FULL JOIN credits_moved USING (registration_id, currency)
)
SELECT *, captured + redeemed - refunds - issued - restored - fees - earned - forfeited - lost
  - held AS difference
FROM sums
WHERE captured + redeemed <> refunds + issued + restored + fees + earned + forfeited + lost + held;

-- name: never_more_out_than_in
-- 1. Per tender: no payment gives back more than it brought.
SELECT p.payment_id, p.amount_minor, sum(r.amount_minor) AS refunded
FROM payments p JOIN refunds r USING (payment_id)
WHERE r.state <> 'failed'
GROUP BY p.payment_id, p.amount_minor
HAVING sum(r.amount_minor) > p.amount_minor;

-- name: ledger_balances
-- 1. Every ledger transaction balances per currency.
SELECT transaction_id, currency, sum(amount_minor) AS difference
FROM ledger_entries GROUP BY 1, 2 HAVING sum(amount_minor) <> 0;

-- name: cash_is_what_the_payments_say
-- 1. The account of the gateway = captured less refunds that succeeded.
SELECT registration_id, sum(cash) AS cash, sum(moved) AS moved FROM (
  SELECT registration_id, amount_minor AS cash, 0 AS moved
  FROM ledger_entries WHERE account = 'cash:gateway'
  UNION ALL SELECT registration_id, 0, amount_minor
    FROM payments JOIN registrations USING (registration_id) WHERE state = 'succeeded'
  UNION ALL SELECT registration_id, 0, -amount_minor FROM refunds WHERE state = 'succeeded'
) both_sides GROUP BY 1 HAVING sum(cash) <> sum(moved);

-- name: credit_is_the_sum_of_its_entries
-- 2. The balance of a credit is the sum of its entries, and never negative.
SELECT c.credit_id, c.balance_minor, coalesce(sum(e.amount_minor), 0) AS entries
FROM credits c LEFT JOIN credit_entries e USING (credit_id)
GROUP BY c.credit_id, c.balance_minor
HAVING c.balance_minor <> coalesce(sum(e.amount_minor), 0) OR c.balance_minor < 0;
