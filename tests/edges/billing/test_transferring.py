"""A registration that was moved takes its value along: what is booked, said and given back (§4).

Ada paid 199.00 for the reference course by card, on 2020-09-14; it is early until 2020-10-05. The
other courses begin in 2021. Whether the sums are exact on both registrations is also asked of the
invariants, by the fixture, after every test.
"""

from itertools import permutations
from typing import Any

import pytest

from cli.invariants.groups import groups_are_whole
from cli.invariants.registry import Outside
from shared.contracts.attendance import SessionCompleted
from shared.contracts.event import Event
from shared.contracts.registration import (
    RegistrationExpired,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
)
from stack.paysim import rules
from tests.edges.billing.conftest import (
    GOOD,
    World,
    cancelled,
    confirmed,
    course,
    of,
    person_of,
    requested,
    usd,
)
from tests.edges.billing.hand import tasks
from tests.stage import killed_at

EARLY, LATE = "2020-10-01T12:00:00Z", "2020-10-12T12:00:00Z"
YEAR = "2021-10-12"  # the last day of a credit that is asked for on 2020-10-12
FAR = "2021-06-01T20:00:00Z"
SCHEDULE = [
    {
        "session_id": "f1",
        "starts_at": FAR,
        "ends_at": "2021-06-01T22:00:00Z",
        "minutes": 120,
    }
]


def booked(
    new: str, old: str = "ada", price: int = 14900, was: int = 19900, **more: Any
) -> RegistrationRequested:
    """The other registration is asked for: in a course of its own, that begins in 2021."""
    facts = {
        "course_id": f"course-of-{new}",
        "price": usd(price),
        "transferred_from": old,
        "transferred_price": usd(was),
        "person_id": person_of("ada"),
        "starts_at": FAR,
        "schedule": SCHEDULE,
        "hold_expires_at": None,
        "payment_method": "card" if price else "free",
    }
    made: RegistrationRequested = requested(new, **facts | more)
    return made


def seated(new: str) -> Event:
    about = {"course_id": f"course-of-{new}", "person_id": person_of("ada")}
    made: Event = confirmed(new, basis="transfer", **about)
    return made


def moved(new: str, at: str, old: str = "ada", **more: Any) -> RegistrationTransferred:
    to = {"to_registration_id": new, "to_course_id": f"course-of-{new}"}
    if old != "ada":
        to["course_id"] = f"course-of-{old}"
    facts = {"requested_at": at, "person_id": person_of("ada")} | to | more
    made: RegistrationTransferred = of(RegistrationTransferred, old, **facts)
    return made


def gives_up(registration_id: str, at: str) -> Event:
    about = {"course_id": f"course-of-{registration_id}", "person_id": person_of("ada")}
    made: Event = cancelled(registration_id, at, **about)
    return made


async def move(
    world: World, new: str, at: str, old: str = "ada", price: int = 14900, was: int = 19900
) -> None:
    """Moved in one act, as registration says it."""
    world.clock.time = max(world.clock.time, world.clock.time.fromisoformat(at))
    asked = booked(new, old, price, was, requested_at=at)
    await world.hears(asked, seated(new), moved(new, at, old))
    await world.rests()


async def of_type(world: World, type_: str, registration_id: str) -> list[dict[str, Any]]:
    return [f for f in await world.said(type_) if f["registration_id"] == registration_id]


async def refunded(world: World) -> list[tuple[str, int, str]]:
    rows = await world.rows("SELECT * FROM refunds ORDER BY requested_at, refund_id")
    return [(row["registration_id"], row["amount_minor"], row["state"]) for row in rows]


async def credits_(world: World) -> list[tuple[int, int, str]]:
    """Of each credit: as issued, its balance, its last day."""
    rows = await world.rows("SELECT * FROM credits ORDER BY issued_at, credit_id")
    return [(r["amount_minor"], r["balance_minor"], str(r["expires_on"])) for r in rows]


async def share(world: World, registration_id: str) -> tuple[str, int]:
    """How it stands with its invoice: the state, and what it asks for."""
    invoice = (await world.view(registration_id))["invoice"]
    return invoice["status"], invoice["due"]["amount"]


# --- early ----------------------------------------------------------------------------------------


