"""The live view: right while people come and go, and cheap however many look at it."""

import asyncio
from typing import Any

import pytest

from services.attendance.api import live
from services.attendance.api import looks as shared
from services.attendance.api.looks import DEAR, Looks
from tests.edges.attendance.conftest import COURSE, World, saw
from tests.edges.attendance.test_corrections import correct, interval
from tests.edges.attendance.test_many import MANY, multiply
from tests.edges.attendance.test_nobody import places, said


def who(view: dict[str, Any], *fields: str) -> dict[str, tuple[Any, ...]]:
    return {r["registration_id"]: tuple(r[f] for f in fields) for r in view["records"]}


async def test_who_is_in_who_waits_and_what_was_told(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:40:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "waiting", "2020-11-02T21:30:00Z", registration_id="ben"),
        saw("3", "joined", "2020-11-02T21:05:00Z", participant_id="who", name="Somebody"),
    )
    view = await world.view("s3")
    assert who(view, "seconds", "in_room", "waiting") == {
        "ada": (2400, True, False),
        "ben": (0, False, True),
    }
    counted = ("expected", "in_room", "in_waiting_room", "unmatched", "present", "flagged")
    assert [view[name] for name in counted] == [2, 1, 1, 1, 0, 0]
    assert (view["as_of"], view["reports"]) == ("2020-11-02T21:40:00Z", {})
    await world.observe(
        saw("4", "admitted", "2020-11-02T21:41:00Z", registration_id="ben"),
        saw("5", "left", "2020-11-02T21:42:00Z", registration_id="ada"),
    )
    await world.at("2020-11-02T21:50:00Z")
    assert who(await world.view("s3"), "seconds", "in_room", "waiting") == {
        "ada": (2520, False, False),
        "ben": (540, True, False),
    }
    await world.at("2020-11-02T23:01:00Z")
    await world.report("s3", interval("ada", "21:00", "22:00"))
    reports = (await world.view("s3"))["reports"]
    assert reports == {"report": {"lines": 1, "last_received_at": "2020-11-02T23:01:00Z"}}


async def test_a_board_asks_for_the_counts_alone_and_gets_the_curve(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:05:00Z")
    empty = await world.view("s3?records=false")
    assert (empty["last_observed_at"], {p["in_room"] for p in empty["curve"]}) == (None, {0})
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:02:00Z", registration_id="ben"),
        saw("3", "left", "2020-11-02T21:04:00Z", registration_id="ben"),
    )
    board = await world.view("s3?records=false")
    assert {"records", "findings"}.isdisjoint(board)
    assert (board["expected"], board["in_room"]) == (2, 1)
    assert board["last_observed_at"] == "2020-11-02T21:05:00Z"
    assert board["completes_at"] == "2020-11-02T23:15:00Z"  # 15 minutes after the end
    [first, *_] = board["curve"]
    assert first == {"at": "2020-11-02T20:45:00Z", "in_room": 0}
    assert [(p["at"][11:16], p["in_room"]) for p in board["curve"]][-6:] == [
        ("21:00", 1), ("21:01", 1), ("21:02", 2), ("21:03", 2), ("21:04", 1), ("21:05", 1),
    ]  # fmt: skip
    whole = await world.view("s3")
    assert [r["registration_id"] for r in whole["records"]] == ["ada", "ben"]
    assert whole["curve"] == board["curve"]


async def test_what_all_see_and_what_one_sees_and_what_is_settled_agree(enrolled: World) -> None:
    """Of who is seen without a meeting's id, while somebody else is told of in a meeting that
    nobody knows."""
    world = enrolled
    await world.at("2020-11-02T21:00:00Z")
    here = {"course_id": COURSE, "session_id": "s3"}
    of_ben = saw("3", "joined", "2020-11-02T22:05:00Z", registration_id="ben", **here)
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada", **here)
        | {"meeting_id": None},
        saw("2", "meeting_ended", "2020-11-02T22:00:00Z"),
        of_ben | {"meeting_id": "999"},
    )
    await world.at("2020-11-02T22:59:00Z")
    alike = {"ada": 3600, "ben": 3240}
    assert who(await world.view("s3"), "seconds") == {one: (n,) for one, n in alike.items()}
    hers = {one: (await world.registration(one))["s3"]["seconds"] for one in alike}
    await world.at("2020-11-02T23:15:00Z")
    settled = await world.settled()
    ended = {"ada": 3600, "ben": 3300}  # a minute later
    assert (hers, {one: settled[one, "s3"][0] for one in alike}) == (alike, ended)


