"""What of attendance operators watch: what comes in, and how the sessions that are open stand.

A look at an open session goes over its own observations, by their index: 50,000 of ten thousand
people took half a second, on a machine with ten times as much to do as it could. It is made the
seldomer for it (`shared/runtime/watching.py`).
"""

from __future__ import annotations

from prometheus_client import Counter

from services.attendance.commands.observing import Receipt
from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.metrics import INSIDE
from shared.runtime.reads import Read

for _event in said_by("attendance"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)

observations = Counter(
    "observations_total",
    "Lines of observations that came in, by what became of them",
    ["outcome"],
    registry=INSIDE,
)
for _outcome in ("accepted", "duplicate", "refused"):  # or the first would be no increase
    observations.labels(_outcome)
webhooks = Counter(
    "zoom_webhooks_total",
    "Webhooks of Zoom that were signed, by outcome",
    ["outcome"],
    registry=INSIDE,
)

# Who is in: participants as the platform names them, of whom the last that it said is not that they
# left or wait, nor has the meeting ended since. Within one instant leaving comes first.
_OPEN = """
SELECT s.course_id AS course, s.session_id AS session, w.inside AS session_inside,
  (SELECT count(*) FROM registrations r WHERE r.course_id = s.course_id
   AND r.standing = 'confirmed' AND NOT r.given_back ? s.session_id) AS session_expected,
  (SELECT count(*) FROM unmatched u WHERE u.course_id = s.course_id
   AND u.session_id = s.session_id AND u.state = 'open') AS session_unmatched,
  CASE WHEN $1 > s.starts_at AND $1 < s.ends_at
    THEN extract(epoch FROM $1 - greatest(w.last, s.starts_at)) END AS session_silent_seconds
FROM sessions s CROSS JOIN LATERAL (
  WITH seen AS MATERIALIZED (
    SELECT participant_id, kind, at, received_at FROM observations o
    WHERE o.course_id = s.course_id AND o.session_id = s.session_id)
  SELECT (SELECT max(received_at) FROM seen) AS last,
    (SELECT count(*) FROM (
       SELECT DISTINCT ON (participant_id) kind, at FROM seen WHERE participant_id IS NOT NULL
       ORDER BY participant_id, at DESC, kind IN ('left', 'waiting', 'waiting_left')) l
     WHERE l.kind NOT IN ('left', 'waiting', 'waiting_left')
       AND l.at > coalesce((SELECT max(at) FROM seen WHERE kind = 'meeting_ended'), '-infinity')
    ) AS inside) w
WHERE s.state = 'open' AND NOT s.recorded
"""
READS = (
    Read(
        {
            "session_expected": "Registrations that are expected at an open session",
            "session_inside": "Participants whom the platform last reported as in",
            "session_unmatched": "Participants of whom nobody knows who they are",
            "session_silent_seconds": "While it is held: since when the platform has said nothing",
        },
        _OPEN,
        labels=("course", "session"),
    ),
    Read(
        {"participants_unmatched": "Participants of all sessions who wait to be matched"},
        "SELECT count(*) AS participants_unmatched FROM unmatched WHERE state = 'open'",
    ),
)


def count(receipt: Receipt) -> None:
    """What became of the lines of a request, once it is kept."""
    observations.labels("accepted").inc(receipt.accepted)
    observations.labels("duplicate").inc(receipt.duplicates)
    observations.labels("refused").inc(len(receipt.refused))
