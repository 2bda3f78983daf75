"""`GET /billing/v1/refunds`: money that goes back, by how far it is, for staff."""

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

router = APIRouter(tags=["refunds"], route_class=Direct)
State = Literal["requested", "submitted", "succeeded", "failed", "unknown"]
_ORDER = ("requested_at", "refund_id")
# `found` is one page, put in order before what belongs to each of its rows is looked up. The credit
# note is the first of its cause since the debt was first to be paid.
_PAGE = """
WITH {before}found AS MATERIALIZED (
  SELECT f.* FROM {among} f WHERE {wanted}
  ORDER BY f.requested_at DESC, f.refund_id DESC LIMIT {limit}
)
SELECT f.*, r.course_id, i.number AS invoice_number, n.number AS note,
  s.refund_id IS NOT NULL AS replaced
FROM found f
LEFT JOIN registrations r ON r.registration_id = f.registration_id
LEFT JOIN invoices i ON i.invoice_id = r.invoice_id
LEFT JOIN refunds d ON d.refund_id = f.debt
LEFT JOIN LATERAL (
  SELECT c.number FROM credit_notes c WHERE c.registration_id = f.registration_id
    AND c.cause = split_part(f.cause, '/', 1)
  ORDER BY c.issued_at < coalesce(d.requested_at, f.requested_at), c.issued_at, c.number LIMIT 1
) n ON true
LEFT JOIN LATERAL (
  SELECT s.refund_id FROM refunds s WHERE s.registration_id = f.registration_id
    AND s.replaces = f.refund_id LIMIT 1
) s ON true
ORDER BY f.requested_at DESC, f.refund_id DESC
"""
_OF = f"""meant AS MATERIALIZED ({MEANT}
  UNION SELECT registration_id FROM refunds WHERE refund_id = $1
  UNION SELECT registration_id FROM refunds WHERE gateway_ref = $1
), """
_OF_COURSE = """meant AS MATERIALIZED (
  SELECT registration_id FROM registrations WHERE course_id = $1
), """
_THEIRS = """theirs AS MATERIALIZED (
  SELECT f.* FROM meant JOIN refunds f USING (registration_id)
), """


class RefundItem(BaseModel):
    """One attempt. `failure` is what can be done about one that failed, or `lost` where the payer's
    bank gave the money back itself; `replaced`: another attempt took its place. `credit_note` is
    the path of its document, where there is one."""

    refund_id: str
    registration_id: str
    course_id: str | None
    payment_id: str
    amount: MoneyBody
    status: State
    tender: str
    cause: str
    failure: str | None
    replaced: bool
    gateway_ref: str | None
    reference: str | None
    invoice_number: str | None
    credit_note: str | None
    requested_at: str
    submitted_at: str | None
    settled_at: str | None


class RefundPage(BaseModel):
    """`next` is where the following page begins, if there is one."""

    items: list[RefundItem]
    next: str | None


@router.get(
    "/billing/v1/refunds", response_model=RefundPage, responses=problems(400, 401, 403, 422)
)
async def refunds(
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
    """All attempts to give money back, the last to be asked for first; `from` and `until` are of
    when it was asked for. `of` is a refund's id too, or the gateway's of one."""
    wanted, before = Wanted(), ""
    if of is not None:
        wanted.values.append(of.strip())
        before = _OF + _THEIRS
        wanted.given(
            "EXISTS (SELECT FROM registrations r"
            " WHERE r.registration_id = f.registration_id AND r.course_id = $)",
            course_id,
        )
    elif course_id is not None:
        wanted.values.append(course_id)
        before = _OF_COURSE + _THEIRS
    wanted.given("f.state = $", status)
    wanted.given("f.requested_at >= $", since)
    wanted.given("f.requested_at < $", until)
    wanted.behind(("f.requested_at", "f.refund_id"), after)
    statement = _PAGE.format(
        before=before,
        among="theirs" if before else "refunds",
        wanted=wanted.text(),
        limit=limit + 1,
    )
    rows, following = page_of(await reader.fetch(statement, *wanted.values), limit, _ORDER)
    return {"items": [_as_json(row) for row in rows], "next": following}


def _as_json(row: Any) -> dict[str, Any]:
    path = f"/billing/v1/registrations/{row['registration_id']}/credit-notes/{row['note']}.pdf"
    failed = row["state"] == "failed"
    return {
        "refund_id": row["refund_id"],
        "registration_id": row["registration_id"],
        "course_id": row["course_id"],
        "payment_id": row["payment_id"],
        "amount": money(row["amount_minor"], row["currency"]),
        "status": row["state"],
        "tender": row["tender"],
        "cause": row["cause"],
        "failure": (row["failure"] or None) if failed else None,
        "replaced": row["replaced"],
        "gateway_ref": row["gateway_ref"],
        "reference": row["reference"] or None,
        "invoice_number": row["invoice_number"],
        "credit_note": path if row["note"] else None,
        "requested_at": rfc3339(row["requested_at"]),
        "submitted_at": rfc3339(row["submitted_at"]) if row["submitted_at"] else None,
        "settled_at": rfc3339(row["settled_at"]) if row["settled_at"] else None,
    }
