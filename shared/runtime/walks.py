"""Walks: a deadline that means many rows, gone over a page at a time.

    dues.walk(
        "earn_course",
        over=lambda due: where(Registration, course_id=due.ref),
        each=earn_one,  # a command with a plan of its own; its argument is a `Due`
    )
    work.plan_due("earn_course", course_id, work.now)

A page reads the next rows in the order of their key, plans a deadline for each of them (kind
`earn_course.row`; its payload is the walk's, with the row's key, and the walk's ref as `of`), and
itself anew from the last key on: one short transaction, so that no time-out is ever near, however
many rows there are. Rows are then done as all deadlines are: in batches that grow smaller where
they take too long, once each, whatever crashes. A refusal ends its own row; a defect is logged,
counted as overdue and tried again while the others go on. `/health/quiet` sees what is left, for
all of it is in the due table. A row is met again when the walk is asked for again, so `each` must
bear that.

The next page comes after this one's rows, so a walk never stands in the way of what else is due.
`through` is done when the rows are, but for those that failed and wait.

Rows that appear behind the cursor are not met. Whoever makes one either sees, under its lock, what
the walk was planned for, or asks for the walk again. Asked for again while it is under way, a walk
is not thrown back to its beginning (else a stream of reasons would keep it there): it goes on to
the end, and from the beginning to where it was when it was asked (`flush.py` keeps the place).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.runtime.gathered import WALK
from shared.runtime.plans import Plan
from shared.runtime.rows import Key, Query, place_of, spec_of, where
from shared.runtime.work import Work

if TYPE_CHECKING:
    from shared.runtime.due import Due

SIZE = 200  # rows a page


@dataclass(frozen=True)
class _Cursor:
    """Behind which key the next page begins; where the last round ends, and whether this is it."""

    after: Key | None = None
    until: Key | None = None
    last_round: bool = False

    def ends_before(self, key: Key) -> bool:
        """Whether a row is behind all that is left to do."""
        return self.last_round and self.until is not None and key > self.until

    def following(self, keys: Sequence[Key], *, more: bool) -> _Cursor | None:
        """Where the next page begins when these are done; None if there is none."""
        if more:
            return _Cursor(keys[-1], self.until, self.last_round)
        if self.until is not None and not self.last_round:
            return _Cursor(None, self.until, last_round=True)
        return None


@dataclass(frozen=True)
class Walk:
    """One page of a walk, as a command on its deadline."""

    kind: str
    over: Callable[[Due], Query[Any]]
    size: int
    has_end: bool

    def __plan__(self, due: Due) -> Plan:
        """The page is only read: each row's own plan locks what it needs."""
        yield [self._page(due)]
        return []

    async def __call__(self, work: Work, due: Due) -> None:
        """Plan this page's rows, and the next page."""
        told, cursor = _told(due), _cursor(due)
        primary = spec_of(self.over(due).row).primary
        page = [place_of(row, primary) for row in work.find(self._page(due))]
        rest = [key for key in page if not cursor.ends_before(key)]
        for key in rest:
            payload = {**told, "of": due.ref, **dict(zip(primary, key, strict=True))}
            # At the walk's own time: the next page and the end come later, by whichever clock.
            ref = "/".join([due.ref, *map(str, key)])
            work.plan_due(row_kind(self.kind), ref, due.due_at, due.version, payload)
        later = max(work.now, due.due_at)
        following = cursor.following(rest, more=len(rest) == self.size)
        if following is not None:
            work.plan_due(self.kind, due.ref, later, due.version, told | {WALK: _kept(following)})
        elif self.has_end:
            work.plan_due(end_kind(self.kind), due.ref, later, due.version, told)

    def _page(self, due: Due) -> Query[Any]:
        asked = self.over(due)
        spec = spec_of(asked.row)
        if asked.order != spec.primary or asked.limit is not None or asked.after is not None:
            raise TypeError(f"{self.kind} goes over all rows, in the order of their key")
        if not {spec.types[column] for column in spec.primary} <= {"TEXT", "BIGINT"}:
            raise TypeError(f"{self.kind}: a key of {asked.row.__name__} is no plain JSON value")
        equal = dict(asked.equal)
        return where(asked.row, limit=self.size, after=_cursor(due).after, **equal)


def row_kind(kind: str) -> str:
    """The kind of the deadlines of a walk's rows."""
    return f"{kind}.row"


def end_kind(kind: str) -> str:
    """The kind of the deadline of a walk's end: at the same time it comes after `row_kind`."""
    return f"{kind}.through"


def _told(due: Due) -> dict[str, Any]:
    return {name: value for name, value in due.payload.items() if name != WALK}


def _cursor(due: Due) -> _Cursor:
    kept = due.payload.get(WALK, {})
    after, until = kept.get("after"), kept.get("until")
    return _Cursor(
        after=None if after is None else tuple(after),
        until=None if until is None else tuple(until),
        last_round=bool(kept.get("last_round")),
    )


def _kept(cursor: _Cursor) -> dict[str, Any]:
    return {"after": cursor.after, "until": cursor.until, "last_round": cursor.last_round}
