"""What reconciliation compares, read a page at a time in the order of a key: one statement each.

Parameters: $1 behind which key, $2 how many, $3 when the comparison began, $4 now. A row of a
statement is the argument of its rule in `domain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from services.billing.commands.certified import CERTIFIED
from services.billing.domain.certified import CertifiedSides, of_certified
from services.billing.domain.findings import (
    CreditSides,
    DisputeSides,
    Finding,
    PaidOut,
    PaymentSides,
    RefundSides,
    RegistrationSides,
    Series,
    Stuck,
    of_credit,
    of_dispute,
    of_payment,
    of_payout,
    of_refund,
    of_registration,
    of_series,
    of_stuck,
)


@dataclass(frozen=True)
class Check:
    """`sql` gives the rows, `made` what a row is called in the domain, `rule` what is wrong."""

    sql: str
    made: Callable[..., Any]
    rule: Callable[[Any], Iterator[Finding]]

    def findings(self, row: Any) -> Iterator[Finding]:
        return self.rule(self.made(**row))


_PAYMENTS = """
WITH page AS (
  SELECT key FROM (
    (SELECT payment_id AS key FROM payments WHERE payment_id > $1 AND state = 'succeeded'
      AND gateway <> 'bank' AND paid_at <= $3 ORDER BY 1 LIMIT $2)
    UNION
    (SELECT object_id FROM gateway_movements WHERE kind = 'charge' AND object_id > $1
      ORDER BY 1 LIMIT $2)) both_sides ORDER BY 1 LIMIT $2)
SELECT key, coalesce(p.currency, m.currency) AS currency, p.amount_minor AS here, m.there,
  (SELECT sum(amount_minor)::bigint FROM payment_parts c WHERE c.payment_id = key) AS divided
FROM page LEFT JOIN payments p ON p.payment_id = key AND p.state = 'succeeded'
CROSS JOIN LATERAL (SELECT sum(amount_minor)::bigint AS there, min(currency) AS currency
  FROM gateway_movements WHERE kind = 'charge' AND object_id = key) m
WHERE $4::timestamptz IS NOT NULL ORDER BY 1
"""
_REFUNDS = """
WITH page AS (
  SELECT key FROM (
    (SELECT gateway_ref AS key FROM refunds WHERE gateway_ref > $1 AND gateway <> 'bank'
      AND state = 'succeeded' AND settled_at <= $3 ORDER BY 1 LIMIT $2)
    UNION
    (SELECT object_id FROM gateway_movements WHERE kind IN ('refund', 'refund_failed')
      AND object_id > $1 ORDER BY 1 LIMIT $2)) both_sides ORDER BY 1 LIMIT $2)
SELECT key, coalesce(r.currency, m.currency) AS currency, r.known, coalesce(r.given, 0) AS given,
  m.moved, coalesce(m.there, 0) AS there, r.pending
FROM page
CROSS JOIN LATERAL (SELECT count(*) > 0 AS known, min(currency) AS currency,
  coalesce(bool_or(state IN ('requested', 'submitted', 'unknown')), false) AS pending,
  sum(amount_minor) FILTER (WHERE state = 'succeeded')::bigint AS given
  FROM refunds WHERE gateway_ref = key) r
CROSS JOIN LATERAL (SELECT count(*) > 0 AS moved, min(currency) AS currency,
  -sum(amount_minor)::bigint AS there
  FROM gateway_movements WHERE kind IN ('refund', 'refund_failed') AND object_id = key) m
WHERE $4::timestamptz IS NOT NULL ORDER BY 1
"""
_DISPUTES = """
WITH page AS (
  SELECT key FROM (
    (SELECT dispute_id AS key FROM disputes WHERE dispute_id > $1 AND opened_at <= $3
      AND state <> 'won' ORDER BY 1 LIMIT $2)
    UNION
    (SELECT DISTINCT object_id FROM gateway_movements
      WHERE kind IN ('dispute', 'dispute_won') AND object_id > $1 ORDER BY 1 LIMIT $2)) both_sides
  ORDER BY 1 LIMIT $2)
SELECT key, coalesce(d.currency, m.currency) AS currency, m.there,
  CASE d.state WHEN 'won' THEN 0 ELSE d.amount_minor END AS here,
  coalesce(d.closed_at > $3, false) AS moving
FROM page LEFT JOIN disputes d ON d.dispute_id = key
CROSS JOIN LATERAL (SELECT -sum(amount_minor)::bigint AS there, min(currency) AS currency
  FROM gateway_movements WHERE kind IN ('dispute', 'dispute_won') AND object_id = key) m
WHERE $4::timestamptz IS NOT NULL ORDER BY 1
"""
_REGISTRATIONS = """
WITH page AS (
  SELECT * FROM registrations WHERE registration_id > $1 ORDER BY registration_id LIMIT $2)
SELECT r.registration_id AS key, r.currency,
  coalesce(l.cash, 0) AS cash_booked, coalesce(m.cash, 0) - coalesce(b.cash, 0)
    - coalesce(d.taken, 0) AS cash_moved,
  -coalesce(l.credits, 0) AS credits_booked, coalesce(e.credits, 0) AS credits_moved,
  greatest(0, coalesce(i.asked, 0) - coalesce(m.applied, 0) - coalesce(e.spent, 0)) AS due,
  greatest(0, coalesce(m.applied, 0) + coalesce(e.spent, 0) - coalesce(b.back, 0)
    - coalesce(d.taken, 0)) AS paid,
  r.basis, r.confirmed_at IS NOT NULL AS confirmed, s.ended,
  r.expired_at IS NOT NULL AS expired, s.undecided,
  greatest(r.requested_at, r.confirmed_at, r.expired_at, m.last, s.last)
    < $4::timestamptz - interval '1 day' AS settled
