"""What an activity file is made of, part by part: pages of what is long, bytes of what is short."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.certificates import render
from services.certificates.commands.given import Given
from services.certificates.commands.knowledge import approval_of
from services.certificates.commands.office import Office
from services.certificates.commands.outcomes import state_of
from services.certificates.commands.page import page_of
from services.certificates.domain.credits import Counted, by_category
from services.certificates.domain.facts import Mode
from services.certificates.domain.sheets import sheet
from services.certificates.models import Course, Report, ReportFile, ReportOutcome
from shared.contracts.boards import Board
from shared.contracts.course import Course as Published
from shared.contracts.course import Session
from shared.dates import rfc3339
from shared.runtime.database import Reader
from shared.runtime.rows import where

PAGE = 500
SAMPLE = "SAMPLE"
_CORRECTIONS = """
SELECT c.number, c.registration_id, c.board, c.credits, c.unit, c.status, c.cause, c.issued_at,
    c.ended_at, n.number AS successor, n.credits AS credits_now
FROM certificates c LEFT JOIN certificates n ON n.certificate_id = c.superseded_by
WHERE c.course_id = $1 AND c.status IN ('superseded', 'revoked') AND c.number > $2
ORDER BY c.number LIMIT $3
"""


def as_json(value: Any) -> bytes:
    """Readable JSON, the same for the same value."""
    return (json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n").encode()


async def once(content: bytes) -> AsyncIterator[bytes]:
    """What is short, as a stream."""
    yield content


async def encoded(text: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Text, as it goes into a file."""
    async for part in text:
        yield part.encode()


def plain_name(board: str) -> str:
    """A board's name as any file system takes it."""
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in board)[:60]


def public_document(course: Course) -> dict[str, Any]:
    """The course as last published; without the doors of its meetings and a sponsor's share."""
    said = {**course.document}
    said["sessions"] = [
        {name: value for name, value in one.items() if name != "meeting"}
        for one in said["sessions"]
    ]
    if said.get("joint_sponsor"):
        sponsor = said["joint_sponsor"]
        said["joint_sponsor"] = {k: v for k, v in sponsor.items() if k != "share"}
    return said


def disclosures(course: Course) -> list[dict[str, Any]]:
    """Which disclosure had to be accepted since when, by the course's version."""
    told = sorted(course.disclosures.items(), key=lambda one: int(one[0]))
    return [{"course_version": int(version), **one} for version, one in told]


async def corrections(reader: Reader, course_id: str) -> AsyncIterator[str]:
    """Certificates that hold no more, why, and what holds instead."""
    yield sheet([_CORRECTED])
    after = ""
    while page := await reader.fetch(_CORRECTIONS, course_id, after, PAGE):
        yield sheet(_corrected(row) for row in page)
        after = page[-1]["number"]


_CORRECTED = (
    *("certificate_number", "registration_id", "board", "credits", "unit", "status", "reason"),
    *("issued_at", "ended_at", "superseded_by", "credits_now"),
)


def _corrected(row: Mapping[str, Any]) -> list[str]:
    return [
        *(row["number"], row["registration_id"], row["board"], row["credits"], row["unit"]),
        *(row["status"], row["cause"], rfc3339(row["issued_at"])),
        rfc3339(row["ended_at"]) if row["ended_at"] else "",
        *(row["successor"] or "", row["credits_now"] or ""),
    ]


async def reports(reader: Reader, course_id: str) -> AsyncIterator[str]:
    """What was reported to whom, when, by whom, and what was answered."""
    yield sheet([_REPORTED])
    for one in await _reports(reader, course_id):
        noted = where(
            ReportOutcome, course_id=course_id, number=one.number, order=("-turn",), limit=1
        )
        outcome = next(iter(await reader.find(noted)), None)
        yield sheet(
            [
                [
                    *(str(one.number), one.board, one.format, one.kind, state_of(outcome)),
                    *(rfc3339(one.made_at), one.made_by, str(one.lines), str(one.held), one.sha256),
                    " ".join(map(str, outcome.lines)) if outcome else "",
                    rfc3339(outcome.noted_at) if outcome else "",
                ]
            ]
        )


_REPORTED = (
    *("number", "board", "format", "kind", "state", "made_at", "made_by", "lines", "held_back"),
    *("sha256", "refused_lines", "noted_at"),
)


async def report_files(reader: Reader, course_id: str) -> AsyncIterator[tuple[str, bytes]]:
    """The very bytes of each report that is still kept, restricted ones too: this is evidence."""
    for one in await _reports(reader, course_id):
        kept = await reader.get(ReportFile, (course_id, one.number))
        if kept is not None:
            yield f"reports/{one.number:04}-{plain_name(one.board)}.csv", kept.content


async def _reports(reader: Reader, course_id: str) -> list[Report]:
    return await reader.find(where(Report, course_id=course_id, order=("number",)))


async def sample(course: Published, board: Board, office: Office) -> bytes:
    """A board's certificate as it would be made out to nobody: no person's copy is handed out."""
    held = [one for one in course.sessions if one.status != "cancelled"]
    page = page_of(
        Given(
            course=course,
            board=board,
            name="Sample",
            license=None,
            credits=board.approved_hours,
            sessions=[one.session_id for one in held],
            attended={},
            categories=_all_categories(board, held),
            number=SAMPLE,
            verify_url=office.verify_url(SAMPLE),
            issued_at=max((one.ends_at for one in held), default=course.published_at)
            + timedelta(minutes=5),
            tested=board.post_test is not None,
        )
    )
    made = await asyncio.to_thread(render.render, page)
    return made.pdf


def _all_categories(board: Board, held: list[Session]) -> Mapping[str, Decimal]:
    """Hours of ethics and the like of who was there for all of it."""
    if board.mode not in set(Mode):
        return {}
    whole = [
        Counted(
            one.session_id,
            one.instruction_minutes,
            one.instruction_minutes * 60,
            present=True,
            scheduled=one.instruction_minutes,
        )
        for one in held
    ]
    approval = approval_of(board.model_dump(mode="json"))
    return by_category(approval, whole, board.approved_hours)
