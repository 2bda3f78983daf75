"""What a course said, and from when until when: for who has to answer for it later (domain.md §9a).

Versions are kept for ever, for registrations point to them; here they are only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any

from asyncpg import Record
from fastapi import APIRouter, Query

from services.registration.api.shown import course_words, moment
from services.registration.api.version_answers import DisclosureList, VersionList
from services.registration.commands.admission import CourseUnknown
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["courses"])
PAGE, MOST = 10, 50  # a version may be as large as an event
_DISCLOSURES = """
SELECT version, published_at, document -> 'disclosure' AS disclosure
FROM course_versions WHERE course_id = $1 ORDER BY version
"""
_VERSIONS = """
SELECT v.version, v.published_at, v.by, v.document,
       (SELECT n.published_at FROM course_versions n
        WHERE n.course_id = v.course_id AND n.version = v.version + 1) AS until
FROM course_versions v WHERE v.course_id = $1 AND v.version > $2 ORDER BY v.version LIMIT $3
"""


@router.get(
    "/registration/v1/courses/{course_id}/disclosures",
    responses={200: {"model": DisclosureList}, **problems(401, 403, 404)},
)
async def disclosures(course_id: PathId, _caller: OperatorDep, reader: ReaderDep) -> dict[str, Any]:
    """Every disclosure of a course, with the time in which it was the one to accept."""
    records = await reader.fetch(_DISCLOSURES, course_id)
    if not records:
        raise CourseUnknown("There is no such course.")
    spans = [list(same) for _, same in groupby(records, key=lambda each: each["disclosure"])]
    ends = [span[0]["published_at"] for span in spans[1:]]
    items = [_span(span, end) for span, end in zip(spans, [*ends, None], strict=True)]
    return {"course_id": course_id, "items": items}


def _span(span: Sequence[Record], until: Any) -> dict[str, Any]:
    said = span[0]["disclosure"] or {}
    return {
        "version": said.get("version"),
        "required": bool(said.get("required")),
        "text": said.get("text", ""),
        "since": moment(span[0]["published_at"]),
        "until": moment(until),
        "course_versions": [each["version"] for each in span],
    }


@router.get(
    "/registration/v1/courses/{course_id}/versions",
    responses={200: {"model": VersionList}, **problems(401, 403, 404)},
)
async def versions(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> dict[str, Any]:
    """What everybody could read of a course, version by version."""
    records = await reader.fetch(_VERSIONS, course_id, after, limit + 1)
    if not records and not after:
        raise CourseUnknown("There is no such course.")
    items = [
        {
            "version": each["version"],
            "since": moment(each["published_at"]),
            "until": moment(each["until"]),
            "by": each["by"],
            "page": course_words(each["document"]),
        }
        for each in records[:limit]
    ]
    more = len(records) > limit
    return {"items": items, "next": str(items[-1]["version"]) if more else None}
