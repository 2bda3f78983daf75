"""What stands in the log behind a position, as far as somebody sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from services.partners.commands.projecting import LOG
from services.partners.commands.visible import VISIBLE
from services.partners.domain.cursors import Lineage
from services.partners.domain.visibility import ERASED, View, view_of
from services.partners.models import Head, Occurrence, Partner
from shared.runtime.rows import build
from shared.runtime.work import Work

Fetch = Callable[..., Awaitable[Sequence[Any]]]  # of a `Reader`, or of a connection

_HEAD = "SELECT log, position, lineage FROM heads WHERE log = $1"

# Course by course along its index, then of all courses the first; only these are read as a whole.
# A long course costs no more than its part of the page, and a course where nothing is new nothing.
# Of a course that is not `whole` only who was erased is seen. Whoever begins at an instant is told
# who people are also where that was said before: they may come to the course later. No more than
# some bytes as they are kept, which are seen without reading them; how long they are as text is cut
# by whoever reads.
_SEEN = f"""
SELECT o.position, o.event_id, o.type, o.course_id, o.subject, o.source, o.said_at, o.of_person,
  o.data, octet_length(o.data::text) AS size, s.many
FROM (
  SELECT p.position, count(*) OVER () AS many, sum(pg_column_size(k.data)) OVER
    (ORDER BY p.position ROWS UNBOUNDED PRECEDING) - pg_column_size(k.data) AS before
  FROM (
    SELECT f.position FROM unnest($1::text[], $7::boolean[]) AS c(course_id, whole)
    CROSS JOIN LATERAL (
      SELECT position FROM occurrences
      WHERE course_id = c.course_id AND position > $2 AND position <= $3
        AND type = ANY($4::text[]) AND (c.whole OR type = '{ERASED}')
        AND (said_at >= $5 OR of_person IS NOT NULL OR type = '{ERASED}')
      ORDER BY position LIMIT $6
    ) AS f
    ORDER BY f.position LIMIT $6
  ) AS p JOIN occurrences AS k ON k.position = p.position
) AS s JOIN occurrences AS o ON o.position = s.position
WHERE s.before < $8
ORDER BY o.position
"""
_COLUMNS = tuple(Occurrence.model_fields)
BYTES = 4_000_000  # of data that are read at once, and one more
_EVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands there, in order; behind `position` the reader goes on, in the log of that
    lineage. `more`: there may be more of it there already."""

    occurrences: list[Occurrence]
    position: int
    lineage: Lineage
    more: bool


async def head_of(fetch: Fetch) -> Head:
    """How far the log has come; one without a name where nothing has ever been added."""
    rows = await fetch(_HEAD, LOG)
    return build(Head, rows[0]) if rows else Head(log=LOG)


async def read_behind(
    fetch: Fetch, view: View, position: int, limit: int, since: datetime | None = None
) -> Seen:
    """At most `limit` of what the view sees behind that position, of what was said at `since` or
    later, and of people in any case; fewer where they are large, and never none where one is there.
    Whatever is added from now on is behind the position that is given back."""
    head = await head_of(fetch)  # before all else: what it tells of is there
    courses, whole = courses_of(view)
    asked = position, head.position, kinds_of(view), since or _EVER, limit
    rows = await fetch(_SEEN, courses, *asked, whole, BYTES)
    found = [_built(row) for row in _cut(rows)]
    more = bool(rows) and (rows[0]["many"] == limit or len(found) < rows[0]["many"])
    reached = found[-1].position if more else max(position, head.position)
    return Seen(found, reached, lineage_of(head), more)


def _cut(rows: Sequence[Any]) -> Sequence[Any]:
    """The first of them, as far as they begin within `BYTES`."""
    before = accumulate((row["size"] for row in rows), initial=0)
    return [row for row, size in zip(rows, before, strict=False) if size < BYTES]


def _built(row: Any) -> Occurrence:
    return build(Occurrence, {name: row[name] for name in _COLUMNS})


def view_of_partner(partner: Partner) -> View:
    """What a partner may see, as it was described last."""
    return view_of(partner.courses, partner.types, partner.fields, partner.former)


def courses_of(view: View) -> tuple[list[str], list[bool]]:
    """The courses that are looked through; and of each, whether for more than who was erased."""
    courses = sorted(view.courses | view.former)
    return courses, [course in view.courses for course in courses]


def kinds_of(view: View) -> list[str]:
    """The types that are looked for."""
    return [kind for kind in VISIBLE if view.sees_type(kind)]


def lineage_of(head: Head) -> Lineage:
    """As a cursor says it."""
    return [(name, after) for name, after in head.lineage]


@dataclass(frozen=True, slots=True)
class Read:
    """Staff read what a partner sees; `people` are those whose records were in it."""

    partner_id: str
    people: tuple[str, ...]


def reading(partner_id: str, shown: Iterable[Occurrence]) -> Read:
    """Each person once, in the order in which they were shown."""
    people = dict.fromkeys(one.of_person for one in shown if one.of_person)
    return Read(partner_id, tuple(people))


async def read(work: Work, asked: Read) -> None:
    """Keep that it was read, where it told of anybody."""
    if asked.people:
        work.audit("feed.read", " ".join((asked.partner_id, *asked.people)))
