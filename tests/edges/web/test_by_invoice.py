"""A course that allows it is paid by an invoice to an organisation (domain.md §4), if one asks."""

import re

import pytest

from shared.contracts.registration import CoursePublished
from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import COURSE, problem
from tests.edges.web.test_mine import mine, words
from tests.edges.web.test_register import REGISTER, made, sent

PAGE = f"/courses/{COURSE}"
BY_INVOICE = {"payment": "invoice", "organisation": "  A Clinic "}


@pytest.fixture
async def allowed(tell):
    said = CoursePublished.example | {"version": 2, "invoice_allowed": True}
    await tell(CoursePublished.model_validate(said))


async def test_it_is_offered_where_the_course_allows_it_and_says_what_it_means(
    visitor, owners, tell, allowed
):
    page = await visitor.get(PAGE)
    text = words(page)
    assert re.search(r'name="payment" value="card" checked', page.text)
    assert "By invoice to my organisation You are registered at once." in text
    assert "your certificates wait until it is paid." in text
    assert "Your organisation can pay by invoice." in text
    assert "If you pay by card, your seat is held for 30 minutes" in text
    assert "Register, then pay" not in text
    full = {"seats": {"capacity": 500, "left": 0, "waiting": 3}}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, full))
    assert "You are registered at once." not in words(await visitor.get(PAGE))


@pytest.mark.parametrize("more", [{}, {"invoice_allowed": True, "price": "free"}])
async def test_it_is_not_offered_where_the_course_does_not_or_costs_nothing(visitor, tell, more):
    if more:
        free = {"amount": 0, "currency": "USD"}
        said = CoursePublished.example | {"version": 2, "invoice_allowed": True, "price": free}
        await tell(CoursePublished.model_validate(said | {"prices": []}))
    page = await visitor.get(PAGE)
    assert 'name="payment"' not in page.text
    assert "can pay by invoice" not in page.text


async def test_it_is_asked_for_with_the_organisations_name(visitor, owners, allowed):
    owners.on("POST", REGISTER, made)
    _, answer = await sent(visitor, **BY_INVOICE)
    assert answer.status_code == 303
    [asked] = owners.calls(REGISTER)
    assert asked.body["payment"] == {"method": "invoice"}
    assert asked.body["organisation"] == "A Clinic"


async def test_who_pays_by_card_names_no_organisation(visitor, owners, allowed):
    owners.on("POST", REGISTER, made)
    await sent(visitor, payment="card", organisation="A Clinic")
    [asked] = owners.calls(REGISTER)
    assert asked.body["payment"] == {"method": "card"}
    assert "organisation" not in asked.body


@pytest.mark.parametrize(
    ("organisation", "says"),
    [
        ("", "Name the organisation that the invoice is for, or choose the card."),
        ("pay@clinic.example", "Give the organisation’s name, not an address."),
    ],
)
async def test_without_a_name_nothing_is_sent_and_the_choice_stays(
    visitor, owners, allowed, organisation, says
):
    _, page = await sent(visitor, payment="invoice", organisation=organisation)
    assert page.status_code == 422
    assert f'id="organisation-error">{says}' in page.text
    assert 'name="payment" value="invoice" checked' in page.text
    assert f'name="organisation" value="{organisation}"' in page.text
    assert owners.calls(REGISTER) == []


async def test_what_registration_finds_in_the_name_stands_beside_it(visitor, owners, allowed):
    errors = [{"pointer": "/organisation", "detail": "At most 200 characters."}]
    owners.on("POST", REGISTER, (422, problem("organisation-invalid", 422, "Too long.", errors)))
    _, page = await sent(visitor, payment="invoice", organisation="A" * 201)
    assert 'id="organisation-error">At most 200 characters.' in page.text


async def test_where_it_is_not_allowed_any_more_nobody_is_charged_by_card_unasked(
    visitor, owners, allowed
):
    owners.on("POST", REGISTER, (409, problem("invoice-not-allowed", 409, "By card.")))
    _, page = await sent(visitor, **BY_INVOICE)
    assert page.status_code == 409
    assert 'id="payment-error">This course can’t be paid by invoice any more.' in page.text


async def test_a_form_that_was_open_when_that_changed_asks_before_it_charges(visitor, owners):
    owners.on("POST", REGISTER, made)
    _, page = await sent(visitor, **BY_INVOICE)
    assert page.status_code == 422
    assert "Press the button again to pay by card, or write to the provider." in words(page)
    assert owners.calls(REGISTER) == []


async def test_ones_own_page_says_whom_the_open_invoice_is_for(visitor, mine):
    ordered = {"payment": {"method": "invoice"}, "organisation": "A Clinic"}
    money = {"invoice_id": "i-1", "number": "2020-17", "pdf": "http://web.test/i.pdf"}
    total = {"amount": 19900, "currency": "USD"}
    for status, is_said in (("open", True), ("paid", False)):
        invoice = money | {"status": status, "total": total, "due": total}
        mine("confirmed", said=ordered, money={"invoice": invoice})
        text = words(await visitor.get(f"/r/{TOKEN}"))
        told = "This invoice is for A Clinic. Pass it on to whoever pays it" in text
        assert told == is_said


__all__ = ["mine"]  # a fixture of theirs