async def test_early_and_cheaper_the_surplus_goes_back_to_the_card(ada: World) -> None:
    await move(ada, "new", EARLY)
    assert await refunded(ada) == [("ada", 5000, "succeeded")]
    assert ada.totals() == (19900, 5000)
    assert await ada.balances("ada") == {}
    assert await ada.balances("new") == {"cash:gateway": 14900, "deferred_revenue": -14900}
    [settled] = await ada.said("cancellation.settled")
    assert (settled["registration_id"], settled["cause"]) == ("ada", "transferred")
    assert (settled["paid"], settled["moved"], settled["fee"]) == (usd(19900), usd(14900), usd(0))
    assert [part["amount"] for part in settled["refunds"]] == [usd(5000)]
    assert (settled["to_registration_id"], settled["to_course_id"]) == ("new", "course-of-new")
    assert (settled["credit"], settled["restored"]) == (None, [])
    [paid] = await of_type(ada, "invoice.paid", "new")
    assert (paid["total"], paid["paid_at"]) == (usd(14900), EARLY)
    assert [(t["tender"], t["amount"]) for t in paid["tenders"]] == [("card", usd(14900))]
    assert await share(ada, "ada") == ("paid", 5000)
    assert await share(ada, "new") == ("paid", 14900)


async def test_early_and_equal_everything_moves_and_nothing_goes_back(ada: World) -> None:
    await move(ada, "new", EARLY, price=19900)
    assert await refunded(ada) == []
    old, new = await ada.view("ada"), await ada.view("new")
    assert (old["payments"], old["paid"]) == ([], usd(0))
    assert [(p["amount"], p["tender"]) for p in new["payments"]] == [(usd(19900), "card")]
    assert new["paid"] == usd(19900)
    assert old["outcome"]["moved"] == usd(19900)
    again = await ada.goodwill("ada", amount=1)
    assert again.json()["type"] == "/problems/refund-too-large", "it is the other one's money now"


