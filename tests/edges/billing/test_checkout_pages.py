"""Pages to pay on: one as long as it serves, another when it ended, was paid or leads elsewhere."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import httpx
import pytest

from services.billing.commands.checkout_pages import Asked, page_for
from services.billing.domain.seen import CheckoutSeen, KeySpent
from services.billing.models import (
    Checkout,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentPart,
    Registration,
)
from shared.errors import Unavailable
from stack.paysim import rules
from stack.paysim.faults import Faults
from tests.edges.billing.conftest import GOOD, World, requested

DAY = 86_400


def opens_a_checkout(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path == "/v1/checkouts"


async def url(world: World) -> str:
    answer = await world.checkout("ada")
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["checkout_url"]
    return found


async def test_an_open_page_is_given_again_without_asking_the_gateway(world: World) -> None:
    await world.hears(requested("ada"))
    first = await url(world)
    world.line.before = lambda _request: True
    assert await url(world) == first


async def test_a_request_that_is_repeated_has_its_answer_whatever_became_of_page_and_gateway(
    world: World,
) -> None:
    await world.hears(requested("ada"))
    first = await world.checkout("ada", "k")
    await world.value("UPDATE checkouts SET expires_at = now() RETURNING 1")
    world.line.before = lambda _request: True
    asked = len(world.line.calls)
    again = await world.checkout("ada", "k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert len(world.line.calls) == asked
    other = await world.checkout("ada", "another")
    assert (other.status_code, other.json()["type"]) == (503, "/problems/gateway-away")


@pytest.mark.parametrize(("left", "same"), [(16, True), (14, False), (-1, False)])
async def test_a_page_that_ends_soon_is_followed_by_another(
    world: World, left: int, same: bool
) -> None:
    await world.hears(requested("ada"))
    first = await url(world)
    ends = f"UPDATE checkouts SET expires_at = now() + interval '{left} minutes' RETURNING 1"
    assert await world.value(ends) == 1
    second = await url(world)
    assert (second == first) is same
    assert await url(world) == second
    keys = [one["key"].rpartition(":")[2] for one in world.store.all("checkout")]
    assert keys == (["1"] if same else ["1", "2"])
    await world.shop.post(second, data={"card": GOOD})
    await world.rests()
    assert len(await world.said("invoice.paid.v1")) == 1


async def test_a_page_whose_opening_was_not_recorded_and_that_ended_is_not_given_out(
    world: World,
) -> None:
    await world.hears(requested("ada"))
    world.store.now = lambda: time() - 2 * DAY
    world.line.after = opens_a_checkout
    assert (await world.checkout("ada")).status_code == 503
    world.line.mend()
    world.store.now = time
    page = await url(world)
    assert len(world.store.all("checkout")) == 2
    assert (await world.shop.post(page, data={"card": GOOD})).status_code == 303


async def test_a_lost_answer_leads_to_the_same_page(world: World) -> None:
    await world.hears(requested("ada"))
    world.line.after = opens_a_checkout
    assert (await world.checkout("ada")).status_code == 503
    world.line.mend()
    await url(world)
    assert len(world.store.all("checkout")) == 1


async def test_a_page_that_would_lead_back_to_an_old_link_is_not_given_out(world: World) -> None:
    await world.hears(requested("ada"))
    invoice = (await world.said("invoice.issued.v1"))[0]["invoice_id"]
    wanted = {"key": f"checkout:{invoice}:19900:1", "amount": 19900, "currency": "USD"}
    back = {"reference": invoice, "return_url": "http://holdfast.test/r/an-old-link"}
    old = rules.open_checkout(world.store, wanted | back, "http://paysim.test")
    page = await url(world)
    assert page != old["url"]
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    assert len(await world.said("invoice.paid.v1")) == 1


async def test_two_who_open_the_page_at_the_same_moment_get_the_same(world: World) -> None:
    await world.hears(requested("ada"))
    world.store.faults = Faults(rates={"slow": 1}, slow_seconds=0.2)
    first, second = await asyncio.gather(url(world), url(world))
    assert first == second
    assert len(world.store.all("checkout")) == 1


async def test_a_gateway_in_trouble_is_asked_again_with_the_same_key(world: World) -> None:
    await world.hears(requested("ada"))
    for trouble in ("timeout_before", "error_500", "timeout_after", "timeout_after"):
        world.store.faults = Faults(rates={trouble: 1}, hang_seconds=0)
        assert (await world.checkout("ada")).status_code == 503
    world.store.faults = Faults()
    await url(world)
    assert len(world.store.all("checkout")) == 1


# --- what is judged, without a service -----------------------------------------------------------

NOW = datetime(2020, 9, 14, 12, tzinfo=UTC)
OPENED = NOW - timedelta(hours=1)


class Rows:
    """A reader of rows that were made up."""

    def __init__(self, *rows: Any) -> None:
        self._rows = rows

    async def get(self, row: type[Any], _key: Any) -> Any:
        return next(iter(one for one in self._rows if type(one) is row), None)

    async def find(self, query: Any) -> list[Any]:
        return [one for one in self._rows if type(one) is query.row]


def owed(*more: Any) -> Rows:
    """Ada's invoice of 199.00, of which nothing is paid, and what else there is."""
    registration = Registration(
        registration_id="ada",
        invoice_id="i",
        person_id="p",
        payer_id="p",
        course_id="c",
        token_version=1,
    )
    invoice = Invoice(
        invoice_id="i", number="2020-000001", currency="USD", method="card", issued_at=OPENED
    )
    line = InvoiceLine(
        invoice_id="i",
        registration_id="ada",
        line=1,
        kind="course",
        description="",
        amount_minor=19900,
        at=OPENED,
    )
    return Rows(registration, invoice, line, *more)


