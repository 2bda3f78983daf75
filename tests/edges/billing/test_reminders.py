"""Employers' invoices are reminded of while they are open: by mail, or by staff for an order."""

from typing import Any

import pytest

from shared.dates import parse_instant as at
from tests.edges.billing.conftest import World, cancelled, confirmed, course, requested, usd
from tests.edges.billing.test_invoice_files import group, on_invoice
from tests.stage import killed_at


async def reminded(world: World) -> list[tuple[str, int, int]]:
    said = await world.said("invoice.reminded")
    return [(one["reminded_at"], one["level"], one["due"]["amount"]) for one in said]


async def tasks(world: World, kind: str = "invoice-overdue") -> list[str]:
    """What became of tasks of that kind, in order."""
    return [
        type_.removesuffix(".v1")
        for type_, _, data in await world.told()
        if type_.startswith("task.") and data["kind"] == kind
    ]


@pytest.fixture
async def ada(world: World) -> World:
    """Ada came on an employer's invoice, due on 14 October."""
    await world.hears(course(), on_invoice("ada"), confirmed("ada", basis="invoice"))
    return world


async def test_an_open_invoice_is_reminded_of_three_times_and_then_staff_see_to_it(ada: World):
    await ada.at("2020-12-31T00:00:00Z")
    assert await reminded(ada) == [
        ("2020-10-07T15:04:05Z", 1, 19900),
        ("2020-10-15T15:04:05Z", 2, 19900),
        ("2020-10-28T15:04:05Z", 3, 19900),
    ]
    assert (await ada.said("invoice.reminded"))[0]["organisation"] == "Clinic"
    assert await tasks(ada) == ["task.opened"]


async def test_once_paid_it_is_not_reminded_of_and_the_task_is_done(ada: World):
    await ada.at("2020-10-30T00:00:00Z")
    await ada.pays("ada")
    await ada.at("2020-12-31T00:00:00Z")
    assert len(await reminded(ada)) == 3
    assert await tasks(ada) == ["task.opened", "task.closed"]


async def test_paid_in_time_it_is_never_reminded_of(ada: World):
    await ada.pays("ada")
    await ada.at("2020-12-31T00:00:00Z")
    assert await reminded(ada) == []
    assert await tasks(ada) == []


async def test_after_an_early_cancellation_only_the_fee_is_reminded_of(ada: World):
    await ada.hears(cancelled("ada", "2020-09-20T12:00:00Z"))
    await ada.at("2020-10-08T00:00:00Z")
    assert await reminded(ada) == [("2020-10-07T15:04:05Z", 1, 3000)]


async def test_where_nothing_is_due_any_more_it_stops(ada: World):
    await ada.hears(cancelled("ada", "2020-09-20T12:00:00Z", by="provider"))
    await ada.at("2020-12-31T00:00:00Z")
    assert await reminded(ada) == []


async def test_who_pays_by_card_is_reminded_of_nothing(world: World):
    await world.hears(course(), requested("ada"))
    await world.at("2020-12-31T00:00:00Z")
    assert await reminded(world) == []
    assert await tasks(world) == []


async def test_of_an_order_of_many_staff_are_asked_as_soon_as_it_is_overdue(world: World):
    await world.hears(course(), *group("ada", "ben"))
    await world.hears(confirmed("ada", basis="invoice"), confirmed("ben", basis="invoice"))
    await world.at("2020-10-15T15:04:04Z")
    assert await tasks(world) == []
    await world.at("2020-10-15T15:04:05Z")
    assert await tasks(world) == ["task.opened"]
    await world.hears(cancelled("ada", "2020-10-16T12:00:00Z", by="provider"))
    await world.rests()
    assert await tasks(world) == ["task.opened"]  # ben's share is still due
    await world.hears(cancelled("ben", "2020-10-16T12:00:00Z", by="provider"))
    await world.rests()
    assert await tasks(world) == ["task.opened", "task.closed"]
    await world.at("2020-12-31T00:00:00Z")
    assert await reminded(world) == []
    assert await tasks(world) == ["task.opened", "task.closed"]


async def test_an_invoice_heard_of_late_is_reminded_of_once_at_its_newest_step(world: World):
    world.clock.time = at("2020-10-16T12:00:00Z")
    await world.hears(course(), on_invoice("ada"), confirmed("ada", basis="invoice"))
    await world.at("2020-12-31T00:00:00Z")
    assert [level for _, level, _ in await reminded(world)] == [3]
    world.clock.time = at("2021-10-16T12:00:00Z")
    await world.hears(on_invoice("ben"), confirmed("ben", basis="invoice"))
    await world.rests()
    assert [level for _, level, _ in await reminded(world)] == [3, 3]


@pytest.mark.parametrize("point", ["batch.flushed", "batch.committed"])
async def test_a_crash_while_reminding_says_it_once(ada: World, point: Any):
    ada.clock.time = at("2020-10-07T15:04:05Z")
    with killed_at(point):
        await ada.swept()
    await ada.rests()
    assert [level for _, level, _ in await reminded(ada)] == [1]


async def test_a_reminder_names_no_person(ada: World):
    await ada.at("2020-10-08T00:00:00Z")
    [said] = await ada.said("invoice.reminded")
    assert said["due"] == usd(19900)
    assert set(said) == {
        "registration_id",
        "course_id",
        "person_id",
        "invoice_id",
        "number",
        "due",
        "due_at",
        "level",
        "organisation",
        "reminded_at",
    }
