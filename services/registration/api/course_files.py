"""A course as its file, for whoever copies or mends one, and what a file would come to."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from services.registration.api.course_answers import CheckedAnswer, FileAnswer
from services.registration.api.courses import sessions_said
from services.registration.api.shown import course_words, price_text
from services.registration.commands.admission import CourseUnknown
from services.registration.commands.courses import Publish, check
from services.registration.commands.price_codes import CodeChange
from services.registration.commands.publishing import Next
from services.registration.domain.as_file import as_file, left_out
from shared.contracts import policy
from shared.errors import Malformed, Refusal
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["courses"], route_class=Direct)
_FILE = """
SELECT c.version, c.status, v.document
FROM courses c
JOIN course_versions v ON v.course_id = c.course_id AND v.version = c.version
WHERE c.course_id = $1
"""


@router.get(
    "/registration/v1/courses/{course_id}/file",
    responses={200: {"model": FileAnswer}, **problems(401, 403, 404)},
)
async def file(course_id: PathId, _caller: OperatorDep, reader: ReaderDep) -> dict[str, Any]:
    """The course in force as a file that publishes the same: meetings and a sponsor's share are in
    it. A session that was cancelled is written as if it took place; prices by a code are missing,
    for codes are not kept."""
    records = await reader.fetch(_FILE, course_id)
    if not records:
        raise CourseUnknown("There is no such course.")
    document = records[0]["document"]
    return {
        "course_id": course_id,
        "version": records[0]["version"],
        "status": records[0]["status"],
        "file": as_file(document, _words(document["policy"], document["price"]["currency"])),
        "prices_left_out": left_out(document),
        "sessions_cancelled": [
            session["session_id"]
            for session in document["sessions"]
            if session.get("status") == "cancelled"
        ],
    }


def _words(given: dict[str, Any], currency: str) -> str:
    """What is made for a policy that has no words of its own."""
    wordless = {name: value for name, value in given.items() if name != "text"}
    try:
        return str(policy.document(wordless, currency)["text"]) if given else ""
    except Refusal:  # by a rule that is younger than this policy: its words stay with it
        return ""


@router.post(
    "/registration/v1/courses/{course_id}/check",
    response_model=None,
    responses={200: {"model": CheckedAnswer}, **problems(401, 403, 409)},
)
async def check_course(
    course_id: PathId, body: Annotated[dict[str, Any], Body()], caller: OperatorDep, edge: EdgeDep
) -> Response:
    """What publishing this file would come to, or every fault of it, as publishing would say them:
    the version it would be, its instants, its words. Nothing is published."""
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        raise Malformed("malformed", "NaN and infinities are not JSON.") from None
    command = Publish(course_id, body, caller.name)
    return await edge.run(check, command, answer=checked)


def checked(done: tuple[Next, list[CodeChange], str]) -> tuple[int, Any]:
    """The answer to whoever asks what a file would come to."""
    following, codes, mark = done
    document = following.said
    return 200, {
        "course_id": document["course_id"],
        "version": following.version,
        "new": following.new,
        "in_force": following.in_force,
        "changed": bool(codes) or not following.same,
        "codes_changed": [
            {"price_id": each.price_id, "label": each.label, "what": each.what} for each in codes
        ],
        "codes_mark": mark,
        "sessions": sessions_said(document),
        "warnings": list(following.warnings),
        "course": {
            **course_words(document),
            "price": document["price"],
            "price_text": price_text(document["price"]),
            "capacity": document["capacity"],
            "prices_by_code": len(document["code_prices"]),
            "opens_at": document["registration_opens_at"],
            "closes_at": document["registration_closes_at"],
        },
    }
