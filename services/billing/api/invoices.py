"""`GET /billing/v1/invoices`: what is asked for, paid and withdrawn, for staff.

A line a registration: an invoice of many is a line for each of them, with its own share, for each
goes its own way (`domain/share.py`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.listing import MEANT, Of, Text, Wanted, page_of
from services.billing.commands.read_shares import read_shares
from services.billing.domain.share import Share
from shared.contracts.event import Instant
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["invoices"], route_class=Direct)
_ORDER = ("requested_at", "registration_id")
_PAGE = """
{before}SELECT r.registration_id, r.course_id, r.organisation, r.requested_at, i.invoice_id,
  i.number, i.currency, i.method, i.issued_at, i.due_at
FROM {among} r JOIN invoices i ON i.invoice_id = r.invoice_id
WHERE r.invoice_id IS NOT NULL AND {wanted}
ORDER BY r.requested_at DESC, r.registration_id DESC LIMIT {limit}
"""
# Found first and put in order then: else all registrations may be gone through in that order.
_THEIRS = f"""
WITH meant AS MATERIALIZED ({MEANT}), theirs AS MATERIALIZED (
  SELECT r.* FROM meant JOIN registrations r USING (registration_id)
)
"""
# Those of a state, and those of which none is kept yet, for the release before took them. A page of
# each, in the order of its index: together no index has them in order.
_OF_STATE = """
WITH found AS ((
  SELECT * FROM registrations r WHERE r.invoice_state = $1 AND {wanted}
  ORDER BY r.requested_at DESC, r.registration_id DESC LIMIT {limit}
) UNION ALL (
  SELECT * FROM registrations r
  WHERE r.invoice_state IS NULL AND r.invoice_id IS NOT NULL AND {wanted}
  ORDER BY r.requested_at DESC, r.registration_id DESC LIMIT {limit}
))
"""


class InvoiceBody(BaseModel):
    """One registration's share of an invoice: `total` as it was charged, `due` what is asked for
    after credit notes, `paid` of that, `to_pay` what is left. `method` is card, invoice or free."""

    invoice_id: str
    number: str
    registration_id: str
    course_id: str
    organisation: str | None
    method: str
    status: Literal["open", "paid", "void"]
    total: MoneyBody
    due: MoneyBody
    paid: MoneyBody
    to_pay: MoneyBody
    issued_at: str
    due_at: str | None
    pdf: str


class InvoicePage(BaseModel):
    """`next` is where the following page begins, if there is one."""

    items: list[InvoiceBody]
    next: str | None


@router.get(
    "/billing/v1/invoices", response_model=InvoicePage, responses=problems(400, 401, 403, 422)
)
async def invoices(
    _caller: OperatorDep,
    reader: ReaderDep,
    status: Literal["open", "paid", "void"] | None = None,
    course_id: Text = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    of: Of = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Any:
    """Invoices by registration, the last to be asked for first; `from` and `until` are of when it
    registered. A page may hold fewer than `limit`: `next` says whether there are more."""
    wanted, before, among = Wanted(), "", "registrations"
    if of is not None:
        wanted.values.append(of.strip())
        before, among = _THEIRS, "theirs"
        wanted.given("coalesce(r.invoice_state = $, true)", status)
    elif status is not None:
        wanted.values.append(status)
        before, among = _OF_STATE, "found"
    wanted.given("r.course_id = $", course_id)
    wanted.given("r.requested_at >= $", since)
    wanted.given("r.requested_at < $", until)
    wanted.behind(("r.requested_at", "r.registration_id"), after)
    narrowed = {"wanted": wanted.text(), "limit": limit + 1}
    statement = _PAGE.format(before=before.format(**narrowed), among=among, **narrowed)
    rows, following = page_of(await reader.fetch(statement, *wanted.values), limit, _ORDER)
    shares = await read_shares(
        reader.fetch, {row["registration_id"]: row["invoice_id"] for row in rows}
    )
    shown = [_as_json(row, shares[row["registration_id"]]) for row in rows]
    # What is kept of a state may be that of before, where the release before had the last word.
    return {"items": [one for one in shown if status in (None, one["status"])], "next": following}


def _as_json(row: Any, share: Share) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "invoice_id": row["invoice_id"],
        "number": row["number"],
        "registration_id": row["registration_id"],
        "course_id": row["course_id"],
        "organisation": row["organisation"],
        "method": row["method"],
        "status": share.state,
        "total": money(share.charged, currency),
        "due": money(share.asked, currency),
        "paid": money(share.paid, currency),
        "to_pay": money(share.due, currency),
        "issued_at": rfc3339(row["issued_at"]),
        "due_at": rfc3339(row["due_at"]) if row["due_at"] else None,
        "pdf": f"/billing/v1/registrations/{row['registration_id']}/invoice.pdf",
    }
