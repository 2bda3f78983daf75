"""A group's one invoice, though its members are heard of one by one, anyhow, in several processes.

Whether the sums are exact is also asked of the invariants, by the fixture, after every test.
"""

import asyncio
import random
import uuid
from typing import Any

import pytest

from services.billing.app import build
from services.billing.settings import Settings
from shared.contracts.event import Event
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested, usd
from tests.stage import SECRET, Stage, killed_at

EARLY = "2020-09-20T12:00:00Z"


def members(count: int, **changes: Any) -> list[Any]:
    """Everybody of one group, as registration tells of them; on invoice, unless it is said."""
    facts = {
        "group_id": "the-group",
        "group_size": count,
        "payment_method": "invoice",
        "organisation": "Clinic",
        "hold_expires_at": None,
    }
    return [requested(f"m{number:03}", **(facts | changes)) for number in range(count)]


async def issued(world: World) -> list[dict[str, Any]]:
    return await world.said("invoice.issued")


async def one_invoice(world: World) -> tuple[str, str]:
    """The id and number that all were told of, which is the only invoice there is."""
    told = {(each["invoice_id"], each["number"]) for each in await issued(world)}
    [(invoice_id, number)] = told
    assert await world.rows("SELECT invoice_id, number FROM invoices") == [
        {"invoice_id": invoice_id, "number": number}
    ]
    return invoice_id, number


@pytest.mark.parametrize("seed", range(4))
async def test_it_is_one_invoice_in_whatever_order_batches_and_copies(world: World, seed: int):
    chance = random.Random(seed)
    heard: list[tuple[Event, str]] = [(each, str(uuid.uuid4())) for each in members(40)]
    heard += [(cancelled(f"m{n:03}", EARLY), str(uuid.uuid4())) for n in range(0, 40, 5)]
    heard += [(confirmed(f"m{n:03}", basis="invoice"), str(uuid.uuid4())) for n in range(40)]
    heard += chance.sample(heard, 30)
    chance.shuffle(heard)
    while heard:
        size = chance.randint(1, 15)
        part, heard = heard[:size], heard[size:]
        await world.hears(*[event for event, _ in part], ids=[id_ for _, id_ in part])
    assert len(await issued(world)) == 40
    assert await one_invoice(world)
    assert await world.rows("SELECT size, heard FROM group_orders") == [{"size": 40, "heard": 40}]
    settled = await world.said("cancellation.settled")
    assert {each["registration_id"] for each in settled} == {f"m{n:03}" for n in range(0, 40, 5)}
    assert {each["still_due"]["amount"] for each in settled} == {3000}
    await world.pays("m001")
    assert world.totals() == (32 * 19900 + 8 * 3000, 0)
    assert len(await world.said("invoice.paid")) == 40


async def test_several_processes_make_one_invoice(world: World):
    others = [
        Stage(
            build(
                Settings(
                    database_url=world.db.url,
                    platform_secret=SECRET,
                    operator_key_hash="",
                    role="api",
                    gateway_url="http://paysim.test",
                    gateway_api_key="none",
                    webhook_secret="none",
                ),
                clock=world.clock,
            )
        )
        for _ in range(3)
    ]
    parts = [members(40)[start::4] for start in range(4)]
    stages = [world, *others]
    await asyncio.gather(*[s.hears(*part) for s, part in zip(stages, parts, strict=True)])
    for other in others:
        await other.service.worker_db.close()
    assert len(await issued(world)) == 40
    assert (await one_invoice(world))[1] == "2020-000001"
    assert await world.value("SELECT heard FROM group_orders") == 40


async def test_until_all_were_heard_of_nobody_is_sent_to_pay_it(world: World):
    *first, last = members(3, payment_method="card", hold_expires_at="2020-09-14T15:34:05Z")
    await world.hears(*first)
    refused = await world.checkout("m000", key="the same")
    assert (refused.status_code, refused.json()["type"]) == (425, "/problems/invoice-incomplete")
    assert int(refused.headers["Retry-After"]) > 0
    assert world.store.all("checkout") == []
    await world.hears(last)
    assert (await world.checkout("m000", key="the same")).status_code == 200
    [page] = world.store.all("checkout")
    assert page["amount"] == 3 * 19900


