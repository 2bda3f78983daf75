"""A domain's part of the connections: no more at once, in order, and nothing is kept of it."""

import asyncio

import pytest

from services.notifications.shares import Shares


async def test_one_that_does_not_answer_has_its_part_and_leaves_the_others_theirs() -> None:
    shares, inside, end = Shares(2), [], asyncio.Event()

    async def goes_in(name: str, number: int) -> None:
        async with shares.one(name, 60):
            inside.append((name, number))
            await end.wait()

    waiting = [asyncio.create_task(goes_in("slow", number)) for number in range(4)]
    await asyncio.sleep(0)
    other = asyncio.create_task(goes_in("other", 0))
    await asyncio.sleep(0.01)
    assert inside == [("slow", 0), ("slow", 1), ("other", 0)]
    end.set()
    await asyncio.gather(*waiting, other)
    assert inside[3:] == [("slow", 2), ("slow", 3)]
    assert shares._of == {}


async def test_whoever_loses_patience_takes_nothing_with_them() -> None:
    shares = Shares(1)
    async with shares.one("slow", 60):
        with pytest.raises(TimeoutError):
            async with shares.one("slow", 0.01):
                raise AssertionError("it was not their turn")
    async with shares.one("slow", 0.01):
        assert len(shares._of) == 1
    assert shares._of == {}
