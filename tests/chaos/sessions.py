"""The session of the short course, in the middle of it all: the clock leads there, those who have a
seat are seen, and afterwards they evaluate."""

import asyncio
import itertools
import random
import time
from datetime import datetime, timedelta
from typing import Any

from tests.chaos import people
from tests.chaos.asking import PATIENCE, Unanswered
from tests.chaos.ledger import Entry
from tests.chaos.load import Load

_NOT_YET = (404, 409)  # as far as the service has heard


_AT_ONCE = 16  # requests


async def held(load: Load) -> float:
    """From the day before to the quarter of an hour after it. Nobody pays at that moment, and who
    has paid has been heard of: else their seats would lapse on the way. Gives for how many seconds
    nobody came: what strikes then strikes a system without a load."""
    began = time.monotonic()
    await load.halt()
    load.begun = True
    waiting = asyncio.Semaphore(_AT_ONCE)

    async def confirmed(entry: Entry) -> None:
        async with waiting:
            await load.confirmed(entry)

    paid = [one for one in load.ledger.entries.values() if one.paid and not one.cancelled]
    await asyncio.gather(*(confirmed(entry) for entry in paid))
    start = people.SESSION_STARTS
    for at in (start - timedelta(hours=24), start - timedelta(hours=1), start):
        await clock(load, at)
        await asyncio.sleep(0.5)
    await clock(load, start + timedelta(hours=2))
    chance = random.Random(f"{load.seed}/session")
    there = [one for one in load.ledger.of(people.SHORT) if one.paid and not one.cancelled]
    lines = people.meeting()
    for entry in there:
        lines += people.observed(chance, entry.registration_id)
    lines += chance.sample(lines, len(lines) // 10)
    chance.shuffle(lines)
    for first in range(0, len(lines), 200):
        some = lines[first : first + 200]
        answer = await load.asker.ask(
            "POST",
            "/attendance/v1/observations",
            load.platform_key,
            also_later=(401, 403),  # the key has not been heard of there
            json={"source": "chaos", "observations": some},
        )
        assert answer.status_code == 202, answer.text
        assert answer.json()["refused"] == []
        load.ledger.observations |= {one["id"] for one in some}
    for entry in there:
        entry.present = True
    await clock(load, start + timedelta(hours=2, minutes=16))
    load.go_on()
    return time.monotonic() - began


async def evaluated(load: Load) -> None:
    """Everyone who was there evaluates, as soon as that is taken; a few at a time."""
    answer = await load.asker.ask("GET", f"/registration/v1/courses/{people.SHORT}")
    form = answer.json()["evaluation"]["questions"]
    answers = {
        one["question_id"]: 5 if one["kind"] == "rating" else "Good."
        for one in form
        if one["kind"] == "rating" or one["required"]
    }
    waiting = asyncio.Semaphore(4)

    async def one(entry: Entry) -> None:
        async with waiting:
            await _evaluates(load, entry, answers)

    await asyncio.gather(*(one(entry) for entry in load.ledger.of(people.SHORT) if entry.present))


async def _evaluates(load: Load, entry: Entry, answers: dict[str, Any]) -> None:
    path = f"/certificates/v1/registrations/{entry.registration_id}/evaluation"
    until = time.monotonic() + PATIENCE
    for attempt in itertools.count():
        once = load.once(f"evaluate/{entry.registration_id}/{attempt}")
        try:
            answer = await load.asker.ask(
                "POST", path, entry.token, once=once, json={"answers": answers}
            )
        except Unanswered as why:
            load.ledger.unanswered.append(str(why))
            return
        if answer.is_success:
            entry.evaluated = True
            return
        # A refusal is the answer to its key for ever: whoever comes later comes with another.
        never = answer.status_code not in _NOT_YET or "evaluation-not-asked" in answer.text
        if never or time.monotonic() > until:
            entry.refused.append(f"evaluation {answer.status_code} {answer.text[:200]}")
            return
        await asyncio.sleep(1)


async def clock(load: Load, at: datetime) -> None:
    """Set the sandbox clock as it is: nobody is waited for, as after a long outage."""
    answer = await load.asker.ask(
        "POST", f"{load.ground.url('clock')}/set", json={"now": at.isoformat()}
    )
    assert answer.status_code in {200, 409}, answer.text