def page(**changes: Any) -> Checkout:
    made: dict[str, Any] = {
        "checkout_id": "checkout:i:19900:1",
        "invoice_id": "i",
        "gateway": "paysim",
        "amount_minor": 19900,
        "currency": "USD",
        "created_at": OPENED,
        "generation": 1,
        "url": "http://one",
        "expires_at": NOW + timedelta(hours=1),
    }
    return Checkout(**(made | changes))


async def asked_for(rows: Rows, *, spent: int = 0, life: timedelta = timedelta(days=1)) -> Any:
    """(the key of the page, what the gateway was asked); the first keys are spent."""
    asked: list[str] = []

    async def opens(what: Asked) -> CheckoutSeen:
        asked.append(what.key)
        if len(asked) <= spent:
            raise KeySpent(what.key)
        return CheckoutSeen("co", "http://new", NOW + life)

    wanted = await page_for(rows, "ada", "paysim", opens, NOW)  # type: ignore[arg-type]
    return wanted.key, asked


@pytest.mark.parametrize(
    ("row", "key", "asked"),
    [
        (page(), "checkout:i:19900:1", []),
        (page(expires_at=None), "checkout:i:19900:1", []),
        (page(amount_minor=100), "checkout:i:19900:1", ["checkout:i:19900:1"]),
        (page(gateway="stripe"), "checkout:i:19900:2", ["checkout:i:19900:2"]),
        (page(generation=4, expires_at=NOW), "checkout:i:19900:5", ["checkout:i:19900:5"]),
    ],
    ids=["open", "never ends", "another amount", "another gateway", "ended"],
)
async def test_the_page_is_the_last_one_or_the_next(row: Checkout, key: str, asked: Any) -> None:
    assert await asked_for(owed(row)) == (key, asked)


@pytest.mark.parametrize(
    ("state", "amount", "paid_at", "key"),
    [
        ("succeeded", 19900, NOW, "checkout:i:19900:2"),
        ("failed", 19900, NOW, "checkout:i:19900:1"),
        ("succeeded", 100, NOW, "checkout:i:19900:1"),
        ("succeeded", 19900, OPENED - timedelta(1), "checkout:i:19900:1"),
    ],
    ids=["on it", "declined", "on another", "before it"],
)
async def test_a_page_that_was_paid_is_not_given_out_for_the_same_amount_again(
    state: str, amount: int, paid_at: Any, key: str
) -> None:
    payment = Payment(
        payment_id="pay",
        invoice_id="i",
        gateway="paysim",
        tender="card",
        amount_minor=amount,
        currency="USD",
        state=state,
        paid_at=paid_at,
    )
    came = PaymentPart(
        payment_id="pay",
        registration_id="ada",
        invoice_id="i",
        amount_minor=amount,
        applied_minor=0,
    )
    assert (await asked_for(owed(page(), payment, came)))[0] == key


async def test_keys_that_are_spent_are_passed_over_a_few_times_and_not_for_ever() -> None:
    assert (await asked_for(owed(), spent=3))[0] == "checkout:i:19900:4"
    with pytest.raises(Unavailable):
        await asked_for(owed(), spent=4)
    with pytest.raises(Unavailable):  # a gateway whose pages end at once
        await asked_for(owed(), life=timedelta(minutes=1))
