"""Money and messages at the console: for whoever may, as the owners say."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Played, paged, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import plain

RECONCILED: dict[str, Any] = {
    "day": "2020-09-13", "run_id": "run-1", "finished_at": "2020-09-14T06:00:00Z", "error": None,
    "failed_since": None, "next": None,
    "findings": [
        {"finding_id": "f-1", "kind": "payment-unknown", "about": "pay_17", "amount": usd(19900),
         "cause": None, "next_step": "Look it up at the gateway.", "since": "2020-09-13T06:00:00Z"}
    ],
}  # fmt: skip
ACCOUNT = {"account": "x", "opening": 10_000, "movements": {}, "closing": 29_900}
NONE = {"account": "x", "opening": 0, "movements": {}, "closing": 0}
BOOKS = {
    "month": "2020-09", "status": "open",
    "currencies": [
        {"currency": "USD", "credit_liability": NONE, "deferred_revenue": ACCOUNT,
         "receivable": NONE, "fees": NONE, "forfeits": NONE, "breakage": NONE}
    ],
}  # fmt: skip
DISPUTE = {
    "dispute_id": "d-1", "payment_id": "pay_9", "amount": usd(15900), "status": "open",
    "reason": "product_not_received", "opened_at": "2020-09-10T10:00:00Z", "closed_at": None,
}  # fmt: skip
WHERE = "/billing/v1/reconciliation"


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", WHERE, (200, RECONCILED))
    owners.on("GET", "/billing/v1/books/months/2020-09", (200, BOOKS))
    owners.on("GET", "/billing/v1/disputes", (200, {"items": [DISPUTE], "next": None}))
    return web


async def test_finance_sees_what_does_not_agree_disputes_and_the_books(desk: Service) -> None:
    async with staff(desk, "finance") as client:
        said = plain((await client.get("/console/money")).text)
        assert "1 finding compared 2020-09-14 06:00 UTC, for 2020-09-13" in said
        assert "Payment unknown pay_17 $199.00 2020-09-13 06:00 Look it up" in said
        assert "pay_9 product not received 2020-09-10 10:00 $159.00" in said
        assert "Books of 2020-09 still open" in said
        assert "Paid for what is yet to be taught $100.00 $199.00 $299.00" in said
        sheet = (await client.get("/console/money?format=csv")).text
    assert sheet.splitlines()[1].startswith("Payment unknown,pay_17,199.00,2020-09-13 06:00")


async def test_a_payment_of_nobody_leads_to_giving_it_back(desk: Service, owners: Played) -> None:
    nobodys = RECONCILED["findings"][0] | {"kind": "payment-of-nobody"}
    owners.on("GET", WHERE, (200, RECONCILED | {"findings": [nobodys]}))
    async with staff(desk, "finance") as client:
        page = (await client.get("/console/money")).text
    assert 'href="/console/money/payments/pay_17/give-back"' in page


async def test_what_was_never_compared_or_not_wholly_is_not_called_well(
    desk: Service, owners: Played
) -> None:
    never = RECONCILED | {"run_id": None, "findings": [], "failed_since": "2020-09-14T05:00:00Z"}
    owners.on("GET", WHERE, (200, never))
    async with staff(desk, "admin") as client:
        said = plain((await client.get("/console/money")).text)
        assert "Nothing was ever compared; the last try failed at 2020-09-14 05:00 UTC." in said
        assert "All agrees" not in said
        partly = RECONCILED | {"findings": [], "error": "gateway-away-in-part"}
        owners.on("GET", WHERE, (200, partly))
        said = plain((await client.get("/console/money")).text)
        assert "All agrees" in said
        assert "Not all could be looked at: gateway away in part." in said
        owners.down = {"billing"}
        assert "Billing is away" in (await client.get("/console/money")).text


async def test_it_is_compared_at_once_for_whoever_asks_with_a_form_of_theirs(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", WHERE, (202, {"run_id": "run-2"}))
    async with staff(desk, "finance") as client:
        form = {"csrf": csrf((await client.get("/console/money")).text), "key": "6" * 32}
        done = await client.post("/console/money/reconcile", data=form)
        assert done.headers["location"] == "/console/money?asked=1"
        assert "It is being compared." in (await client.get("/console/money?asked=1")).text
        bare = await client.post("/console/money/reconcile", data={"key": "6" * 32})
        assert bare.status_code == 403
    [asked] = [one for one in owners.calls(WHERE) if one.method == "POST"]
    assert (asked.key, in_whose_name(asked)) == ("6" * 32, "console:u-17")


@pytest.mark.parametrize("role", ["viewer", "coordinator"])
async def test_money_is_nobody_else_s(desk: Service, owners: Played, role: str) -> None:
    async with staff(desk, role) as client:
        assert (await client.get("/console/money")).status_code == 403
        assert "/console/money" not in (await client.get("/console/system")).text
    assert not owners.calls(WHERE)


async def test_a_month_that_is_none_is_this_one(desk: Service, owners: Played) -> None:
    async with staff(desk, "finance") as client:
        for asked in ("2020-13", "../../x", ""):
            page = await client.get("/console/money", params={"month": asked})
            assert "Books of 2020-09" in plain(page.text)
        gone = plain((await client.get("/console/money?month=2020-08")).text)
    assert "Billing does not say just now." in gone


async def test_messages_that_failed_are_listed_with_why(web: Service, owners: Played) -> None:
    failed = {
        "message_id": "m-1", "template": "join_1h", "status": "failed", "reason": "mailbox-full",
        "recipient": "ada@learners.example", "due_at": "2020-09-14T09:00:00Z", "sent_at": None,
        "course_id": "c-1", "registration_id": "r-1",
    }  # fmt: skip
    path = "/notifications/v1/messages"
    owners.on("GET", path, (200, {"items": [failed], "next": None}))
    async with staff(web, "coordinator") as client:
        page = await client.get("/console/messages")
        said = plain(page.text)
        assert "Join 1h Failed mailbox full ada@learners.example 2020-09-14 09:00 c-1" in said
        assert 'href="/console/registrations/r-1"' in page.text
        await client.get("/console/messages?state=planned")
        await client.get("/console/messages?state=lost")
        states = [asked.query["status"] for asked in owners.calls(path)]
        assert states == ["failed", "planned", "failed"]
        assert in_whose_name(owners.calls(path)[0]) == "console:u-17"
        owners.on("GET", path, paged([failed | {"message_id": f"m-{n}"} for n in range(1_050)]))
        assert "there are more" in plain((await client.get("/console/messages")).text)
        sheet = (await client.get("/console/messages?format=csv&q=mailbox")).text.splitlines()
        assert (len(sheet), sheet[-1].rpartition(",")[2]) == (1 + 1_050, "m-1049")
        owners.down = {"notifications"}
        none = await client.get("/console/messages?format=csv")
        assert "text/html" in none.headers["content-type"], "a file is whole or none"
    async with staff(web, "viewer", word="another") as client:
        assert (await client.get("/console/messages")).status_code == 403
