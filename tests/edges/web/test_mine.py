"""My registration: what the owners say, in plain words, and what can be done about it."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from shared.contracts.registration import CoursePublished
from tests.edges.web.conftest import REGISTRATION, TOKEN
from tests.edges.web.owners import COURSE, PRICES, problem, usd

OF_REGISTRATION = f"/registration/v1/registrations/{REGISTRATION}"
OF_BILLING = f"/billing/v1/registrations/{REGISTRATION}"
OF_ATTENDANCE = f"/attendance/v1/registrations/{REGISTRATION}"
OF_CERTIFICATES = f"/certificates/v1/registrations/{REGISTRATION}"
INVOICE = {"invoice_id": "i-1", "number": "2020-17", "total": usd(19900), "due": usd(19900)}
SAID: dict[str, Any] = {
    "registration_id": REGISTRATION,
    "course_id": COURSE,
    "status": "requested",
    "position": None,
    "attendee": {"name": "Ada Example", "zone": "Europe/London"},
    "price": usd(19900),
    "disclosure": {"accepted": "2020-09-01", "current": "2020-09-01"},
    "hold_expires_at": "2020-09-14T15:34:05Z",
    "offer_expires_at": None,
    "links": {"join": {}},
}
JOIN = {"join": {"s1": "http://web.test/attendance/join/one"}}
QUOTE = {
    "outcome": "refund",
    "fee": usd(3000),
    "refunds": [{"tender": "card", "amount": usd(16900)}],
    "restored": [],
    "credit": None,
    "trace": [{"rule": "window", "because": "Received more than 14 days before the start."}],
}


@pytest.fixture
def mine(owners):
    """Say what the owners know of this registration."""

    def known(status="requested", invoice="open", **more):
        said = SAID | {"status": status} | more.pop("said", {})
        owners.on("GET", OF_REGISTRATION, (200, said))
        money = {"invoice": INVOICE | {"status": invoice}, "payments": [], "refunds": []}
        owners.on("GET", OF_BILLING, (200, money | {"credits": []} | more.pop("money", {})))
        owners.on("GET", OF_ATTENDANCE, (200, {"sessions": more.pop("attended", [])}))
        awards: dict[str, Any] = {"awards": [], "certificates": [], "evaluated_at": None}
        owners.on("GET", OF_CERTIFICATES, (200, awards | more.pop("certified", {})))

    known()
    return known


def key_in(page) -> str:
    key: str
    [key] = set(re.findall(r'name="key" value="([0-9a-f]{32})"', page.text))
    return key


def words(page) -> str:
    text = re.sub(r"<[^>]+>", " ", page.text)
    return re.sub(r"\s+", " ", text.replace("\u202f", " "))


async def test_a_held_seat_says_until_when_and_leads_to_paying(visitor, owners, mine):
    page = await visitor.get(f"/r/{TOKEN}")
    assert page.status_code == 200
    assert "Your seat is held until 4:34 PM" in words(page)
    assert "Pay $199.00" in words(page)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert {asked.token for asked in owners.calls(OF_REGISTRATION)} == {TOKEN}
    key = key_in(page)
    owners.on("POST", f"{OF_BILLING}/checkout", (200, {"checkout_url": "http://pay.test/pay/cs_1"}))
    answer = await visitor.post(f"/r/{TOKEN}/pay", data={"key": key})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://pay.test/pay/cs_1")
    [asked] = owners.calls(f"{OF_BILLING}/checkout")
    assert (asked.key, asked.token) == (key, TOKEN)


async def test_a_credit_that_paid_a_part_leaves_the_rest_to_pay(visitor, mine):
    due = INVOICE | {"status": "open", "to_pay": usd(12000), "due": usd(19900)}
    mine(money={"invoice": due})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Pay $120.00 to take it. Your credit pays the other $79.00." in page
    assert "Pay $199.00" not in page


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("unknown", "we do not know this code"),
        ("expired", "its time is over"),
        ("same-course", "it is for another course than the one it came from"),
        ("not-transferable", "it belongs to somebody else"),
        ("a reason of tomorrow", "it is not good for this course"),
    ],
)
async def test_a_credit_that_was_not_taken_is_named_with_why(visitor, mine, reason, says):
    refused = [{"credit_id": "c-1", "reason": reason}]
    mine(money={"invoice": INVOICE | {"status": "open", "credits_refused": refused}})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert f"A credit you gave was not used: {says}" in page
    assert "c-1" not in page


@pytest.mark.parametrize(
    ("status", "left", "says"),
    [
        ("active", 7900, "Credit of $79.00 for another course, good until"),
        ("active", 0, "Your credit of $199.00 is used up."),
        ("expired", 0, "Your credit of $199.00 has ended: it could be used until"),
        ("frozen", 7900, "cannot be used while your bank looks into the payment"),
        ("voided", 0, "is not valid any more"),
    ],
)
async def test_a_credit_is_shown_as_it_is_now(visitor, mine, status, left, says):
    credit = {"code": "AAAA-BBBB", "status": status, "expires_on": "2021-10-06"}
    credit |= {"amount": usd(19900), "balance": usd(left)}
    mine("cancelled", "paid", money={"credits": [credit]})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert says in page
    assert ("AAAA-BBBB" in page) is (status == "active" and left > 0)


SOMEBODY = {"kind": "person", "name": None}
CLINIC = {"kind": "organisation", "name": "Example Clinic"}


@pytest.mark.parametrize(
    ("payer", "tender", "says"),
    [
        (SOMEBODY, "card", "Whoever paid gets $169.00 back on the card it was paid with ("),
        (CLINIC, "card", "Example Clinic gets $169.00 back on the card it was paid with ("),
        (
            CLINIC,
            "transfer",
            "Example Clinic gets $169.00 back to the bank account it came from (",
        ),
    ],
)
async def test_what_another_paid_is_promised_and_given_back_to_them(
    visitor, owners, mine, payer, tender, says
):
    mine("confirmed", "paid")
    back = QUOTE | {"refunds": [{"tender": tender, "amount": usd(16900)}]}
    other = back | {"policy_version": 2}
    quote = back | {"payer": payer, "other": other}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, quote))
    before = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert before.count(says) == 3, "the sum, and each of two policies to choose from"
    mine("cancelled", "paid", money={"outcome": back, "payer": payer})
    after = words(await visitor.get(f"/r/{TOKEN}"))
    assert says in after
    for page in (before, after):
        for mine_ in ("You’ll get", "You get", "you get", "you would get", "your card"):
            assert mine_ not in page


async def test_a_colleague_is_told_of_the_payers_credit_without_a_code(visitor, mine):
    """Billing says no code to whoever came instead of the person who paid."""
    credit = {"code": None, "status": "active", "expires_on": "2021-10-06"}
    credit |= {"amount": usd(19900), "balance": usd(19900)}
    outcome = QUOTE | {"fee": usd(0), "refunds": [], "outcome": "credit"}
    outcome |= {"credit": {"amount": usd(19900), "expires_on": "2021-10-06"}}
    told = {"credits": [credit], "outcome": outcome, "payer": SOMEBODY}
    mine("cancelled", "paid", money=told)
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "A credit of $199.00 from this registration belongs to whoever paid for it" in page
    assert "Whoever paid gets a credit of $199.00 for another course" in page
    assert "Code:" not in page
    assert "None" not in page
    assert "You get a credit" not in page


async def test_where_a_credit_paid_a_part_the_rest_alone_is_asked_for_after_a_move(visitor, mine):
    """199.00 is open, and 149.00 of it are on a credit: 50.00 are still to be paid."""
    billed = INVOICE | {"status": "open", "due": usd(19900), "to_pay": usd(5000)}
    mine("confirmed", said={"transferred_from": "old"}, money={"invoice": billed})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "$50.00 is still to be paid. Your certificates wait for it." in page
    assert "Pay $50.00" in page
    assert "Pay $199.00" not in page
    mine(
        "confirmed",
        said={"transferred_from": "old"},
        money={"invoice": billed | {"to_pay": usd(0)}},
    )
    assert "still to be paid" not in words(await visitor.get(f"/r/{TOKEN}"))


@pytest.mark.parametrize(
    ("tender", "says"),
    [
        ("card", "You’ll get $169.00 back on your card ("),
        ("transfer", "You’ll get $169.00 back to the bank account it came from ("),
        ("cash", "You’ll get $169.00 back in cash ("),
        ("barter", "You’ll get $169.00 back the way it was paid ("),
    ],
)
async def test_money_is_promised_back_the_way_it_came(visitor, owners, mine, tender, says):
    mine("confirmed", "paid")
    back = QUOTE | {"refunds": [{"tender": tender, "amount": usd(16900)}]}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, back))
    said = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert says in said
    assert ("5–10 days" in said) is (tender != "cash")


async def test_a_seat_held_to_move_to_asks_for_the_difference_alone(visitor, mine):
    due = INVOICE | {"status": "open", "due": {"amount": 5000, "currency": "USD"}}
    mine(said={"transferred_from": "old"}, money={"invoice": due})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Pay $50.00 to take it." in page
    assert "Pay $199.00" not in page
    assert "The seat in your old course stays yours until then." in page
    mine()
    assert "old course" not in words(await visitor.get(f"/r/{TOKEN}"))


async def test_a_seat_moved_to_with_less_than_it_costs_can_still_be_paid_for(visitor, mine, owners):
    due = INVOICE | {"status": "open", "due": {"amount": 2000, "currency": "USD"}}
    mine("confirmed", said={"transferred_from": "old"}, money={"invoice": due})
    page = await visitor.get(f"/r/{TOKEN}")
    assert "$20.00 is still to be paid. Your certificates wait for it." in words(page)
    assert "Pay $20.00" in words(page)
    owners.on("POST", f"{OF_BILLING}/checkout", (200, {"checkout_url": "http://pay.test/pay/cs_1"}))
    answer = await visitor.post(f"/r/{TOKEN}/pay", data={"key": key_in(page)})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://pay.test/pay/cs_1")
    mine("confirmed", money={"invoice": due})  # an employer's invoice is not the learner's to pay
    assert "still to be paid" not in words(await visitor.get(f"/r/{TOKEN}"))


async def test_back_from_the_checkout_the_page_looks_again_by_itself(visitor, mine):
    assert 'http-equiv="refresh"' not in (await visitor.get(f"/r/{TOKEN}")).text
    visitor.cookies.set("paying", REGISTRATION)
    assert 'http-equiv="refresh"' in (await visitor.get(f"/r/{TOKEN}")).text
    mine(invoice="paid")
    assert "Your payment is in." in words(await visitor.get(f"/r/{TOKEN}"))


async def test_the_invoice_and_its_credit_notes_can_be_downloaded(visitor, mine):
    file = "/billing/v1/registrations/r-1/invoice.pdf"
    note = {"number": "CN-2020-000001", "pdf": "/billing/v1/registrations/r-1/credit-notes/n.pdf"}
    filed = INVOICE | {"pdf": file, "status": "open"}
    link = f'<a href="{file}?t={TOKEN}">Invoice 2020-17 (PDF)</a>'
    mine(money={"invoice": filed})  # there is nothing to keep before it is paid
    assert link not in (await visitor.get(f"/r/{TOKEN}")).text
    mine("confirmed", "open", said={"payment": {"method": "invoice"}}, money={"invoice": filed})
    assert link in (await visitor.get(f"/r/{TOKEN}")).text
    money = {"invoice": filed | {"status": "paid"}, "credit_notes": [note]}
    mine("confirmed", "paid", money=money)
    page = (await visitor.get(f"/r/{TOKEN}")).text
    assert link in page
    assert f'<a href="{note["pdf"]}?t={TOKEN}">Credit note CN-2020-000001 (PDF)</a>' in page
    mine("expired", "void", money={"invoice": filed | {"status": "void"}})
    assert link not in (await visitor.get(f"/r/{TOKEN}")).text


async def test_a_confirmed_one_names_the_next_session_in_the_learners_zone(visitor, mine):
    mine("confirmed", "paid", said={"links": JOIN})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "You’re registered." in page
    assert "Next: Monday, October 19, 2020, 9:00 PM – 11:00 PM London time (BST)" in page
    assert "Join the session" not in page


async def test_the_join_button_is_there_from_a_quarter_of_an_hour_before(visitor, mine, clock):
    mine("confirmed", "paid", said={"links": JOIN})
    clock.time = datetime(2020, 10, 19, 19, 44, 59, tzinfo=UTC)
    assert "Join the session" not in (await visitor.get(f"/r/{TOKEN}")).text
    clock.time = datetime(2020, 10, 19, 19, 45, tzinfo=UTC)
    page = await visitor.get(f"/r/{TOKEN}")
    assert '<a class="button" href="http://web.test/attendance/join/one">' in page.text


async def test_a_moved_session_stands_at_its_new_time_on_both_pages(visitor, mine, tell):
    mine("confirmed", "paid", said={"links": JOIN})
    to = {"starts_at": "2020-10-20T20:30:00Z", "ends_at": "2020-10-20T22:30:00Z"}
    sessions = [
        s | to | {"schedule_version": 2} if s["session_id"] == "s1" else s
        for s in CoursePublished.example["sessions"]
    ]
    moved = CoursePublished.example | {"version": 2, "sessions": sessions}
    await tell(CoursePublished.model_validate(moved))
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Next: Tuesday, October 20, 2020, 9:30 PM – 11:30 PM London time (BST)" in page
    assert "October 19" not in page
    public = words(await visitor.get(f"/courses/{COURSE}?zone=Europe/London"))
    assert "Tuesday, October 20, 2020 9:30 PM – 11:30 PM London time (BST)" in public


async def test_the_quote_is_seen_before_anything_is_cancelled(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, QUOTE))
    page = await visitor.get(f"/r/{TOKEN}/cancel")
    said = words(page)
    assert (
        "You’ll get $169.00 back on your card ($199.00 minus the $30.00 cancellation fee)" in said
    )
    assert "Received more than 14 days before the start." in said
    assert owners.calls(f"{OF_REGISTRATION}/cancel") == []
    key = key_in(page)
    owners.on("POST", f"{OF_REGISTRATION}/cancel", (202, {"status": "cancelled"}))
    form = {"key": key, "reason": " I am on call. "}
    answer = await visitor.post(f"/r/{TOKEN}/cancel", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{TOKEN}")
    [asked] = owners.calls(f"{OF_REGISTRATION}/cancel")
    assert (asked.key, asked.token, asked.body) == (key, TOKEN, {"reason": "I am on call."})


async def test_one_may_cancel_while_billing_is_away(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.down.add("billing")
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert "Billing can’t be reached just now" in page
    assert "Cancel my registration" in page


@pytest.mark.parametrize(
    ("status", "slug"),
    [(425, "not-known-yet"), (429, "slow-down"), (422, "policy-undefined"), (409, "conflict")],
)
async def test_nobody_is_told_that_nothing_was_paid_unless_billing_says_so(
    visitor, owners, mine, status, slug
):
    mine("confirmed", "paid")
    refused = (status, problem(slug, status))
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", refused)
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert "Nothing was paid" not in page
    assert "What cancelling would give can’t be shown just now." in page
    assert "You can cancel all the same." in page
    assert "Cancel my registration" in page
    mine("cancelled")
    owners.on("GET", OF_BILLING, refused)
    after = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Nothing was paid" not in after
    assert "What you get back can’t be shown just now." in after


STEPS = [
    {"rule": "window", "because": "Received 2020-09-15 08:00:00 America/New_York; window 1 of…"},
    {"rule": "base", "because": "What was actually paid: 199.00 USD."},
    {"rule": "fee", "because": "Fee: 30.00 USD."},
    {"rule": "allocation", "because": "The fee is borne credit first."},
    {"rule": "refund", "because": "169.00 USD goes back to card."},
]
OVER = {"outcome": "refund", "ends": "2020-09-01T04:00:00Z", "fee": usd(3000)}
TO_COME = {"outcome": "refund", "ends": "2035-10-06T04:00:00Z", "fee": usd(3000)}
THEN = {"outcome": "credit", "ends": None, "fee": usd(0)}


async def test_why_is_said_in_the_words_of_the_page_and_not_of_a_log(visitor, owners, mine):
    mine("confirmed", "paid")
    now = QUOTE | {"trace": STEPS, "windows": [TO_COME, THEN]}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, now))
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    until = "Friday, October 5, 2035, 11:59 PM, New York time (EDT)"
    assert f"By the policy, money back is possible until {until}" in page
    assert "The cancellation fee is $30.00." in page
    assert "The fee is borne credit first." in page  # a rule without words of the page
    for logged in ("Received", "USD", "window 1", "goes back to card"):
        assert logged not in page


async def test_who_cancels_late_is_told_until_when_it_was_more(visitor, owners, mine):
    mine("confirmed", "paid")
    late = QUOTE | {"outcome": "credit", "fee": usd(0), "refunds": [], "windows": [OVER, THEN]}
    credit = {"amount": usd(19900), "expires_on": "2021-10-06"}
    quote = late | {"credit": credit, "trace": STEPS[:3]}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, quote))
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    until = "Monday, August 31, 2020, 11:59 PM, New York time (EDT)"
    assert f"Money back was possible until {until}" in page
    assert "After that, you get a credit." in page
    assert "There is no cancellation fee." in page


async def test_where_nothing_was_paid_the_page_says_so(visitor, owners, mine):
    mine("confirmed", money={"invoice": None})
    why = {"rule": "nothing-paid", "because": "Nothing was paid: nothing to give back."}
    quote = NOTHING | {"trace": [why], "windows": []}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, quote))
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert "Nothing was paid, so there is nothing to give back." in page


NOTHING = {"outcome": "nothing", "fee": usd(0), "refunds": [], "restored": [], "credit": None}


async def test_one_who_waits_sees_the_place_and_can_leave_the_line_for_nothing(
    visitor, owners, mine
):
    mine("waitlisted", said={"position": 3, "hold_expires_at": None}, money={"invoice": None})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "You are number 3 on the waiting list." in page
    assert "There is nothing to pay until then." in page
    assert "Leave the waiting list" in page
    assert "Invoice" not in page
    why = {"rule": "nothing-paid", "because": "Nothing was paid: nothing to give back."}
    quote = NOTHING | {"trace": [why], "windows": []}
    owners.on("GET", f"{OF_BILLING}/cancellation-quote", (200, quote))
    asked = await visitor.get(f"/r/{TOKEN}/cancel")
    assert "You have paid nothing, and leaving costs nothing." in words(asked)
    assert 'name="reason"' not in asked.text
    owners.on("POST", f"{OF_REGISTRATION}/cancel", (202, {"status": "cancelled"}))
    left = await visitor.post(f"/r/{TOKEN}/cancel", data={"key": key_in(asked)})
    assert (left.status_code, left.headers["location"]) == (303, f"/r/{TOKEN}")
    mine("cancelled", said={"position": None}, money={"invoice": None})
    after = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Nothing was paid, so there is nothing to give back." in after


async def test_one_who_waits_may_leave_while_billing_is_away(visitor, owners, mine):
    mine("waitlisted", said={"position": 3})
    owners.down.add("billing")
    page = words(await visitor.get(f"/r/{TOKEN}/cancel"))
    assert "You have paid nothing, and leaving costs nothing." in page


async def test_a_cancellation_that_a_rule_refuses_says_why(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.on("POST", f"{OF_REGISTRATION}/cancel", (409, problem("certificate-issued", 409)))
    answer = await visitor.post(f"/r/{TOKEN}/cancel", data={})
    page = words(await visitor.get(answer.headers["location"]))
    assert "A certificate was issued for this registration" in page


async def test_a_cancelled_one_shows_what_it_gave(visitor, mine):
    credit = {
        "code": "K7QD-9M2X-41ZT-QQ3A",
        "amount": usd(19900),
        "balance": usd(19900),
        "expires_on": "2021-10-06",
        "status": "active",
    }
    given = QUOTE | {"fee": usd(0), "refunds": [], "outcome": "credit"}
    outcome = given | {"credit": {"amount": usd(19900), "expires_on": "2021-10-06"}}
    mine("cancelled", "paid", money={"outcome": outcome, "credits": [credit]})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "You get a credit of $199.00 for another course, good until October 6, 2021" in page
    assert "K7QD-9M2X-41ZT-QQ3A" in page


async def test_a_cancelled_one_on_an_unpaid_invoice_says_what_is_still_owed(visitor, mine):
    late = NOTHING | {"outcome": "credit", "still_due": usd(19900)}
    mine("cancelled", money={"outcome": late})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert (
        "$199.00 of the invoice is still to be paid. Once it is paid, that becomes a credit."
        in page
    )
    assert "Nothing was given back" not in page
    early = NOTHING | {"outcome": "refund", "fee": usd(3000), "still_due": usd(3000)}
    mine("cancelled", money={"outcome": early})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "$30.00 is still to be paid: the cancellation fee." in page
    assert "takes up what was paid" not in page
    whole = {"number": "2020-000041", "total": usd(19900), "issued_at": "2020-09-10T10:00:00Z"}
    open_ = whole | {"status": "open", "to_pay": usd(4000)}
    mine("cancelled", money={"outcome": late, "invoice": open_})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "$40.00 of the invoice is still to be paid." in page, "some was paid since"
    mine("cancelled", money={"outcome": late, "invoice": open_ | {"to_pay": usd(0)}})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Nothing of the invoice is to be paid any more." in page, "it was let go since"
    mine("cancelled", "paid", money={"outcome": late})
    page = words(await visitor.get(f"/r/{TOKEN}"))
    assert "The invoice is paid." in page
    assert "still to be paid" not in page


async def test_each_owner_that_is_away_is_named_and_the_rest_stands(visitor, owners, mine, clock):
    mine("confirmed", "paid")
    clock.time = datetime(2020, 11, 10, tzinfo=UTC)
    owners.down |= {"billing", "attendance", "certificates"}
    page = await visitor.get(f"/r/{TOKEN}")
    assert page.status_code == 200
    for owner in ("Billing", "Attendance", "Certificates"):
        assert f"{owner} can’t be reached just now" in page.text
    assert "Evaluate the course" not in page.text, "nobody says whether it is in"
    owners.down.add("registration")
    away = await visitor.get(f"/r/{TOKEN}")
    assert away.status_code == 503
    assert "Your registration and your payment are safe" in away.text


async def test_after_the_course_awards_certificates_and_what_is_missing(
    visitor, owners, mine, clock
):
    clock.time = datetime(2020, 11, 10, tzinfo=UTC)
    awards = [
        {"board": "NBCC", "status": "granted", "credits": 6.0, "unit": "clock hours", "unmet": []},
        {"board": "ACCME", "status": "claimable", "credits": 6.75, "unit": "credits", "unmet": []},
        {
            "board": "STATE",
            "status": "withheld",
            "credits": 0,
            "unit": "contact hours",
            "unmet": [{"condition": "attendance", "detail": "You missed session 3."}],
        },
    ]
    issued = {
        "board": "NBCC",
        "status": "valid",
        "credits": 6.0,
        "unit": "clock hours",
        "pdf": "http://web.test/certificates/v1/certificates/c-1.pdf",
        "jwt": None,
        "verify_url": "http://web.test/verify/K7QD",
    }
    attended = [
        {"session_id": "s1", "seconds": 7032, "present": True, "version": 1},
        {"session_id": "s3", "seconds": 0, "present": False, "version": 1},
    ]
    certified = {"awards": awards, "certificates": [issued]}
    mine("completed", "paid", attended=attended, certified=certified)
    page = await visitor.get(f"/r/{TOKEN}")
    said = words(page)
    assert f'href="http://web.test/certificates/v1/certificates/c-1.pdf?t={TOKEN}"' in page.text
    assert "NBCC Certificate issued 6 clock hours" in said
    assert "ACCME Yours to claim up to 6.75 credits" in said
    assert "You missed session 3." in said
    assert "Attended 1 h 57 min" in said
    assert "Evaluate the course" in said
    owners.on("POST", f"{OF_CERTIFICATES}/claims", (201, awards[1]))
    answer = await visitor.post(f"/r/{TOKEN}/claims", data={"board": "ACCME", "credits": "5,5"})
    assert answer.headers["location"] == f"/r/{TOKEN}#certificates"
    assert owners.calls(f"{OF_CERTIFICATES}/claims")[0].body == {"board": "ACCME", "credits": "5.5"}


async def test_links_that_lead_nowhere_say_so(visitor, owners, mine):
    broken = await visitor.get(f"/r/{TOKEN[:-2]}xx")
    assert (broken.status_code, "not complete" in broken.text) == (404, True)
    owners.on("GET", OF_REGISTRATION, (401, problem("token-dead", 401)))
    dead = await visitor.get(f"/r/{TOKEN}")
    assert (dead.status_code, "replaced by a newer one" in dead.text) == (410, True)
    owners.on("GET", OF_REGISTRATION, (425, problem("not-known-yet", 425)))
    early = await visitor.get(f"/r/{TOKEN}")
    assert (early.status_code, 'http-equiv="refresh"' in early.text) == (425, True)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"price_id": "member", "price": usd(15900)}, "Your price: members, $159.00 ."),
        ({"price_id": "", "price": usd(19900)}, "Your price: the list price, $199.00 ."),
        # A price by a code stands in no course.
        ({"price_id": "spring-2020", "price": usd(0)}, "Your price: spring 2020, free of charge ."),
        ({"price_id": "", "complimentary": "presenter", "price": usd(0)}, "come as a presenter."),
    ],
)
async def test_the_price_that_was_given_is_named(visitor, tell, mine, said, shown):
    priced = CoursePublished.example | {"version": 2, "prices": PRICES}
    await tell(CoursePublished.model_validate(priced))
    mine("confirmed", "paid", said=said)
    assert shown in words(await visitor.get(f"/r/{TOKEN}"))


async def test_who_waits_is_told_that_their_price_is_that_of_the_day(visitor, tell, mine):
    priced = CoursePublished.example | {"version": 2, "prices": PRICES}
    await tell(CoursePublished.model_validate(priced))
    asked = {"price_id": "member", "price": usd(15900)}
    mine("waitlisted", said=asked)
    text = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Your price: members, $159.00 . When a seat is kept for you, you pay" in text
    # The offer itself says what the seat costs today: two amounts would be one too many.
    mine("offered", said=asked)
    assert "Your price" not in (await visitor.get(f"/r/{TOKEN}")).text


async def test_where_a_course_has_one_price_it_needs_no_name(visitor, mine):
    mine("confirmed", "paid", said={"price_id": ""})
    assert "Your price" not in (await visitor.get(f"/r/{TOKEN}")).text


async def test_what_somebody_needs_and_the_answer_stand_on_their_page(visitor, mine):
    asked = {"request": "Captions & <light>.", "answer": None}
    mine("confirmed", "paid", said={"accommodation": asked})
    page = await visitor.get(f"/r/{TOKEN}")
    assert "Captions &amp; &lt;light&gt;." in page.text
    assert "Our answer will stand here." in page.text
    mine("confirmed", "paid", said={"accommodation": asked | {"answer": "There are captions."}})
    page = await visitor.get(f"/r/{TOKEN}")
    assert "Our answer There are captions." in words(page)
    assert "will stand here" not in page.text


async def test_of_attempts_to_give_money_back_the_last_one_is_shown(visitor, mine):
    def refund(status: str, **more: Any) -> dict[str, Any]:
        return {"refund_id": "r", "amount": usd(16900), "status": status} | more

    gone = refund("failed", replaced=True)
    mine(money={"refunds": [gone, refund("requested", replaced=False, failure=None)]})
    said = words(await visitor.get(f"/r/{TOKEN}"))
    assert "On its way" in said
    assert "Failed" not in said
    mine(money={"refunds": [refund("failed", replaced=False, failure="refused")]})
    assert "Failed; we are on it" in words(await visitor.get(f"/r/{TOKEN}"))
    mine(money={"refunds": [refund("failed", replaced=False, failure="lost")]})
    said = words(await visitor.get(f"/r/{TOKEN}"))
    assert "Given back by your bank" in said
    assert "Failed" not in said


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("open", "Your bank decides; refunds wait for it"),
        ("won", "Decided: the payment stands"),
        ("lost", "Decided: your bank gave it back"),
    ],
)
async def test_a_dispute_at_the_bank_is_shown(visitor, mine, status, told):
    mine(money={"disputes": [{"dispute_id": "d", "amount": usd(19900), "status": status}]})
    assert told in words(await visitor.get(f"/r/{TOKEN}"))


async def test_who_has_a_seat_may_follow_the_sessions_in_a_calendar(visitor, mine) -> None:
    address = "https://web.test/notifications/v1/registrations/r/calendar.ics?t=1.ur.m"
    links = {"links": {"join": {}, "calendar": address}}
    mine("confirmed", "paid", said=links)
    page = await visitor.get(f"/r/{TOKEN}")
    assert f'href="webcal://{address.removeprefix("https://")}"' in page.text
    assert f">{address}<" in page.text, "for calendars that ask for an address"
    for state in ("requested", "waitlisted", "cancelled", "transferred"):
        mine(state, said=links)
        assert "webcal:" not in (await visitor.get(f"/r/{TOKEN}")).text, state


NEEDS = f"{OF_REGISTRATION}/accommodation"


async def test_what_one_needs_can_be_asked_for_after_registering(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.on("POST", NEEDS, (200, {"registration_id": "r", "status": "confirmed"}))
    page = await visitor.get(f"/r/{TOKEN}")
    assert "Ask for what you need" in words(page)
    sent = {"accommodation": " Captions, please.\r\nAnd a seat in front. ", "key": "b" * 32}
    answer = await visitor.post(f"/r/{TOKEN}/accommodation", data=sent)
    assert answer.headers["location"] == f"/r/{TOKEN}?n=needs-asked#needs"
    [asked] = owners.calls(NEEDS)
    assert asked.body == {"request": "Captions, please.\nAnd a seat in front."}
    assert (asked.key, asked.token) == ("b" * 32, TOKEN)
    page = await visitor.get(answer.headers["location"])
    assert "We have your request and answer you here." in words(page)


def kept(page, field: str, typed: str) -> None:
    """What was typed stands in its field, which is open, and what is wrong beside it."""
    found = re.search(rf'<textarea id="{field}"[^>]*>([^<]*)</textarea>', page.text)
    assert found
    assert unescape(found[1]).replace("\r\n", "\n") == typed.replace("\r\n", "\n")
    assert f'aria-invalid="true" aria-describedby="{field}-help {field}-error"' in found[0]
    assert f'<p class="error" id="{field}-error">' in page.text
    assert f'<a href="#{field}">' in page.text
    assert "<details open>" in page.text[: found.start()]


async def test_nothing_and_too_much_are_not_sent(visitor, owners, mine):
    mine("confirmed", "paid")
    for typed in ("", "  \r\n ", "x" * 2_001):
        answer = await visitor.post(f"/r/{TOKEN}/accommodation", data={"accommodation": typed})
        assert answer.status_code == 422
        kept(answer, "accommodation", typed)
        assert "at most 2,000 characters" in words(answer)
    assert owners.calls(NEEDS) == []


async def test_what_was_written_is_kept_while_registration_is_away(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.down.add("registration")
    sent = {"accommodation": "Captions, please.", "key": "c" * 32}
    page = await visitor.post(f"/r/{TOKEN}/accommodation", data=sent)
    assert page.status_code == 503
    assert page.text.count("Captions, please.") == 2  # to be read, and to be sent again
    assert "c" * 32 in page.text


@pytest.mark.parametrize("state", ["cancelled", "completed", "expired", "lapsed"])
async def test_who_does_not_come_is_not_asked_what_they_need(visitor, owners, mine, state):
    mine(state)
    assert "Ask for what you need" not in words(await visitor.get(f"/r/{TOKEN}"))
    owners.on("POST", NEEDS, (409, problem("registration-ended", 409)))
    answer = await visitor.post(f"/r/{TOKEN}/accommodation", data={"accommodation": "Captions."})
    assert answer.status_code == 409
    assert "This registration has ended" in words(answer)
    assert '<p class="read wrapped">Captions.</p>' in answer.text, "to be sent to the provider"


COMPLAINTS = f"{OF_REGISTRATION}/complaints"
WRITTEN: dict[str, Any] = {
    "complaint": "Session 2 was <cut> off.", "complained_at": "2020-11-10T09:00:00Z",
    "answer_by": "2020-11-24T09:00:00Z", "answer": None, "answered_at": None, "number": 5, "theirs": True,
}  # fmt: skip


@pytest.mark.parametrize("state", ["confirmed", "completed", "cancelled", "expired"])
async def test_a_complaint_can_be_made_in_every_state(visitor, owners, mine, state):
    mine(state)
    owners.on("POST", COMPLAINTS, (200, {"registration_id": "r", "status": state}))
    assert "Make a complaint" in words(await visitor.get(f"/r/{TOKEN}"))
    sent = {"complaint": " Session 2 was cut off.\r\nTeach the rest. ", "key": "d" * 32}
    answer = await visitor.post(f"/r/{TOKEN}/complaint", data=sent)
    assert answer.headers["location"] == f"/r/{TOKEN}?n=complaint-made#complaints"
    [asked] = owners.calls(COMPLAINTS)
    assert asked.body == {"complaint": "Session 2 was cut off.\nTeach the rest."}
    assert (asked.key, asked.token) == ("d" * 32, TOKEN)
    assert "We have your complaint" in words(await visitor.get(answer.headers["location"]))


async def test_complaints_stand_on_the_page_with_their_answers_in_order(visitor, mine):
    mine("completed", said={"complaints": [WRITTEN]})
    page = await visitor.get(f"/r/{TOKEN}")
    assert "Session 2 was &lt;cut&gt; off." in page.text
    assert "We have it, and answer by November 24, 2020" in words(page)
    assert "Make a complaint" not in words(page)
    answered = {"answer": "We teach it again.", "answered_at": "2020-11-12T09:00:00Z"}
    both = [WRITTEN | answered, WRITTEN | answered | {"complaint": "Nobody called."}]
    again = WRITTEN | {"complaint": "You did not.", "answer_by": "2020-12-04T09:00:00Z"}
    mine("completed", said={"complaints": [*both, again]})
    text = words(await visitor.get(f"/r/{TOKEN}"))
    assert text.count("We teach it again.") == 1, "one answer to both"
    first, second, answer, third = (
        text.index(each)
        for each in ("off.", "Nobody called.", "We teach it again.", "You did not.")
    )
    assert first < second < answer < third
    assert "answer by December 4, 2020" in text


async def test_a_complaint_that_says_nothing_or_too_much_is_not_sent(visitor, owners, mine):
    mine("confirmed", "paid")
    for typed in ("", "  \r\n ", "x" * 5_001):
        answer = await visitor.post(f"/r/{TOKEN}/complaint", data={"complaint": typed})
        assert answer.status_code == 422
        kept(answer, "complaint", typed)
        assert "at most 5,000 characters" in words(answer)
    assert owners.calls(COMPLAINTS) == []
    page = await visitor.get(f"/r/{TOKEN}?n=complaint-refused")
    assert "at most 5,000 characters" in words(page)


@pytest.mark.parametrize("language", ["en", "de", "es"])
async def test_words_that_registration_refuses_stand_in_their_field_again(
    visitor, owners, mine, language
):
    mine("requested")
    owners.on("POST", COMPLAINTS, (429, problem("too-many", 429)))
    hers = "Session 2 was <cut> off.\r\nTeach the rest."
    visitor.cookies.set("paying", REGISTRATION)
    page = f"/r/{TOKEN}/complaint?lang={language}"
    answer = await visitor.post(page, data={"complaint": hers, "key": "d" * 32})
    assert answer.status_code == 429
    kept(answer, "complaint", hers.replace("\r\n", "\n"))
    assert "d" * 32 not in answer.text, "another try is another request"
    assert 'http-equiv="refresh"' not in answer.text, "it would be sent again, and the words gone"
    said = {"en": "This was not kept.", "de": "nicht gespeichert", "es": "No se ha guardado"}
    assert said[language] in words(answer)
    # where the page itself cannot be shown, the words are kept all the same
    owners.on("GET", OF_REGISTRATION, (503, {}))
    away = await visitor.post(page, data={"complaint": hers, "key": "d" * 32})
    assert away.status_code == 503
    assert "Session 2 was &lt;cut&gt; off." in away.text


@pytest.mark.parametrize(
    ("language", "before"),
    [
        ("en", "Something else was sent from this page before"),
        ("de", "wurde vorher etwas anderes gesendet"),
        ("es", "ya se envió otra cosa"),
    ],
)
async def test_other_words_after_those_that_arrived_are_not_told_to_be_too_long(
    visitor, owners, mine, language, before
):
    mine("confirmed", "paid")
    for path, verb, field in (
        (COMPLAINTS, "complaint", "complaint"),
        (NEEDS, "accommodation", "accommodation"),
    ):
        page = f"/r/{TOKEN}/{verb}?lang={language}"
        form = {field: "And it was cold.", "key": "d" * 32}
        owners.on("POST", path, (422, problem("idempotency-key-reused", 422)))
        answer = await visitor.post(page, data=form)
        assert (answer.status_code, before in words(answer)) == (422, True), words(answer)
        kept(answer, field, "And it was cold.")
        assert "d" * 32 not in answer.text, "sent once more it is another request"
        owners.on("POST", path, (422, problem("something-else", 422)))
        other = words(await visitor.post(page, data=form))
        assert "2,000" not in other
        assert "5,000" not in other


async def test_a_complaint_is_kept_while_registration_is_away(visitor, owners, mine):
    mine("confirmed", "paid")
    owners.down.add("registration")
    sent = {"complaint": "Session 2 was cut off.", "key": "e" * 32}
    page = await visitor.post(f"/r/{TOKEN}/complaint", data=sent)
    assert page.status_code == 503
    assert page.text.count("Session 2 was cut off.") == 2  # to be read, and to be sent again
    assert "e" * 32 in page.text
