"""Many certificates in hand at once, and the process dies between any two steps: none is lost, none
is made twice, and each keeps the number under which it was prepared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import asyncpg
import pytest

from services.certificates.models import Duplicate
from shared.runtime import recording, sql
from shared.runtime.failpoint import POINTS, Point, armed
from shared.runtime.outside import OutsideCalls
from shared.runtime.rows import replace
from tests.edges.certificates.conftest import World
from tests.edges.certificates.facts import (
    all_completed,
    attended,
    course,
    id_of,
    person,
    registered,
)
from tests.stage import Killed

MANY = tuple(f"Gus Wold {number}" for number in range(5))


@contextmanager
def dies_at(point: Point, time: int) -> Iterator[None]:
    """The process ends when it comes to the point for that time: nothing of it goes on from any
    point, whatever it had in hand."""
    left = time

    def comes_to(here: Point) -> None:
        nonlocal left
        left -= here == point
        if left <= 0:
            raise Killed(here)

    with ExitStack() as all_points:
        for each in POINTS:
            all_points.enter_context(armed(each, lambda each=each: comes_to(each)))
        yield
    assert left <= 0, f"it never came to {point}"


async def lives(calls: OutsideCalls) -> None:
    """Claim, prepare, act and record as the loop does, until nothing is in hand."""
    with suppress(Killed):
        await calls._begin(calls.dues.outsides["render"])
    while calls._running:
        ended, others = await asyncio.wait(calls._running, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            if not task.cancelled() and task.exception() is not None:
                assert isinstance(task.exception(), Killed)
                for other in others:  # of a process that is dead nothing waits any more
                    other.cancel()


@pytest.fixture
async def due(world: World) -> World:
    """Five nurses whose certificates are about to be made."""
    rule = [{**one, "evaluation": False} for one in course().model_dump(mode="json")["boards"]]
    await world.hears(course(boards=rule), *all_completed())
    for who in MANY:
        await world.hears(person(who, "nurse"), *registered(who), *attended(who))
    await world.swept()
    assert len(await world.rows("SELECT 1 FROM due WHERE kind = 'render'")) == len(MANY)
    return world


@pytest.mark.parametrize(
    ("point", "time", "prepared", "stored"),
    [
        ("outside.claimed", 1, 0, 0),
        ("batch.flushed", 1, 0, 0),
        ("outside.prepared", 1, 5, 0),
        ("outside.acted", 1, 5, 0),
        ("outside.acted", 5, 5, 0),
        ("batch.flushed", 2, 5, 0),
        ("batch.committed", 2, 5, 5),
        ("outside.recorded", 1, 5, 5),
    ],
)
async def test_none_is_lost_and_none_is_made_twice(
    due: World, monkeypatch: Any, point: Point, time: int, prepared: int, stored: int
) -> None:
    monkeypatch.setattr(recording, "MOMENT", 3600.0)  # all five are recorded together
    five = _with(due.service.dues.outsides["render"], at_once=2 * len(MANY))
    monkeypatch.setitem(due.service.dues.outsides, "render", five)
    calls = OutsideCalls(due.db, due.clock, due.service.dues)
    with dies_at(point, time):
        await lives(calls)
    before = {row["certificate_id"]: row for row in await due.rows("SELECT * FROM certificates")}
    assert len(before) == prepared
    assert sum(row["status"] == "valid" for row in before.values()) == stored
    assert len(await due.said("certificate.issued")) == stored, "what is stored is said, no more"
    await due.leases_run_out()
    await due.rests()
    after = {row["certificate_id"]: row for row in await due.rows("SELECT * FROM certificates")}
    assert {row["registration_id"] for row in after.values()} == {
        id_of(f"registration/{who}") for who in MANY
    }
    assert {row["status"] for row in after.values()} == {"valid"}
    assert len(after) == len(MANY)
    for certificate_id, row in before.items():
        assert after[certificate_id]["number"] == row["number"]
        assert after[certificate_id]["status_index"] == row["status_index"]
    issued = await due.said("certificate.issued")
    assert sorted(one["certificate_id"] for one in issued) == sorted(after)
    hashes = {row["certificate_id"]: row["sha256"] for row in after.values()}
    assert {one["certificate_id"]: one["sha256"] for one in issued} == hashes
    documents = await due.rows(
        "SELECT encode(sha256(pdf), 'hex') AS hash, certificate_id, jwt FROM document_files"
    )
    assert {row["certificate_id"]: row["hash"] for row in documents} == hashes
    assert all(row["jwt"] for row in documents)
    assert await due.rows("SELECT 1 FROM due WHERE kind = 'render'") == []


async def test_no_more_are_in_hand_than_a_process_may_have(due: World, monkeypatch: Any) -> None:
    """So memory is bounded, however many are due."""
    kind = due.service.dues.outsides["render"]
    held: list[int] = []
    calls = OutsideCalls(due.db, due.clock, due.service.dues)

    async def looked(order: Any) -> Any:
        held.append(len(calls._running))
        return await kind.act(order)

    few = _with(kind, concurrency=2, at_once=1, act=looked)
    monkeypatch.setitem(due.service.dues.outsides, "render", few)
    claimed = 0
    while done := await calls._begin(few):
        claimed += done
        await lives(calls)
    assert claimed == len(held) == len(MANY)
    assert max(held) == 2
    assert len(await due.said("certificate.issued")) == len(MANY)


async def test_while_calls_act_others_are_claimed_only_when_there_is_room_for_many(
    due: World, monkeypatch: Any
) -> None:
    kind = due.service.dues.outsides["render"]
    go = asyncio.Event()

    async def waits(order: Any) -> Any:
        await go.wait()
        return await kind.act(order)

    some = _with(kind, concurrency=3, at_once=2, act=waits)
    monkeypatch.setitem(due.service.dues.outsides, "render", some)
    calls = OutsideCalls(due.db, due.clock, due.service.dues)
    assert await calls._begin(some) == 3
    assert await calls._begin(some) == 0, "there is no room"
    task = next(iter(calls._running))
    task.cancel()
    await asyncio.wait([task])
    assert await calls._begin(some) == 0, "there is room for one, not for two"
    go.set()
    while calls._running:
        await asyncio.wait(calls._running)
    assert await calls._begin(some) == 2, "nothing acts: whatever is due is claimed"
    while calls._running:
        await asyncio.wait(calls._running)
    await due.leases_run_out()
    await due.rests()
    assert len(await due.said("certificate.issued")) == len(MANY)


async def test_the_bytes_of_a_certificate_are_never_changed(due: World) -> None:
    await due.rests()
    async with due.db.acquire() as con:
        for change in ("pdf = 'x'", "jwt = ''", "certificate_id = 'c'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="never changed"):
                await con.execute(f"UPDATE document_files SET {change}")


async def test_files_written_in_one_statement_are_each_what_they_were_made(due: World) -> None:
    """One gets a file, one gets other words, one keeps a file that is there."""
    await due.rests()
    files = b"\x00\xff%PDF" * 20_000, b"", None
    keys = [(f"d{number}",) for number in range(3)]
    made = [
        Duplicate(
            duplicate_id=key,
            certificate_id="c",
            kind="duplicate",
            made_at=due.clock.now(),
            sha256=key,
            pdf=b"%PDF",
        )
        for (key,) in keys
    ]
    async with due.db.acquire() as con:
        await sql.insert(con, Duplicate, made)
        before: Any = await sql.by_keys(con, Duplicate, keys, lock=True)
        now = [
            replace(before[0], pdf=files[0]),
            replace(before[1], certificate_id="é \\ ' \"", pdf=files[1]),
            replace(before[2], pdf=files[2], sha256="s"),
        ]
        await sql.update(con, Duplicate, now[::-1], before[::-1])
        after: Any = await sql.by_keys(con, Duplicate, keys, lock=False)
    after.sort(key=lambda one: one.duplicate_id)
    assert [one.pdf for one in after] == list(files)
    assert [one.certificate_id for one in after] == ["c", "é \\ ' \"", "c"]
    assert [one.sha256 for one in after] == ["d0", "d1", "s"]
    assert [one.kind for one in after] == [one.kind for one in before]


def _with(kind: Any, **changes: Any) -> Any:
    return type(kind)(**{**kind.__dict__, **changes})
