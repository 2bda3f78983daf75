"""What of certificates operators watch: those that are decided and not made yet."""

from __future__ import annotations

from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.reads import Read

for _event in said_by("certificates"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)

_PREPARING = """
SELECT count(*) AS certificates_preparing,
  coalesce(extract(epoch FROM $1 - min(issued_at)), 0) AS certificates_preparing_oldest_seconds
FROM certificates WHERE status = 'preparing'
"""
READS = (
    Read(
        {
            "certificates_preparing": "Certificates that are decided and not made and signed yet",
            "certificates_preparing_oldest_seconds": "Since when the oldest of them was decided",
        },
        _PREPARING,
    ),
)