async def test_of_a_thousand_each_is_counted_once(enrolled: World) -> None:
    world = enrolled
    await world.at("2020-11-02T21:30:00Z")
    await world.observe(saw("1", "joined", "2020-11-02T21:10:00Z", registration_id="ada"))
    await multiply(world)
    view = await world.view("s3")
    assert (view["expected"], view["in_room"], view["unmatched"]) == (MANY + 2, MANY + 1, 0)
    assert sum(r["seconds"] for r in view["records"]) == 1200 * (MANY + 1)


async def test_a_dear_look_is_shared_until_something_is_decided(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, made = enrolled, 0
    ticks = iter(range(0, 10**6, 10))  # every look at the clock is ten seconds later
    world.service.app.state.looks.timer = lambda: next(ticks)
    gather = live.gather

    async def counted(*args: Any) -> Any:
        nonlocal made
        made += 1
        return await gather(*args)

    monkeypatch.setattr(live, "gather", counted)
    monkeypatch.setattr(shared, "DEAR", 0)
    await world.at("2020-11-02T22:00:00Z")
    views = await asyncio.gather(*(world.view("s3") for _ in range(4)))
    assert made == 1
    assert all(view == views[0] for view in views)
    assert (await correct(world, seconds=4000)).status_code == 201
    assert who(await world.view("s3"), "seconds")["ada"] == (4000,)
    await world.complete("s3", early=True)
    assert (await world.view("s3"))["state"] == "completed"
    assert made == 3


async def test_who_was_matched_or_dismissed_is_not_shown_as_waiting_any_more(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = enrolled
    monkeypatch.setattr(shared, "DEAR", 0)
    world.service.app.state.looks.timer = iter(range(0, 10**6, 10)).__next__
    await world.at("2020-11-02T22:00:00Z")
    await world.observe(
        *(saw(p, "joined", "2020-11-02T21:00:00Z", participant_id=p) for p in ("z1", "z2"))
    )
    assert (await world.view("s3"))["unmatched"] == 2
    for left, (place, whose) in enumerate(zip(await places(world), ("ada", None), strict=True)):
        await said(world, place["id"], whose)
        assert (await world.view("s3"))["unmatched"] == 1 - left


async def test_who_a_report_brings_is_waited_for_at_once_however_dear_the_look(
    enrolled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = enrolled
    monkeypatch.setattr(shared, "DEAR", 0)
    world.service.app.state.looks.timer = iter(range(0, 10**6, 10)).__next__
    await world.at("2020-11-02T22:00:00Z")
    assert (await world.view("s3"))["unmatched"] == 0
    told = interval("nobody", "21:00", "21:10") | {"registration_id": None, "name": "Somebody"}
    await world.report("s3", told)
    assert (await world.view("s3"))["unmatched"] == 1


class Timer:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def looked(
    looks: Looks, timer: Timer, stamp: str, takes: float, key: str = "s3", lines: int = DEAR
) -> bytes:
    async def make() -> tuple[bytes, int]:
        at = timer.now
        timer.now += takes
        return f"{at:g}".encode(), lines

    return await looks.at(("c", key), stamp, make)


async def test_what_was_cheap_is_made_anew_and_what_was_dear_after_four_times_as_long() -> None:
    timer = Timer()
    looks = Looks(timer)
    few = {"lines": DEAR - 1}
    assert await looked(looks, timer, "a", 5, **few) == b"0"
    assert await looked(looks, timer, "a", 5, **few) == b"5"  # few lines: made anew
    timer.now = 10
    assert await looked(looks, timer, "a", 2) == b"10"
    timer.now = 19.9
    assert await looked(looks, timer, "a", 2) == b"10"
    assert await looked(looks, timer, "b", 2) == b"19.9"  # something was decided
    timer.now = 29.9
    assert await looked(looks, timer, "b", 2) == b"29.9"


async def test_looks_of_many_sessions_are_not_all_kept() -> None:
    timer = Timer()
    looks = Looks(timer)
    for n in range(20):
        await looked(looks, timer, "a", 1, f"s{n}")
    assert len(looks._kept) == len(looks._turns) == 8
