"""What played billing lists of invoices, refunds and credits, in two currencies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.edges.web.owners import COURSE, Played
from tests.pages.desk import EVENING, MORNING, NOW, at

_COURSES = (COURSE, MORNING, EVENING)
_ORGANISATIONS = (None, None, "Riverside Community Health", None, "Klinik am Park GmbH")


def play_lists(owners: Played) -> None:
    for name, item, count in (("invoices", _invoice, 12), ("refunds", _refund, 9),
                              ("credits", _credit, 7)):  # fmt: skip
        items = [item(place) for place in range(count)]
        owners.on("GET", f"/billing/v1/{name}", (200, {"items": items, "next": None}))


def _id(kind: str, place: int) -> str:
    return f"0192a0b0-5c1e-7a10-8f00-0000000{kind}{place:04}"


def _money(amount: int, place: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR" if place % 5 == 4 else "USD"}


def _invoice(place: int) -> dict[str, Any]:
    state = ("open", "paid", "paid", "void", "open", "paid")[place % 6]
    asked = 16900 if place % 3 else 19900
    issued = NOW - timedelta(hours=7 * place + 1)
    on_account = place % 5 in (2, 4)
    due = issued + (timedelta(days=30 if place % 4 else 2) if on_account else timedelta(minutes=30))
    return {
        "invoice_id": _id("a", place), "number": f"2020-{412 - place:06}",
        "registration_id": _id("c", place), "course_id": _COURSES[place % 3],
        "organisation": _ORGANISATIONS[place % 5], "status": state,
        "method": "invoice" if on_account else "card", "total": _money(19900, place),
        "due": _money(asked, place), "paid": _money(asked if state == "paid" else 0, place),
        "to_pay": _money(asked if state == "open" else 0, place), "issued_at": at(issued),
        "due_at": at(due), "pdf": f"/billing/v1/registrations/{_id('c', place)}/invoice.pdf",
    }  # fmt: skip


def _refund(place: int) -> dict[str, Any]:
    state = ("requested", "failed", "succeeded", "submitted", "succeeded")[place % 5]
    asked = NOW - timedelta(hours=11 * place + 2)
    rid = _id("c", place)
    note = f"/billing/v1/registrations/{rid}/credit-notes/CN-2020-{40 - place:06}.pdf"
    return {
        "refund_id": f"refund:pay_{place}Nq7Zk41:1", "registration_id": rid,
        "course_id": _COURSES[place % 3], "payment_id": f"pay_{place}Nq7Zk41",
        "amount": _money(16900 if place % 2 else 4975, place), "status": state, "tender": "card",
        "cause": ("cancelled", "share_due/s2", "goodwill")[place % 3],
        "failure": "destination-closed" if state == "failed" else None,
        "replaced": place == 6, "gateway_ref": f"re_{place}", "reference": None,
        "invoice_number": f"2020-{400 - place:06}", "credit_note": note if place % 4 else None,
        "requested_at": at(asked), "submitted_at": None,
        "settled_at": at(asked + timedelta(hours=3)) if state == "succeeded" else None,
    }  # fmt: skip


def _credit(place: int) -> dict[str, Any]:
    state = ("active", "active", "expired", "frozen")[place % 4]
    issued = NOW - timedelta(days=9 * place + 1)
    organisation = _ORGANISATIONS[place % 5]
    return {
        "credit_id": _id("e", place), "registration_id": _id("c", place),
        "course_id": _COURSES[place % 3], "status": state, "amount": _money(19900, place),
        "balance": _money(0 if state == "expired" else 19900 - 2500 * place, place),
        "expires_on": "2021-10-06" if place != 5 else None, "issued_at": at(issued),
        "holder": "organisation" if organisation else "person", "organisation": organisation,
        "origin": "goodwill" if place == 3 else "cancellation", "transferred_from": None,
        "invoice_number": f"2020-{390 - place:06}",
    }  # fmt: skip
