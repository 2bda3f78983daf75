"""What of billing operators watch: money on its way back, disputes, and what does not agree."""

from __future__ import annotations

from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.reads import Read

for _event in said_by("billing"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)

_REFUNDS = """
SELECT state, currency, count(*) AS refunds_under_way,
  sum(amount_minor) AS refunds_under_way_minor,
  extract(epoch FROM $1 - min(requested_at)) AS refunds_oldest_seconds
FROM refunds WHERE state IN ('requested', 'submitted', 'unknown') GROUP BY state, currency
"""
_DISPUTES = "SELECT count(*) AS disputes_open FROM disputes WHERE state = 'open'"
_FINDINGS = """
SELECT kind, count(*) AS reconciliation_findings FROM findings
WHERE resolved_at IS NULL GROUP BY kind
"""
_COMPARED = """
SELECT extract(epoch FROM $1 - started_at) AS reconciliation_age_seconds FROM (
  SELECT started_at FROM reconciliations
  WHERE finished_at IS NOT NULL AND error = '' ORDER BY day DESC, started_at DESC LIMIT 1) last
"""
READS = (
    Read(
        {
            "refunds_under_way": "Refunds that have not come to an end, by state",
            "refunds_under_way_minor": "What they come to, in minor units of the currency",
            "refunds_oldest_seconds": "Since when the oldest of them has been asked for",
        },
        _REFUNDS,
        labels=("state", "currency"),
    ),
    Read({"disputes_open": "Disputes that the bank has not decided"}, _DISPUTES),
    Read(
        {
            "reconciliation_findings": "What the last comparison with the gateway found and no "
            "later one saw settled, by kind"
        },
        _FINDINGS,
        labels=("kind",),
    ),
    Read(
        {"reconciliation_age_seconds": "Since when the last whole comparison was begun"}, _COMPARED
    ),
)
