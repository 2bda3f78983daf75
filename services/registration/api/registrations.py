"""Registrations: made and cancelled; an offered seat accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import CancelAnswer, Deal, Registered, RegisteredBefore
from services.registration.api.bodies import AcceptBody, CancelBody, PaymentBody, RegisterBody
from services.registration.api.numbers import NumberDep
from services.registration.api.priced import complimentary_in, price_in
from services.registration.api.shown import eligibility, moment, policy_shown
from services.registration.api.shown_before import attendee_in, known_in, shown_in
from services.registration.commands.accepting import Accept, accept
from services.registration.commands.access import by
from services.registration.commands.application import Placed, Register
from services.registration.commands.cancelling import Cancel, Overriding, cancel
from services.registration.commands.registering import register
from services.registration.models import Course, Registration
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.tokens import PERSONAL, code_digest, mint

router = APIRouter(tags=["registrations"], route_class=Direct)
ACT = problems(401, 403, 404, 409, 425)


@router.post(
    "/registration/v1/courses/{course_id}/registrations",
    status_code=201,
    responses={
        200: {"description": "The person is registered already", "model": RegisteredBefore},
        201: {"model": Registered},
        **problems(401, 403, 404, 409),
    },
    openapi_extra={"security": [{}, {"bearer": []}, {"token": []}]},  # 403: a complimentary seat
)
async def post_registration(
    course_id: PathId,
    body: RegisterBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
    number: NumberDep,
) -> Response:
    """Register: a seat is held, sold, or waited for."""
    command = Register(
        course_id=course_id,
        attendee=attendee_in(body, number=number),
        disclosure_version=body.disclosure_version,
        method=body.payment.method,
        by=by(caller) if caller.kind in ("operator", "key") else "learner",
        may_invoice=caller.operator,  # partners book by inbound, where their courses are known
        credit_digests=_credits(body.payment),
        organisation=body.organisation,
        shown=shown_in(body, caller, secret),
        known=known_in(body, secret),
        accommodation=body.accommodation,
        price=price_in(body.price),
        complimentary=complimentary_in(body, caller),
    )

    def answer(placed: Placed) -> tuple[int, Any]:
        row = placed.registration
        shown: dict[str, Any] = {"registration_id": row.registration_id, "status": row.state}
        if placed.position is not None:
            shown["position"] = placed.position
        if placed.existing:
            return 200, shown
        who = placed.attendee or command.attendee
        fits = eligibility(placed.course.terms["boards"], who.profession, who.licenses)
        return 201, shown | deal(row, placed.course) | fits | {"token": token_of(secret, row)}

    return await edge.run(register, command, once=once, answer=answer)


def _credits(payment: PaymentBody) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(code_digest, payment.credit_codes)))


def token_of(secret: str, row: Registration) -> str:
    """The personal token of a registration, as long as its version is in force."""
    return mint(secret, PERSONAL, row.registration_id, row.token_version)


def deal(row: Registration, course: Course) -> dict[str, Any]:
    """What was agreed."""
    deal: dict[str, Any] = {
        "course_id": row.course_id,
        "price": {"amount": row.price_minor, "currency": row.currency},
        "price_id": row.price_id,
        "policy": policy_shown(course.terms["policy"]),
    }
    if row.hold_expires_at is not None:
        deal["hold_expires_at"] = moment(row.hold_expires_at)
    return deal


@router.post(
    "/registration/v1/registrations/{registration_id}/accept-offer",
    status_code=200,
    responses={200: {"model": Deal}, **ACT},
)
async def post_accept_offer(
    registration_id: PathId,
    body: AcceptBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
) -> Response:
    """Take the seat that was offered, before the offer ends."""
    command = Accept(
        registration_id,
        caller,
        body.disclosure_version,
        body.payment.method,
        _credits(body.payment),
        shown_in(body, caller, secret),
        price_in(body.price) if body.price is not None else None,
    )

    def answer(done: tuple[Registration, Course]) -> tuple[int, Any]:
        row, course = done
        return 200, {
            "registration_id": row.registration_id,
            "status": row.state,
            **deal(row, course),
        }

    return await edge.run(accept, command, once=once, answer=answer)


@router.post(
    "/registration/v1/registrations/{registration_id}/cancel",
    status_code=202,
    responses={202: {"model": CancelAnswer}, **ACT},
)
async def post_cancel(
    registration_id: PathId,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    body: CancelBody | None = None,
) -> Response:
    """Cancel; what it gives is decided by billing from the moment this request was received."""
    command = cancellation(registration_id, caller, body or CancelBody(), edge.now())

    def answer(row: Registration) -> tuple[int, Any]:
        return 202, cancelled(row)

    return await edge.run(cancel, command, once=once, answer=answer)


def cancellation(
    registration_id: str, caller: Caller, asked: CancelBody, received_at: datetime
) -> Cancel:
    """What is asked for, as received at that moment."""
    override = asked.override
    return Cancel(
        registration_id=registration_id,
        caller=caller,
        received_at=received_at,
        reason=asked.reason,
        override=Overriding(override.outcome, override.reason) if override else None,
        arrived_at=asked.received_at,
        evidence=asked.evidence,
        policy=asked.policy,
    )


def cancelled(row: Registration) -> dict[str, Any]:
    """What became of it, and the moment from which billing decides."""
    return {"status": row.state, "requested_at": moment(row.cancel_requested_at)}
