"""A credit about to end: told 30 and 7 days before, while something is left on it (domain.md §7).

The example's credit of 199.00 can be used until the end of 2021-10-06 in New York.
"""

from typing import Any

import pytest

from shared.contracts.billing import (
    CancellationSettled,
    CreditExpired,
    CreditIssued,
    CreditRedeemed,
    CreditRestored,
    CreditVoided,
    InvoiceIssued,
    InvoicePaid,
)
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
    RegistrationSubstituted,
)
from shared.runtime.tokens import code_of
from tests.edges.notifications.conftest import PERSON, World, course, of, words
from tests.stage import SECRET

CREDIT = CreditIssued.example["credit_id"]
NEW_YORKER = of(PersonRecorded, zone="America/New_York")
THIRTY, SEVEN = "2021-09-06T13:00:00Z", "2021-09-29T13:00:00Z"  # nine in the morning there
OTHER = {"registration_id": "another", "course_id": "another course", "person_id": "another one"}
NAMED = {
    "outcome": "credit",
    "refunds": [],
    "credit": {
        "credit_id": CREDIT,
        "amount": CreditIssued.example["amount"],
        "expires_on": "2021-10-06",
    },
}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def spent(left: int) -> Any:
    return of(CreditRedeemed, **OTHER, balance=usd(left), expires_on="2021-10-06")


async def given(world: World, **changes: Any) -> None:
    """Cancelled late: a credit, that the mail about the outcome names."""
    await world.hears(course(), NEW_YORKER, of(RegistrationRequested), of(RegistrationConfirmed))
    await world.at("2020-10-06T05:00:00Z")
    await world.hears(
        of(RegistrationCancelled), of(CreditIssued, **changes), of(CancellationSettled, **NAMED)
    )
    await world.rests()


def text_of(mail: Any) -> str:
    """Its words, however the lines are broken."""
    return " ".join(words(mail).split())


async def notices(world: World) -> list[tuple[str, str]]:
    """(status, when) of each, in the order in which they are due."""
    found = [m for m in await world.messages() if m["template"] == "credit_expiring"]
    return sorted((m["due_at"], m["status"]) for m in found)


async def test_the_learner_is_told_thirty_and_seven_days_before(world: World) -> None:
    await given(world)
    assert await notices(world) == [(THIRTY, "planned"), (SEVEN, "planned")]
    before = len(world.post.mails)
    await world.at("2021-09-06T12:59:59Z")
    assert len(world.post.mails) == before
    await world.at(THIRTY)
    assert len(world.post.mails) == before + 1
    mail = world.post.mails[-1]
    assert mail["subject"] == "Your credit of $199.00 ends on Wednesday, October 6, 2021"
    assert "Use it by: Wednesday, October 6, 2021" in text_of(mail)
    await world.at("2021-11-01T00:00:00Z")
    assert len(world.post.mails) == before + 2


async def test_what_was_spent_elsewhere_is_taken_off_and_nothing_left_ends_them(
    world: World,
) -> None:
    await given(world)
    await world.hears(spent(7900))
    await world.at(THIRTY)
    assert "$79.00" in world.post.mails[-1]["subject"]
    await world.hears(spent(0))
    assert await notices(world) == [(THIRTY, "sent"), (SEVEN, "cancelled")]
    [gone] = [
        m
        for m in await world.messages()
        if m["status"] == "cancelled" and m["template"] == "credit_expiring"
    ]
    assert gone["reason"] == "nothing is left on the credit, or it runs longer now"


@pytest.mark.parametrize("ends", [CreditExpired, CreditVoided])
async def test_one_that_ended_or_was_voided_is_told_of_no_more(world: World, ends: Any) -> None:
    await given(world)
    await world.hears(of(ends, **OTHER, balance=usd(0), expires_on="2021-10-06"))
    assert {status for _, status in await notices(world)} == {"cancelled"}


async def test_what_comes_back_is_told_of_again_and_another_end_is_another_notice(
    world: World,
) -> None:
    await given(world)
    await world.hears(spent(0))
    back = {**OTHER, "amount": usd(19900), "balance": usd(19900)}
    await world.hears(of(CreditRestored, **back, expires_on="2021-10-06"))
    assert await notices(world) == [(THIRTY, "planned"), (SEVEN, "planned")]
    await world.at(THIRTY)
    await world.hears(of(CreditRestored, **back, expires_on="2021-12-05"))
    assert await notices(world) == [
        (THIRTY, "sent"),
        (SEVEN, "cancelled"),
        ("2021-11-05T13:00:00Z", "planned"),
        ("2021-11-28T14:00:00Z", "planned"),
    ]


async def test_where_a_clock_jumps_over_both_one_is_sent(world: World) -> None:
    await given(world)
    before = len(world.post.mails)
    world.clock.time = world.clock.time.fromisoformat("2021-10-01T00:00:00+00:00")
    await world.rests()
    assert await notices(world) == [(THIRTY, "skipped"), (SEVEN, "sent")]
    assert len(world.post.mails) == before + 1


async def test_a_credit_without_an_end_is_never_about_to_end(world: World) -> None:
    await given(world, expires_on=None, expires_at=None)
    assert await notices(world) == []


async def test_one_that_is_issued_later_than_that_has_its_end_in_its_own_mail(
    world: World,
) -> None:
    await given(world, issued_at="2021-09-20T12:00:00Z")
    assert await notices(world) == [(SEVEN, "planned")]


