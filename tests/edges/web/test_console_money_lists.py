"""Invoices, refunds and credits at the console: narrowed by billing, found, sorted, and as CSV."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Played, paged, problem, usd
from tests.edges.web.staff import in_whose_name, staff
from tests.edges.web.test_console_today import plain
from tests.runtime.test_batch import rows

INVOICE: dict[str, Any] = {
    "invoice_id": "i-1", "number": "2020-000041", "registration_id": "r-1", "course_id": "c-1",
    "organisation": None, "method": "card", "status": "paid", "total": usd(19900),
    "due": usd(16900), "paid": usd(16900), "to_pay": usd(0), "issued_at": "2020-09-10T10:00:00Z",
    "due_at": "2020-09-10T10:30:00Z", "pdf": "/billing/v1/registrations/r-1/invoice.pdf",
}  # fmt: skip
UNPAID = INVOICE | {
    "number": "2020-000042", "registration_id": "r-2", "organisation": "=cmd|' /C calc'!A0",
    "status": "open", "total": usd(10000), "due": usd(10000), "paid": usd(0), "to_pay": usd(10000),
    "due_at": "2020-09-14T14:00:00Z", "method": "invoice",
}  # fmt: skip
EURO = UNPAID | {
    "number": "2020-000043", "registration_id": "r-3", "organisation": "Clinic <b>",
    "due_at": "2020-10-10T10:00:00Z",
    **{n: {"amount": 5000, "currency": "EUR"} for n in ("total", "due", "to_pay")},
    "paid": {"amount": 0, "currency": "EUR"},
}  # fmt: skip
REFUND: dict[str, Any] = {
    "refund_id": "refund:pay_1:1", "registration_id": "r-1", "course_id": "c-1",
    "payment_id": "pay_1", "amount": usd(16900), "status": "failed", "tender": "card",
    "cause": "share_due/s1", "failure": "destination-closed", "replaced": False,
    "gateway_ref": "re_1", "reference": None, "invoice_number": "2020-000041",
    "credit_note": "/billing/v1/registrations/r-1/credit-notes/CN-2020-000007.pdf",
    "requested_at": "2020-09-12T10:00:00Z", "submitted_at": None, "settled_at": None,
}  # fmt: skip
CREDIT: dict[str, Any] = {
    "credit_id": "k-1", "registration_id": "r-1", "course_id": "c-1", "status": "active",
    "amount": usd(19900), "balance": usd(9900), "expires_on": "2021-10-06",
    "issued_at": "2020-09-12T10:00:00Z", "holder": "person", "organisation": None,
    "origin": "cancellation", "transferred_from": None, "invoice_number": "2020-000041",
}  # fmt: skip
LISTS = {"invoices": INVOICE, "refunds": REFUND, "credits": CREDIT}


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    every = {"invoices": [EURO, UNPAID, INVOICE], "refunds": [REFUND], "credits": [CREDIT]}
    for name, items in every.items():
        owners.on("GET", f"/billing/v1/{name}", (200, {"items": items, "next": None}))
    return web


async def test_invoices_lead_to_registration_and_document_and_are_summed_by_currency(
    desk: Service,
) -> None:
    async with staff(desk, "finance") as client:
        page = (await client.get("/console/money/invoices")).text
    said = plain(page)
    assert "2020-000041 Paid $169.00 $0.00 2020-09-10 10:00" in said
    assert "2020-000042 Overdue Record a payment $100.00" in said, "it is later than its day"
    assert "Record a payment $100.00 $100.00" in said
    assert "2020-000043 Open Record a payment €50.00 €50.00" in said
    assert "€50.00 and $100.00 to pay in all" in said, "never added across currencies"
    assert 'href="/console/registrations/r-1"' in page
    assert 'href="/console/money/papers/r-1/invoice.pdf"' in page
    assert "Clinic &lt;b&gt;" in page


async def test_refunds_and_credits_say_what_is_wrong_and_what_is_left(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "finance") as client:
        page = (await client.get("/console/money/refunds")).text
        said = plain(page)
        assert "2020-000041 Failed Try again Sent by hand $169.00 Session cancelled" in said
        assert "Session cancelled Destination closed 2020-09-12 10:00" in said
        assert "$169.00 of refunds in all" in said
        assert 'href="/console/money/papers/r-1/CN-2020-000007.pdf"' in page
        again = REFUND | {"refund_id": "refund:pay_1:2", "status": "succeeded"}
        both = {"items": [again, REFUND | {"replaced": True}], "next": None}
        owners.on("GET", "/billing/v1/refunds", (200, both))
        said = plain((await client.get("/console/money/refunds")).text)
        assert "$169.00 of refunds in all" in said, "a second try is not given back twice"
        said = plain((await client.get("/console/money/credits")).text)
        assert "2020-000041 Active $99.00 $199.00 2021-10-06" in said
        assert "$99.00 left in all" in said


async def test_billing_narrows_and_the_view_is_kept_in_the_address(
    desk: Service, owners: Played
) -> None:
    query = "state=open&course=c-1&of=2020-000042&from=2020-09-01&until=2020-09-14+10:00"
    async with staff(desk, "finance") as client:
        page = (await client.get(f"/console/money/invoices?{query}")).text
        assert '<input type="hidden" name="from" value="2020-09-01">' in page
        assert "format=csv" in page
        await client.get("/console/money/invoices?state=lost&q=clinic&sort=-due")
    first, second = owners.calls("/billing/v1/invoices")
    assert first.query == {
        "course_id": "c-1", "of": "2020-000042", "status": "open",
        "from": "2020-09-01T00:00:00Z", "until": "2020-09-14T10:00:00Z", "limit": "200",
    }  # fmt: skip
    assert second.query == {"limit": "200"}
    assert in_whose_name(first) == "console:u-17"


async def test_amounts_are_sorted_within_their_currency(desk: Service) -> None:
    def order(page: str) -> list[str]:
        said = plain(page)
        return sorted(("000041", "000042", "000043"), key=lambda one: said.index(f"2020-{one} "))

    async with staff(desk, "finance") as client:
        up = (await client.get("/console/money/invoices?sort=due")).text
        down = (await client.get("/console/money/invoices?sort=-due")).text
    assert order(up) == ["000043", "000042", "000041"], "50 euros, then 100 and 169 dollars"
    assert order(down) == ["000043", "000041", "000042"]


async def test_a_file_is_whole_however_long_and_runs_nothing(desk: Service, owners: Played) -> None:
    many = [INVOICE | {"number": f"2020-{n:06}", "registration_id": f"r-{n}"} for n in range(2_450)]
    owners.on("GET", "/billing/v1/invoices", paged([UNPAID, *many]))
    async with staff(desk, "finance") as client:
        said = plain((await client.get("/console/money/invoices")).text)
        assert "1,000 invoices; there are more" in said
        assert "The newest 1,000 are here" in said, "a sum of a part is none"
        sheet = await client.get("/console/money/invoices?format=csv")
        only = await client.get("/console/money/invoices?format=csv&q=calc")
    lines = sheet.text.splitlines()
    assert len(lines) == 1 + 2_451
    assert lines[0] == (
        'Invoice,State,Asked for,To pay,"Issued, UTC","Due, UTC",Organisation,Course,Document,'
        "Currency,As charged,Paid,Method,Registration"
    )  # fmt: skip
    assert lines[-1] == (
        "2020-002449,paid,169.00,0.00,2020-09-10 10:00,2020-09-10 10:30,,c-1,"
        "/console/money/papers/r-2449/invoice.pdf,USD,199.00,169.00,card,r-2449"
    )
    assert "'=cmd|" in lines[1], "text is no formula"
    assert len(only.text.splitlines()) == 2
    assert sheet.headers["content-disposition"] == 'attachment; filename="invoices.csv"'


@pytest.mark.parametrize("name", LISTS)
async def test_none_one_and_junk(desk: Service, owners: Played, name: str) -> None:
    path, of = f"/billing/v1/{name}", f"/console/money/{name}"
    async with staff(desk, "finance") as client:
        owners.on("GET", path, (200, {"items": [], "next": None}))
        assert 'class="empty"' in (await client.get(of)).text
        assert len((await client.get(f"{of}?format=csv")).text.splitlines()) == 1
        owners.on("GET", path, (200, {"items": [LISTS[name]], "next": None}))
        assert f"1 {name}" in plain((await client.get(of)).text)
        asked = len(owners.asked)
        odd = await client.get(f"{of}?from=yesterday&format=csv")
        assert (odd.status_code, "A moment reads like" in odd.text) == (422, True)
        assert len(owners.asked) == asked
        for query in ("sort=%00", "page=x", "q=" + "x" * 900, "course=" + "%F0%9F%8C%8D" * 90):
            assert (await client.get(f"{of}?{query}")).status_code in (200, 400), query
        owners.on("GET", path, (422, problem("malformed", 422, "That is too odd.")))
        for form in ("", "?format=csv"):
            refused = await client.get(of + form)
            assert (refused.status_code, "That is too odd." in refused.text) == (422, True)
        owners.down = {"billing"}
        for form in ("", "?format=csv"):
            assert "Billing is away" in (await client.get(of + form)).text


async def test_a_file_is_whole_or_none(desk: Service, owners: Played) -> None:
    many = paged([INVOICE] * 900)

    def away_at_last(asked: Any) -> Any:
        return many(asked) if asked.query.get("after") != "800" else (503, {})

    owners.on("GET", "/billing/v1/invoices", away_at_last)
    async with staff(desk, "finance") as client:
        said = await client.get("/console/money/invoices?format=csv")
    assert "text/html" in said.headers["content-type"]


async def test_a_document_is_given_as_it_is_and_who_looked_is_kept(
    desk: Service, owners: Played
) -> None:
    own = "/billing/v1/registrations/r-1"
    owners.files = {
        f"{own}/invoice.pdf": b"%PDF-1.7 invoice",
        f"{own}/credit-notes/CN-2020-000007.pdf": b"%PDF-1.7 note",
    }
    at = "/console/money/papers/r-1"
    async with staff(desk, "finance") as client:
        invoice = await client.get(f"{at}/invoice.pdf")
        assert (invoice.content, invoice.headers["cache-control"]) == (
            b"%PDF-1.7 invoice",
            "no-store",
        )
        assert (await client.get(f"{at}/CN-2020-000007.pdf")).content == b"%PDF-1.7 note"
        asked = len(owners.asked)
        for odd in ("statement.pdf", "CN-2020-1.pdf.exe", "..%2Fx.pdf", "CN-x.pdf"):
            assert (await client.get(f"{at}/{odd}")).status_code == 404
        assert len(owners.asked) == asked
        assert (await client.get("/console/money/papers/r-9/invoice.pdf")).status_code == 404
        owners.down = {"billing"}
        assert "Billing is away" in (await client.get(f"{at}/invoice.pdf")).text
    kept = await rows(desk.api_db, "select by, act, about from audit where act like '%-read'")
    assert kept == [
        ("console:u-17", "console.paper-read", "r-1 invoice.pdf"),
        ("console:u-17", "console.paper-read", "r-1 CN-2020-000007.pdf"),
    ]


@pytest.mark.parametrize("role", ["viewer", "coordinator"])
async def test_lists_of_money_are_nobody_else_s(desk: Service, owners: Played, role: str) -> None:
    async with staff(desk, role) as client:
        for name in (*LISTS, "papers/r-1/invoice.pdf"):
            assert (await client.get(f"/console/money/{name}")).status_code == 403
    assert not owners.asked
