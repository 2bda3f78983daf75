"""Corrections: what staff add to the evidence of one registration, or rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from services.attendance.api.words import Id, Reason, told
from services.attendance.commands import correcting, weighing
from services.attendance.commands.completing import SessionUnknown
from services.attendance.commands.correctable import Correct
from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.reading import reading
from services.attendance.commands.weighing import Weighed
from services.attendance.domain.corrections import MOST_INTERVALS, Kind
from services.attendance.domain.minutes import Span
from services.attendance.models import Correction, Session
from shared.dates import rfc3339, utc
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["corrections"], route_class=Direct)
_PATH = "/attendance/v1/sessions/{course_id}/{session_id}/corrections"
_LISTED = """
SELECT c.*, r.reason FROM corrections c
LEFT JOIN correction_reasons r USING (course_id, session_id, registration_id, number)
WHERE c.course_id = $1 AND c.session_id = $2
  AND ($3::text IS NULL OR c.registration_id = $3)
  AND ($4::text IS NULL OR (c.registration_id, c.number) > ($4, $5))
ORDER BY c.registration_id, c.number LIMIT $6
"""


class IntervalBody(BaseModel):
    """Seen in the room, from when to when."""

    joined_at: AwareDatetime
    left_at: AwareDatetime


class CorrectionBody(BaseModel):
    """Exactly one of four things, and why.

    `intervals` are evidence beside the others. `seconds` count from now on, whatever the evidence
    says; `withdraw` takes that back. `resolve` answers a worse result that waits for a human:
    `accept` it, or `keep` what was settled; `flagged_seconds` are those of the result you saw.
    With `after`, the `after_number` of the preview, it is refused (409 `corrected-meanwhile`) where
    something was said of this attendance since.
    """

    registration_id: Id
    reason: Reason
    intervals: list[IntervalBody] | None = Field(
        default=None, min_length=1, max_length=MOST_INTERVALS
    )
    seconds: int | None = Field(default=None, ge=0, le=100_000_000, strict=True)
    withdraw: Literal[True] | None = None
    resolve: Literal["accept", "keep"] | None = None
    flagged_seconds: int | None = Field(default=None, ge=0, le=100_000_000, strict=True)
    after: int | None = Field(default=None, ge=0, le=1_000_000_000, strict=True)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = (self.intervals, self.seconds, self.withdraw, self.resolve)
        if sum(one is not None for one in given) != 1:
            raise ValueError("say one of intervals, seconds, withdraw and resolve")
        if (self.resolve is None) != (self.flagged_seconds is None):
            raise ValueError("say flagged_seconds with resolve, and only then: those that you saw")
        return self

    @property
    def kind(self) -> Kind:
        """What it is, as the rules call it."""
        if self.intervals is not None:
            return Kind.EVIDENCE
        if self.withdraw:
            return Kind.WITHDRAWN
        if self.resolve is not None:
            return Kind.KEPT if self.resolve == "keep" else Kind.ACCEPTED
        return Kind.RULING

    @property
    def spans(self) -> tuple[Span, ...]:
        """The intervals in UTC."""
        return tuple((utc(one.joined_at), utc(one.left_at)) for one in self.intervals or ())

    def asked(self, course_id: str, session_id: str, by: str) -> Correct:
        """What it asks for, of a session, and who does."""
        return Correct(
            course_id=course_id,
            session_id=session_id,
            registration_id=self.registration_id,
            kind=self.kind,
            reason=self.reason,
            by=by,
            seconds=self.flagged_seconds if self.resolve else self.seconds,
            intervals=self.spans,
            after=self.after,
        )


class StandingBody(BaseModel):
    """What counts, or would."""

    seconds: int
    present: bool


class WeighedBody(BaseModel):
    """What a correction would come to. `settled`: the session is completed, so it is at once.

    `ruled`: staff's own seconds count then, whatever the evidence says. `waits`: the evidence says
    less than what is settled, which stays until somebody decides about that (`resolve`).
    `after_number` is the number of the last correction it rests on, 0 where there is none.
    """

    before: StandingBody
    after: StandingBody
    instruction_seconds: int
    settled: bool
    ruled: bool
    waits: bool
    after_number: int


@router.post(_PATH, status_code=201, responses=problems(400, 401, 403, 404, 409, 422))
async def correct(
    course_id: PathId,
    session_id: PathId,
    body: CorrectionBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Correct one registration's attendance; a completed session is settled anew for it."""
    asked = body.asked(course_id, session_id, caller.name)
    return await edge.run(correcting.correct, asked, once=once, answer=lambda row: (201, _row(row)))


@router.post(
    f"{_PATH}/preview",
    response_model=WeighedBody,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def preview(
    course_id: PathId, session_id: PathId, body: CorrectionBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """What a correction would come to, refused as it would be; nothing is kept but that it was
    looked at."""
    asked = body.asked(course_id, session_id, caller.name)
    return await edge.run(weighing.would_correct, asked, answer=lambda it: (200, _weighed(it)))


@router.get(
    _PATH,
    dependencies=[Depends(needs_scope("operator"))],
    response_model=dict[str, Any],
    responses=problems(401, 403, 404, 422),
)
async def corrections(
    course_id: PathId,
    session_id: PathId,
    reader: ReaderDep,
    edge: EdgeDep,
    limit: Limit = PAGE,
    after: After = None,
    registration_id: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
) -> Response:
    """What was corrected of a session, with the reasons, by registration and in order. That it was
    read is kept."""
    if await reader.get(Session, (course_id, session_id)) is None:
        raise SessionUnknown("There is no such session.")
    place, number = _place(after)
    rows = await reader.fetch(
        _LISTED, course_id, session_id, registration_id, place, number, limit + 1
    )
    page, more = rows[:limit], len(rows) > limit
    last = f"{page[-1]['number']}/{page[-1]['registration_id']}" if more else None
    session = ref_of(course_id, session_id)
    shown = reading("corrections.read", (f"{session}/{row['registration_id']}" for row in page))
    return await told(edge, shown, {"items": [_listed(row) for row in page], "next": last})


def _place(after: str | None) -> tuple[str | None, int]:
    """`number/registration`; what is none begins at the beginning."""
    number, _, registration_id = (after or "").partition("/")
    if not number.isascii() or not number.isdigit() or len(number) > 9 or "\x00" in registration_id:
        return None, 0
    return registration_id, int(number)


def _weighed(it: Weighed) -> dict[str, Any]:
    return {
        "before": {"seconds": it.before.seconds, "present": it.before.present},
        "after": {"seconds": it.after.seconds, "present": it.after.present},
        "instruction_seconds": it.taught,
        "settled": it.settled,
        "ruled": it.ruled,
        "waits": it.waits,
        "after_number": it.after_number,
    }


def _row(row: Correction) -> dict[str, Any]:
    return {
        "registration_id": row.registration_id,
        "number": row.number,
        "kind": row.kind,
        "seconds": row.seconds,
        "lines": row.lines,
        "by": row.by,
        "at": rfc3339(row.at),
    }


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("registration_id", "number", "kind", "seconds", "lines", "by")
    return {name: row[name] for name in shown} | {
        "at": rfc3339(row["at"]),
        "reason": row["reason"] or None,
    }