async def test_a_payment_that_came_too_early_is_divided_once_all_were_heard_of(world: World):
    from services.billing.commands.group_orders import invoice_of
    from stack.paysim import rules

    *first, last = members(3)
    await world.hears(*first)
    asked = {"key": "k", "amount": 3 * 19900, "currency": "USD", "return_url": "http://x.test"}
    page = rules.open_checkout(world.store, asked | {"reference": invoice_of("the-group")}, "")
    rules.pay(world.store, page["id"], "4242424242424242")
    await world.rests()
    assert await world.said("invoice.paid", "refund.requested") == []
    await world.at("2020-09-14T18:00:00Z")  # long after anybody would look again by themselves
    assert world.totals() == (3 * 19900, 0)
    assert await world.broken_invariants() == [], "staff are asked about it"
    closed = "UPDATE tasks SET closed_at = {} WHERE kind = 'payment-unknown' RETURNING 1"
    await world.rows(closed.format("now()"))
    assert await world.broken_invariants() == ["payments_are_divided"], "nobody is"
    await world.rows(closed.format("NULL"))
    await world.hears(last)
    await world.rests()
    assert len(await world.said("invoice.paid")) == 3
    assert [each["kind"] for each in await world.said("task.opened")] == ["payment-unknown"]
    assert len(await world.said("task.closed")) == 1
    assert world.totals() == (3 * 19900, 0)


async def test_who_costs_nothing_is_of_the_group_but_not_on_the_invoice(world: World):
    paying, free = members(2)
    free = free.model_copy(update={"price": free.price - free.price, "payment_method": "free"})
    await world.hears(free)
    assert await world.count("invoices") == 0
    await world.hears(paying)
    assert [each["registration_id"] for each in await issued(world)] == ["m000"]
    await world.pays("m000")
    assert world.totals() == (19900, 0)


async def test_what_a_group_paid_by_card_becomes_a_credit_of_the_organisation(world: World):
    await world.hears(course(), *members(2, payment_method="card"))
    await world.pays("m000")
    await world.hears(confirmed("m000"), confirmed("m001"))
    await world.hears(cancelled("m001", "2020-10-10T12:00:00Z"))
    [credit] = await world.said("credit.issued")
    assert credit["holder"] == {"kind": "organisation", "id": "Clinic"}


async def test_a_member_is_shown_the_invoice_and_a_share_of_it(world: World):
    await world.hears(*members(3))
    _, number = await one_invoice(world)
    invoice = (await world.view("m001"))["invoice"]
    assert (invoice["number"], invoice["total"]) == (number, usd(19900))


async def test_a_process_that_dies_half_way_leaves_the_group_to_the_next(world: World):
    all_of_them = members(6)
    ids = [str(uuid.uuid4()) for _ in all_of_them]
    for point in ("batch.flushed", "batch.committed"):
        with killed_at(point):
            await world.hears(*all_of_them[:3], ids=ids[:3])
    await world.hears(*all_of_them, ids=ids)
    assert len(await issued(world)) == 6
    assert await one_invoice(world)
    assert await world.value("SELECT heard FROM group_orders") == 6


async def test_an_invoice_of_five_hundred_is_made_out_and_paid_at_once(world: World):
    everybody = members(500)
    for start in range(0, 500, 50):
        await world.hears(*everybody[start : start + 50])
    assert await one_invoice(world)
    answer = await world.checkout("m000")
    await world.shop.post(answer.json()["checkout_url"], data={"card": "4242424242424242"})
    await world.deliver()
    await world.rests()
    paid = await world.said("invoice.paid")
    assert len({each["registration_id"] for each in paid}) == len(paid) == 500
    assert world.totals() == (500 * 19900, 0)


async def test_the_invoice_names_the_price_that_was_given(world: World):
    early = requested("ada", price=usd(16900), price_id="early", price_label="early bird")
    await world.hears(early, requested("ben"))
    lines = {one["registration_id"]: one["lines"] for one in await issued(world)}
    title = "Improving Treatment Effectiveness with Attachment Theory"
    assert [line["description"] for line in lines["ada"]] == [f"{title}, early bird"]
    assert [line["description"] for line in lines["ben"]] == [title]
    kept = await world.rows("SELECT description FROM invoice_lines ORDER BY registration_id")
    assert [row["description"] for row in kept] == [f"{title}, early bird", title]


async def test_the_longest_title_and_label_still_make_an_invoice(world: World):
    await world.hears(requested("ada", course_title="T" * 2_000, price_label="L" * 100))
    [line] = (await issued(world))[0]["lines"]
    assert len(line["description"]) == 2_000
