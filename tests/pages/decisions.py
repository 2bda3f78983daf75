"""What played billing says of the money of somebody, before and after staff decide about it."""

from __future__ import annotations

from typing import Any

from tests.edges.web.owners import Played
from tests.pages.desk import COURSE, NOW, SOMEBODY, at

REFUND = "refund:pay_8Qw2:1"
INVOICE = "0192a0b0-5c1e-7a10-8f00-0000000a0217"
BILL = f"/billing/v1/registrations/{SOMEBODY}"


def _usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


_FAILED: dict[str, Any] = {
    "refund_id": REFUND, "registration_id": SOMEBODY, "course_id": COURSE,
    "payment_id": "pay_8Qw2", "amount": _usd(4975), "status": "failed", "tender": "card",
    "cause": "share_due/s2", "failure": "destination-closed", "replaced": False,
    "gateway_ref": "re_8Qw2", "reference": None, "invoice_number": "2020-000217",
    "credit_note": None, "requested_at": "2020-10-17T09:12:00Z", "submitted_at": None,
    "settled_at": None,
}  # fmt: skip
_CREDITS = [
    {"credit_id": "k-1", "code": "HF-7K2M-9QXD-41TB", "amount": _usd(5000), "balance": _usd(5000),
     "expires_on": "2021-10-12", "status": "active", "origin": "goodwill", "transferable": True},
    {"credit_id": "k-2", "code": "HF-M3ZP-0LWA-77RC", "amount": _usd(9900), "balance": _usd(0),
     "expires_on": "2020-09-30", "status": "expired", "origin": "cancellation",
     "transferable": False},
]  # fmt: skip
_WAY = {"amount": _usd(4975), "tender": "card", "paid_at": None}


def play(owners: Played) -> None:
    said = owners.answers["GET", BILL]
    assert not callable(said)
    invoice = said[1]["invoice"] | {
        "invoice_id": INVOICE, "status": "open", "total": _usd(24900), "to_pay": _usd(5000),
    }  # fmt: skip
    payment = {"paid_at": "2020-09-30T09:04:08Z", "amount": _usd(19900), "status": "captured",
               "tender": "card", "payment_id": "pay_8Qw2"}  # fmt: skip
    more = {"refunds": [_FAILED], "credits": _CREDITS, "payments": [payment], "outcome": None}
    owners.on("GET", BILL, (200, said[1] | more | {"invoice": invoice, "payer": None}))
    owners.on("GET", "/billing/v1/refunds", (200, {"items": [_FAILED], "next": None}))
    asked = {
        "invoice_id": INVOICE, "number": "2020-000217", "registration_id": SOMEBODY,
        "course_id": COURSE, "organisation": "Riverside Community Health", "status": "open",
        "method": "invoice", "total": _usd(24900), "due": _usd(24900), "paid": _usd(19900),
        "to_pay": _usd(5000), "issued_at": "2020-09-30T09:00:01Z",
        "due_at": "2020-10-30T04:00:00Z", "pdf": f"{BILL}/invoice.pdf",
    }  # fmt: skip
    owners.on("GET", "/billing/v1/invoices", (200, {"items": [asked], "next": None}))
    _weighed(owners)


def _weighed(owners: Played) -> None:
    own = f"/billing/v1/refunds/{REFUND}"
    came = {"amount": _usd(6000), "tender": "transfer", "reference": "HB-20201019-7714",
            "paid_at": at(NOW), "known": False, "back": _usd(1000), "left": _usd(0)}  # fmt: skip
    answers = {
        f"{own}/retry": _WAY,
        f"{own}/settle": _WAY | {"tender": "transfer", "paid_at": "2020-10-18T23:59:59Z"},
        f"{BILL}/refunds": {
            "amount": _usd(2500), "left": _usd(12425), "refunds": [_WAY | {"amount": _usd(2500)}],
        },
        f"{BILL}/credits": {
            "amount": _usd(5000), "holder": "person", "expires_on": "2021-10-19",
        },
        f"/billing/v1/credits/{_CREDITS[0]['code']}/transfer": {
            "amount": _usd(5000), "holder": "organisation", "expires_on": "2021-10-12",
        },
        "/billing/v1/payments/pay_1Nq7/give-back": _WAY | {"amount": _usd(19900)},
        f"/billing/v1/invoices/{INVOICE}/payments": came,
    }  # fmt: skip
    for path, told in answers.items():
        owners.on("POST", f"{path}/preview", (200, told))
        owners.on("POST", path, (202, {}))


def cancel(owners: Played) -> None:
    """She was cancelled late, which gave a credit."""
    path = f"/registration/v1/registrations/{SOMEBODY}"
    known = owners.answers["GET", path]
    assert not callable(known)
    owners.on("GET", path, (200, known[1] | {"status": "cancelled"}))
    bill = owners.answers["GET", BILL]
    assert not callable(bill)
    gave = {
        "outcome": "credit", "fee": _usd(0), "refunds": [], "restored": [],
        "still_due": _usd(5000), "credit": {"amount": _usd(14925), "expires_on": "2021-10-19"},
    }  # fmt: skip
    owners.on("GET", BILL, (200, bill[1] | {"outcome": gave}))
    decided = gave | {
        "registration_id": SOMEBODY, "outcome": "refund", "credit": None,
        "refunds": [{"tender": "card", "amount": _usd(14925)}],
        "fee": _usd(3000), "still_due": _usd(3000), "not_due": _usd(2000),
        "otherwise": {"outcome": "credit", "fee": 0, "cash": 0, "credited": 14925,
                      "expires_on": "2021-10-19"},
    }  # fmt: skip
    owners.on("POST", f"{BILL}/decision/preview", (200, decided))


def end_a_month(owners: Played) -> None:
    """September is over, and still open."""
    october = owners.answers["GET", "/billing/v1/books/months/2020-10"]
    assert not callable(october)
    month = october[1] | {
        "month": "2020-09", "zone": "America/New_York", "ends_at": "2020-10-01T04:00:00Z",
    }  # fmt: skip
    owners.on("GET", "/billing/v1/books/months/2020-09", (200, month))
