"""Dead endpoints cost the others nothing; two workers share them; nobody is reached within."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.runtime.outward import Outward
from tests.edges.partners.receiver import Receiver, receiving
from tests.edges.partners.webhooks import Hooks, staged

DEAD = 40  # more than are told at once, of either kind
NAME = "https://hooks.partner.example/in"


@contextlib.asynccontextmanager
async def running(stage: Hooks) -> AsyncIterator[None]:
    """Its calls go on by themselves."""
    task = asyncio.create_task(stage.outside.run())
    try:
        yield
    finally:
        task.cancel()
        for each in list(stage.outside._running):
            each.cancel()


async def heard(receiver: Receiver, *ids: str) -> None:
    async with asyncio.timeout(60):
        while set(ids) - set(receiver.ids):
            await asyncio.sleep(0.02)


async def test_dead_endpoints_cost_the_others_nothing(database):
    """Not even while each of them is being waited for, and there are more than are told at once."""
    async with staged(database("partners")) as stage, receiving() as dead, receiving() as well:
        dead.answer = lambda _heard: None
        stage.courier._answer = 0.2
        for n in range(DEAD // 20):
            await stage.describes(f"dead-{n}")
            for _ in range(20):
                await stage.opens(dead, f"dead-{n}")
        await stage.describes()
        await stage.opens(well)
        await stage.happens("e1")
        await stage.rests()
        assert well.ids == ["e1"]
        assert await stage.value("SELECT count(*) FROM endpoints WHERE apart") == DEAD
        stage.courier._answer = 3_600
        names = [f"e{n}" for n in range(2, 60)]
        await stage.happens(*names)
        async with running(stage):
            await heard(well, *names)
            statement = "SELECT count(*) FROM deliveries WHERE partner_id LIKE 'dead%'"
            assert await stage.value(statement) == DEAD, "all of them are still waited for"


async def test_two_workers_send_each_event_once(database):
    url = database("partners")
    async with staged(url) as one, staged(url) as other, receiving() as receiver:
        await one.describes()
        for _ in range(5):
            await one.opens(receiver)
        receiver.pause = 0.01
        names = [f"e{n}" for n in range(30)]
        for name in names:
            await one.happens(name)
            await asyncio.gather(one.outside.step(), other.outside.step())
        await asyncio.gather(one.rests(), other.rests())
        await one.rests()
        assert sorted(receiver.ids) == sorted(names * 5)


async def test_whoever_comes_back_too_late_records_nothing(database):
    """Its lease ran out while it sent; another has sent it since, and recorded that."""
    url = database("partners")
    async with staged(url) as late, staged(url) as other, receiving() as receiver:
        await late.describes()
        await late.opens(receiver)
        await late.happens("e1")
        receiver.pause = 3
        sending = asyncio.create_task(late.outside.step())
        async with asyncio.timeout(30):
            while not receiver.heard:
                await asyncio.sleep(0.01)
        receiver.pause = 0
        await other.leases_run_out()
        await other.rests()
        await sending
        assert receiver.ids == ["e1", "e1"]
        [delivery] = await other.deliveries()
        assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)


def leads_to(looks: list[Sequence[str]]) -> Outward:
    async def look(_host: str, _port: int) -> Sequence[str]:
        return looks.pop(0) if len(looks) > 1 else looks[0]

    return Outward(look=look)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.partner.example/", "https://127.0.0.1/", "https://169.254.169.254/",
        "https://postgres/", "https://hooks.partner.example:5432/", "http://127.0.0.1:8080/",
        "https://user:secret@hooks.partner.example/", "ftp://hooks.partner.example/", "x",
    ],
)  # fmt: skip
async def test_no_endpoint_is_opened_or_moved_to_an_address_within(database, url):
    async with staged(database("partners"), leads_to([["8.8.8.8"]])) as stage:
        await stage.describes()
        path = "/partners/v1/partners/ibh/endpoints"
        refused = await stage.asks("POST", path, json={"url": url})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/target-not-public")
        assert [one["pointer"] for one in refused.json()["errors"]] == ["/url"]
        made = await stage.opens(NAME)
        moved = await stage.asks("PATCH", f"{path}/{made['endpoint_id']}", json={"url": url})
        assert moved.json()["type"] == "/problems/target-not-public"


async def test_nor_one_whose_name_leads_within(database):
    async with staged(database("partners"), leads_to([["8.8.8.8", "10.0.0.1"]])) as stage:
        await stage.describes()
        refused = await stage.asks(
            "POST", "/partners/v1/partners/ibh/endpoints", json={"url": NAME}
        )
        assert refused.json()["type"] == "/problems/target-not-public"
        assert "10.0.0.1" not in refused.text


async def test_a_request_that_is_repeated_has_its_answer_though_the_name_leads_elsewhere(database):
    way = leads_to([["8.8.8.8"], ["10.0.0.1"]])
    async with staged(database("partners"), way) as stage:
        await stage.describes()
        asked = {"json": {"url": NAME}, "headers": {"Idempotency-Key": "k"}}
        path = "/partners/v1/partners/ibh/endpoints"
        made = await stage.asks("POST", path, **asked)
        again = await stage.asks("POST", path, **asked)
        assert (again.status_code, again.json()) == (201, made.json())
        other = await stage.asks("POST", path, json={"url": NAME})
        assert other.json()["type"] == "/problems/target-not-public"


async def test_a_name_that_leads_within_later_is_sent_nothing(database):
    way = leads_to([["8.8.8.8"], ["10.0.0.1"]])
    async with staged(database("partners"), way) as stage:
        await stage.describes()
        await stage.opens(NAME)
        await stage.happens("e1")
        await stage.rests()
        [delivery] = await stage.deliveries()
        assert (delivery["status"], delivery["reason"]) == ("waiting", "not-public")
