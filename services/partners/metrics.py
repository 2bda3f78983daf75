"""What of partners operators watch: their endpoints, and what was not delivered there."""

from __future__ import annotations

from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.reads import Read

for _event in said_by("partners"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)

_ENDPOINTS = """
SELECT partner_id AS partner, state, count(*) AS endpoints,
  count(*) FILTER (WHERE failing_since IS NOT NULL AND state = 'active') AS endpoints_failing
FROM endpoints WHERE state IN ('active', 'disabled') GROUP BY partner_id, state
"""
_BEHIND = """
SELECT partner_id AS partner, h.position - min(e.position) AS endpoint_events_behind
FROM endpoints e CROSS JOIN heads h WHERE e.state = 'active' GROUP BY partner_id, h.position
"""
_DELIVERIES = """
SELECT status, count(*) AS deliveries_open FROM deliveries
WHERE status IN ('waiting', 'parked') GROUP BY status
"""
READS = (
    Read(
        {
            "endpoints": "Endpoints of a partner, by state",
            "endpoints_failing": "Those of the active ones that fail just now",
        },
        _ENDPOINTS,
        labels=("partner", "state"),
    ),
    Read(
        {"endpoint_events_behind": "Places of the log between its end and the slowest endpoint"},
        _BEHIND,
        labels=("partner",),
    ),
    Read(
        {"deliveries_open": "Deliveries that wait to be tried again, or are parked"},
        _DELIVERIES,
        labels=("status",),
    ),
)
