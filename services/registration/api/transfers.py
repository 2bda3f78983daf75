"""Transfers: a registration is moved to another course."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import Transferred
from services.registration.api.bodies import TransferBody
from services.registration.api.registrations import ACT, deal, token_of
from services.registration.api.shown_before import shown_in
from services.registration.commands.transferring import Moved, Transfer, transfer
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce

router = APIRouter(tags=["registrations"], route_class=Direct)


@router.post(
    "/registration/v1/registrations/{registration_id}/transfer",
    status_code=200,
    responses={200: {"model": Transferred}, **ACT},
)
async def post_transfer(
    registration_id: PathId,
    body: TransferBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
) -> Response:
    """Move to another course; what that gives or costs is judged from this request's receipt."""
    command = to_move(registration_id, caller, body, edge.now(), secret)

    def answer(moved: Moved) -> tuple[int, Any]:
        row = moved.registration
        return 200, {
            "registration_id": row.registration_id,
            "status": row.state,
            **deal(row, moved.course),
            "transferred_from": row.transferred_from,
            "due": {"amount": moved.due.amount, "currency": moved.due.currency},
            "token": token_of(secret, row),
        }

    return await edge.run(transfer, command, once=once, answer=answer)


def to_move(
    registration_id: str, caller: Caller, body: TransferBody, received_at: datetime, secret: str
) -> Transfer:
    """What is asked for, as received at that moment."""
    return Transfer(
        registration_id,
        caller,
        received_at,
        body.course_id,
        body.disclosure_version,
        shown_in(body, caller, secret),
        body.policy,
        body.reason,
    )
