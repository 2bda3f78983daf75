"""`GET /billing/v1/credits`: what is owed to holders of credits, for staff.

A list tells no codes: whoever has a code has the money. They stand on the registration's statement,
one by one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.listing import MEANT, Of, Text, Wanted, page_of
from shared.contracts.event import Instant
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["credits"], route_class=Direct)
State = Literal["active", "frozen", "expired", "voided"]
_ORDER = ("issued_at", "credit_id")
_PAGE = """
WITH {before}found AS MATERIALIZED (
  SELECT c.* FROM {among} c WHERE {wanted}
  ORDER BY c.issued_at DESC, c.credit_id DESC LIMIT {limit}
)
SELECT f.*, i.number AS invoice_number
FROM found f
LEFT JOIN registrations r ON r.registration_id = f.registration_id
LEFT JOIN invoices i ON i.invoice_id = r.invoice_id
ORDER BY f.issued_at DESC, f.credit_id DESC
"""
# Those that came out of what is meant, and those that were spent there.
_OF = f"""meant AS MATERIALIZED ({MEANT}), ids AS MATERIALIZED (
  SELECT e.credit_id FROM meant JOIN credit_entries e USING (registration_id)
  UNION SELECT credit_id FROM credits WHERE credit_id = $1
), theirs AS MATERIALIZED (
  SELECT c.* FROM ids JOIN credits c USING (credit_id)
), """


class CreditItem(BaseModel):
    """`balance` is what is left of `amount`; `expires_on` its last day, if any. `registration_id`
    is what it came out of; `origin` is cancellation or goodwill."""

    credit_id: str
    registration_id: str
    course_id: str
    status: State
    amount: MoneyBody
    balance: MoneyBody
    expires_on: str | None
    issued_at: str
    holder: str
    organisation: str | None
    origin: str
    transferred_from: str | None
    invoice_number: str | None


class CreditPage(BaseModel):
    """`next` is where the following page begins, if there is one."""

    items: list[CreditItem]
    next: str | None


@router.get(
    "/billing/v1/credits", response_model=CreditPage, responses=problems(400, 401, 403, 422)
)
async def credits_(
    _caller: OperatorDep,
    reader: ReaderDep,
    status: State | None = None,
    course_id: Text = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    of: Of = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Any:
    """All credits, the last to be issued first; `from` and `until` are of when, `course_id` is of
    what they came out of. `of` is a credit's id too."""
    wanted, before = Wanted(), ""
    if of is not None:
        wanted.values.append(of.strip())
        before = _OF
    wanted.given("c.state = $", status)
    wanted.given("c.course_id = $", course_id)
    wanted.given("c.issued_at >= $", since)
    wanted.given("c.issued_at < $", until)
    wanted.behind(("c.issued_at", "c.credit_id"), after)
    statement = _PAGE.format(
        before=before,
        among="theirs" if before else "credits",
        wanted=wanted.text(),
        limit=limit + 1,
    )
    rows, following = page_of(await reader.fetch(statement, *wanted.values), limit, _ORDER)
    return {"items": [_as_json(row) for row in rows], "next": following}


def _as_json(row: Any) -> dict[str, Any]:
    """Of a holder that is a person only that: who it is stands with the registration."""
    of_many = row["holder_kind"] == "organisation"
    return {
        "credit_id": row["credit_id"],
        "registration_id": row["registration_id"],
        "course_id": row["course_id"],
        "status": row["state"],
        "amount": money(row["amount_minor"], row["currency"]),
        "balance": money(row["balance_minor"], row["currency"]),
        "expires_on": row["expires_on"].isoformat() if row["expires_on"] else None,
        "issued_at": rfc3339(row["issued_at"]),
        "holder": row["holder_kind"],
        "organisation": row["holder_id"] if of_many else None,
        "origin": row["origin"],
        "transferred_from": row["transferred_from"],
        "invoice_number": row["invoice_number"],
    }
