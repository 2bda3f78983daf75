"""Documents come back from threads a few at once: each to whom it belongs, none lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.certificates import documents
from services.certificates.documents import Press

HUNG, BAD = "hung", "bad"


class Odd(Press):
    """Gives back what it was given; one order fails, one hangs until it is told to go on."""

    def __init__(self, threads: int) -> None:
        super().__init__("secret", threads)
        self.go = threading.Event()
        self.begun: list[Any] = []

    def _make(self, order: Any) -> Any:
        self.begun.append(order)
        if order == BAD:
            raise ValueError(order)
        if order == HUNG:
            assert self.go.wait(20)
        return order


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many documents the event loop was told of, each time that it was woken."""
    times: list[int] = []
    tell: Callable[[Any], None] = documents._tell

    def counted(together: Any) -> None:
        times.append(len(together))
        tell(together)

    monkeypatch.setattr(documents, "_tell", counted)
    return times


async def test_each_comes_to_whom_it_belongs_and_the_loop_is_woken_for_many(woken):
    press = Odd(1)
    first = asyncio.create_task(press.make(HUNG))  # nobody is told of the others before
    made = [asyncio.create_task(press.make(number)) for number in range(20)]
    failed = asyncio.create_task(press.make(BAD))
    await asyncio.sleep(0)
    press.go.set()
    assert await asyncio.wait_for(asyncio.gather(*made), 20) == list(range(20))
    with pytest.raises(ValueError, match=BAD):
        await failed
    assert await first == HUNG
    assert woken == [8, 8, 6]
    await press.aclose()


async def test_one_alone_is_told_at_once(woken):
    press = Odd(2)
    assert [await press.make(1), await press.make(2)] == [1, 2]
    assert woken == [1, 1]
    await press.aclose()


async def test_what_was_made_does_not_wait_for_a_page_that_hangs(woken):
    press = Odd(2)
    hangs = asyncio.create_task(press.make(HUNG))
    made = [asyncio.create_task(press.make(number)) for number in range(5)]
    assert await asyncio.wait_for(asyncio.gather(*made), 20) == list(range(5))
    assert not hangs.done()
    press.go.set()
    assert await hangs == HUNG
    await press.aclose()


async def test_who_gave_up_stops_no_other_and_is_not_made(woken):
    press = Odd(1)
    hangs = asyncio.create_task(press.make(HUNG))
    gone, stays = asyncio.create_task(press.make(1)), asyncio.create_task(press.make(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    press.go.set()
    assert await asyncio.wait_for(stays, 20) == 2
    assert await hangs == HUNG
    assert gone.cancelled()
    assert 1 not in press.begun
    await press.aclose()