async def test_an_organisation_s_is_to_be_passed_on(world: World) -> None:
    await world.hears(of(InvoiceIssued, organisation="A Clinic"))
    await given(world, holder={"kind": "organisation", "id": "A Clinic"})
    await world.at(THIRTY)
    mail = world.post.mails[-1]
    assert mail["subject"].startswith("A Clinic’s credit of $199.00 ends on ")
    assert "Please pass the code on to whoever does that there." in text_of(mail)


async def test_whoever_paid_is_told_though_a_colleague_came_instead(world: World) -> None:
    await given(world, holder={"kind": "person", "id": "who-paid"})
    [first, _] = [m for m in await world.dump("messages") if m["template"] == "credit_expiring"]
    assert first["person_id"] == "who-paid" != PERSON


ADA = of(PersonRecorded)
BEN_ID = "0192a0b0-5c1e-7a10-8f00-00000000a002"
BEN = of(PersonRecorded, person_id=BEN_ID, name="Ben Moss", email="ben@learners.example")


async def came_instead(world: World, **settled: Any) -> Any:
    """Ada ordered, Ben came instead and cancelled late: his letter about the outcome."""
    await world.hears(course(), ADA, BEN, of(RegistrationRequested), of(RegistrationConfirmed))
    await world.at("2020-10-06T05:00:00Z")
    await world.hears(of(RegistrationSubstituted))
    ben = {"person_id": BEN_ID}
    await world.hears(of(RegistrationCancelled, **ben))
    await world.hears(of(CreditIssued), of(CancellationSettled, **ben, **NAMED | settled))
    await world.rests()
    return of_letter(world, BEN.email, "Cancelled")


def of_letter(world: World, to: str, start: str) -> Any:
    [found] = [
        mail
        for mail, whom in zip(world.post.mails, world.post.recipients, strict=True)
        if whom == to and str(mail["Subject"]).startswith(start)
    ]
    return found


def whole(mail: Any) -> str:
    return str(mail.as_string()) + text_of(mail)


async def test_the_code_goes_to_whoever_paid_and_not_to_the_colleague_who_came(
    world: World,
) -> None:
    told = await came_instead(world)
    code = code_of(SECRET, "credit", CREDIT)
    assert code not in whole(told)
    assert "Whoever paid has a credit of $199.00, good until" in text_of(told)
    mail = of_letter(world, ADA.email, "You have a credit of $199.00")
    assert code in text_of(mail)
    assert "was handed on to a colleague, and the registration has ended since" in text_of(mail)
    assert "The invoice for" not in text_of(mail)
    await world.at(THIRTY)
    ending = of_letter(world, ADA.email, "Your credit of $199.00 ends")
    for letter in (mail, ending):
        assert "/r/" not in whole(letter), "the page is the colleague's"
        assert "Ben" not in whole(letter)


async def test_heard_in_another_order_the_credit_is_the_payer_s_all_the_same(world: World) -> None:
    await world.hears(course(), ADA, BEN, of(RegistrationRequested), of(RegistrationConfirmed))
    await world.hears(of(CreditIssued))
    await world.hears(of(RegistrationSubstituted))
    await world.at("2020-10-06T05:00:00Z")
    of_letter(world, ADA.email, "You have a credit of $199.00")
    assert "credit_issued" in await world.statuses()


async def test_what_is_back_on_the_payer_s_credit_is_told_without_its_code(world: World) -> None:
    back = [{"credit_id": "an old one", "amount": usd(19900), "expires_on": None}]
    told = await came_instead(world, outcome="refund", credit=None, restored=back)
    assert code_of(SECRET, "credit", "an old one") not in whole(told)
    assert "$199.00 is back on the credit it was paid with." in text_of(told)


async def test_a_receipt_names_no_code_of_the_payer_s_to_a_colleague(world: World) -> None:
    tender = {"tender": "credit", "amount": usd(19900), "credit_id": "an old one"}
    paid = of(InvoicePaid, tenders=[tender])
    await world.hears(course(), ADA, BEN, of(RegistrationRequested), of(RegistrationSubstituted))
    await world.hears(paid)
    await world.rests()
    told = of_letter(world, BEN.email, "Receipt")
    assert code_of(SECRET, "credit", "an old one") not in whole(told)


async def test_one_that_was_handed_on_is_told_to_nobody_here(world: World) -> None:
    await given(world)
    await world.hears(
        of(CreditVoided, balance=usd(0), reason="transferred", expires_on="2021-10-06"),
        of(
            CreditIssued,
            credit_id="the new one",
            registration_id=None,
            course_id=None,
            person_id=None,
            transferred_from=CREDIT,
        ),
    )
    assert {status for _, status in await notices(world)} == {"cancelled"}
    await world.hears(of(CreditRedeemed, **OTHER | {"credit_id": "the new one"}))
    assert await world.count("credits") == 1


async def test_a_gift_is_not_told_as_an_invoice_that_was_paid(world: World) -> None:
    await world.hears(
        course(),
        NEW_YORKER,
        of(RegistrationRequested, hold_expires_at=None, payment_method="invoice"),
        of(RegistrationConfirmed, basis="invoice"),
        of(CancellationSettled, outcome="credit", refunds=[], still_due=usd(19900)),
        of(CreditIssued, origin="goodwill"),
    )
    await world.at("2020-10-06T04:02:00Z")
    [mail] = [m for m in world.post.mails if str(m["Subject"]).startswith("You have a credit of")]
    said = " ".join(words(mail).split())
    assert "We give this credit beyond what the terms of" in said
    assert "The invoice for" not in said
