"""A crash between any two steps of making a certificate: one certificate, one number, said once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shared.runtime.due import Dues
from shared.runtime.outside import OutsideCalls
from tests.edges.certificates.facts import (
    all_completed,
    attended,
    cancellation_settled,
    cancelled,
    course,
    person,
    registered,
)
from tests.stage import killed_at

WHO = "Gus Wold"


@pytest.fixture
async def due(world):
    """A nurse whose certificate is about to be made."""
    await world.hears(course(), person(WHO, "nurse"), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    return world


def other(world, **changes: Any) -> OutsideCalls:
    """Another process, in which one of the three steps goes differently."""
    dues = Dues()
    dues.outsides["render"] = replace(world.service.dues.outsides["render"], **changes)
    return OutsideCalls(world.db, world.clock, dues)


async def one_certificate(world, number: str) -> dict[str, Any]:
    [row] = await world.rows("SELECT * FROM certificates")
    assert (row["status"], row["number"]) == ("valid", number)
    [issued] = await world.said("certificate.issued")
    assert issued["number"] == number
    [file] = await world.rows("SELECT * FROM document_files")
    assert file["pdf"].startswith(b"%PDF-")
    assert (
        await world.rows("SELECT * FROM due WHERE kind NOT IN ('rotate_key', 'end_evidence')") == []
    )
    return dict(issued)


async def test_killed_after_prepare_before_anything_was_made(due):
    with killed_at("outside.prepared"):
        await other(due).step()
    [row] = await due.rows("SELECT * FROM certificates")
    assert row["status"] == "preparing"
    assert await due.said("certificate.issued") == []
    shown = await due.shown(WHO)
    assert shown["certificates"] == []
    assert await due.rendered() == 0, "the lease still runs"
    await due.leases_run_out()
    await due.rests()
    await one_certificate(due, row["number"])


async def test_killed_after_it_was_made_before_it_was_recorded(due):
    with killed_at("outside.acted"):
        await other(due).step()
    [row] = await due.rows("SELECT * FROM certificates")
    assert (row["status"], await due.said("certificate.issued")) == ("preparing", [])
    await due.leases_run_out()
    await due.rests()
    await one_certificate(due, row["number"])


async def test_one_that_comes_back_after_its_lease_records_nothing(due):
    made, go = asyncio.Event(), asyncio.Event()
    act = due.service.dues.outsides["render"].act

    async def slow(order: Any) -> Any:
        made.set()
        await go.wait()
        return await act(order)

    late = asyncio.create_task(other(due, act=slow).step())
    await made.wait()
    await due.leases_run_out()
    await due.rests()
    [row] = await due.rows("SELECT * FROM certificates")
    issued = await one_certificate(due, row["number"])
    [before] = await due.rows("SELECT * FROM document_files")
    go.set()
    await late
    [after] = await due.rows("SELECT * FROM document_files")
    assert before == after
    assert issued == await one_certificate(due, row["number"])


async def test_what_cannot_be_made_is_tried_later_and_a_human_is_told_once(due):
    async def broken(order: Any) -> Any:
        raise RuntimeError("no disk")

    calls = other(due, act=broken)
    for _ in range(7):
        await calls.step()
        [row] = await due.rows("SELECT due_at FROM due WHERE kind = 'render'")
        due.clock.time = max(due.clock.time, row["due_at"])
    [task] = await due.said("task.opened")
    assert task["kind"] == "certificate-not-made"
    assert await due.said("task.closed") == []
    await due.rests()
    [closed] = await due.said("task.closed")
    assert closed["task_id"] == task["task_id"]
    [row] = await due.rows("SELECT * FROM certificates")
    await one_certificate(due, row["number"])


async def test_who_was_asked_is_told_when_the_certificate_is_not_needed_any_more(due):
    async def broken(order: Any) -> Any:
        raise RuntimeError("no disk")

    calls = other(due, act=broken)
    for _ in range(5):
        await calls.step()
        [row] = await due.rows("SELECT due_at FROM due WHERE kind = 'render'")
        due.clock.time = max(due.clock.time, row["due_at"])
    [task] = await due.said("task.opened")
    await due.hears(
        cancelled(WHO, "2020-11-09T23:30:00Z", by="operator"), cancellation_settled(WHO, "refund")
    )
    await due.rests()
    [closed] = await due.said("task.closed")
    assert (closed["task_id"], closed["outcome"]) == (task["task_id"], "not needed")
    assert await due.rows("SELECT * FROM certificates") == []


async def test_a_cancellation_for_money_while_it_is_being_made_wins(due):
    made, go = asyncio.Event(), asyncio.Event()
    act = due.service.dues.outsides["render"].act

    async def slow(order: Any) -> Any:
        made.set()
        await go.wait()
        return await act(order)

    making = asyncio.create_task(other(due, act=slow).step())
    await made.wait()
    await due.hears(
        cancelled(WHO, "2020-11-09T23:30:00Z", by="operator"), cancellation_settled(WHO, "refund")
    )
    go.set()
    await making
    await due.rests()
    assert await due.said("certificate.issued") == []
    assert await due.rows("SELECT * FROM certificates") == []
    assert await due.rows("SELECT * FROM documents") == []
    last = (await due.said("award.withheld"))[-1]
    assert [u["condition"] for u in last["unmet"]] == ["not_cancelled"]


@pytest.mark.parametrize("profession", ["nurse", "gardener"])  # a board's, and participation
async def test_who_is_erased_while_it_is_being_made_leaves_no_file(world, profession):
    await world.hears(course(), person(WHO, profession), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    if profession == "nurse":
        await world.evaluates(WHO)
    made, go = asyncio.Event(), asyncio.Event()
    act = world.service.dues.outsides["render"].act

    async def slow(order: Any) -> Any:
        made.set()
        await go.wait()
        return await act(order)

    making = asyncio.create_task(other(world, act=slow).step())
    await asyncio.wait_for(made.wait(), 20)
    await world.forgets(WHO)
    go.set()
    await making
    await world.rests()
    assert await world.said("certificate.issued") == []
    for table in ("certificates", "documents", "document_files"):
        assert await world.rows(f"SELECT * FROM {table}") == [], table


async def test_what_was_written_down_anew_while_it_is_being_made_is_what_comes_out(due):
    """A page with the same words in it, but another draft: the address stands in the credential."""
    made, go = asyncio.Event(), asyncio.Event()
    act = due.service.dues.outsides["render"].act
    orders: list[Any] = []

    async def slow(order: Any) -> Any:
        orders.append(order)
        made.set()
        await go.wait()
        return await act(order)

    making = asyncio.create_task(other(due, act=slow).step())
    await asyncio.wait_for(made.wait(), 20)
    await due.rows("UPDATE certificates SET draft = draft + 1 RETURNING draft")
    go.set()
    await making
    assert await due.said("certificate.issued") == []
    assert await due.rows("SELECT * FROM document_files") == []
    await due.rests()
    [row] = await due.rows("SELECT number, draft FROM certificates")
    assert (orders[0].draft, row["draft"]) == (1, 3)
    await one_certificate(due, row["number"])


async def test_cancelled_late_for_nothing_keeps_what_was_attended(world):
    await world.hears(course(), person(WHO, "nurse"), *registered(WHO), *attended(WHO)[:2])
    await world.hears(
        cancelled(WHO, "2020-10-30T12:00:00Z", by="operator"),
        cancellation_settled(WHO, "nothing"),
        *all_completed(),
    )
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    [issued] = await world.said("certificate.issued")
    assert (issued["board"], issued["credits"]) == ("ANCC", "4.0")
