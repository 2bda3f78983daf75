"""What was decided of whom, as an auditor reads it: a line a registration, by ids."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from services.certificates.commands.knowledge import course_of, person_of
from services.certificates.commands.lines import person_in
from services.certificates.domain import board_words
from services.certificates.domain.eligibility import Served, served
from services.certificates.domain.facts import Approval
from services.certificates.domain.presenting import PRESENTS
from services.certificates.models import Course
from shared.dates import rfc3339
from shared.runtime.database import Reader

PAGE = 500
# What a withheld award would be worth is no credit: it stands as `earned`.
_DECISIONS = """
SELECT r.registration_id, r.person_id, r.basis, r.ended, r.outcome, r.attended, r.claims,
    r.evaluated_at, r.post_tests, r.given_back, r.role,
    p.profession, p.licenses, p.version, p.erased,
    coalesce(r.disclosures -> r.person_id, '[]') AS disclosures,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'board', a.board, 'version', a.version, 'status', a.status,
        'credits', CASE a.status WHEN 'granted' THEN a.credits ELSE '0' END,
        'earned', CASE a.status WHEN 'granted' THEN NULL ELSE a.credits END,
        'unit', a.unit, 'sessions', a.sessions, 'unmet', a.unmet, 'in_question', a.held
    ) ORDER BY a.board), '[]') FROM awards a WHERE a.registration_id = r.registration_id) AS awards,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'certificate_id', c.certificate_id, 'number', c.number, 'board', c.board,
        'status', c.status, 'credits', c.credits, 'unit', c.unit, 'sessions', c.sessions,
        'categories', c.categories, 'rule_version', c.rule_version, 'evidence', c.evidence,
        'issued_at', c.issued_at, 'sha256', c.sha256, 'supersedes', c.supersedes,
        'reason', c.cause
    ) ORDER BY c.issued_at, c.number), '[]') FROM certificates c
     WHERE c.registration_id = r.registration_id AND c.status <> 'preparing') AS certificates
FROM registrations r LEFT JOIN people p USING (person_id)
WHERE r.course_id = $1 AND r.registration_id > $2
ORDER BY r.registration_id LIMIT $3
"""
_OWN = ("role", "profession", "licenses", "version", "erased")  # read to judge by, not to be told


async def decisions(reader: Reader, course: Course) -> AsyncIterator[bytes]:
    """A line a registration: what is known of it, what each board gave, what was issued. By ids.

    A board that does not serve somebody decided nothing, and is told as `not_served`, with why.
    """
    said = course_of(course)
    approvals = said.approvals if said else ()
    after = ""
    while page := await reader.fetch(_DECISIONS, course.course_id, after, PAGE):
        yield b"".join(_decision(row, approvals) for row in page)
        after = page[-1]["registration_id"]


def _decision(row: Mapping[str, Any], approvals: tuple[Approval, ...]) -> bytes:
    said = {name: value for name, value in row.items() if name not in _OWN}
    said["evaluated_at"] = rfc3339(row["evaluated_at"]) if row["evaluated_at"] else None
    said["awards"] = [*row["awards"], *_unserved(row, approvals)]
    return (json.dumps(said, ensure_ascii=False, default=str) + "\n").encode()


def _unserved(row: Mapping[str, Any], approvals: tuple[Approval, ...]) -> list[dict[str, Any]]:
    """The boards of which nothing was ever said, because they do not serve this person.

    Nothing is told of who was erased, nor of whom nothing is known yet.
    """
    person = person_of(person_in({**row, "page_name": ""}))
    if person is None:
        return []
    told = {one["board"] for one in row["awards"]}
    presents = row["role"] == PRESENTS
    return [
        {
            "board": one.board,
            "status": "not_served",
            "credits": "0",
            "unit": one.unit,
            "unmet": [{"condition": str(why.condition), "detail": why.detail}],
        }
        for one in approvals
        if one.board not in told and (presents or served(one, person) is Served.NO)
        for why in [board_words.presents(one) if presents else board_words.profession(one, person)]
    ]
