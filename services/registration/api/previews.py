"""What an act of staff would come to, before it is done: asked of the act itself, and nothing of it
stays. What the act would refuse is refused here, in the same words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import CancelAnswer
from services.registration.api.bodies import (
    CancelBody,
    CorrectBody,
    MergeBody,
    SubstituteBody,
    TransferBody,
)
from services.registration.api.numbers import NumberDep
from services.registration.api.people import correction
from services.registration.api.preview_answers import (
    CorrectionPreview,
    MergePreview,
    SubstitutionPreview,
    TransferPreview,
)
from services.registration.api.registrations import cancellation, cancelled, deal
from services.registration.api.shown import eligibility
from services.registration.api.substitution import substitution
from services.registration.api.transfers import to_move
from services.registration.commands.merging import Merge
from services.registration.commands.previewing import (
    Correction,
    Merging,
    Substitution,
    would_cancel,
    would_correct,
    would_merge,
    would_substitute,
    would_transfer,
)
from services.registration.commands.transferring import Moved
from shared.runtime.asking import OperatorDep, PathId, PlatformSecretDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["previews"], route_class=Direct)
_ONE = "/registration/v1/registrations/{registration_id}"
_ACT = problems(401, 403, 404, 409)


@router.post(f"{_ONE}/attendee/preview", responses={200: {"model": CorrectionPreview}, **_ACT})
async def preview_correction(
    registration_id: PathId,
    body: CorrectBody,
    caller: OperatorDep,
    edge: EdgeDep,
    number: NumberDep,
) -> Response:
    """Which fields a correction would change, from what to what; the reading is audited."""

    def answer(it: Correction) -> tuple[int, Any]:
        return 200, {
            "person_id": it.before.person_id,
            "changes": [
                {
                    "field": name,
                    "before": getattr(it.before, name),
                    "after": getattr(it.after, name),
                }
                for name in it.changed
            ],
            "links_mailed_to": it.after.email if "email" in it.changed else None,
            "merged": [one.person_id for one in it.merged],
        }

    command = correction(registration_id, caller, body, number)
    return await edge.run(would_correct, command, answer=answer)


@router.post(f"{_ONE}/substitute/preview", responses={200: {"model": SubstitutionPreview}, **_ACT})
async def preview_substitution(
    registration_id: PathId,
    body: SubstituteBody,
    caller: OperatorDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """Whether a colleague may come, which boards would give credit to each of the two, and what of
    the former person would end."""

    def answer(it: Substitution) -> tuple[int, Any]:
        row, former, boards = it.done, it.former, it.course.terms["boards"]
        theirs = eligibility(boards, former.profession, former.licenses) if former else {}
        who = command.attendee
        return 200, {
            "registration_id": row.registration_id,
            "status": row.state,
            **eligibility(boards, who.profession, who.licenses),
            "former": {"boards": theirs.get("boards", [])},
            "transfer_ends": it.held.course_id if it.held else None,
            "accommodation_unanswered": it.asked,
        }

    command = substitution(registration_id, caller, body, secret)
    return await edge.run(would_substitute, command, answer=answer)


@router.post(f"{_ONE}/cancel/preview", responses={200: {"model": CancelAnswer}, **_ACT})
async def preview_cancellation(
    registration_id: PathId, body: CancelBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether it may be cancelled so, and from which moment on; what that gives is billing's to
    say (`cancellation-quote`)."""
    command = cancellation(registration_id, caller, body, edge.now())
    return await edge.run(would_cancel, command, answer=lambda row: (200, cancelled(row)))


@router.post(f"{_ONE}/transfer/preview", responses={200: {"model": TransferPreview}, **_ACT})
async def preview_transfer(
    registration_id: PathId,
    body: TransferBody,
    caller: OperatorDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """Whether it may be moved there, at which price; what becomes of the money is billing's to say
    (`transfer-quote`)."""

    def answer(moved: Moved) -> tuple[int, Any]:
        row = moved.registration
        return 200, {
            "transferred_from": registration_id,
            "status": row.state,
            **deal(row, moved.course),
            "due": {"amount": moved.due.amount, "currency": moved.due.currency},
        }

    command = to_move(registration_id, caller, body, edge.now(), secret)
    return await edge.run(would_transfer, command, answer=answer)


@router.post(
    "/registration/v1/people/{person_id}/merge/preview",
    responses={200: {"model": MergePreview}, **_ACT},
)
async def preview_merge(
    person_id: PathId, body: MergeBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether these two may be one, and under which id they would stand."""

    def answer(it: Merging) -> tuple[int, Any]:
        return 200, {
            "person_id": it.merged.person_id,
            "merged_into": it.survivor.person_id,
            "along": [one.person_id for one in it.along],
            "changed": it.changed,
        }

    command = Merge(person_id, body.into, body.reason, caller)
    return await edge.run(would_merge, command, answer=answer)
