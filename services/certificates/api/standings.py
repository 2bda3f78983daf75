"""How everybody of a course stands with each board: what they hold, or what they lack.

Read by SQL a page at a time, as rosters are: a course may have ten thousand people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from services.certificates.api.shown import number
from services.certificates.commands.reading import Read, read
from services.certificates.commands.reports import known_course
from services.certificates.models import NO_BOARD, Course
from shared.dates import rfc3339
from shared.errors import Invalid, fault
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["rosters"])
State = Literal[
    "", "valid", "in_question", "being_made", "claimable", "lacking", "declined", "revoked"
]
# Of who was erased only what was issued is shown, and so of everybody once evidence has ended ($7):
# what was lacking is not known any more. That nothing is given for taking part alone is no lack of
# anybody's.
_ROWS = """
SELECT * FROM (
    SELECT r.registration_id, b.board, coalesce(d.page ->> 'name', p.name, '') AS name, p.erased,
        a.credits AS worth, a.unit, a.unmet, c.certificate_id, c.number, c.status, c.credits,
        c.unit AS issued_unit, c.issued_at,
        CASE WHEN c.status = 'valid' AND a.held AND a.kept = '{}' THEN 'in_question'
            WHEN c.status = 'valid' THEN 'valid'
            WHEN coming.number IS NOT NULL THEN 'being_made'
            WHEN c.status IS NOT NULL THEN 'revoked'
            WHEN a.status = 'granted' THEN 'being_made'
            WHEN a.unmet @> '[{"condition": "declined"}]' THEN 'declined'
            WHEN a.unmet @> '[{"condition": "unclaimed"}]' AND jsonb_array_length(a.unmet) = 1
                THEN 'claimable'
            ELSE 'lacking' END AS state
    FROM registrations r
    CROSS JOIN LATERAL (
        SELECT board FROM awards WHERE registration_id = r.registration_id
            AND (status = 'granted' OR board NOT IN ('participation', 'presenter'))
        UNION
        SELECT board FROM certificates WHERE registration_id = r.registration_id
    ) b
    LEFT JOIN awards a ON a.registration_id = r.registration_id AND a.board = b.board
    LEFT JOIN LATERAL (
        SELECT * FROM certificates
        WHERE registration_id = r.registration_id AND board = b.board AND status <> 'preparing'
        ORDER BY status = 'valid' DESC, issued_at DESC, number DESC LIMIT 1
    ) c ON true
    LEFT JOIN certificates coming ON coming.registration_id = r.registration_id
        AND coming.board = b.board AND coming.status = 'preparing'
    LEFT JOIN documents d ON d.certificate_id = c.certificate_id
    LEFT JOIN people p ON p.person_id = coalesce(c.person_id, r.person_id)
    WHERE r.course_id = $1 AND r.registration_id >= $2
        AND (r.registration_id, b.board) > ($2, $3) AND ($4 = '' OR b.board = $4)
        AND (c.certificate_id IS NOT NULL OR NOT coalesce(p.erased, false))
        AND (NOT $7 OR c.certificate_id IS NOT NULL OR a.status = 'granted')
) AS s
WHERE $5 = '' OR state = $5
ORDER BY registration_id, board LIMIT $6
"""


@router.get(
    "/certificates/v1/courses/{course_id}/standings", responses=problems(401, 403, 404, 422)
)
async def standings(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    board: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    state: State = "",
    limit: Limit = PAGE,
    after: After = None,
) -> Response:
    """One item a registration and board: `state`, the certificate that holds or was the last, and
    what is not met. Whom a board never served has no item; whom it served once keeps one, withheld.
    Once the years of its evidence are over, only who was issued one, or is to be, has any.

    `valid`; `in_question` (it holds, and says more than the facts give by now: staff decide);
    `being_made`; `claimable` (the learner is to say how much); `lacking`, which `unmet` explains;
    `declined`; `revoked` (or superseded, and none holds). The reading is audited.
    """
    course = known_course(await reader.get(Course, course_id))
    place = _place(after)
    ended = course.evidence_ended_at is not None
    rows = await reader.fetch(_ROWS, course_id, *place, board, state, limit + 1, ended)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    body = {
        "items": [_item(row) for row in shown],
        "next": f"{last['registration_id']}/{last['board']}" if last else None,
    }
    asked = Read(course_id, "standings.read", board)
    return await edge.run(read, asked, answer=lambda _: (200, body))


def _place(after: str | None) -> tuple[str, str]:
    """Behind which registration and board a page begins."""
    if not after:
        return "", ""
    registration_id, joint, board = after.partition("/")
    if not joint or "\x00" in after:
        wrong = fault("/query/after", "Take `next` of the page before as it is.")
        raise Invalid("after-invalid", "There is no such page.", errors=[wrong])
    return registration_id, board


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    erased, issued = bool(row["erased"]), row["certificate_id"] is not None
    return {
        "registration_id": row["registration_id"],
        "board": None if row["board"] in NO_BOARD else row["board"],
        "kind": row["board"] if row["board"] in NO_BOARD else "completion",
        "name": None if erased else row["name"] or None,
        "state": row["state"],
        "credits": number(row["credits"] if issued else row["worth"] or "0"),
        "unit": (row["issued_unit"] if issued else row["unit"]) or "",
        "unmet": [] if erased else row["unmet"] or [],
        "certificate": {
            "certificate_id": row["certificate_id"],
            "number": row["number"],
            "status": row["status"],
            "issued_at": rfc3339(row["issued_at"]),
        }
        if issued
        else None,
    }
