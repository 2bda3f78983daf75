"""What a check of the invariants found is kept; those of long ago go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.web.models import InvariantCheck
from shared.runtime.plans import alone
from shared.runtime.work import Work

KEPT = 100  # the last of them
_FORGET = """
DELETE FROM invariant_checks WHERE check_id NOT IN (
  SELECT check_id FROM invariant_checks ORDER BY told_at DESC, check_id DESC LIMIT $1)
"""


@dataclass(frozen=True)
class Checked:
    """By the clock on the wall; `results` are as the route has them."""

    began_at: datetime
    told_at: datetime
    by: str
    results: tuple[dict[str, Any], ...]


@alone
async def keep_check(work: Work, c: Checked) -> InvariantCheck:
    """Keep it, and audit who told it."""
    await work.con.execute(_FORGET, KEPT - 1)
    made = InvariantCheck(
        check_id=work.new_id("check"),
        began_at=c.began_at,
        told_at=c.told_at,
        by=c.by,
        results=list(c.results),
    )
    work.put(made)
    work.audit("invariants.told", made.check_id)
    return made
