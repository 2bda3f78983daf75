"""Which tax is within somebody's price: said once, with the seat, and the same for ever."""

from typing import Any

from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import paid
from tests.edges.registration.test_transferring import transfer

RATES = [
    {"place": "DE", "percent": "19", "label": "VAT"},
    {"place": "US-NY", "percent": "8.875", "label": "Sales tax"},
    {"percent": "0"},
]
TAX = {"rates": RATES, "fee_percent": "7"}
USD = {"amount": 19900, "currency": "USD"}


async def asked(stage: Stage) -> list[Any]:
    return [each["tax"] for each in await stage.said("registration.requested")]


def at(place: str) -> dict[str, Any]:
    return {"attendee": application("Ada")["attendee"] | {"place": place}}


async def test_a_learners_place_decides_online_and_the_price_stays(stage: Stage):
    await stage.publish(price=USD, tax=TAX)
    await stage.register("Ada", **at("de"))
    await stage.register("Ben")
    [ada, ben] = await stage.said("registration.requested")
    assert ada["tax"] == {"place": "DE", "percent": "19", "label": "VAT", "fee_percent": "7"}
    assert ada["price"] == ben["price"] == USD
    assert ben["tax"] == {"place": "", "percent": "0", "label": "Tax", "fee_percent": "7"}


async def test_without_tax_and_where_nothing_is_charged_none_is_said(stage: Stage):
    await stage.publish("free", price=USD | {"amount": 0}, tax=TAX)
    await stage.publish("plain", price=USD)
    await stage.register("Ada", "free", **at("DE"))
    await stage.register("Ada", "plain", **at("DE"))
    assert await asked(stage) == [None, None]


async def test_an_odd_place_is_a_fault_where_it_stands(stage: Stage):
    await stage.publish(price=USD, tax=TAX)
    answer = await stage.register("Ada", **at("Germany"))
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/attendee/place"]


async def test_what_is_bought_keeps_its_rate_and_who_is_moved_takes_their_place_along(
    stage: Stage,
):
    await stage.publish(price=USD, tax=TAX)
    await stage.publish("other", price=USD, tax=TAX)
    registration_id = (await stage.register("Ada", **at("US-NY"))).json()["registration_id"]
    await stage.publish(price=USD, tax={"rates": [{"percent": "25"}]})
    await stage.hears(paid(registration_id))
    assert (await transfer(stage, registration_id, "other")).status_code == 200
    assert [tax["percent"] for tax in await asked(stage)] == ["8.875", "8.875"]


async def test_who_waits_gets_the_rate_of_when_they_take_the_seat(stage: Stage):
    await stage.publish(price=USD, tax=TAX, capacity=1)
    first = (await stage.register("Ada", **at("DE"))).json()["registration_id"]
    waits = (await stage.register("Ben", **at_of("Ben", "DE"))).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    await stage.act(
        stage.holder(waits), waits, "accept-offer", {"disclosure_version": "2020-09-01"}
    )
    assert [tax["percent"] for tax in await asked(stage)] == ["19", "19"]


def at_of(name: str, place: str) -> dict[str, Any]:
    return {"attendee": application(name)["attendee"] | {"place": place}}