async def test_the_money_that_moved_can_go_back_to_the_very_card(ada: World) -> None:
    """Early there too: the payment less the fee, by the other course's own policy."""
    await move(ada, "new", EARLY)
    await ada.hears(gives_up("new", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert await refunded(ada) == [("ada", 5000, "succeeded"), ("new", 11900, "succeeded")]
    assert ada.totals() == (19900, 16900)
    assert await ada.balances("new") == {"cash:gateway": 3000, "fees": -3000}


async def test_early_to_a_free_course_everything_goes_back(ada: World) -> None:
    await move(ada, "new", EARLY, price=0)
    assert await refunded(ada) == [("ada", 19900, "succeeded")]
    assert (await ada.view("new"))["invoice"] is None


# --- late -----------------------------------------------------------------------------------------


async def test_late_and_cheaper_the_rest_stays_a_credit_of_a_year(ada: World) -> None:
    await move(ada, "new", LATE)
    assert await refunded(ada) == []
    assert await credits_(ada) == [(19900, 5000, YEAR)]
    assert await ada.balances("ada") == {"cash:gateway": 19900, "credits": -19900}
    assert await ada.balances("new") == {"credits": 14900, "deferred_revenue": -14900}
    types = [t for t in await ada.types() if t.startswith(("credit.", "cancellation."))]
    assert types == ["credit.issued", "credit.redeemed", "cancellation.settled"]
    [spent] = await ada.said("credit.redeemed")
    assert (spent["registration_id"], spent["amount"], spent["balance"]) == (
        "new", usd(14900), usd(5000),
    )  # fmt: skip
    [settled] = await ada.said("cancellation.settled")
    assert (settled["outcome"], settled["moved"]) == ("credit", usd(14900))
    assert (settled["credit"]["amount"], settled["credit"]["expires_on"]) == (usd(5000), YEAR)
    [paid] = await of_type(ada, "invoice.paid", "new")
    assert [(t["tender"], t["credit_expires_on"]) for t in paid["tenders"]] == [("credit", YEAR)]


async def test_late_and_equal_the_whole_credit_is_spent(ada: World) -> None:
    await move(ada, "new", LATE, price=19900)
    assert await credits_(ada) == [(19900, 0, YEAR)]
    [settled] = await ada.said("cancellation.settled")
    assert (settled["moved"], settled["credit"]) == (usd(19900), None)


async def test_late_here_and_early_there_is_no_way_to_the_card(ada: World) -> None:
    """Moved late to a far course, and cancelled early there: the credit comes back, no money."""
    await move(ada, "new", LATE, price=19900)
    await ada.hears(gives_up("new", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert await refunded(ada) == []
    assert await credits_(ada) == [(19900, 16900, YEAR)]


async def test_there_and_on_no_end_moves_and_nothing_becomes_money(ada: World) -> None:
    """Ada → b late, b → c early, c → d late, d → e early, then e is cancelled early."""
    await move(ada, "b", LATE, price=19900)
    await move(ada, "c", "2020-11-01T12:00:00Z", "b", price=14900)
    await move(ada, "d", "2021-05-25T12:00:00Z", "c", 14900, was=14900)
    late = await ada.rows(
        "SELECT kind, amount_minor FROM credit_entries ORDER BY occurred_at, kind"
    )
    assert sum(row["amount_minor"] for row in late) == 5000
    assert await credits_(ada) == [(19900, 5000, YEAR)]
    far = {"starts_at": "2022-06-01T20:00:00Z", "requested_at": "2021-05-26T12:00:00Z"}
    await ada.at("2021-05-26T12:00:00Z")
    await ada.hears(booked("e", "d", was=14900, **far), seated("e"))
    await ada.hears(moved("e", "2021-05-26T12:00:00Z", "d"))
    await ada.hears(gives_up("e", "2021-05-27T12:00:00Z"))
    await ada.rests()
    assert await credits_(ada) == [(19900, 16900, YEAR)]
    assert await refunded(ada) == []
    restored = await ada.said("credit.restored")
    assert {fact["expires_on"] for fact in restored} == {YEAR}


async def test_a_credit_is_not_spent_on_the_course_it_comes_from(ada: World) -> None:
    """Another learning product: moved back, the course asks for money, and the credit stays."""
    await move(ada, "b", LATE, price=19900)
    back = booked("back", "b", 19900, course_id=course().course_id, requested_at=LATE)
    home = {"course_id": "course-of-b", "to_course_id": course().course_id}
    await ada.hears(back, confirmed("back", basis="transfer"), moved("back", LATE, "b", **home))
    await ada.rests()
    assert await credits_(ada) == [(19900, 19900, YEAR)]
    assert await share(ada, "back") == ("open", 19900)
    [settled] = await of_type(ada, "cancellation.settled", "b")
    assert (settled["moved"], settled["restored"][0]["amount"]) == (usd(0), usd(19900))
    await ada.pays("back")
    assert await share(ada, "back") == ("paid", 19900)


async def test_there_and_back_in_time_the_card_s_money_goes_along(ada: World) -> None:
    await move(ada, "b", EARLY, price=19900)
    await move(ada, "c", EARLY, "b", price=19900)
    await move(ada, "d", EARLY, "c", price=14900)
    assert await refunded(ada) == [("c", 5000, "succeeded")]
    await ada.hears(gives_up("d", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert ada.totals() == (19900, 16900)
    assert await credits_(ada) == []


async def test_an_expired_credit_goes_back_expired_and_pays_for_nothing(ada: World) -> None:
    await move(ada, "b", LATE, price=19900)
    far = {"starts_at": "2023-06-01T20:00:00Z", "requested_at": "2020-11-01T12:00:00Z"}
    await ada.at("2020-11-01T12:00:00Z")
    await ada.hears(booked("c", "b", 19900, **far), seated("c"))
    await ada.hears(moved("c", "2020-11-01T12:00:00Z", "b"))
    assert await share(ada, "c") == ("paid", 19900)
    await ada.at("2021-11-01T12:00:00Z")
    await ada.hears(booked("d", "c", 19900, **far), seated("d"))
    await ada.hears(moved("d", "2021-11-01T12:00:00Z", "c"))
    assert await share(ada, "d") == ("open", 19900)
    assert await credits_(ada) == [(19900, 0, YEAR)]
    assert await ada.balances("ada") == {"cash:gateway": 19900, "breakage": -19900}


# --- dearer ---------------------------------------------------------------------------------------


async def test_dearer_only_the_difference_is_asked_for(ada: World) -> None:
    hold = {"hold_expires_at": "2020-10-01T12:30:00Z", "requested_at": EARLY}
    await ada.at(EARLY)
    await ada.hears(booked("new", price=24900, **hold))
    [issued] = await of_type(ada, "invoice.issued", "new")
    assert (issued["total"], issued["due"]) == (usd(24900), usd(5000))
    assert [line["amount"]["amount"] for line in issued["lines"]] == [24900, -19900]
    assert await ada.balances("new") == {"receivable": 5000, "deferred_revenue": -5000}
    await ada.pays("new")
    assert ada.totals() == (24900, 0)
    [paid] = await of_type(ada, "invoice.paid", "new")
    assert (paid["total"], paid["tenders"][0]["amount"]) == (usd(5000), usd(5000))
    assert sum(line["amount"]["amount"] for line in paid["lines"]) == 5000
    assert await ada.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}
    await ada.hears(seated("new"), moved("new", EARLY))
    assert await ada.balances("ada") == {}
    assert await ada.balances("new") == {"cash:gateway": 24900, "deferred_revenue": -24900}
    assert len(await of_type(ada, "invoice.paid", "new")) == 1, "it was said when it was paid"
    await ada.hears(gives_up("new", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert ada.totals() == (24900, 21900), "both payments go back to their card, less one fee"


async def test_back_in_a_dearer_course_whose_credit_is_not_good_there_all_is_asked_for(
    ada: World,
) -> None:
    """199.00 became a credit that is not for the course that it comes from; there it is 200.00."""
    await move(ada, "b", LATE, price=19900)
    hold = {"hold_expires_at": "2020-10-12T12:30:00Z", "requested_at": LATE}
    await ada.hears(booked("back", "b", 20000, course_id=course().course_id, **hold))
    [issued] = await of_type(ada, "invoice.issued", "back")
    assert (issued["total"], issued["due"]) == (usd(20000), usd(20000))
    await ada.pays("back")
    home = {"course_id": "course-of-b", "to_course_id": course().course_id}
    await ada.hears(confirmed("back", basis="transfer"), moved("back", LATE, "b", **home))
    await ada.rests()
    assert ada.totals() == (39900, 0)
    assert await credits_(ada) == [(19900, 19900, YEAR)]
    assert await share(ada, "back") == ("paid", 20000)
    assert len(await of_type(ada, "invoice.paid", "back")) == 1


@pytest.mark.parametrize("at", [EARLY, LATE])
async def test_dearer_after_a_kindness_what_was_given_back_is_asked_for_too(
    ada: World, at: str
) -> None:
    """249.00 less the 179.00 that are left of 199.00."""
    await ada.goodwill("ada", amount=2000)
    await ada.rests()
    await ada.at(at)
    await ada.hears(booked("new", price=24900, requested_at=at))
    [issued] = await of_type(ada, "invoice.issued", "new")
    assert (issued["total"], issued["due"]) == (usd(24900), usd(7000))
    await ada.pays("new")
    await ada.hears(seated("new"), moved("new", at))
    assert (await ada.view("new"))["paid"] == usd(24900)
    assert (await ada.balances("new")).get("receivable", 0) == 0
    assert len(await of_type(ada, "invoice.paid", "new")) == 1


async def test_a_difference_that_is_not_paid_leaves_all_as_it_was(ada: World) -> None:
    await ada.hears(booked("new", price=24900, hold_expires_at="2020-10-01T12:30:00Z"))
    about = {"course_id": "course-of-new", "person_id": person_of("ada")}
    await ada.hears(of(RegistrationExpired, "new", **about))
    assert await share(ada, "new") == ("void", 5000)
    assert await ada.balances("new") == {}
    assert await ada.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}
    assert await share(ada, "ada") == ("paid", 19900)


async def test_a_difference_that_is_paid_too_late_goes_back(ada: World) -> None:
    await ada.hears(booked("new", price=24900, hold_expires_at="2020-10-01T12:30:00Z"))
    await ada.pays("new", deliver=False)
    about = {"course_id": "course-of-new", "person_id": person_of("ada")}
    await ada.hears(of(RegistrationExpired, "new", reason="transfer-ended", **about))
    await ada.rests()
    assert len(await of_type(ada, "invoice.paid", "new")) == 1
    await ada.hears(of(RegistrationUnseated, "new", **about))
    await ada.rests()
    assert await refunded(ada) == [("new", 5000, "succeeded")]
    assert await ada.balances("new") == {}
    assert (await ada.view("ada"))["paid"] == usd(19900)


async def test_late_and_dearer_card_and_credit_pay_for_it_and_each_goes_back_its_way(
    ada: World,
) -> None:
    await ada.at(LATE)
    await ada.hears(booked("b", price=24900, requested_at=LATE))
    await ada.pays("b")
    await ada.hears(seated("b"), moved("b", LATE))
    assert await credits_(ada) == [(19900, 0, YEAR)]
    await move(ada, "c", "2020-11-01T12:00:00Z", "b", price=22000, was=24900)
    assert await refunded(ada) == [("b", 2900, "succeeded")], "the credit is used up first"
    assert await credits_(ada) == [(19900, 0, YEAR)]
    await ada.hears(gives_up("c", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert ada.totals() == (24900, 5000)
    assert await credits_(ada) == [(19900, 16900, YEAR)]


# --- what was given back before, and who pays --------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "price", "due", "back", "left"),
    [
        (EARLY, 19900, 2000, 0, None),
        (EARLY, 14900, 0, 3000, None),
        (LATE, 19900, 2000, 0, (17900, 0)),
        (LATE, 14900, 0, 0, (17900, 3000)),
    ],
)
async def test_what_was_given_back_before_does_not_move(
    ada: World, at: str, price: int, due: int, back: int, left: tuple[int, int] | None
) -> None:
    assert (await ada.goodwill("ada", amount=2000)).status_code == 202
    await ada.rests()
    await move(ada, "new", at, price=price)
    assert ada.totals() == (19900, 2000 + back)
    assert [credit[:2] for credit in await credits_(ada)] == ([left] if left else [])
    state, asked = await share(ada, "new")
    assert (state, asked) == ("open" if due else "paid", price)
    assert (await ada.balances("new")).get("receivable", 0) == due
    opened = [task for task in await ada.said("task.opened") if task["kind"] == "transfer-unpaid"]
    assert [task["about"] for task in opened] == ([{"registration_id": "new"}] if due else [])
    if due:
        assert await of_type(ada, "invoice.paid", "new") == []
        assert await ada.said("task.closed") == []
        await ada.pays("new")
        assert len(await of_type(ada, "invoice.paid", "new")) == 1
        [closed] = await ada.said("task.closed")
        assert closed["task_id"] == opened[0]["task_id"]


async def test_staff_give_back_of_the_new_one_what_moved_and_no_more(ada: World) -> None:
    await ada.goodwill("ada", amount=2000)
    await ada.rests()
    await move(ada, "new", EARLY, price=19900)
    assert (await ada.goodwill("new", amount=17901)).status_code == 409
    assert (await ada.goodwill("new", amount=17900)).status_code == 202
    await ada.rests()
    assert ada.totals() == (19900, 19900)


async def test_a_refund_that_fails_afterwards_is_still_the_old_one_s_debt(ada: World) -> None:
    await move(ada, "new", EARLY)
    [refund] = await ada.rows("SELECT * FROM refunds")
    await ada.at("2020-10-05T12:00:00Z")
    rules.settle(ada.store, refund["gateway_ref"], "failed")
    await ada.rests()
    assert await refunded(ada) == [("ada", 5000, "failed")]
    assert await ada.balances("ada") == {"cash:gateway": 5000, "refunds_payable": -5000}
    assert (await ada.view("new"))["paid"] == usd(14900), "what moved is not touched"
    assert (await ada.goodwill("ada", amount=1)).status_code == 409


async def test_whoever_paid_stays_the_payer(ada: World) -> None:
    """A colleague came instead, and is moved: the credit is the payer's all the same."""
    await ada.hears(
        of(
            RegistrationSubstituted,
            "ada",
            person_id="a-colleague",
            former_person_id=person_of("ada"),
            token_version=2,
        )
    )
    about = {"person_id": "a-colleague"}
    await ada.hears(booked("new", price=14900, **about), moved("new", LATE, **about))
    [issued] = await ada.said("credit.issued")
    assert issued["holder"] == {"kind": "person", "id": person_of("ada")}
    [row] = await ada.rows("SELECT * FROM registrations WHERE registration_id = 'new'")
    assert (row["payer_id"], row["person_id"]) == (person_of("ada"), "a-colleague")


@pytest.mark.parametrize("price", [19900, 0])
async def test_a_group_is_whole_when_one_of_it_was_moved(world: World, price: int) -> None:
    """Two are on the invoice, before and after; the new registration is on one of its own."""
    group = {"group_id": "the-group", "group_size": 2, "payment_method": "invoice"}
    await world.hears(*[requested(who, organisation="Clinic", **group) for who in ("m1", "m2")])
    await world.pays("m1")
    await move(world, "new", EARLY, "m1", price=price)
    [row] = await world.rows("SELECT group_id FROM registrations WHERE registration_id = 'new'")
    assert row["group_id"] == "the-group", "whoever paid has a say in it"
    async with world.db.acquire() as con:
        outside = Outside({"billing": con}, bootstrap="", simulator="", simulator_key="")
        assert [found async for found in groups_are_whole(outside)] == []
        await con.execute("UPDATE group_orders SET heard = 1")
        assert [f.about async for f in groups_are_whole(outside)] == ["the-group"]


# --- order, twice, at once, killed -------------------------------------------------------------------


@pytest.mark.parametrize("at", [EARLY, LATE])
@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_in_whatever_order_it_is_heard_it_comes_to_the_same(
    ada: World, order: tuple[int, ...], at: str
) -> None:
    """Also with a cancellation of the other one that is heard before anything is known of it."""
    later = "2020-12-01T12:00:00Z"
    await ada.at(later)
    facts = [booked("new"), seated("new"), moved("new", at), gives_up("new", later)]
    for place in order:
        await ada.hears(facts[place])
        await ada.hears(facts[place])
    await ada.rests()
    fits = {
        EARLY: [("ada", 5000, "succeeded"), ("new", 11900, "succeeded")],
        LATE: [],
    }
    assert await refunded(ada) == fits[at]
    assert await credits_(ada) == ([] if at == EARLY else [(19900, 16900, YEAR)])
    outcomes = await ada.said("cancellation.settled")
    assert sorted(fact["registration_id"] for fact in outcomes) == ["ada", "new"], "each once"


async def test_the_old_one_heard_of_last_moves_too(world: World) -> None:
    """From a free course, of which billing hears when all else is through."""
    free = requested("ada", price=usd(0), payment_method="free")
    await world.hears(booked("new", was=0), seated("new"), moved("new", EARLY))
    await world.pays("new")
    await world.hears(free, confirmed("ada", basis="free"))
    assert await share(world, "new") == ("paid", 14900)
    [settled] = await world.said("cancellation.settled")
    assert (settled["outcome"], settled["paid"], settled["moved"]) == ("nothing", usd(0), usd(0))
    [row] = await world.rows("SELECT * FROM registrations WHERE registration_id = 'new'")
    assert row["moved_in_at"] is not None


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_moved_on_before_it_was_heard_of_the_first_move_all_arrives(
    ada: World, order: tuple[int, ...]
) -> None:
    """Ada's 199.00, and the 50.00 that b costs more, are both what c is paid by."""
    await ada.at(EARLY)
    await ada.hears(booked("b", price=24900, requested_at=EARLY))
    await ada.pays("b")
    facts = [
        moved("b", EARLY),
        seated("b"),
        booked("c", "b", 24900, was=24900, requested_at=EARLY),
        moved("c", EARLY, "b"),
    ]
    for place in order:
        await ada.hears(facts[place])
        await ada.hears(facts[place])
    await ada.hears(seated("c"))
    await ada.rests()
    assert (await ada.balances("ada"), await ada.balances("b")) == ({}, {})
    assert await ada.balances("c") == {"cash:gateway": 24900, "deferred_revenue": -24900}
    assert await share(ada, "c") == ("paid", 24900)
    assert [fact["paid_at"] for fact in await of_type(ada, "invoice.paid", "c")] == [EARLY]
    settled = await ada.said("cancellation.settled")
    assert [fact["registration_id"] for fact in settled] == ["ada", "b"], "each once, in order"
    assert [fact["moved"] for fact in settled] == [usd(19900), usd(24900)]


async def test_while_the_value_is_still_to_come_nothing_is_quoted(ada: World) -> None:
    """Nothing true can be said of what cancelling, or moving on, would give."""
    await ada.hears(booked("new", requested_at=EARLY), seated("new"))
    later, path = "2020-12-01T12:00:00Z", "/billing/v1/registrations/new/transfer-quote"
    onward = {"price": "14900", "at": later}
    for answer in (await ada.quote("new", later), await ada.http.get(path, params=onward)):
        assert (answer.status_code, answer.json()["type"]) == (425, "/problems/not-known-yet")
        assert answer.headers["retry-after"] == "2"
    await ada.hears(moved("new", EARLY))
    assert (await ada.quote("new", later)).json()["fee"] == usd(3000)
    assert (await ada.http.get(path, params=onward)).json()["to_pay"] == usd(0)


@pytest.mark.parametrize("at", [EARLY, LATE])
@pytest.mark.parametrize("share_first", [True, False])
async def test_a_share_that_waits_for_the_value_outlives_a_later_cancellation(
    ada: World, at: str, share_first: bool
) -> None:
    """A quarter of 199.00 is 49.75; then 149.25 less the fee: 119.25."""
    await ada.hears(booked("new", price=19900, requested_at=at), seated("new"))
    due = of(
        RegistrationShareDue,
        "new",
        course_id="course-of-new",
        person_id=person_of("ada"),
        session_id="f1",
        minutes=120,
        total_minutes=480,
        requested_at="2020-11-01T12:00:00Z",
    )
    ends = gives_up("new", "2020-12-01T12:00:00Z")
    await ada.hears(*((due, ends) if share_first else (ends, due)))
    await ada.hears(moved("new", at))
    await ada.rests()
    settled = await of_type(ada, "cancellation.settled", "new")
    assert [fact["cause"] for fact in settled] == ["share_due", "cancelled"]
    back = "refunds" if at == EARLY else "restored"
    given = [[part["amount"]["amount"] for part in fact[back]] for fact in settled]
    assert given == [[4975], [11925]]
    assert settled[1]["fee"] == usd(3000)
    assert ada.totals() == (19900, 16900 if at == EARLY else 0)


async def test_a_payment_for_the_old_invoice_after_all_goes_back(ada: World) -> None:
    """Somebody still had the page open, and pays a second time when it was moved."""
    await move(ada, "new", EARLY, price=19900)
    wanted = {"key": "twice", "amount": 19900, "currency": "USD", "return_url": "http://x.test"}
    [line] = await ada.rows(
        "SELECT * FROM invoice_lines WHERE registration_id = 'ada' AND line = 1"
    )
    page = rules.open_checkout(ada.store, wanted | {"reference": line["invoice_id"]}, "")
    rules.pay(ada.store, page["id"], "4242424242424242")
    await ada.rests()
    assert await refunded(ada) == [("ada", 19900, "succeeded")]
    assert (await ada.view("new"))["paid"] == usd(19900)


@pytest.mark.parametrize("point", ["batch.flushing", "batch.flushed", "batch.committed"])
@pytest.mark.parametrize("at", [EARLY, LATE])
async def test_killed_in_the_middle_the_value_moves_once(ada: World, at: str, point: Any) -> None:
    await ada.at(at)
    await ada.hears(booked("new"), seated("new"))
    record = ada.said_by_others(moved("new", at), "00000000-0000-4000-8000-000000000001")
    with killed_at(point):
        await ada.takes([record])
    await ada.takes([record])
    await ada.rests()
    assert (await ada.view("new"))["paid"] == usd(14900)
    assert len(await ada.said("cancellation.settled")) == 1


async def test_the_same_fact_under_another_id_moves_nothing_again(ada: World) -> None:
    for at in (EARLY, LATE):
        await move(ada, "new", at)
    assert ada.totals() == (19900, 5000)
    assert len(await ada.said("cancellation.settled")) == 1


async def test_a_moved_registration_is_quoted_and_shown_as_such(ada: World) -> None:
    await move(ada, "new", EARLY)
    answer = await ada.quote("ada")
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "/problems/registration-transferred",
    )
    assert (await ada.quote("new", "2020-12-01T12:00:00Z")).json()["fee"] == usd(3000)


@pytest.mark.parametrize(
    ("at", "price", "expected"),
    [
        (EARLY, "14900", {"outcome": "refund", "to_pay": 0, "refunds": 5000, "credit": None}),
        (EARLY, "249.00", {"outcome": "refund", "to_pay": 5000, "refunds": 0, "credit": None}),
        (LATE, "14900", {"outcome": "credit", "to_pay": 0, "refunds": 0, "credit": 5000}),
    ],
)
async def test_what_moving_would_come_to_is_what_it_comes_to(
    ada: World, at: str, price: str, expected: dict[str, Any]
) -> None:
    path = "/billing/v1/registrations/ada/transfer-quote"
    answer = await ada.http.get(path, params={"price": price, "at": at})
    assert answer.status_code == 200, answer.text
    quote = answer.json()
    assert {
        "outcome": quote["outcome"],
        "to_pay": quote["to_pay"]["amount"],
        "refunds": sum(part["amount"]["amount"] for part in quote["refunds"]),
        "credit": quote["credit"] and quote["credit"]["amount"]["amount"],
    } == expected
    if price != "249.00":
        await move(ada, "new", at)
        [settled] = await ada.said("cancellation.settled")
        assert [step["because"] for step in settled["trace"]] == [
            step["because"] for step in quote["trace"]
        ]
        gone = await ada.http.get(path, params={"price": price})
        assert gone.json()["type"] == "/problems/registration-ended"


@pytest.mark.parametrize("price", ["-1", "1.999", "x", "", "1e5", "9" * 30])
async def test_a_price_that_is_none_is_refused(ada: World, price: str) -> None:
    path = "/billing/v1/registrations/ada/transfer-quote"
    answer = await ada.http.get(path, params={"price": price})
    assert answer.status_code in (400, 422), answer.text


async def test_a_late_move_heard_after_its_credit_is_over_spends_it_all_the_same(
    ada: World,
) -> None:
    """Judged at the request: 149.00 of the credit were spent then, and 50.00 have ended since."""
    await ada.at("2021-11-01T12:00:00Z")
    await move(ada, "new", LATE)
    assert await credits_(ada) == [(19900, 0, YEAR)]
    assert await share(ada, "new") == ("paid", 14900)
    assert await ada.balances("ada") == {
        "cash:gateway": 19900,
        "credits": -14900,
        "breakage": -5000,
    }
    assert await ada.balances("new") == {"credits": 14900, "deferred_revenue": -14900}


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_in_whatever_order_it_is_heard_staff_are_asked_for_the_rest(
    ada: World, order: tuple[int, ...]
) -> None:
    """After a kindness of 20.00 only 179.00 come along, and the seat costs 199.00."""
    await ada.goodwill("ada", amount=2000)
    await ada.rests()
    await ada.at(EARLY)
    facts = [booked("new", price=19900, requested_at=EARLY), seated("new"), moved("new", EARLY)]
    for place in order:
        await ada.hears(facts[place])
    await ada.rests()
    assert (await ada.balances("new"))["receivable"] == 2000
    opened = [task for task in await ada.said("task.opened") if task["kind"] == "transfer-unpaid"]
    assert [task["about"] for task in opened] == [{"registration_id": "new"}]
    await ada.pays("new")
    assert len(await ada.said("task.closed")) == 1


async def test_cancelled_with_less_than_it_costs_nothing_is_asked_any_more(ada: World) -> None:
    """179.00 came along for 199.00; early, less the fee of 30.00, 149.00 go back."""
    await ada.goodwill("ada", amount=2000)
    await ada.rests()
    await move(ada, "new", EARLY, price=19900)
    assert list(await tasks(ada)) == ["transfer-unpaid"]
    await ada.hears(gives_up("new", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert await tasks(ada) == {}
    assert ada.totals() == (19900, 2000 + 14900)
    assert await ada.balances("new") == {"cash:gateway": 3000, "fees": -3000}
    assert await share(ada, "new") == ("paid", 17900)
    answer = await ada.checkout("new")
    assert answer.json()["type"] == "/problems/nothing-to-pay"
    assert await of_type(ada, "invoice.voided", "new") == []
    [note] = await ada.rows("SELECT * FROM credit_notes WHERE registration_id = 'new'")
    assert note["amount_minor"] == 16900, "of 199.00 the fee is kept"


async def test_cancelled_after_sessions_what_was_earned_unpaid_is_not_earned(ada: World) -> None:
    """A credit that is not good there: 199.00 are due, and one of four sessions was held. What
    that earned was never paid, and is neither earned nor owed any more."""
    await move(ada, "b", LATE, price=19900)
    back = booked("back", "b", 19900, course_id=course().course_id, requested_at=LATE)
    back = back.model_copy(update={"schedule": requested("x").schedule})
    home = {"course_id": "course-of-b", "to_course_id": course().course_id}
    await ada.hears(back, confirmed("back", basis="transfer"), moved("back", LATE, "b", **home))
    about = {"course_id": course().course_id, "session_id": "s1"}
    await ada.hears(SessionCompleted.model_validate(SessionCompleted.example | about))
    await ada.rests()
    assert (await ada.balances("back"))["revenue"] == -4975
    await ada.hears(cancelled("back", "2020-12-01T12:00:00Z"))
    await ada.rests()
    assert await ada.balances("back") == {}
    assert await share(ada, "back") == ("void", 19900)


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
)
async def test_moved_with_less_and_cancelled_in_any_order_it_comes_to_the_same(
    ada: World, order: tuple[int, ...]
) -> None:
    await ada.goodwill("ada", amount=2000)
    await ada.rests()
    later = "2020-12-01T12:00:00Z"
    await ada.at(later)
    asked = booked("new", price=19900, requested_at=EARLY)
    facts = [asked, moved("new", EARLY), gives_up("new", later)]
    for place in order:
        await ada.hears(facts[place])
    await ada.rests()
    assert ada.totals() == (19900, 2000 + 14900)
    assert await ada.balances("new") == {"cash:gateway": 3000, "fees": -3000}
    assert await share(ada, "new") == ("paid", 17900)
    assert await tasks(ada) == {}
    assert await of_type(ada, "invoice.voided", "new") == []
    [note] = await ada.rows("SELECT * FROM credit_notes WHERE registration_id = 'new'")
    assert note["amount_minor"] == 16900


async def test_what_is_paid_late_where_the_policy_has_a_hole_asks_nothing_of_who_has_left(
    world: World,
) -> None:
    """Moved with nothing paid, and given up there. Then the card is heard of, and the policy does
    not say what that is worth: until staff do, the other registration owes as little as before."""
    await world.hears(requested("ada", kind="three_day_workshop"), confirmed("ada"))
    page = (await world.checkout("ada")).json()["checkout_url"]
    await world.hears(booked("new", requested_at=EARLY), seated("new"), moved("new", EARLY))
    await world.hears(gives_up("new", "2020-12-01T12:00:00Z"))
    assert await share(world, "new") == ("void", 14900)
    await world.shop.post(page, data={"card": GOOD})
    await world.rests()
    assert world.totals() == (19900, 0)
    assert "cancellation-undecided" in await tasks(world)
    assert await share(world, "new") == ("void", 14900)
    assert await world.balances("new") == {}
    assert await world.broken_invariants() == []
