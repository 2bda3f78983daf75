"""Send again what was sent or parked: of the log, or of an endpoint's own deliveries.

It goes beside what is new and never before it: each round takes some of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.partners.commands.endpoints import EndpointDisabled, EndpointUnknown
from services.partners.commands.parcels import view_for
from services.partners.commands.pumps import plan_pump
from services.partners.commands.reading import courses_of, kinds_of
from services.partners.domain.rounds import TESTED
from services.partners.domain.visibility import ERASED
from services.partners.models import Endpoint, Partner
from shared.errors import Conflict
from shared.runtime.database import Reader
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

MOST = 10_000
_PARKED = """
UPDATE deliveries SET status = 'waiting', attempts = 0, next_at = $2, reason = '', last_at = $2
WHERE (endpoint_id, position) IN (
  SELECT endpoint_id, position FROM deliveries
  WHERE endpoint_id = $1 AND status = 'parked' AND type <> $3 ORDER BY position LIMIT $4)
"""
# Only what it has come past: what is behind that is on its way by itself.
_CHOSEN = f"""
SELECT position FROM unnest($1::text[], $8::boolean[]) AS c(course_id, whole)
JOIN occurrences USING (course_id)
WHERE type = ANY($2) AND (whole OR type = '{ERASED}') AND position <= $3
AND ($4::text[] IS NULL OR event_id = ANY($4))
AND ($5::timestamptz IS NULL OR said_at >= $5) AND ($6::timestamptz IS NULL OR said_at < $6)
ORDER BY position LIMIT $7
"""
_PARKED_NOW = """
SELECT count(*) FROM (SELECT FROM deliveries
  WHERE endpoint_id = $1 AND status = 'parked' AND type <> $2 LIMIT $3) AS parked
"""
_AGAIN = """
INSERT INTO deliveries (endpoint_id, position, partner_id, event_id, type, course_id, subject,
  status, attempts, next_at, reason, first_at, last_at)
SELECT $1, position, $2, event_id, type, course_id, subject, 'waiting', 0, $3, '', $3, $3
FROM occurrences WHERE position = ANY($4) ORDER BY position
ON CONFLICT (endpoint_id, position) DO UPDATE
SET status = 'waiting', attempts = 0, next_at = excluded.next_at, reason = '',
  last_at = excluded.last_at
"""


class ReplayTooLarge(Conflict):
    """More than a webhook should carry; the feed is for that."""

    slug = "replay-too-large"


@dataclass(frozen=True, slots=True)
class Replay:
    """By ids, or by when it was said (from `since` until before `until`), or all that is parked."""

    partner_id: str
    endpoint_id: str
    event_ids: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    parked: bool = False


async def would_replay(reader: Reader, c: Replay) -> tuple[Endpoint, int]:
    """To where, and how many as things stand now; nothing is done.

    Raises EndpointUnknown, EndpointDisabled, ReplayTooLarge.
    """
    known = await reader.get(Endpoint, c.endpoint_id), await reader.get(Partner, c.partner_id)
    endpoint, partner = _able(*known, c)
    if c.parked:
        [row] = await reader.fetch(_PARKED_NOW, c.endpoint_id, TESTED, MOST)
        return endpoint, int(row[0])
    return endpoint, len(_bounded(await reader.fetch(_CHOSEN, *_asked(c, endpoint, partner))))


def _replay_needs(c: Replay) -> Plan:
    yield [(Partner, c.partner_id)]
    return [(Endpoint, c.endpoint_id)]


@alone
@needs(_replay_needs)
async def replay(work: Work, c: Replay) -> int:
    """How many are sent again. What the partner does not see any more is not among them.

    Raises EndpointUnknown, EndpointDisabled, ReplayTooLarge.
    """
    known = work.get(Endpoint, c.endpoint_id), work.get(Partner, c.partner_id)
    endpoint, partner = _able(*known, c)
    if c.parked:
        done = await work.con.execute(_PARKED, c.endpoint_id, work.now, TESTED, MOST)
        many = int(done.rpartition(" ")[2])
    else:
        asked = _asked(c, endpoint, partner)
        chosen = [row["position"] for row in _bounded(await work.con.fetch(_CHOSEN, *asked))]
        many = len(chosen)
        await work.con.execute(_AGAIN, c.endpoint_id, c.partner_id, work.now, chosen)
    row = replace(endpoint, version=endpoint.version + 1)
    work.put(row)
    work.audit("deliveries.replayed", c.endpoint_id, f"{c.partner_id} {many}")
    plan_pump(work, row, work.now, -row.version)
    return many


def _able(
    endpoint: Endpoint | None, partner: Partner | None, c: Replay
) -> tuple[Endpoint, Partner]:
    if endpoint is None or endpoint.partner_id != c.partner_id or endpoint.state == "removed":
        raise EndpointUnknown("There is no endpoint with this id.")
    if endpoint.state != "active" or partner is None:
        raise EndpointDisabled("Nothing is sent to this endpoint; enable it first.")
    return endpoint, partner


def _asked(c: Replay, endpoint: Endpoint, partner: Partner) -> tuple[Any, ...]:
    view = view_for(endpoint, partner)
    courses, whole = courses_of(view)
    return (
        courses,
        kinds_of(view),
        endpoint.position,
        list(c.event_ids) or None,
        c.since,
        c.until,
        MOST + 1,
        whole,
    )


def _bounded(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) > MOST:
        raise ReplayTooLarge(
            f"That is more than {MOST} events. Narrow it, or read them from the feed."
        )
    return rows
