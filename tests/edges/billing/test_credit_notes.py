"""Credit notes: for whatever is kept no longer, once each, with numbers that have no gaps."""

import asyncio
from typing import Any

import pytest

from shared.contracts.registration import RegistrationShareDue, RegistrationTransferred
from shared.runtime.sweep import Sweep
from tests.edges.billing.conftest import (
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)
from tests.edges.billing.test_invoice_files import group, on_invoice, pdf, person, text
from tests.stage import killed_at

EARLY, LATE = "2020-09-20T12:00:00Z", "2020-10-10T12:00:00Z"


async def notes(world: World, name: str = "ada") -> list[tuple[str, str, int]]:
    """(number, cause, amount), as the statement has them."""
    found = (await world.view(name))["credit_notes"]
    return [(each["number"], each["cause"], each["amount"]["amount"]) for each in found]


async def test_an_early_cancellation_is_noted_less_the_fee(ada: World):
    await ada.hears(person("ada"), cancelled("ada", EARLY))
    await ada.rests()
    assert await notes(ada) == [("CN-2020-000001", "cancelled", 16900)]
    path = "/billing/v1/registrations/ada/credit-notes/CN-2020-000001.pdf"
    assert (await ada.view("ada"))["credit_notes"][0]["pdf"] == path
    said = await text(ada, path)
    for words in (
        "Credit note CN-2020-000001",
        "Date 14 September 2020",
        "For invoice 2020-000001, 14 September 2020",
        "Reason Registration cancelled",
        "BILLED TO Ada Lovelace",
        "Total USD 169.00",
        "Given back the way it was paid −169.00",
    ):
        assert words in said, words
    assert await pdf(ada, path) == await pdf(ada, path)


async def test_a_late_one_is_noted_too_for_the_credit_is_charged_again_where_it_is_spent(
    ada: World,
):
    await ada.hears(person("ada"), cancelled("ada", LATE))
    await ada.rests()
    assert await notes(ada) == [("CN-2020-000001", "cancelled", 19900)]
    said = await text(ada, "/billing/v1/registrations/ada/credit-notes/CN-2020-000001.pdf")
    assert "Given as a credit −199.00" in said


async def test_what_nobody_gets_back_is_not_noted(ada: World):
    await ada.hears(cancelled("ada", "2020-10-20T12:00:00Z"))
    await ada.rests()
    assert await notes(ada) == []


async def test_a_seat_that_was_never_paid_is_withdrawn_without_a_note(world: World):
    await world.hears(course(), requested("ada"), cancelled("ada", EARLY, was="requested"))
    await world.rests()
    assert await notes(world) == []


async def test_goodwill_is_noted_for_what_it_gives(ada: World):
    await ada.goodwill("ada", amount=usd(5000))
    await ada.rests()
    await ada.goodwill("ada", amount=usd(1000))
    await ada.rests()
    assert await notes(ada) == [
        ("CN-2020-000001", "goodwill", 5000),
        ("CN-2020-000002", "goodwill", 1000),
    ]


async def test_an_employers_open_invoice_is_lowered_by_a_note_and_the_fee_stays_due(world: World):
    await world.hears(course(), person("ada"), on_invoice("ada"), confirmed("ada", basis="invoice"))
    await world.hears(cancelled("ada", EARLY))
    await world.rests()
    assert await notes(world) == [("CN-2020-000001", "cancelled", 16900)]
    said = await text(world, "/billing/v1/registrations/ada/invoice.pdf")
    assert "Credit notes −169.00" in said
    assert "To pay by 14 October 2020 30.00" in said
    said = await text(world, "/billing/v1/registrations/ada/credit-notes/CN-2020-000001.pdf")
    assert "No longer to be paid −169.00" in said


async def test_the_share_of_a_session_is_noted(ada: World):
    share = {"session_id": "s1", "minutes": 120, "total_minutes": 480, "requested_at": EARLY}
    await ada.hears(of(RegistrationShareDue, "ada", **share))
    await ada.rests()
    assert await notes(ada) == [("CN-2020-000001", "share_due", 4975)]


