"""Who is reported to a board, and how that stands: one line a registration, read page by page.

Read by SQL, for a course may have ten thousand of them: each page is one statement, so each line is
of one moment. `fetch` is a reader's, or that of a command's own connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.certificates.commands.licence import license_of
from services.certificates.commands.registry import registry_of
from services.certificates.domain.sheets import Corrected, Lack, Line, Registry, lack_of, mark_of
from services.certificates.models import Course, Person, Report
from shared.contracts.boards import Board
from shared.contracts.course import Course as Published
from shared.dates import day_of

Fetch = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
PAGE = 500
_LINES = """
SELECT r.registration_id, coalesce(c.person_id, r.person_id) AS person_id,
    a.status AS award, a.unmet, c.certificate_id, c.number, c.status, c.credits, c.categories,
    c.cause, c.issued_at, c.page_name, p.profession, p.licenses, p.version, p.erased,
    coalesce(p.birth_day, '') AS birth_day, s.number AS sent_in, s.line AS sent_line,
    s.credits AS sent_credits, s.mark AS sent_mark
FROM registrations r
LEFT JOIN awards a ON a.registration_id = r.registration_id AND a.board = $2
LEFT JOIN LATERAL (
    SELECT c.*, d.page ->> 'name' AS page_name
    FROM certificates c LEFT JOIN documents d USING (certificate_id)
    WHERE c.registration_id = r.registration_id AND c.board = $2 AND c.status <> 'preparing'
    ORDER BY c.status = 'valid' DESC, c.issued_at DESC, c.number DESC LIMIT 1
) c ON true
LEFT JOIN people p ON p.person_id = coalesce(c.person_id, r.person_id)
LEFT JOIN LATERAL (
    WITH RECURSIVE stands AS (
        SELECT l.* FROM report_lines l
        WHERE l.registration_id = r.registration_id AND l.board = $2 AND l.format = $3
            AND l.corrects_report = 0 AND NOT l.refused
        UNION ALL
        SELECT l.* FROM stands o JOIN report_lines l
            ON l.registration_id = o.registration_id AND l.board = o.board
            AND l.format = o.format AND l.course_id = o.course_id
            AND l.corrects_report = o.number AND l.corrects_line = o.line AND NOT l.refused
    )
    SELECT * FROM stands ORDER BY number DESC, line DESC LIMIT 1
) s ON true
WHERE r.course_id = $1 AND r.registration_id > $4
    AND (a.registration_id IS NOT NULL OR c.certificate_id IS NOT NULL OR s.number IS NOT NULL)
ORDER BY r.registration_id LIMIT $5
"""


@dataclass(frozen=True)
class Reported:
    """One registration and board: what is to be said of it, and how that stands.

    `state`: ready (never sent), sent (as it stands), changed (a correction is due), or held, which
    `lack` explains. `line` is None where nothing can be said: nothing was issued, or nobody is on
    record. `sent` is the last line about it that the registry did not refuse; a correction of one
    that it refused corrects nothing, and counts as never sent, too.
    """

    registration_id: str
    person_id: str
    certificate_id: str
    state: str
    line: Line | None
    lack: Lack | None
    sent: Corrected | None
    mark: str = ""

    @property
    def waits(self) -> bool:
        """Whether staff are to do something about it: report it, or mend what holds it back."""
        return self.state in ("ready", "changed") or (self.lack is not None and self.lack.mendable)


async def reported(
    fetch: Fetch, row: Course, board: str, form: str, told: Sequence[Report] = ()
) -> AsyncIterator[list[Reported]]:
    """Everybody of a course who has to do with a board, a page at a time, by registration."""
    registry, rule, course = registry_of(row, board, told)
    completed = max((s.date for s in course.sessions if s.status != "cancelled"), default=None)
    after = ""
    while page := await fetch(_LINES, row.course_id, board, form, after, PAGE):
        yield [_reported(form, registry, rule, course, completed, each) for each in page]
        after = page[-1]["registration_id"]


def _reported(
    form: str,
    registry: Registry,
    rule: Board,
    course: Published,
    completed: date | None,
    row: Mapping[str, Any],
) -> Reported:
    sent = None
    if row["sent_in"]:
        sent = Corrected(row["sent_in"], row["sent_line"], row["sent_credits"])
    about = (row["registration_id"], row["person_id"], row["certificate_id"] or "")
    line = _line(rule, course, completed, row)
    if line is None:
        return _without(row, about, sent)
    holds = row["status"] == "valid"
    if not holds and (sent is None or not Decimal(sent.credits)):
        # Taken back before anybody was told of it, or told already.
        state = "held" if sent is None else "sent"
        why = Lack(row["status"], _ENDED.get(row["status"], _ENDED["revoked"]))
        return Reported(*about, state, line, why if sent is None else None, sent)
    mark = mark_of(form, registry, line)
    # Once evidence has ended nobody knows any more what exactly was told (`retention.py`).
    if sent is not None and row["sent_mark"] in (mark, ""):
        return Reported(*about, "sent", line, None, sent, mark)
    if lack := lack_of(form, registry, line):
        return Reported(*about, "held", line, lack, sent)
    return Reported(*about, "ready" if sent is None else "changed", line, None, sent, mark)


_ENDED = {
    "revoked": "The certificate was revoked, and nothing was reported of it.",
    "superseded": "The certificate was superseded, and no other holds.",
}
_ERASED = Lack(
    "holder_erased",
    "The person was erased: there is no name or licence to report. What the registry should know "
    "must be told to it by hand.",
)


def _without(
    row: Mapping[str, Any], about: tuple[str, str, str], sent: Corrected | None
) -> Reported:
    """Nothing can be said of them: why. Of who was erased not even that it was withheld."""
    if row["certificate_id"] or row["erased"]:
        told = sent is not None and (row["status"] == "valid" or not Decimal(sent.credits))
        return Reported(*about, "sent" if told else "held", None, None if told else _ERASED, sent)
    unmet = row["unmet"] or []
    if row["award"] == "granted":
        lack = Lack("not_issued", "Its certificate is being made.")
    elif any(one["condition"] == "declined" for one in unmet):
        lack = Lack("declined", "They declined this board.")
    else:
        why = "; ".join(one["detail"] for one in unmet)
        lack = Lack("withheld", why or "The award is withheld.")
    return Reported(*about, "held", None, lack, sent)


def _line(
    rule: Board, course: Published, completed: date | None, row: Mapping[str, Any]
) -> Line | None:
    if not row["certificate_id"] or row["erased"] or row["page_name"] is None:
        return None
    issued: datetime = row["issued_at"]
    held = license_of(person_in(row), rule)
    holds = row["status"] == "valid"
    return Line(
        number=row["number"],
        name=row["page_name"],
        profession=(held.profession if held else "") or row["profession"] or "",
        license_state=held.state if held else "",
        license_number=held.number if held else "",
        birth_day=row["birth_day"],
        credits=Decimal(row["credits"]) if holds else Decimal(0),
        categories={n: Decimal(h) for n, h in row["categories"].items()} if holds else {},
        completed_on=completed or day_of(issued, course.zone),
        issued_on=day_of(issued, course.zone),
    )


def person_in(row: Mapping[str, Any]) -> Person:
    """A person out of a record that has them beside a certificate."""
    return Person(
        person_id=row["person_id"],
        version=row["version"] or 0,
        name=row["page_name"] or "",
        profession=row["profession"] or "",
        licenses=row["licenses"] or [],
        erased=bool(row["erased"]),
    )
