"""When the provider cancels: a course, one of its sessions; and what learners want for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.registration.api.shown import moment
from services.registration.api.withdrawal_answers import (
    ChosenAnswer,
    SessionWithdrawnAnswer,
    WithdrawalAnswer,
    WithdrawnAnswer,
)
from services.registration.commands.admission import CourseUnknown
from services.registration.commands.preferring import Chosen, Prefer, prefer
from services.registration.commands.session_withdrawing import WithdrawSession, withdraw_session
from services.registration.commands.withdrawing import Withdraw, withdraw
from services.registration.commands.withdrawn import WHOLE
from services.registration.models import Course, Withdrawal
from shared.contracts.event import Instant, Text
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["provider cancels"], route_class=Direct)
Reason = Annotated[Text, Field(min_length=1, max_length=1_000)]
_PROGRESS = """
SELECT count(*) FILTER (WHERE choose_until IS NULL) AS left,
       count(*) FILTER (WHERE choose_until IS NOT NULL) AS choosing
FROM registrations
WHERE course_id = $1 AND state IN ('requested', 'waitlisted', 'offered', 'confirmed')
"""


class NotWithdrawn(NotFound):
    """Nobody cancelled this course."""

    slug = "not-cancelled"


class WithdrawBody(BaseModel):
    """`reason` is read by everybody. Until `choose_until` who paid may take a credit instead of
    their money; `prefer_credit`: who says nothing gets one too."""

    reason: Reason
    choose_until: Instant | None = None
    prefer_credit: bool = False


class PreferBody(BaseModel):
    """`session_id` says for which session, where several were cancelled; for those `refund` is all
    there is to say."""

    outcome: Literal["refund", "credit"]
    session_id: Annotated[Text, Field(min_length=1, max_length=200)] | None = None


@router.post(
    "/registration/v1/courses/{course_id}/cancel",
    status_code=202,
    responses={202: {"model": WithdrawnAnswer}, **problems(401, 403, 404, 409)},
)
async def post_withdraw(
    course_id: PathId,
    body: WithdrawBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Cancel a course. Its registrations follow one by one: `GET …/cancellation` says how far."""
    command = Withdraw(
        course_id, caller, edge.now(), body.reason, body.choose_until, body.prefer_credit
    )

    def answer(gone: Withdrawal) -> tuple[int, Any]:
        return 202, _withdrawn(gone)

    return await edge.run(withdraw, command, once=once, answer=answer)


@router.get(
    "/registration/v1/courses/{course_id}/cancellation",
    responses={200: {"model": WithdrawalAnswer}, **problems(401, 403, 404)},
)
async def show_withdrawal(
    course_id: PathId, _caller: OperatorDep, reader: ReaderDep
) -> dict[str, Any]:
    """How far a cancelled course is gone through."""
    gone = await reader.get(Withdrawal, (course_id, WHOLE))
    if gone is None:
        if await reader.get(Course, course_id) is None:
            raise CourseUnknown("There is no such course.")
        raise NotWithdrawn("This course was not cancelled.")
    [living] = await reader.fetch(_PROGRESS, course_id)
    left, choosing = int(living["left"]), int(living["choosing"])
    done = max(0, gone.concerned - left - choosing)
    return _withdrawn(gone) | {"done": done, "choosing": choosing, "left": left}


def _withdrawn(gone: Withdrawal) -> dict[str, Any]:
    return {
        "course_id": gone.course_id,
        "status": "cancelled",
        "cancelled_at": moment(gone.cancelled_at),
        "reason": gone.reason,
        "choose_until": moment(gone.choose_until),
        "prefer_credit": gone.prefer_credit,
        "concerned": gone.concerned,
    }


@router.post(
    "/registration/v1/courses/{course_id}/sessions/{session_id}/cancel",
    status_code=202,
    responses={202: {"model": SessionWithdrawnAnswer}, **problems(401, 403, 404, 409)},
)
async def post_withdraw_session(
    course_id: PathId,
    session_id: PathId,
    body: WithdrawBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Cancel one session of several; moving it to another time brings it back."""
    command = WithdrawSession(
        course_id,
        session_id,
        caller,
        edge.now(),
        body.reason,
        body.choose_until,
        body.prefer_credit,
    )

    def answer(gone: Withdrawal) -> tuple[int, Any]:
        return 202, {
            "course_id": gone.course_id,
            "session_id": gone.session_id,
            "status": "cancelled",
            "cancelled_at": moment(gone.cancelled_at),
            "reason": gone.reason,
            "choose_until": moment(gone.choose_until),
            "concerned": gone.concerned,
        }

    return await edge.run(withdraw_session, command, once=once, answer=answer)


@router.post(
    "/registration/v1/registrations/{registration_id}/prefer",
    status_code=202,
    responses={202: {"model": ChosenAnswer}, **problems(401, 403, 404, 409, 425)},
)
async def post_prefer(
    registration_id: PathId,
    body: PreferBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Say what to do with the money for what the provider cancelled, while there is a choice."""
    command = Prefer(registration_id, caller, edge.now(), body.outcome, body.session_id)

    def answer(done: Chosen) -> tuple[int, Any]:
        row, chosen = done
        return 202, {
            "registration_id": row.registration_id,
            "status": row.state,
            "session_id": chosen.session_id or None,
            "outcome": chosen.outcome,
            "chosen_at": moment(chosen.chosen_at),
        }

    return await edge.run(prefer, command, once=once, answer=answer)
