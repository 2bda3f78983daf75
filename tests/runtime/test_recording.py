"""What calls outside came to is recorded together: nothing lost, nothing twice, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.runtime import recording
from shared.runtime.recording import Recording


class Book:
    """What was committed, a transaction a list; one may be held open, and one may fail."""

    def __init__(self) -> None:
        self.committed: list[list[Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()
        self.fails: BaseException | None = None

    async def through(self, units: Sequence[Any]) -> None:
        self.begun.set()
        await self.open.wait()
        if self.fails is not None:
            raise self.fails
        self.committed.append(list(units))


def all_of(made: Recording, *units: Any) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(made.record(unit)) for unit in units]


async def test_those_that_end_while_one_is_recorded_are_recorded_together_in_order() -> None:
    book = Book()
    book.open.clear()
    made = Recording(book.through)
    first = all_of(made, 1)
    await book.begun.wait()
    others = all_of(made, 3, 2, 4)
    await asyncio.sleep(0)
    book.open.set()
    await asyncio.gather(*first, *others)
    assert book.committed == [[1], [3, 2, 4]]
    await made.record(5)
    assert book.committed[-1] == [5]


async def test_so_many_are_waited_for_but_only_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = Book()
    made = Recording(book.through, enough=3)
    await asyncio.gather(*all_of(made, 1, 2))
    assert book.committed == [[1, 2]], "no third came"
    monkeypatch.setattr(recording, "MOMENT", 3600.0)
    few = all_of(made, 3, 4)
    await asyncio.sleep(0.01)
    assert len(book.committed) == 1
    await asyncio.gather(*few, *all_of(made, 5))
    assert book.committed[1:] == [[3, 4, 5]]


async def test_nobody_waits_for_more_than_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOMENT", 3600.0)
    book, left = Book(), [3]
    made = Recording(book.through, 7, lambda: left[0])
    few = all_of(made, 1, 2)
    await asyncio.sleep(0.01)
    assert book.committed == [], "a third is under way"
    left[0] = 2  # it came to nothing that is to be recorded
    made.look()
    await asyncio.wait_for(asyncio.gather(*few), 5)
    left[0] = 1
    await asyncio.wait_for(made.record(3), 5)
    assert book.committed == [[1, 2], [3]]


async def test_a_transaction_takes_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST", 2)
    book = Book()
    made = Recording(book.through, enough=7)
    await asyncio.gather(*all_of(made, *range(5)))
    assert book.committed == [[0, 1], [2, 3], [4]]


async def test_who_gave_up_waiting_is_not_recorded_and_stops_no_other() -> None:
    book = Book()
    book.open.clear()
    made = Recording(book.through)
    first = all_of(made, 1)
    await book.begun.wait()
    gone, stays = all_of(made, 2, 3)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    book.open.set()
    await asyncio.gather(*first, stays)
    assert book.committed == [[1], [3]]


async def test_a_transaction_of_none_but_those_who_gave_up_is_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "MOST", 2)
    book = Book()
    book.open.clear()
    made = Recording(book.through)
    first = all_of(made, 1)
    await book.begun.wait()
    *gone, stays = all_of(made, 2, 3, 4)
    await asyncio.sleep(0)
    for one in gone:
        one.cancel()
    await asyncio.sleep(0)
    book.open.set()
    await asyncio.gather(*first, stays)
    assert book.committed == [[1], [4]]


async def test_the_end_of_the_process_is_told_to_all_who_wait_and_the_next_begins_anew() -> None:
    book = Book()
    book.fails = SystemError("the process ends")
    made = Recording(book.through)
    ended = await asyncio.gather(*all_of(made, 1, 2), return_exceptions=True)
    assert ended == [book.fails, book.fails]
    book.fails = None
    await made.record(3)
    assert book.committed == [[3]]
