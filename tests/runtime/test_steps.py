"""The runtime driven step by step: the same story twice is the same, and may be broken anywhere.

A request at the edge of one service, its outbox, its relay, the intake of another, its deadlines,
its call to the world outside: each step is taken by the test, on real Postgres, without Kafka and
without waiting (`steps.py`).
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

import pytest

from shared.runtime.failpoint import POINTS, Point, armed
from tests.conftest import ROOT, _execute, run
from tests.runtime import toy
from tests.runtime.steps import Story
from tests.stage import Killed

Urls = Callable[[], Awaitable[list[str]]]


@pytest.fixture
async def urls(postgres_url: str) -> AsyncIterator[Urls]:
    """`await urls()` → two empty databases of the toy."""
    names: list[str] = []

    async def make() -> list[str]:
        made = []
        for _ in range(2):
            names.append(f"test_toy_{uuid.uuid4().hex[:12]}")
            run(_execute(postgres_url, f"create database {names[-1]}"))
            made.append(urlunsplit(urlsplit(postgres_url)._replace(path=f"/{names[-1]}")))
            await toy.create(made[-1])
        return made

    yield make
    for name in names:
        run(_execute(postgres_url, f"drop database {name} with (force)"))


def told_elsewhere(urls: list[str], seed: str, hash_seed: str) -> str:
    """The history of the story in a process of its own, where sets have another order."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.runtime.steps", *urls, seed],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


async def test_the_same_seed_and_clock_give_the_same_history_byte_for_byte(urls: Urls) -> None:
    one = told_elsewhere(await urls(), "one", "1")
    assert told_elsewhere(await urls(), "one", "2") == one
    assert told_elsewhere(await urls(), "two", "1") != one, "it does show ids"
    assert one.count("'toy.grown', ") == 9, "three by the first, six by the second"
    assert one.count("traceparent") >= 9


async def test_a_refusal_is_the_same_too(urls: Urls) -> None:
    answers = []
    for _ in range(2):
        story = Story(await urls(), "one")
        answer = await story.ask("eve", 13)
        answers.append((answer.status_code, answer.content))
        await story.end()
    assert answers[0] == answers[1]
    assert answers[0][0] == 409


async def told(story: Story, point: Point, passing: int) -> int:
    """Tell it; in every step in which `point` is passed that often, both processes die there, and
    the step is taken again. Gives how often they died."""
    deaths = 0
    for step in story.steps():
        if await dies(step, point, passing):
            deaths += 1
            await story.restart()
            await step()
    return deaths


async def dies(step: Callable[[], Awaitable[None]], point: Point, passing: int) -> bool:
    passed = 0

    def pass_by() -> None:
        nonlocal passed
        passed += 1
        if passed == passing:
            raise Killed(point)

    try:
        with armed(point, pass_by):
            await step()
    except Killed:
        return True
    return False


# Of a call to the world outside, the second batch of a step is the one that records it.
PASSINGS = [(point, 1) for point in POINTS] + [(p, 2) for p in POINTS if p.startswith("batch.")]


@pytest.mark.parametrize(("point", "passing"), PASSINGS)
async def test_a_crash_at_any_point_leaves_nothing_undone_and_nothing_done_twice(
    urls: Urls, point: Point, passing: int
) -> None:
    story = Story(await urls(), "one")
    assert await told(story, point, passing), "every point is on the way"
    fed = "SELECT id, balance, notes FROM accounts ORDER BY id"
    assert [tuple(row.values()) for row in await story.first.rows(fed)] == [
        ("ada", 4, [[1, 0], [3, 0]]),
        ("ben", 2, [[2, 0]]),
    ]
    assert [tuple(row.values()) for row in await story.second.rows(fed)] == [
        ("ada", 2, [1, 4, "done ada/1", "done ada/4"]),
        ("ben", 1, [2, "done ben/2"]),
    ]
    assert await story.second.rows("SELECT outcome FROM inbox") == [{"outcome": "done"}] * 3
    for stage in (story.first, story.second):
        assert (await stage.count("outbox"), await stage.count("due")) == (0, 0)
    assert await story.first.count("audit") == 3
    by_id = {dict(record.headers)["ce_id"]: record for record in story.said()}
    said = [(record.key.decode(), json.loads(record.value)["balance"]) for record in by_id.values()]
    assert sorted(said) == [
        *[("ada", balance) for balance in (0, 0, 1, 1, 2, 4)],
        *[("ben", balance) for balance in (0, 1, 2)],
    ], "whatever was said again was said with its id"
    asked = sorted(story.world.asked)
    unrecorded = point == "outside.acted" or (passing == 2 and point != "batch.committed")
    assert asked == [*["ada/1"] * (2 if unrecorded else 1), "ada/4", "ben/2"]
    await story.end()
