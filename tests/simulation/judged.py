"""Cancellations: what they came to is what domain.md §2 gives by its own words, worked out anew.

Only those of which the page says so in one sentence: by the policy alone, paid by card or credit, in a
course of which no session was moved or cancelled. The online course's fee is 30.00, up to 14 days
before the start, that day included, in New York; later all of it is a credit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulation.course import ZONE
from tests.simulation.world import World

_FEE, _DAYS = 3000, timedelta(days=14)
_ASKED = """
SELECT registration_id, first_start FROM registrations
WHERE state = 'cancelled' AND method = 'card' AND transferred_from IS NULL
"""
_CAME_TO = """
SELECT registration_id, s.requested_at, s.outcome, s.fee_minor AS fee, s.paid_minor AS paid,
  coalesce((SELECT sum(amount_minor) FROM refunds r WHERE r.registration_id = s.registration_id
    AND r.cause = 'cancelled' AND r.replaces IS NULL), 0)::bigint AS cash,
  coalesce((SELECT sum(amount_minor) FROM credit_entries e
    WHERE e.registration_id = s.registration_id AND kind IN ('issued', 'restored')), 0)::bigint
    AS credit
FROM settlements s
WHERE cause = 'cancelled' AND by <> 'provider' AND was = 'confirmed' AND override IS NULL AND settled_at IS NOT NULL
  AND paid_minor > 0 AND waiting_minor = 0 AND otherwise IS NULL
  AND NOT EXISTS (SELECT FROM settlements o
    WHERE o.registration_id = s.registration_id AND o.cause <> 'cancelled')
  AND NOT EXISTS (SELECT FROM refunds r WHERE r.registration_id = s.registration_id
    AND r.cause <> 'cancelled')
  AND NOT EXISTS (SELECT FROM dispute_parts d WHERE d.registration_id = s.registration_id)
  AND NOT EXISTS (SELECT FROM credits c WHERE c.registration_id = s.registration_id
    AND c.origin <> 'cancellation')
"""


async def misjudged(world: World) -> list[str]:
    """Each as a sentence; how many were judged is counted."""
    if world.counts["move did"] or world.counts["cancel a session did"]:
        return []
    asked = {row["registration_id"]: row for row in await world.actors["registration"].rows(_ASKED)}
    found = []
    for row in await world.actors["billing"].rows(_CAME_TO):
        if one := asked.get(row["registration_id"]):
            early = is_early(row["requested_at"], one["first_start"])
            world.counts[f"judged: {'early' if early else 'late'}"] += 1
            fee = min(_FEE, row["paid"]) if early else 0
            due = ("refund" if early else "credit", fee, row["paid"] - fee)
            came = (row["outcome"], row["fee"], row["cash"] + row["credit"])
            if came != due or (not early and row["cash"]):
                found.append(f"{row['registration_id']} comes to {dict(row)}, and not {due}")
    return found


def is_early(requested_at: datetime, starts_at: datetime) -> bool:
    """Up to 14 days before the start, on the calendar of New York."""
    day = requested_at.astimezone(ZONE).date()
    return day <= starts_at.astimezone(ZONE).date() - _DAYS
