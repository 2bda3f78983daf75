"""Requests begin one a round of the loop, in order of arrival, whatever becomes of the others."""

import asyncio
from itertools import pairwise
from typing import Any

from shared.runtime.turns import Turns
from shared.runtime.web import Requests


async def rounds(many: int) -> None:
    for _ in range(many):
        await asyncio.sleep(0)


async def test_one_that_comes_alone_waits_for_nobody() -> None:
    turns = Turns()
    coming = turns.mine()
    try:
        coming.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")


async def test_those_that_come_together_begin_one_a_round_in_order() -> None:
    turns, begun = Turns(), []

    async def request(n: int) -> None:
        await turns.mine()
        begun.append(n)

    tasks = [asyncio.create_task(request(n)) for n in range(5)]
    seen = []
    while len(begun) < 5:
        await asyncio.sleep(0)
        seen.append(len(begun))
    assert begun == [0, 1, 2, 3, 4]
    assert all(after - before <= 1 for before, after in pairwise(seen))
    assert seen[-1] - seen[0] == 4
    await asyncio.gather(*tasks)


async def test_one_that_comes_later_comes_behind_those_that_wait() -> None:
    turns, begun = Turns(), []

    async def request(name: str) -> None:
        await turns.mine()
        begun.append(name)

    early = [asyncio.create_task(request(name)) for name in "abc"]
    await rounds(2)
    late = asyncio.create_task(request("late"))
    await asyncio.gather(*early, late)
    assert begun == ["a", "b", "c", "late"]


async def test_what_else_the_loop_has_to_do_is_done_between_two_requests() -> None:
    turns, diary = Turns(), []

    async def request(n: int) -> None:
        await turns.mine()
        diary.append(n)

    async def transaction() -> None:
        while len([each for each in diary if each != "sql"]) < 4:
            diary.append("sql")
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(request(n)) for n in range(4)]
    await asyncio.gather(transaction(), *tasks)
    places = [diary.index(n) for n in range(4)]
    between = [diary[one:other] for one, other in pairwise(places[1:])]
    assert all("sql" in each for each in between)


async def test_one_that_is_cancelled_while_it_waits_or_at_its_turn_stops_no_other() -> None:
    turns, begun = Turns(), []

    async def request(n: int) -> None:
        await turns.mine()
        begun.append(n)

    tasks = [asyncio.create_task(request(n)) for n in range(6)]
    await asyncio.sleep(0)  # all are there; the first has begun
    tasks[2].cancel()
    tasks[5].cancel()
    turn = turns._waiting[0]
    while not turn.done():
        await asyncio.sleep(0)
    assert begun == [0]
    tasks[1].cancel()  # it has its turn, and does not take it
    await asyncio.gather(*tasks, return_exceptions=True)
    assert begun == [0, 3, 4]
    await asyncio.wait_for(turns.mine(), 1)


async def test_a_thousand_at_once_of_which_every_third_hangs_up_are_all_served_or_gone() -> None:
    turns, begun = Turns(), []

    async def request(n: int) -> None:
        await turns.mine()
        begun.append(n)
        await asyncio.sleep(0)

    tasks = [asyncio.create_task(request(n)) for n in range(1_000)]
    await rounds(3)
    for n in range(100, 1_000, 3):
        tasks[n].cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)
    assert begun == [n for n in range(1_000) if n < 100 or n % 3 != 1]


async def test_a_request_that_fails_stops_no_other() -> None:
    answered = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/fails":
            raise RuntimeError("a defect")
        answered.append(scope["path"])

    requests = Requests(app)

    async def ask(path: str) -> None:
        scope = {"type": "http", "path": path, "query_string": b"", "headers": [], "method": "GET"}
        await requests(scope, _nothing, _nothing)

    done = await asyncio.gather(
        *(ask(f"/{n}" if n % 2 else "/fails") for n in range(20)), return_exceptions=True
    )
    assert answered == [f"/{n}" for n in range(1, 20, 2)]
    assert [type(each) for each in done] == [RuntimeError, type(None)] * 10


def test_an_app_whose_loop_was_closed_in_the_middle_serves_in_the_next() -> None:
    turns = Turns()

    async def some() -> None:
        await turns.mine()
        asyncio.get_running_loop().stop()

    loop = asyncio.new_event_loop()
    task = loop.create_task(some())
    loop.run_forever()
    assert task.done()
    loop.close()

    async def more() -> int:
        await asyncio.gather(*(turns.mine() for _ in range(3)))
        return 3

    assert asyncio.run(asyncio.wait_for(more(), 5)) == 3


async def _nothing(*_: Any) -> Any:
    return None
