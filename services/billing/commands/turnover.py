"""What a course brought in and who came, counted from the ledger and the copies."""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.journal import Fetch
from services.billing.domain.sponsor_share import Turnover

# What moves along with somebody from course to course came in for the one where they are now.
_TURNOVER = """
SELECT e.currency,
  coalesce(sum(e.amount_minor) FILTER (WHERE e.account LIKE 'cash:%'
    AND t.kind IN ('captured', 'moved-in', 'transferred')), 0)::bigint AS collected,
  coalesce(-sum(e.amount_minor) FILTER (WHERE e.account LIKE 'cash:%'
    AND t.kind NOT IN ('captured', 'moved-in', 'transferred')), 0)::bigint AS refunded,
  coalesce(sum(e.amount_minor) FILTER (WHERE e.account = 'credits'
    AND t.kind IN ('credit-redeemed', 'credit-released', 'credit-restored')), 0)::bigint
    AS redeemed,
  coalesce(-sum(e.amount_minor) FILTER (WHERE e.account = 'revenue'), 0)::bigint AS earned
FROM registrations r JOIN ledger_entries e USING (registration_id)
JOIN ledger_transactions t USING (transaction_id)
WHERE r.course_id = $1 GROUP BY 1 ORDER BY 1
"""
# Who teaches is no attendee. Of whom nothing was heard yet but that they came, is one.
_ATTENDEES = """
SELECT count(DISTINCT registration_id) AS attendees
FROM attended a LEFT JOIN registrations r USING (registration_id)
WHERE a.course_id = $1 AND a.present AND r.role IS DISTINCT FROM 'presenter'
"""
_CERTIFICATES = """
SELECT board, count(*) AS certificates FROM certificates
WHERE course_id = $1 AND issued_at IS NOT NULL AND ended_at IS NULL
GROUP BY 1 ORDER BY 1 NULLS LAST
"""


@dataclass(frozen=True, slots=True)
class Heads:
    """Who was present at a session at least and did not come to teach, and the certificates that
    hold, by board."""

    attendees: int
    certificates: list[tuple[str | None, int]]

    @property
    def issued(self) -> int:
        return sum(count for _, count in self.certificates)


async def heads_of(fetch: Fetch, course_id: str) -> Heads:
    """Who came to a course, and what they have to show for it."""
    [row] = await fetch(_ATTENDEES, course_id)
    found = await fetch(_CERTIFICATES, course_id)
    return Heads(row["attendees"], [(row["board"], row["certificates"]) for row in found])


async def turnover_of(fetch: Fetch, course_id: str) -> list[Turnover]:
    """What moved for its registrations, by currency."""
    return [Turnover(**dict(row)) for row in await fetch(_TURNOVER, course_id)]
