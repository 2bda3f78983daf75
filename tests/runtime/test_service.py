"""A service opens what it needs when it starts, and closes it when nobody uses it any more."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from shared.runtime.due import Dues
from shared.runtime.outside import OutsideCalls
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from tests.runtime import toy
from tests.stage import StillClock


def service(url: str, *resources: AbstractAsyncContextManager[Any]) -> Service:
    settings = ServiceSettings(
        database_url=url, platform_secret="a-secret-of-the-platform", kafka_bootstrap_servers="x:1"
    )
    return Service("toy", settings, base=toy.Base, dues=Dues(), resources=resources)


class Diary:
    """Resources that note when they are opened and closed, and what else was still open then."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @asynccontextmanager
    async def thing(self, name: str, *, breaks: str = "") -> AsyncIterator[None]:
        self.notes.append(f"{name} opens")
        if breaks == "opening":
            raise OSError("no such thing")
        try:
            yield
        finally:
            self.notes.append(f"{name} closes")
        if breaks == "closing":
            raise OSError("it is gone already")


async def test_resources_are_closed_in_reverse_when_the_loops_have_stopped(
    toy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = Diary()
    stop = OutsideCalls.stop

    async def noted(self: OutsideCalls) -> None:
        await stop(self)
        diary.notes.append("calls have stopped")

    monkeypatch.setattr(OutsideCalls, "stop", noted)
    made = service(toy_url, diary.thing("a"), diary.thing("b"))
    assert diary.notes == []
    async with made.app.router.lifespan_context(made.app):
        assert diary.notes == ["a opens", "b opens"]
    assert diary.notes[2:] == ["calls have stopped", "b closes", "a closes"]


async def test_one_that_cannot_be_closed_keeps_no_other_from_it(toy_url: str) -> None:
    diary = Diary()
    made = service(toy_url, diary.thing("a"), diary.thing("b", breaks="closing"))
    async with made.app.router.lifespan_context(made.app):
        pass
    assert diary.notes == ["a opens", "b opens", "b closes", "a closes"]


async def test_one_that_cannot_be_opened_ends_the_start_and_leaves_none_open(toy_url: str) -> None:
    diary = Diary()
    made = service(toy_url, diary.thing("a"), diary.thing("b", breaks="opening"))
    with pytest.raises(OSError, match="no such thing"):
        await made.start()
    assert diary.notes == ["a opens", "b opens", "a closes"]


async def test_all_rooms_and_loops_have_the_one_clock(toy_url: str) -> None:
    clock = StillClock("2020-09-14T12:00:00Z")
    settings = ServiceSettings(database_url=toy_url, platform_secret="a-secret-of-the-platform")
    made = Service("toy", settings, base=toy.Base, clock=clock)
    worker, state = made.worker, made.app.state
    for holder in (worker.sweep, worker.outside, worker.intake):
        assert holder.clock is clock
    assert state.clock is clock
    assert made.edge.now() == state.edge.now() == clock.time
    assert state.doorkeeper._clock is clock
