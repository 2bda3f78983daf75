"""An offered seat on one's page: paid as it was ordered, at a price that was shown before."""

from typing import Any

import pytest

from tests.edges.web.conftest import TOKEN
from tests.edges.web.owners import problem, usd
from tests.edges.web.test_mine import OF_REGISTRATION, mine, words  # noqa: F401

ACCEPT = f"{OF_REGISTRATION}/accept-offer"
KEY = "a" * 32


def offered(price: Any, today: Any, *missing: str, method: str = "card", **more: Any) -> Any:
    offer = {"price": price, "price_today": today, "prerequisites_missing": list(missing)}
    payment = {"method": method, "basis": None}
    ends = "2020-09-15T15:00:00Z"
    return {
        "offer": offer,
        "payment": payment,
        "offer_expires_at": ends,
        "price": usd(14900),
    } | more


def hidden(page: Any) -> dict[str, str]:
    """What the form sends that takes the seat."""
    form = page.text.partition("/accept")[2].partition("</form>")[0]
    fields = [part.partition(">")[0] for part in form.split("<input ")[1:]]
    pairs = [dict(f.split("=", 1) for f in field.split('" ') if "=" in f) for field in fields]
    return {one["name"].strip('"'): one.get("value", "").strip('"') for one in pairs}


async def taken(visitor, owners, **typed: str) -> Any:
    """The form sent as it is shown; gives what registration was asked."""
    owners.on("POST", ACCEPT, (200, {"status": "requested"}))
    form = hidden(await visitor.get(f"/r/{TOKEN}")) | typed
    answer = await visitor.post(f"/r/{TOKEN}/accept", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{TOKEN}")
    return owners.calls(ACCEPT)[-1].body


@pytest.mark.parametrize(
    ("price", "method", "button", "sent"),
    [
        (usd(14900), "card", "Take the seat, then pay $149.00", "card"),
        (usd(14900), "invoice", "Take the seat: $149.00, on an invoice to Clinic", "invoice"),
        (usd(0), "invoice", "Take the seat", "free"),
    ],
)
async def test_a_seat_is_paid_as_it_was_ordered(
    visitor,
    owners,
    mine,  # noqa: F811
    price,
    method,
    button,
    sent,
):
    mine("offered", said=offered(price, price, method=method, organisation="Clinic"))
    page = await visitor.get(f"/r/{TOKEN}")
    assert f'<button class="button">{button}</button>' in page.text
    body = await taken(visitor, owners)
    assert body["payment"] == {"method": sent}
    assert "price" not in body
    assert ('name="credit_code"' in page.text) is bool(price["amount"])


async def test_a_credit_pays_for_an_offered_seat_too(visitor, owners, mine):  # noqa: F811
    mine("offered", said=offered(usd(14900), usd(14900)))
    body = await taken(visitor, owners, credit_code=" AAAA-BBBB, CCCC-DDDD ")
    assert body["payment"] == {"method": "card", "credit_codes": ["AAAA-BBBB", "CCCC-DDDD"]}


async def test_a_price_that_has_ended_is_not_taken_for_another_unseen(
    visitor,
    owners,
    mine,  # noqa: F811
):
    mine("offered", said=offered(usd(14900), usd(19900)))
    form = hidden(await visitor.get(f"/r/{TOKEN}"))
    owners.on("POST", ACCEPT, (409, problem("price-expired", 409)))  # meanwhile
    refused = await visitor.post(f"/r/{TOKEN}/accept", data=form)
    mine("offered", said=offered(None, usd(19900)))
    page = await visitor.get(refused.headers["location"])
    assert "The price has changed meanwhile." in words(page)
    assert "The price you asked for is not given any more. Today the seat is $199.00." in words(
        page
    )
    assert "Take the seat, then pay $199.00" in words(page)
    body = await taken(visitor, owners)
    assert (body["price"], body["payment"]) == ({}, {"method": "card"})


@pytest.mark.parametrize("slug", ["price-code-used", "price-code-expired", "price-code-invalid"])
async def test_a_code_that_is_used_up_is_said_so(
    visitor,
    owners,
    mine,  # noqa: F811
    slug,
):
    mine("offered", said=offered(usd(14900), usd(19900)))
    owners.on("POST", ACCEPT, (409, problem(slug, 409)))
    refused = await visitor.post(f"/r/{TOKEN}/accept", data={"key": KEY})
    assert "The price has changed meanwhile." in words(
        await visitor.get(refused.headers["location"])
    )


async def test_a_course_that_is_asked_for_since_is_named_and_can_be_shown(
    visitor,
    owners,
    mine,  # noqa: F811
):
    mine("offered", said=offered(usd(14900), usd(14900), "basics"))
    page = await visitor.get(f"/r/{TOKEN}")
    assert "Number of your certificate of basics" in words(page)
    assert 'href="/courses/basics"' in page.text
    body = await taken(visitor, owners, prerequisite_01=" HF-2020-7 ")
    assert body["prerequisites"] == ["HF-2020-7"]
    owners.on("POST", ACCEPT, (409, problem("prerequisite-missing", 409)))
    refused = await visitor.post(f"/r/{TOKEN}/accept", data={"key": KEY})
    said = words(await visitor.get(refused.headers["location"]))
    assert "This course asks for a certificate of another course" in said


async def test_a_form_that_somebody_else_wrote_is_a_card_s(
    visitor,
    owners,
    mine,  # noqa: F811
):
    mine("offered", said=offered(usd(14900), usd(14900)))
    owners.on("POST", ACCEPT, (200, {"status": "requested"}))
    odd = {"key": "x", "method": "gold", "prerequisite_": "", "today": ""}
    await visitor.post(f"/r/{TOKEN}/accept", data=odd)
    [asked] = owners.calls(ACCEPT)
    assert asked.body == {"disclosure_version": None, "payment": {"method": "card"}}
