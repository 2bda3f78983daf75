"""Whose money it is: the registrations behind a payment, or an invoice, for staff."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from shared.runtime.asking import PAGE, After, Limit, OperatorDep
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)
_FOUND = """
WITH invoice AS MATERIALIZED (
  SELECT invoice_id FROM invoices WHERE number = $1
  UNION SELECT invoice_id FROM invoices WHERE invoice_id = $1
), theirs AS MATERIALIZED (
  SELECT l.registration_id, l.invoice_id FROM invoice i JOIN invoice_lines l USING (invoice_id)
  UNION SELECT registration_id, invoice_id FROM payment_parts WHERE payment_id = $1
)
SELECT t.registration_id, r.course_id, t.invoice_id, i.number
FROM theirs t
JOIN invoices i ON i.invoice_id = t.invoice_id
LEFT JOIN registrations r ON r.registration_id = t.registration_id
WHERE $2::text IS NULL OR t.registration_id > $2
ORDER BY t.registration_id LIMIT $3
"""


class FoundBody(BaseModel):
    """A registration, and the invoice that it is on; `course_id` null while it is not heard of."""

    registration_id: str
    course_id: str | None
    invoice_id: str
    invoice_number: str


class FoundPage(BaseModel):
    """`next` is where the following page begins, if there is one."""

    items: list[FoundBody]
    next: str | None


@router.get(
    "/billing/v1/registrations", response_model=FoundPage, responses=problems(401, 403, 422)
)
async def find(
    caller: OperatorDep,
    reader: ReaderDep,
    money: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            description="The gateway's id of a payment, an invoice's number, or its id",
        ),
    ],
    limit: Limit = PAGE,
    after: After = None,
) -> Any:
    """The registrations that a payment was for, or that an invoice is made out for: an invoice of a
    group is many's. Empty where no such thing is known, and for what was paid for nobody here."""
    rows = await reader.fetch(_FOUND, money.strip(), after, limit + 1)
    items = [
        {
            "registration_id": row["registration_id"],
            "course_id": row["course_id"],
            "invoice_id": row["invoice_id"],
            "invoice_number": row["number"],
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next": items[-1]["registration_id"] if len(rows) > limit else None}