FROM page r
CROSS JOIN LATERAL (SELECT
  sum(amount_minor) FILTER (WHERE account LIKE 'cash:%')::bigint AS cash,
  sum(amount_minor) FILTER (WHERE account = 'credits')::bigint AS credits
  FROM ledger_entries x WHERE x.registration_id = r.registration_id) l
CROSS JOIN LATERAL (SELECT sum(c.amount_minor)::bigint AS cash,
  sum(c.applied_minor)::bigint AS applied, max(p.paid_at) AS last
  FROM payment_parts c JOIN payments p USING (payment_id)
  WHERE c.registration_id = r.registration_id AND p.state = 'succeeded') m
CROSS JOIN LATERAL (SELECT
  sum(amount_minor) FILTER (WHERE state = 'succeeded')::bigint AS cash,
  sum(amount_minor) FILTER (WHERE state <> 'failed' AND cause <> 'surplus')::bigint AS back
  FROM refunds x WHERE x.registration_id = r.registration_id) b
CROSS JOIN LATERAL (SELECT sum(x.amount_minor)::bigint AS taken FROM dispute_parts x
  JOIN disputes y USING (dispute_id)
  WHERE x.registration_id = r.registration_id AND y.state <> 'won') d
CROSS JOIN LATERAL (SELECT sum(amount_minor)::bigint AS credits,
  -sum(amount_minor) FILTER (WHERE kind = 'redeemed'
    OR kind = 'restored' AND corrects IS NOT NULL)::bigint AS spent
  FROM credit_entries x WHERE x.registration_id = r.registration_id) e
CROSS JOIN LATERAL (SELECT sum(amount_minor)::bigint AS asked FROM invoice_lines x
  WHERE x.registration_id = r.registration_id AND x.invoice_id = r.invoice_id) i
CROSS JOIN LATERAL (SELECT
  coalesce(bool_or(cause IN ('cancelled', 'unseated', 'transferred')), false) AS ended,
  coalesce(bool_or(cause = 'cancelled' AND settled_at IS NULL), false)
    AND EXISTS (SELECT FROM terms t WHERE t.registration_id = r.registration_id) AS undecided,
  max(requested_at) AS last
  FROM settlements x WHERE x.registration_id = r.registration_id) s
WHERE $3::timestamptz IS NOT NULL ORDER BY 1
"""
_CREDITS = """
SELECT c.credit_id AS key, c.currency, c.balance_minor AS balance,
  coalesce((SELECT sum(amount_minor)::bigint FROM credit_entries e
    WHERE e.credit_id = c.credit_id), 0) AS entries,
  coalesce(c.state = 'active' AND c.balance_minor > 0
    AND c.expires_at < $4::timestamptz - interval '1 day', false) AS overdue
FROM credits c WHERE c.credit_id > $1 AND $3::timestamptz IS NOT NULL ORDER BY 1 LIMIT $2
"""
_SERIES = """
SELECT c.series AS key, c.last, count(n.number)::bigint AS there FROM counters c
LEFT JOIN LATERAL (
  SELECT number FROM invoices WHERE c.series LIKE 'invoice/%'
    AND number LIKE split_part(c.series, '/', 2) || '-%'
  UNION ALL SELECT number FROM credit_notes WHERE c.series LIKE 'credit_note/%'
    AND number LIKE 'CN-' || split_part(c.series, '/', 2) || '-%') n ON true
WHERE c.series > $1 AND c.series NOT LIKE 'said/%'
  AND $3::timestamptz IS NOT NULL AND $4::timestamptz IS NOT NULL
GROUP BY 1, 2 ORDER BY 1 LIMIT $2
"""
_STUCK = """
SELECT refund_id AS key, currency, amount_minor AS amount FROM refunds r
WHERE refund_id > $1 AND $3::timestamptz IS NOT NULL AND gateway <> 'bank'
  AND state IN ('requested', 'submitted', 'unknown')
  AND (submitted_at < $4::timestamptz - interval '3 days'
    OR NOT EXISTS (SELECT FROM due WHERE kind = 'submit_refund' AND ref = refund_id))
ORDER BY 1 LIMIT $2
"""
_PAYOUTS = """
SELECT m.gateway || '/' || m.movement_id AS key, m.currency, coalesce(p.total, 0) AS total,
  coalesce(p.there, 0) AS there
FROM gateway_movements m JOIN gateway_cursors c ON c.gateway = m.gateway AND c.whole
CROSS JOIN LATERAL (
  SELECT -sum(amount_minor) FILTER (WHERE kind = 'payout')::bigint AS total,
    sum(amount_minor) FILTER (WHERE kind <> 'payout')::bigint AS there
  FROM gateway_movements x WHERE x.gateway = m.gateway AND x.currency = m.currency
    AND x.at <= m.at) p
WHERE m.kind = 'payout' AND m.gateway || '/' || m.movement_id > $1
  AND $3::timestamptz IS NOT NULL AND $4::timestamptz IS NOT NULL ORDER BY 1 LIMIT $2
"""

# The gateway's first: what it knows and we do not is looked up before anything is called a finding.
AT_THE_GATEWAY = (
    Check(_PAYMENTS, PaymentSides, of_payment),
    Check(_REFUNDS, RefundSides, of_refund),
    Check(_DISPUTES, DisputeSides, of_dispute),
)
CHECKS = (
    *AT_THE_GATEWAY,
    Check(_PAYOUTS, PaidOut, of_payout),
    Check(_REGISTRATIONS, RegistrationSides, of_registration),
    Check(CERTIFIED, CertifiedSides, of_certified),
    Check(_CREDITS, CreditSides, of_credit),
    Check(_SERIES, Series, of_series),
    Check(_STUCK, Stuck, of_stuck),
)
