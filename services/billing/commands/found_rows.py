"""Findings as rows: from the comparison that first saw one until one did not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from services.billing.domain.findings import Finding
from services.billing.models import Reconciliation
from shared.runtime.work import Work

_KEEP = """
INSERT INTO findings (finding_id, kind, about, amount_minor, currency, cause, next_step,
  first_seen, last_seen, run_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
ON CONFLICT (finding_id) DO UPDATE SET amount_minor = excluded.amount_minor,
  last_seen = excluded.last_seen, run_id = excluded.run_id, resolved_at = NULL,
  first_seen = CASE WHEN findings.resolved_at IS NULL THEN findings.first_seen
    ELSE excluded.first_seen END
"""
# What another comparison has seen meanwhile is not gone.
_RESOLVE = "UPDATE findings SET resolved_at = $1 WHERE resolved_at IS NULL AND last_seen < $2"
_STILL_OPEN = """
UPDATE findings SET last_seen = $1, run_id = $2
WHERE resolved_at IS NULL AND finding_id = any($3) RETURNING finding_id
"""
_LEFT = "SELECT count(*) FROM findings WHERE resolved_at IS NULL"


def _id(finding: Finding) -> str:
    return str(uuid5(NAMESPACE_URL, f"{finding.kind}/{finding.about}"))


async def keep(work: Work, run: Reconciliation, finding: Finding) -> None:
    await work.con.execute(
        _KEEP,
        _id(finding),
        finding.kind,
        finding.about,
        finding.amount,
        finding.currency,
        finding.cause,
        finding.next_step,
        work.now,
        run.run_id,
    )


async def leave_open(work: Work, run: Reconciliation, spared: Sequence[Finding]) -> int:
    """What was found before, and of which nothing is known just now: how many there are."""
    ids = [_id(one) for one in spared]
    return len(await work.con.fetch(_STILL_OPEN, work.now, run.run_id, ids)) if ids else 0


async def resolve(work: Work, run: Reconciliation) -> int:
    """What no comparison has seen since this one began is gone; how many are left."""
    await work.con.execute(_RESOLVE, work.now, run.started_at)
    return int(await work.con.fetchval(_LEFT))
