"""The public pages of courses come from memory, and are right within a second all the same."""

import asyncio

import pytest

from shared.runtime.database import Reader
from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid
from tests.rules.registration.course import course


async def left(stage: Stage) -> tuple[int, int]:
    """The seats left by the course's page, and by the list."""
    page = (await stage.public.get("/courses/attachment")).json()
    [listed] = (await stage.public.get("/courses")).json()["items"]
    return page["seats"]["left"], listed["seats_left"]


@pytest.fixture
def reads(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were read with, in one instant however slow the machine is."""
    monkeypatch.setattr(stage.service.fresh, "_tick", lambda: 0.0)
    seen: list[str] = []
    fetch = Reader.fetch

    async def noted(self, statement, *args):
        seen.append(statement)
        return await fetch(self, statement, *args)

    monkeypatch.setattr(Reader, "fetch", noted)
    return seen


async def test_who_registers_and_reads_at_once_sees_the_seat_gone(stage: Stage):
    await stage.publish(capacity=3)
    assert await left(stage) == (3, 3)
    made = (await stage.register()).json()["registration_id"]
    assert await left(stage) == (2, 2)
    await stage.hears(paid(made))
    await stage.act(stage.holder(made), made, "cancel")
    assert await left(stage) == (3, 3)
    await stage.publish(capacity=7)
    assert await left(stage) == (7, 7)


async def test_what_another_process_did_is_seen_within_a_second(two: tuple[Stage, Stage]):
    here, there = two
    await here.publish(capacity=3)
    assert await left(there) == (3, 3)
    await here.register()
    await asyncio.sleep(1)
    assert await left(there) == (2, 2)


async def test_a_thousand_readers_at_once_cost_one_reading(stage: Stage, reads: list[str]):
    await stage.publish()
    pages = await asyncio.gather(*(stage.public.get("/courses/attachment") for _ in range(1_000)))
    assert {page.status_code for page in pages} == {200}
    assert len({page.content for page in pages}) == 1
    assert len(reads) == 1


async def test_a_page_is_kept_by_all_that_was_asked_and_by_nothing_else(
    stage: Stage, reads: list[str]
):
    await stage.publish()
    zones = [(await stage.public.get(f"/courses/attachment?zone={zone}")).json()["sessions"][0]
             for zone in ("Europe/London", "Asia/Tokyo")]  # fmt: skip
    assert [s["local"]["from"] for s in zones] == ["21:00", "05:00"]
    boards = [
        (await stage.public.get(f"/courses/attachment?profession={who}&state={state}")).json()
        for who, state in (("counselor", "NY"), ("counselor", "NJ"), ("mft", "NY"))
    ]
    assert [page["eligibility"]["boards"] for page in boards] == [
        ["NBCC", "NYSED-MHC"], ["NBCC", "STATE"], [],
    ]  # fmt: skip
    await stage.public.get("/courses?limit=1")
    assert len(reads) == 6
    for same in ("zone=Asia/Tokyo&utm=7", "zone=Asia/Tokyo&t=nobody", "profession=MFT&state=ny"):
        await stage.public.get(f"/courses/attachment?{same}")
    await stage.operator.get("/courses?limit=1&after=")
    assert len(reads) == 6


async def test_junk_in_the_address_does_not_fill_the_memory(stage: Stage, reads: list[str]):
    await stage.publish()
    for number in range(30):
        await stage.public.get(f"/courses/attachment?profession=junk{number}")
        await stage.public.get(f"/courses/attachment?profession=counselor&state=junk{number}")
        await stage.public.get(f"/courses/attachment?zone=Mars/Crater{number}")
        await stage.public.get(f"/courses/nowhere-{number}")
        await stage.public.get(f"/courses?limit={number - 50}")
    assert len(stage.service.fresh) == 31  # unknown states are one, what was refused is none
    stage.service.fresh._most = 10
    for number in range(30):
        assert (await stage.public.get(f"/courses?after=~{number}")).status_code == 200
    assert len(stage.service.fresh) <= 10


async def test_an_unknown_course_is_known_as_soon_as_it_is_published(stage: Stage):
    assert (await stage.public.get("/courses/attachment")).status_code == 404
    assert (await stage.operator.put("/courses/attachment", json=course())).status_code == 201
    assert (await stage.public.get("/courses/attachment")).status_code == 200


async def test_the_window_is_that_of_a_clock_that_has_jumped(stage: Stage):
    await stage.publish()
    assert (await stage.public.get("/courses/attachment")).json()["registration"]["open"] is True
    stage.clock.time = stage.clock.time.replace(year=2021)
    assert (await stage.public.get("/courses/attachment")).json()["registration"]["open"] is False


async def test_nothing_of_anybody_is_kept(stage: Stage, reads: list[str]):
    await stage.publish(capacity=1)
    ids = [(await stage.register(name)).json()["registration_id"] for name in ("Ada", "Bea")]
    clients = [stage.public, stage.operator, *map(stage.holder, ids)]
    pages = [
        (await client.get(path)).content
        for path in ("/courses", "/courses/attachment?profession=counselor&state=NY")
        for client in clients
    ]
    assert len(set(pages)) == 2  # whoever asks
    kept = b"".join(each.made.result().body for each in stage.service.fresh._asked.values())
    assert b'"waiting":1' in kept
    for personal in ("Ada", "Bea", "learners.example", "000123", *ids):
        assert personal.encode() not in kept
