"""A group order: many registrations in one request or sheet, one invoice, an answer a line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from services.registration.api.bodies import GroupBody, GroupPayment, Organisation
from services.registration.api.group_answers import GroupAnswer
from services.registration.api.group_lines import lines_of
from services.registration.api.shown import moment
from services.registration.commands.application import Placed
from services.registration.commands.groups import Order, Ordered, order
from services.registration.domain.group_sheet import Sheet, SheetLine, read_sheet
from shared.contracts.event import Text
from shared.errors import Malformed, Refusal
from shared.runtime.asking import PartnerDep, PathId, PlatformSecretDep
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import described, problems
from shared.runtime.tokens import PERSONAL, mint

router = APIRouter(tags=["registrations"])
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["registrations"],
                    "properties": {
                        "organisation": {"type": "string", "nullable": True, "maxLength": 200},
                        "all_or_nothing": {"type": "boolean", "default": False},
                        "payment": {
                            "type": "object",
                            "properties": {"method": {"enum": ["card", "invoice", "free"]}},
                        },
                        "registrations": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": 500,
                            "items": {"$ref": "#/components/schemas/RegisterBody"},
                        },
                    },
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}
OrganisationQuery = Annotated[Organisation | None, Query(description="Of a sheet: who pays")]
AllOrNothing = Annotated[bool, Query(description="Of a sheet: everybody, or nobody")]
Method = Annotated[Literal["card", "invoice", "free"] | None, Query(description="Of a sheet: how")]
Disclosure = Annotated[
    Text | None, Query(description="Of a sheet: the version accepted, where a row names none")
]


@router.post(
    "/registration/v1/courses/{course_id}/registrations:batch",
    responses={200: {"model": GroupAnswer}, **problems(401, 403, 404, 409)},
    openapi_extra=_BODIES,
)
async def post_group(
    course_id: PathId,
    request: Request,
    caller: PartnerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
    organisation: OrganisationQuery = None,
    all_or_nothing: AllOrNothing = False,
    method: Method = None,
    disclosure_version: Disclosure = None,
) -> Response:
    """Register up to 500 people on one invoice, from JSON or from a CSV sheet.

    Each line is answered by itself. With `all_or_nothing` either all of them get a seat or nobody
    does: then no line is waitlisted, and those that were fine are refused as `group-refused` or
    `course-full`.
    """
    sheet: Sheet | None = None
    if _kind(request) in {"text/csv", "application/csv"}:
        sheet = await asyncio.to_thread(read_sheet, await request.body(), disclosure_version)
        body = GroupBody(
            organisation=organisation,
            all_or_nothing=all_or_nothing,
            payment=GroupPayment(method=method) if method else None,
            registrations=[line.body for line in sheet.lines],
        )
    else:
        body = _body(await request.body())
    lines = lines_of(course_id, caller, body, secret)
    if sheet is not None:
        lines = [each.fault or line for line, each in zip(lines, sheet.lines, strict=True)]
    command = Order(course_id, caller, lines, body.all_or_nothing)

    def answer(done: Ordered) -> tuple[int, Any]:
        token = _minting(secret) if caller.operator else None
        results = [_line(place, line, token) for place, line in enumerate(done.lines)]
        if sheet is None:
            return 200, {"group_id": done.group_id, "results": results}
        rows = [_row(each, line) for each, line in zip(results, sheet.lines, strict=True)]
        return 200, {"group_id": done.group_id, "results": rows, "warnings": list(sheet.warnings)}

    return await edge.run(order, command, once=once, answer=answer)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _body(content: bytes) -> GroupBody:
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        raise Malformed("malformed", "The body is neither JSON nor CSV (`text/csv`).") from None
    try:
        return GroupBody.model_validate(given)
    except ValidationError as why:
        raise RequestValidationError(why.errors(include_url=False)) from None


def _row(result: dict[str, Any], line: SheetLine) -> dict[str, Any]:
    """A result with the row that people see, and the columns in which it is wrong."""
    for wrong in result.get("problem", {}).get("errors", ()):
        if not wrong["pointer"].startswith("/rows/"):
            wrong["pointer"] = line.column_of(wrong["pointer"])
    return {**result, "row": line.row}


def _minting(secret: str) -> Callable[[str, int], str]:
    return lambda registration_id, version: mint(secret, PERSONAL, registration_id, version)


def _line(
    place: int, line: Placed | Refusal, token: Callable[[str, int], str] | None
) -> dict[str, Any]:
    if isinstance(line, Refusal):
        return {"index": place, "status": "refused", "problem": described(line)}
    row = line.registration
    shown: dict[str, Any] = {"index": place, "registration_id": row.registration_id}
    if line.position is not None:
        shown["position"] = line.position
    if line.existing:
        return shown | {"status": "existing"}
    shown["status"] = "accepted" if line.position is None else "waitlisted"
    shown["price"] = {"amount": row.price_minor, "currency": row.currency}
    shown["price_id"] = row.price_id
    if row.hold_expires_at is not None:
        shown["hold_expires_at"] = moment(row.hold_expires_at)
    if token is not None:  # an operator may hand them out; partners' people get theirs by mail
        shown["token"] = token(row.registration_id, row.token_version)
    return shown
