"""Decisions about money at the console: billing is played, and every act and refusal is its word."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.owners import Played, problem, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_acts import OURS, WHOLE, hidden
from tests.edges.web.test_console_money_lists import REFUND, UNPAID
from tests.edges.web.test_console_today import plain

HERE, BILL = f"/console/registrations/{R}", f"/billing/v1/registrations/{R}"
FAILED = REFUND | {"registration_id": R}
ID = "refund:pay_1:1"
QUOTED_ID = "refund%3Apay_1%3A1"
AT, OWN = f"/console/money/refunds/{QUOTED_ID}", f"/billing/v1/refunds/{ID}"
BEA = "0192a0b0-5c1e-7a10-8f00-00000000d007"
KEPT = {
    "credit_id": "k-1", "code": "HF-AB", "amount": usd(9900), "balance": usd(9900),
    "expires_on": "2021-10-06", "status": "active", "origin": "goodwill", "transferable": True,
}  # fmt: skip
STATEMENT: dict[str, Any] = {
    "invoice": {"invoice_id": "i-1", "number": "2020-000041", "status": "paid",
                "total": usd(19900), "to_pay": usd(0), "issued_at": "2020-09-10T10:00:00Z"},
    "payments": [{"payment_id": "pay_1", "amount": usd(19900), "status": "succeeded",
                  "tender": "card", "paid_at": "2020-09-10T10:05:00Z"}],
    "refunds": [FAILED], "credits": [KEPT], "paid": usd(19900), "outcome": None, "payer": None,
}  # fmt: skip
CARD = {"amount": usd(16900), "tender": "card", "paid_at": None}
GOODWILL = {
    "amount": usd(2000), "left": usd(17900),
    "refunds": [{"amount": usd(2000), "tender": "card", "paid_at": None}],
}  # fmt: skip
NEW_CREDIT = {"amount": usd(5000), "holder": "person", "expires_on": "2021-09-14"}
DECIDED = {
    "registration_id": R, "outcome": "refund", "fee": usd(0), "restored": [], "credit": None,
    "still_due": None, "not_due": usd(0),
    "refunds": [{"tender": "card", "amount": usd(19900)}],
    "otherwise": {"outcome": "nothing", "fee": 0, "cash": 0, "credited": 0, "expires_on": None},
}  # fmt: skip
INVOICE = UNPAID | {"invoice_id": "i-1", "organisation": "Clinic", "registration_id": R}
RECEIVED = {
    "amount": usd(6000), "tender": "transfer", "reference": "HB-1",
    "paid_at": "2020-09-14T13:00:00Z", "known": False, "back": usd(0), "left": usd(4000),
}  # fmt: skip
NONE = {"opening": 0, "closing": 0}
AUGUST = {
    "month": "2020-08", "status": "open", "zone": "UTC", "ends_at": "2020-09-01T00:00:00Z",
    "closed_at": None, "closed_by": None, "sha256": None,
    "currencies": [{
        "currency": "USD", "credit_liability": NONE, "receivable": NONE, "fees": NONE,
        "deferred_revenue": {"opening": 0, "closing": 29900}, "forfeits": NONE, "breakage": NONE,
    }],
}  # fmt: skip
WHY = {"reason": "the card is open again"}
# Name → page, its owner's call, what is typed, what billing says before, and what stands there.
DEEDS: dict[str, tuple[str, str, dict[str, str], Any, list[str]]] = {
    "a refund tried again": (
        f"{AT}/retry", f"{OWN}/retry", WHY, CARD,
        ["Give $169.00 back once more?", "goes back on the card it was paid with",
         "Why: the card is open again"],
    ),
    "a refund settled": (
        f"{AT}/settle", f"{OWN}/settle",
        WHY | {"tender": "transfer", "reference": "HB-1", "sent_on": "2020-09-13"},
        {"amount": usd(16900), "tender": "transfer", "paid_at": "2020-09-13T23:59:59Z"},
        ["Was $169.00 sent by hand?", "By bank transfer", "The bank calls it HB-1",
         "On 2020-09-13", "paid out of the bank account"],
    ),
    "money back in goodwill": (
        f"{HERE}/refund", f"{BILL}/refunds", WHY | {"amount": "$20"}, GOODWILL,
        ["Give $20.00 back?", "Can be given back after that $179.00",
         "$20.00 goes back on the card it was paid with."],
    ),
    "a credit in goodwill": (
        f"{HERE}/credit", f"{BILL}/credits", WHY | {"amount": "50.00", "until": "2021-09-14"},
        NEW_CREDIT,
        ["Give a credit of $50.00?", "For Ada Lovelace", "September 14, 2021"],
    ),
    "a cancellation decided": (
        f"{HERE}/decide", f"{BILL}/decision", WHY | {"outcome": "refund"}, DECIDED,
        ["Give money back?", "Ada Lovelace gets $199.00 back on the card it was paid with.",
         "The policy alone: nothing."],
    ),
    "a credit handed on": (
        f"{HERE}/credits/k-1/hand-on", "/billing/v1/credits/HF-AB/transfer",
        {"kind": "person", "to": "Bea@learners.example"},
        NEW_CREDIT | {"amount": usd(9900)},
        ["Hand $99.00 on?", "Gets it Bea Shaw, bea@learners.example their page",
         "The code that is good now is dead at once."],
    ),
    "a payment of nobody given back": (
        "/console/money/payments/pay_9/give-back", "/billing/v1/payments/pay_9/give-back", WHY,
        CARD, ["Give $169.00 back?", "Payment pay_9", "goes back on the card it was paid with."],
    ),
    "a payment recorded": (
        "/console/money/invoices/i-1/payments", "/billing/v1/invoices/i-1/payments",
        {"amount": "60", "tender": "transfer", "reference": "HB-1"}, RECEIVED,
        ["Record $60.00 for 2020-000042?", "Organisation Clinic",
         "$60.00 stands in the books as paid. $40.00 is still to pay then."],
    ),
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "a refund tried again": WHY,
    "a refund settled": WHY
    | {"tender": "transfer", "reference": "HB-1", "paid_at": "2020-09-13T23:59:59Z"},
    "money back in goodwill": WHY | {"amount": usd(2000)},
    "a credit in goodwill": WHY | {"amount": usd(5000), "expires_on": "2021-09-14"},
    "a cancellation decided": WHY | {"outcome": "refund"},
    "a credit handed on": {"to": {"kind": "person", "id": BEA}},
    "a payment of nobody given back": WHY,
    "a payment recorded": {
        "amount": usd(6000), "tender": "transfer", "reference": "HB-1",
        "received_at": "2020-09-14T13:00:00Z",  # as it was seen
    },
}  # fmt: skip
AFTER = {
    "a refund tried again": f"{HERE}?done=refund-retry",
    "a refund settled": f"{HERE}?done=refund-settle",
    "money back in goodwill": f"{HERE}?done=goodwill-refund",
    "a credit in goodwill": f"{HERE}?done=goodwill-credit",
    "a cancellation decided": f"{HERE}?done=decided",
    "a credit handed on": f"{HERE}?done=handed-on",
    "a payment of nobody given back": "/console/money",
    "a payment recorded": "/console/money/invoices?of=i-1",
}


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", OURS, (200, WHOLE | {"status": "cancelled"}))
    owners.on("GET", BILL, (200, STATEMENT))
    bea = {
        "person_id": BEA, "name": "Bea Shaw", "email": "bea@learners.example", "merged_into": None,
    }  # fmt: skip
    owners.on("GET", "/registration/v1/people", (200, {"items": [bea], "next": None}))
    owners.on("GET", "/billing/v1/refunds", (200, {"items": [FAILED], "next": None}))
    owners.on("GET", "/billing/v1/invoices", (200, {"items": [INVOICE], "next": None}))
    owners.on("GET", "/billing/v1/books/months/2020-08", (200, AUGUST))
    for _, path, _, told, _ in DEEDS.values():
        owners.on("POST", f"{path}/preview", (200, told))
        owners.on("POST", path, (202, {}))
    owners.on("POST", "/billing/v1/books/months/2020-08/close", (200, AUGUST))
    return web


async def reviewed(client: httpx.AsyncClient, name: str) -> httpx.Response:
    page, _, typed, _, _ = DEEDS[name]
    return await client.post(page, data=typed | {"csrf": csrf((await client.get(page)).text)})


@pytest.mark.parametrize("name", DEEDS)
async def test_a_decision_is_shown_then_done_once(desk: Service, owners: Played, name: str) -> None:
    page, path, _, _, words = DEEDS[name]
    async with staff(desk, "finance") as client:
        review = await reviewed(client, name)
        assert review.status_code == 200, plain(review.text)
        said = plain(review.text)
        assert [word for word in words if word not in said] == [], said
        assert "Nothing has been done yet." in said
        assert owners.calls(path) == [], "nothing was done yet"
        form = hidden(review.text)
        for _ in range(2):  # a double click sends the same request
            done = await client.post(page, data=form | {"sure": "yes"})
            assert done.headers["location"] == AFTER[name]
        back = await client.post(page, data=form | {"change": "1"})
    first, again = owners.calls(path)
    assert first.body == again.body == BODIES[name]
    assert first.key == again.key == form["key"]
    assert in_whose_name(first) == "console:u-17"
    [weighed] = owners.calls(f"{path}/preview")
    seen = {"received_at": RECEIVED["paid_at"]} if name == "a payment recorded" else {}
    assert ({**weighed.body, **seen}, weighed.key) == (first.body, None)
    for field, value in DEEDS[name][2].items():
        assert f'value="{value}"' in back.text, f"{field} is kept"


@pytest.mark.parametrize("name", DEEDS)
async def test_what_billing_refuses_stands_with_what_was_typed(
    desk: Service, owners: Played, name: str
) -> None:
    page, path, typed, _, _ = DEEDS[name]
    owners.on("POST", f"{path}/preview", (409, problem("no", 409, "It was settled meanwhile.")))
    async with staff(desk, "admin") as client:
        refused = await reviewed(client, name)
        assert refused.status_code == 409
        assert "It was settled meanwhile." in plain(refused.text)
        assert all(f'value="{value}"' in refused.text for value in typed.values())
        owners.down = {"billing"}
        away = await client.post(page, data=typed | {"csrf": csrf(refused.text)})
        assert away.status_code == 503
        assert "did not answer. Nothing was done." in plain(away.text)
        assert all(f'value="{value}"' in away.text for value in typed.values())
        owners.down = set()
        owners.on("POST", f"{path}/preview", (200, DEEDS[name][3]))
        form = hidden((await reviewed(client, name)).text) | {"sure": "yes"}
        owners.on("POST", path, (503, {}))
        unknown = await client.post(page, data=form)
        assert "Whether it was done is not known." in plain(unknown.text)
        assert f'name="key" value="{form["key"]}"' in unknown.text, "the same request"
        owners.on("POST", path, (409, problem("no", 409, "It was settled meanwhile.")))
        late = await client.post(page, data=hidden(unknown.text) | {"sure": "yes"})
        assert "It was settled meanwhile." in plain(late.text)
        assert form["key"] not in late.text, "another try is another request"
    assert [one.key for one in owners.calls(path)] == [form["key"]] * 2


@pytest.mark.parametrize("role", ["viewer", "coordinator"])
@pytest.mark.parametrize("name", [*DEEDS, "a month closed"])
async def test_decisions_are_for_finance_and_admins(
    desk: Service, owners: Played, name: str, role: str
) -> None:
    page = DEEDS[name][0] if name in DEEDS else "/console/money/months/2020-08/close"
    async with staff(desk, role) as client:
        assert (await client.get(page)).status_code == 403
        token = csrf((await client.get("/console/courses")).text)
        sent = await client.post(page, data={"csrf": token, "sure": "yes", "typed": "2020-08"})
        assert sent.status_code == 403
        if role == "coordinator":
            theirs = (await client.get(HERE)).text
            assert "about money" not in theirs
            assert "/refunds/" not in theirs
    assert [one for one in owners.asked if one.method == "POST"] == []


async def test_the_registration_s_page_and_the_lists_lead_to_them(
    desk: Service, owners: Played
) -> None:
    open_ = STATEMENT["invoice"] | {"status": "open", "to_pay": usd(4000)}
    owners.on("GET", BILL, (200, STATEMENT | {"invoice": open_}))
    async with staff(desk, "finance") as client:
        page = (await client.get(HERE)).text
        for path in (f"{AT}/retry", f"{AT}/settle", f"{HERE}/refund", f"{HERE}/credit",
                     f"{HERE}/decide", f"{HERE}/credits/k-1/hand-on", "/console/money/invoices/i-1/payments"):  # fmt: skip
            assert f'href="{path}"' in page, path
        said = plain(page)
        assert "Session cancelled $169.00 Failed destination closed Try again Sent by hand" in said
        assert "HF-AB Active Hand on $99.00 $99.00 2021-10-06" in said
        listed = (await client.get("/console/money/refunds")).text
        assert f'href="{AT}/retry"' in listed
        bank = FAILED | {"tender": "transfer", "status": "requested"}
        owners.on("GET", "/billing/v1/refunds", (200, {"items": [bank], "next": None}))
        listed = (await client.get("/console/money/refunds")).text
        assert f'href="{AT}/retry"' not in listed, "no gateway carries it"
        assert f'href="{AT}/settle"' in listed
        assert (
            'href="/console/money/invoices/i-1/payments"'
            in (await client.get("/console/money/invoices")).text
        )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"status": "succeeded", "failure": None}, "It went through"),
        ({"replaced": True}, "Another attempt took its place."),
        ({"failure": "lost"}, "bank gave them the money back itself"),
        ({"status": "submitted", "failure": None}, "It is under way."),
    ],
)
async def test_a_refund_that_is_not_open_offers_nothing(
    desk: Service, owners: Played, changed: dict[str, Any], says: str
) -> None:
    owners.on("GET", "/billing/v1/refunds", (200, {"items": [FAILED | changed], "next": None}))
    async with staff(desk, "finance") as client:
        for what in ("retry", "settle"):
            page = await client.get(f"{AT}/{what}")
            assert says in plain(page.text)
            assert 'name="reason"' not in page.text
        assert (await client.get("/console/money/refunds/nothing/retry")).status_code == 404


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("a refund tried again", {"reason": " "}, "Say why, please."),
        ("a refund settled", {"reference": ""}, "Say what the bank calls it."),
        ("a refund settled", {"sent_on": "2020-09-31"}, "Say the day, written 2027-10-19."),
        ("a refund settled", {"sent_on": "2020-09-15"}, "That day is still to come."),
        ("money back in goodwill", {"amount": ""}, "Say how much."),
        ("money back in goodwill", {"amount": "1.250"}, "more than one way. Write it like 20.00."),
        ("money back in goodwill", {"amount": "20 €"}, "It is in USD here"),
        ("money back in goodwill", {"amount": "0"}, "more than zero"),
        ("money back in goodwill", {"amount": "<b>"}, "Write it in figures, such as 20.00."),
        ("a credit in goodwill", {"until": "soon"}, "Say the day, written 2027-10-19"),
        ("a cancellation decided", {"outcome": "gold"}, "Choose what it comes to."),
        ("a payment recorded", {"reference": ""}, "Say what the bank calls it."),
    ],
)
async def test_what_is_lacking_is_said_beside_its_field_and_nothing_is_lost(
    desk: Service, owners: Played, name: str, typed: dict[str, str], says: str
) -> None:
    page, path, whole, _, _ = DEEDS[name]
    async with staff(desk, "finance") as client:
        form = whole | typed | {"csrf": csrf((await client.get(page)).text)}
        told = await client.post(page, data=form | {"sure": "yes"})
    assert told.status_code == 422
    assert says in plain(told.text)
    assert 'aria-invalid="true"' in told.text
    kept = {
        k: v for k, v in (whole | typed).items() if v.strip() and k not in ("outcome", "amount")
    }
    assert all(f'value="{value}"' in told.text for value in kept.values())
    assert owners.calls(path) == owners.calls(f"{path}/preview") == []


async def test_what_is_paid_too_much_is_told_and_what_is_known_counts_once(
    desk: Service, owners: Played
) -> None:
    path = "/billing/v1/invoices/i-1/payments/preview"
    more = {"amount": usd(12000), "back": usd(2000), "left": usd(0)}
    owners.on("POST", path, (200, RECEIVED | more))
    async with staff(desk, "finance") as client:
        said = plain((await reviewed(client, "a payment recorded")).text)
        assert "The invoice is paid with it." in said
        assert "$20.00 is more than is asked for. It goes back by hand" in said
        none = {"back": usd(6000), "left": usd(0)}
        owners.on("POST", path, (200, RECEIVED | none))
        said = plain((await reviewed(client, "a payment recorded")).text)
        assert "$60.00 stands in the books as received. None of it pays this invoice." in said
        assert "$60.00 is not asked for, or too little to take up again" in said
        assert "is paid with it" not in said
        assert "is confirmed" not in said
        owners.on(
            "POST", path, (200, RECEIVED | {"known": True, "paid_at": "2020-09-11T08:00:00Z"})
        )
        assert "By bank transfer, 2020-09-11" in plain(
            (await reviewed(client, "a payment recorded")).text
        )
        said = plain((await reviewed(client, "a payment recorded")).text)
        assert "This payment is recorded already" in said
        assert "stands in the books" not in said


@pytest.mark.parametrize(
    ("chosen", "told", "heading", "says", "not_said"),
    [
        (
            "refund", {"refunds": [], "fee": usd(3000), "still_due": usd(3000), "not_due": usd(16900)},
            "Give money back?",
            "fee. $169.00 of the invoice is not asked for any more.",
            "Nothing goes back",
        ),
        (
            "credit", {"outcome": "credit", "refunds": [], "still_due": usd(19900)},
            "Give a credit?",
            "$199.00 of the invoice is still to be paid. Once it is paid, that becomes a credit.",
            "Nothing goes back",
        ),
        (
            "refund", {"refunds": [], "not_due": usd(19900)}, "Give money back?",
            "$199.00 of the invoice is not asked for any more.", "Nothing goes back",
        ),
        (
            "refund",
            {"refunds": [{"tender": "card", "amount": usd(10000)}], "fee": usd(3000),
             "still_due": usd(3000), "not_due": usd(6900)},
            "Give money back?",
            "asked for any more. Ada Lovelace gets $100.00 back on the card it was paid with.",
            "minus",
        ),
        (
            "refund", {"outcome": "nothing", "refunds": []}, "Give nothing?",
            "Nothing goes back.", "Give money back",
        ),
    ],
)  # fmt: skip
async def test_a_decision_about_an_invoice_that_is_not_paid_says_what_stays_due(
    desk: Service,
    owners: Played,
    chosen: str,
    told: dict[str, Any],
    heading: str,
    says: str,
    not_said: str,
) -> None:
    before = {"outcome": "credit", "fee": usd(0), "refunds": [], "restored": [], "credit": None}
    waits = STATEMENT | {"outcome": before | {"still_due": usd(19900)}}
    unpaid = waits | {"invoice": STATEMENT["invoice"] | {"status": "open", "to_pay": usd(19900)}}
    owners.on("GET", BILL, (200, unpaid))
    owners.on("POST", f"{BILL}/decision/preview", (200, DECIDED | told))
    page = DEEDS["a cancellation decided"][0]
    async with staff(desk, "finance") as client:
        form = {"csrf": csrf((await client.get(page)).text), "outcome": chosen} | WHY
        seen = plain((await client.post(page, data=form)).text)
        assert heading in seen
        assert says in seen, seen
        assert not_said not in seen
        assert "So far: $199.00 of the invoice is still to be paid." in seen
        since = unpaid["invoice"] | {"to_pay": usd(4000)}
        owners.on("GET", BILL, (200, unpaid | {"invoice": since}))
        partly = plain((await client.get(page)).text)
        assert "So far $40.00 of the invoice is still to be paid." in partly
        let_go = since | {"status": "void", "to_pay": usd(0)}
        owners.on("GET", BILL, (200, unpaid | {"invoice": let_go}))
        nothing = plain((await client.get(page)).text)
        assert "So far Nothing of the invoice is to be paid any more." in nothing
        owners.on("GET", BILL, (200, waits))  # the invoice is paid by now
        assert "So far The invoice is paid." in plain((await client.get(page)).text)


async def test_who_may_not_cancel_is_led_nowhere(desk: Service, owners: Played) -> None:
    owners.on("GET", OURS, (200, WHOLE | {"status": "confirmed"}))
    async with staff(desk, "finance") as client:
        page = (await client.get(f"{HERE}/decide")).text
        assert "is not cancelled." in plain(page)
        assert f'href="{HERE}/cancel"' not in page
    async with staff(desk, "admin", word="another word") as client:
        assert f'href="{HERE}/cancel"' in (await client.get(f"{HERE}/decide")).text


async def test_a_void_invoice_may_be_paid_after_all_and_a_bound_credit_is_not_handed_on(
    desk: Service, owners: Played
) -> None:
    void = STATEMENT["invoice"] | {"status": "void"}
    bound = KEPT | {"transferable": False}
    owners.on("GET", BILL, (200, STATEMENT | {"invoice": void, "credits": [bound]}))
    listed = INVOICE | {"status": "void", "to_pay": usd(0)}
    owners.on("GET", "/billing/v1/invoices", (200, {"items": [listed], "next": None}))
    at = "/console/money/invoices/i-1/payments"
    async with staff(desk, "finance") as client:
        page = (await client.get(HERE)).text
        assert f'href="{at}"' in page
        assert "/hand-on" not in page
        assert f'href="{at}"' in (await client.get("/console/money/invoices")).text
        assert "whether it pays again what was withdrawn" in plain((await client.get(at)).text)
        credits_ = plain((await client.get(f"{HERE}/credit")).text)
        assert "$99.00 in goodwill: active, $99.00 left, good until October 6, 2021" in credits_


async def test_of_nobody_s_refund_nobody_is_told(desk: Service, owners: Played) -> None:
    nobodys = FAILED | {"course_id": ""}
    async with staff(desk, "finance") as client:
        for name in ("a refund tried again", "a refund settled"):
            owners.on("GET", "/billing/v1/refunds", (200, {"items": [FAILED], "next": None}))
            assert "is told by mail" in plain((await reviewed(client, name)).text)
            owners.on("GET", "/billing/v1/refunds", (200, {"items": [nobodys], "next": None}))
            assert "told by mail" not in plain((await reviewed(client, name)).text)


async def test_a_month_is_closed_once_it_is_over_was_seen_and_was_typed(
    desk: Service, owners: Played
) -> None:
    page, path = "/console/money/months/2020-08/close", "/billing/v1/books/months/2020-08/close"
    owners.on("GET", "/billing/v1/reconciliation", (200, {
        "day": None, "run_id": None, "finished_at": None, "error": None, "failed_since": None,
        "findings": [], "next": None,
    }))  # fmt: skip
    async with staff(desk, "finance") as client:
        books = (await client.get("/console/money?month=2020-08")).text
        assert f'href="{page}"' in books
        assert "2020-07" in books, "the months beside it"
        seen = await client.get(page)
        said = plain(seen.text)
        assert "Nothing is booked in 2020-08 any more." in said
        assert "It can’t be opened again." in said
        assert "Paid for what is yet to be taught $0.00 $299.00 $299.00" in said
        form = hidden(seen.text)
        wrong = await client.post(page, data=form | {"typed": "2020-8"})
        assert (wrong.status_code, owners.calls(path)) == (422, [])
        for _ in range(2):
            done = await client.post(page, data=form | {"typed": "2020-08"})
            assert done.headers["location"] == "/console/money?month=2020-08"
        first, again = owners.calls(path)
        assert first.key == again.key == form["key"]
        assert in_whose_name(first) == "console:u-17"
        owners.on("POST", path, (409, problem("earlier-month-open", 409, "Close 2020-07 first.")))
        refused = await client.post(page, data=form | {"typed": "2020-08"})
        assert "Close 2020-07 first." in plain(refused.text)
        closed = {"status": "closed", "closed_at": "2020-09-02T08:00:00Z", "closed_by": "u-9"}
        owners.on("GET", "/billing/v1/books/months/2020-08", (200, AUGUST | closed))
        said = plain((await client.get(page)).text)
        assert "It was closed 2020-09-02 08:00 UTC by u-9." in said
        assert "Type 2020-08" not in said
        open_ = AUGUST | {"month": "2020-09", "ends_at": "2020-10-01T00:00:00Z"}
        owners.on("GET", "/billing/v1/books/months/2020-09", (200, open_))
        said = plain((await client.get("/console/money/months/2020-09/close")).text)
        assert "The month is not over. It can be closed from an hour after its end on" in said
        assert (await client.get("/console/money/months/2020-13/close")).status_code == 404


async def test_whoever_a_credit_goes_to_by_an_id_is_named_and_who_was_merged_is_followed(
    desk: Service, owners: Played
) -> None:
    page, path = DEEDS["a credit handed on"][:2]
    twin = "0" * 8 + BEA[8:]
    bea = {"name": "Bea Shaw", "email": "bea@learners.example"}
    merged = {"person_id": twin, "name": "B. Shaw", "email": "b@learners.example",
              "merged_into": BEA, "known_as": bea}  # fmt: skip
    owners.on("GET", f"/registration/v1/people/{BEA}", (200, {"person_id": BEA, **bea}))
    owners.on("GET", f"/registration/v1/people/{twin}", (200, merged))
    async with staff(desk, "finance") as client:
        form = {"csrf": csrf((await client.get(page)).text), "kind": "person"}
        for to in (BEA, twin):
            seen = await client.post(page, data=form | {"to": to})
            assert "Gets it Bea Shaw, bea@learners.example their page" in plain(seen.text)
            assert f'href="/console/people/{BEA}"' in seen.text
        done = await client.post(page, data=hidden(seen.text) | {"sure": "yes"})
        assert done.status_code == 303
    assert owners.calls(path)[0].body == {"to": {"kind": "person", "id": BEA}}


async def test_where_registration_does_not_search_nobody_is_said_to_be_unknown(
    desk: Service, owners: Played
) -> None:
    page, path = DEEDS["a credit handed on"][:2]
    owners.on("GET", "/registration/v1/people", (429, problem("slow-down", 429)))
    owners.on("GET", f"/registration/v1/people/{BEA}", (401, problem("no-pass", 401)))
    async with staff(desk, "finance") as client:
        form = {"csrf": csrf((await client.get(page)).text), "kind": "person"}
        for to in ("bea@learners.example", BEA):
            away = await client.post(page, data=form | {"to": to})
            assert (away.status_code, "Nobody here" in away.text) == (503, False)
            assert f'value="{to}"' in away.text
    assert owners.calls(f"{path}/preview") == []


async def test_a_credit_goes_to_one_who_is_found_or_to_an_organisation(
    desk: Service, owners: Played
) -> None:
    page = f"{HERE}/credits/k-1/hand-on"
    path = "/billing/v1/credits/HF-AB/transfer/preview"
    twice = [{"person_id": one, "email": "bea@learners.example"} for one in (BEA, R)]
    async with staff(desk, "finance") as client:
        form = {"csrf": csrf((await client.get(page)).text)}
        for to, kind, says in (
            ("", "person", "Say who gets it."),
            ("Bea Shaw", "person", "Nobody here has that mail address."),
            ("other@learners.example", "person", "Nobody here has that mail address."),
            (BEA, "person", "Nobody here has that id."),
            ("bea@learners.example", "organisation", "not by an address"),
        ):
            told = await client.post(page, data=form | {"to": to, "kind": kind})
            assert (told.status_code, says in plain(told.text)) == (422, True), plain(told.text)
        assert owners.calls(path) == []
        owners.on("GET", "/registration/v1/people", (200, {"items": twice, "next": None}))
        told = await client.post(page, data=form | {"to": "bea@learners.example"})
        assert "More than one person here has that address." in plain(told.text)
        clinic = {"to": "Clinic", "kind": "organisation"}
        seen = await client.post(page, data=form | clinic)
        assert "Gets it Clinic" in plain(seen.text)
        owners.down = {"registration"}
        away = await client.post(page, data=form | {"to": BEA})
        assert away.status_code == 503
        owners.down = set()
        assert (await client.get(f"{HERE}/credits/k-2/hand-on")).status_code == 404
    assert owners.calls(path)[0].body == {"to": {"kind": "organisation", "id": "Clinic"}}
