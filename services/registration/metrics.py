"""What of registration operators watch: the seats of the courses that are still to come."""

from __future__ import annotations

from shared.contracts.catalogue import said_by
from shared.runtime import metrics
from shared.runtime.reads import Read

for _event in said_by("registration"):  # or the first of a type would be no increase
    metrics.events_sent.labels(_event.type)

# By the index of their first session: of one that began more than a year ago, none is shown.
_SEATS = """
SELECT c.course_id AS course, v.state, v.seats AS course_seats
FROM (
  SELECT course_id FROM courses
  WHERE status = 'published' AND first_start > $1::timestamptz - interval '1 year' AND last_end > $1
  ORDER BY first_start LIMIT 300) c
JOIN seats s USING (course_id)
CROSS JOIN LATERAL (VALUES
  ('sold', s.sold), ('held', s.held), ('offered', s.offered), ('waiting', s.waiting),
  ('free', greatest(0, s.capacity - s.sold - s.held - s.offered))) v(state, seats)
"""
READS = (
    Read(
        {
            "course_seats": "Seats of a course that is still to come (the 300 that begin first): "
            "sold, held, offered, free, and how many wait for one"
        },
        _SEATS,
        labels=("course", "state"),
    ),
)