async def test_who_is_moved_has_the_first_invoice_noted_and_a_second_one(ada: World):
    await ada.hears(person("ada"), course(course_id="other"))
    moved = {"transferred_from": "ada", "transferred_price": usd(19900), "course_id": "other"}
    await ada.hears(requested("new", person_id="person-of-ada", **moved))
    facts = {"to_registration_id": "new", "to_course_id": "other", "requested_at": EARLY}
    await ada.hears(of(RegistrationTransferred, "ada", **facts))
    await ada.hears(confirmed("new", course_id="other"))
    await ada.rests()
    assert await notes(ada) == [("CN-2020-000001", "transferred", 19900)]
    assert await notes(ada, "new") == []
    said = await text(ada, "/billing/v1/registrations/ada/credit-notes/CN-2020-000001.pdf")
    assert "Moved to the other registration −199.00" in said
    said = await text(ada, "/billing/v1/registrations/new/invoice.pdf")
    assert "Total USD 199.00 Paid by card on 14 September 2020 −199.00 Left to pay 0.00" in said


async def test_decided_again_as_the_providers_only_what_comes_on_top_is_noted(ada: World):
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    await ada.hears(cancelled("ada", EARLY, by="provider"))
    await ada.rests()
    assert await notes(ada) == [
        ("CN-2020-000001", "cancelled", 16900),
        ("CN-2020-000002", "cancelled", 3000),
    ]


async def test_the_new_outcome_in_place_of_a_credit_is_not_noted_twice(ada: World):
    await ada.hears(cancelled("ada", LATE))
    await ada.rests()
    await ada.hears(cancelled("ada", LATE, by="provider", prefer="refund"))
    await ada.rests()
    assert await notes(ada) == [("CN-2020-000001", "cancelled", 19900)]


async def test_heard_twice_it_is_noted_once(ada: World):
    event = cancelled("ada", EARLY)
    await ada.hears(event, event)
    await ada.rests()
    await ada.hears(event)
    await ada.rests()
    assert len(await notes(ada)) == 1


async def test_a_note_is_for_its_registration_alone(world: World):
    await world.hears(course(), person("ada"), person("ben"), *group("ada", "ben"))
    await world.hears(confirmed("ada", basis="invoice"), confirmed("ben", basis="invoice"))
    await world.hears(cancelled("ada", EARLY))
    await world.rests()
    path = "/billing/v1/registrations/{}/credit-notes/CN-2020-000001.pdf"
    said = await text(world, path.format("ada"))
    assert "Ada Lovelace" in said
    assert "Иванов" not in said
    async with world.client(token("ben")) as ben:
        assert (await ben.get(path.format("ada"))).status_code == 403
        answer = await ben.get(path.format("ben"))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
        404,
        "credit-note-unknown",
    )


async def numbers(world: World) -> list[str]:
    return [row["number"] for row in await world.rows("SELECT number FROM credit_notes ORDER BY 1")]


@pytest.mark.parametrize("point", ["batch.flushed", "batch.committed"])
async def test_a_crash_while_numbering_leaves_no_gap(world: World, point: Any):
    await paid(world, 6)
    with killed_at(point):
        await world.swept()
    await world.rests()
    assert await numbers(world) == [f"CN-2020-{n:06d}" for n in range(1, 7)]


async def paid(world: World, count: int) -> None:
    """So many employers' registrations, cancelled early."""
    names = [f"m{n:03}" for n in range(count)]
    await world.hears(course())
    for start in range(0, count, 50):
        part = names[start : start + 50]
        await world.hears(*[on_invoice(name) for name in part])
        await world.hears(*[confirmed(name, basis="invoice") for name in part])
        await world.hears(*[cancelled(name, EARLY) for name in part])


async def test_five_hundred_at_once_in_two_processes_have_no_gap_and_no_double(world: World):
    await paid(world, 500)
    other = Sweep(world.db, world.clock, world.service.dues)

    async def through(sweep: Sweep) -> None:
        while await sweep.step():
            pass

    await asyncio.gather(through(world.sweep), through(other))
    assert await numbers(world) == [f"CN-2020-{n:06d}" for n in range(1, 501)]
    assert await world.value("SELECT count(DISTINCT registration_id) FROM credit_notes") == 500


async def test_what_a_note_says_cannot_be_changed(ada: World):
    await ada.hears(cancelled("ada", EARLY))
    await ada.rests()
    for statement in ("UPDATE credit_notes SET amount_minor = 0", "DELETE FROM credit_notes"):
        with pytest.raises(Exception, match=r"permission denied|append-only|stays"):
            await ada.rows(statement)
