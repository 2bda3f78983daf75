"""Certificates that stand, beside what was paid for them: a page for `domain/certified.py`.

One counts a day after it was issued, and what was given back a day after that: its revocation, or
what else belongs to it, may be on its way by then. What its end gave back is what the ledger booked
for it, whatever was decided once more.
"""

CERTIFIED = """
WITH page AS (
  SELECT DISTINCT registration_id AS key FROM certificates WHERE registration_id > $1
    AND ended_at IS NULL AND issued_at < $4::timestamptz - interval '1 day' ORDER BY 1 LIMIT $2)
SELECT key, coalesce(r.currency, '') AS currency, r.requested_at IS NOT NULL AS known,
  coalesce(l.asked, 0) AS asked, coalesce(m.applied, 0) + coalesce(e.spent, 0) AS paid,
  coalesce(b.returned, 0) AS returned,
  coalesce(l.withdrawn, 0) < 0 OR coalesce(i.due_at < $4, true) AS overdue
FROM page LEFT JOIN registrations r ON r.registration_id = key
LEFT JOIN invoices i ON i.invoice_id = r.invoice_id
CROSS JOIN LATERAL (SELECT
  sum(amount_minor) FILTER (WHERE kind NOT IN ('withdrawn', 'reinstated'))::bigint AS asked,
  sum(amount_minor) FILTER (WHERE kind IN ('withdrawn', 'reinstated')) AS withdrawn
  FROM invoice_lines x WHERE x.registration_id = key AND x.invoice_id = r.invoice_id) l
CROSS JOIN LATERAL (SELECT sum(c.applied_minor)::bigint AS applied
  FROM payment_parts c JOIN payments p USING (payment_id)
  WHERE c.registration_id = key AND p.state = 'succeeded') m
CROSS JOIN LATERAL (SELECT -sum(amount_minor) FILTER (WHERE kind = 'redeemed'
    OR kind = 'restored' AND corrects IS NOT NULL)::bigint AS spent
  FROM credit_entries x WHERE x.registration_id = key) e
CROSS JOIN LATERAL (SELECT CASE WHEN max(t.booked_at) < $4::timestamptz - interval '1 day'
    THEN -sum(x.amount_minor)::bigint END AS returned
  FROM ledger_entries x JOIN ledger_transactions t USING (transaction_id)
  WHERE x.registration_id = key AND t.ref IN ('cancelled', 'unseated', 'transferred')
    AND (x.account IN ('refunds_payable', 'credits', 'receivable')
      OR x.account LIKE 'cash:%')) b
WHERE $3::timestamptz IS NOT NULL ORDER BY 1
"""
