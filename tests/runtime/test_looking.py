"""How often a relay looks: often while others write, seldom where nobody does."""

import asyncio

import pytest

from shared.runtime.looking import Looking
from shared.runtime.relay import Relay


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def looks(looking: Looking, clock: Clock, *found: bool, woken: bool = False) -> list[float]:
    """The pause after each look, in milliseconds; each is waited for."""
    pauses = []
    for each in found:
        pause = looking.after(each, woken)
        clock.now += pause + 0.0001  # a look takes its time
        pauses.append(round(pause * 1000))
    return pauses


def test_in_vain_it_looks_less_and_less_often_and_never_less_than_five_times_a_second() -> None:
    clock = Clock()
    assert looks(Looking(clock), clock, *[False] * 5) == [12, 48, 192, 200, 200]


def test_what_another_process_wrote_makes_it_look_often_for_fifty_milliseconds() -> None:
    clock = Clock()
    looking = Looking(clock)
    pauses = looks(looking, clock, False, False, False, True, *[False] * 19)
    assert pauses == [12, 48, 192, *[3] * 17, 12, 48, 192]


def test_each_that_it_finds_so_begins_them_anew() -> None:
    clock = Clock()
    found = [True, *[False] * 15, True, *[False] * 16]
    assert looks(Looking(clock), clock, *found) == [3] * 33


def test_what_it_was_woken_for_makes_it_look_no_more_often() -> None:
    """Whoever writes more wakes it again."""
    clock = Clock()
    looking = Looking(clock)
    assert looks(looking, clock, True, woken=True) == [3]
    assert looks(looking, clock, False, False, False) == [12, 48, 192]


async def test_the_relay_says_whether_it_was_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[bool, bool]] = []
    relay = Relay("postgresql://nobody", "nowhere:1", "toy")

    class Telling(Looking):
        def after(self, found: bool, woken: bool) -> float:
            told.append((found, woken))
            return 0.0 if len(told) == 1 else 30.0

    sent = iter([3, 0, 2, 0])
    done = asyncio.Event()

    async def step() -> int:
        if len(told) == 3:
            done.set()
        return next(sent)

    monkeypatch.setattr(relay, "_looking", Telling(lambda: 0.0))
    monkeypatch.setattr(relay, "step", step)
    running = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(20):
            while len(told) < 2:
                await asyncio.sleep(0.001)
            relay.wake.set()
            while len(told) < 3:
                await asyncio.sleep(0.001)
            relay.wake.set()
            await done.wait()
            while len(told) < 4:
                await asyncio.sleep(0.001)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert told == [(True, False), (False, False), (True, True), (False, True)]
