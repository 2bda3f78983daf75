"""A registration: its awards and certificates, claims. (Its evaluation is in `evaluations`.)"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.certificates.api.acting import ActDep
from services.certificates.api.reading import allowed, duplicates_of, facts_by
from services.certificates.api.shown import (
    OfficeDep,
    award_body,
    certificate_body,
    evaluation_body,
    participation_body,
    post_test_body,
)
from services.certificates.commands import learner
from services.certificates.domain.awards import Award, Decision, decide
from services.certificates.domain.sitting import sitting
from services.certificates.models import Course, Person
from shared.dates import rfc3339
from shared.runtime.asking import PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)


class ClaimBody(BaseModel):
    """Credits of one board, in its steps."""

    model_config = ConfigDict(extra="forbid")
    board: str = Field(min_length=1, max_length=200)
    credits: Decimal = Field(gt=0, le=10_000, max_digits=12)


@router.get(
    "/certificates/v1/registrations/{registration_id}", responses=problems(401, 403, 404, 422, 425)
)
async def show(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    office: OfficeDep,
    edge: EdgeDep,
) -> dict[str, Any]:
    """What each board gives as of now, what is missing in plain words, and what was issued.

    Of who was erased only what was issued: the evidence that is still kept is shown to nobody.
    """
    reg = await allowed(reader, caller, registration_id)
    issued, facts = await facts_by(reader, reg)
    course = await reader.get(Course, reg.course_id)
    person = await reader.get(Person, reg.person_id) if facts.person is None else None
    erased = person is not None and person.erased
    decision = Decision() if erased else decide(facts)
    places = {award.board: place for place, award in enumerate(decision.awards)}
    issued.sort(key=lambda c: (places.get(c.board, len(places)), c.issued_at, c.status == "valid"))
    joined = decision.participation
    duplicates = await duplicates_of(reader, issued)
    return {
        "registration_id": registration_id,
        "course_id": reg.course_id,
        "evaluated_at": rfc3339(reg.evaluated_at) if reg.evaluated_at and not erased else None,
        "evaluation": None if erased else evaluation_body(reg, course, facts, edge.now()),
        "awards": [award_body(award, facts.declined) for award in decision.awards],
        "participation": participation_body(joined) if joined else None,
        "post_test": None if erased else post_test_body(sitting(facts, edge.now())),
        "certificates": [
            certificate_body(one, office, caller, duplicates.get(one.certificate_id, ()))
            for one in issued
            if one.status != "preparing"
        ],
    }


@router.post(
    "/certificates/v1/registrations/{registration_id}/claims",
    status_code=201,
    responses={
        200: {"description": "Claimed before"},
        **problems(400, 401, 403, 404, 409, 422, 425),
    },
)
async def claim(registration_id: PathId, body: ClaimBody, act: ActDep) -> Response:
    """Claim credits of a board that leaves the extent to the learner."""
    wanted = learner.Claim(registration_id, body.board, body.credits)

    def answer(done: tuple[bool, Award]) -> tuple[int, Any]:
        return 201 if done[0] else 200, award_body(done[1])

    return await act.on(registration_id, learner.claim, wanted, answer)
