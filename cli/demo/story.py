"""What happens, in the order in which it happened in the autumn of 2020."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import yaml

from cli.demo.learners import SESSIONS, Learner, learners
from cli.demo.platform import observations
from cli.demo.world import COURSE, OddError, World
from cli.mailbox import listed, text_of, whole

EXAMPLE = Path(__file__).parents[2] / "examples" / f"{COURSE}.yaml"
GOOD_CARD, DECLINED_CARD, EMPTY_CARD = "4242424242424242", "4000000000000002", "4000000000009995"
START = datetime(2020, 9, 1, 12, 0, tzinfo=UTC)
# 16:00 in New York: the clocks go back on 2020-11-01.
STARTS = {
    "s1": datetime(2020, 10, 19, 20, tzinfo=UTC),
    "s2": datetime(2020, 10, 26, 20, tzinfo=UTC),
    "s3": datetime(2020, 11, 2, 21, tzinfo=UTC),
    "s4": datetime(2020, 11, 9, 21, tzinfo=UTC),
}
HOURS_2 = timedelta(hours=2)
GRACE = timedelta(minutes=15)


@dataclass
class Told:
    """What the story keeps: who got which registration, and what was promised to whom."""

    registrations: dict[int, str] = field(default_factory=dict)
    tokens: dict[int, str] = field(default_factory=dict)
    quotes: dict[int, Any] = field(default_factory=dict)
    people: list[Learner] = field(default_factory=learners)
    certified_after: float = 0.0  # wall seconds from the last evaluation to all certificates


async def live(world: World, say: Callable[[str], None]) -> Told:
    """Live through it. Raises OddError where the system answers what the story does not have."""
    told = Told()
    say("2020-09-01  The course is published")
    await publish(world)
    say("September   Sixty learners register; two cards are declined first; one never pays")
    for learner in told.people:
        await register(world, told, learner)
    await world.go(datetime(2020, 10, 1, 12, tzinfo=UTC))
    say("October     Two cancel: one at 23:59 on the last day for money, one two minutes later")
    for learner in sorted((p for p in told.people if p.cancels_at), key=lambda p: p.number):
        await cancel(world, told, learner)
    for session in SESSIONS:
        say(f"{STARTS[session]:%Y-%m-%d}  Session {session[1:]}: reminders, join links, two hours")
        await hold(world, told, session)
    say("2020-11-09  Evaluations, claims, certificates")
    await finish(world, told)
    return told


async def publish(world: World) -> None:
    """The course's file as it is; and a key for the meeting platform."""
    await world.go(START)
    course = yaml.safe_load(EXAMPLE.read_text())
    await world.operator("PUT", f"/registration/v1/courses/{COURSE}", json=course)
    made = await world.operator(
        "POST", "/partners/v1/keys", json={"scopes": ["platform"], "label": "meeting platform"}
    )
    world.platform_key = made["key"]


async def register(world: World, told: Told, learner: Learner) -> None:
    """One learner reads the disclosure, registers, and (but for one) pays."""
    await world.go(learner.at)
    course = await world.call("GET", f"/registration/v1/courses/{COURSE}", "")
    answer = await world.call(
        "POST",
        f"/registration/v1/courses/{COURSE}/registrations",
        "",
        once=f"register/{learner.number}",
        json={
            "attendee": learner.attendee(),
            "disclosure_version": course["disclosure"]["version"],
            "payment": {"method": "card"},
        },
    )
    registration = told.registrations[learner.number] = answer["registration_id"]
    token = told.tokens[learner.number] = answer["token"]
    if learner.never_pays:
        return
    path = f"/billing/v1/registrations/{registration}/checkout"
    checkout = await world.call("POST", path, token, once=f"checkout/{learner.number}", json={})
    if learner.declined_first:
        card = DECLINED_CARD if learner.number % 2 else EMPTY_CARD
        if await world.pay(checkout["checkout_url"], card):
            raise OddError("a declined card was taken")
        await world.go(learner.at + timedelta(minutes=2))
    if not await world.pay(checkout["checkout_url"], GOOD_CARD):
        raise OddError("a good card was not taken")


async def cancel(world: World, told: Told, learner: Learner) -> None:
    """A learner sees a quote, and then cancels."""
    assert learner.cancels_at is not None
    await world.go(learner.cancels_at)
    registration, token = told.registrations[learner.number], told.tokens[learner.number]
    path = f"/billing/v1/registrations/{registration}/cancellation-quote"
    told.quotes[learner.number] = await world.call("GET", path, token)
    path = f"/registration/v1/registrations/{registration}/cancel"
    await world.call("POST", path, token, once=f"cancel/{learner.number}", json={})


async def hold(world: World, told: Told, session: str) -> None:
    """One session: the clock goes through the reminders to the start, people come and go."""
    start = STARTS[session]
    there = [p for p in told.people if _comes(p) and session not in p.misses]
    await world.go(start - timedelta(minutes=5))
    await _join(world, told, there[0], session)
    await world.go(start + HOURS_2)
    people = [(learner, told.registrations[learner.number]) for learner in there]
    seen = observations(COURSE, session, start, people)
    for first in range(0, len(seen), 500):
        await world.call(
            "POST",
            "/attendance/v1/observations",
            world.platform_key,
            json={"source": "demo-platform", "observations": seen[first : first + 500]},
        )
    await world.go(start + HOURS_2 + GRACE + timedelta(minutes=1))


async def finish(world: World, told: Told) -> None:
    """Everyone who was there evaluates; physicians claim; certificates follow by themselves."""
    await world.go(STARTS["s4"] + HOURS_2 + timedelta(minutes=20))
    course = await world.call("GET", f"/registration/v1/courses/{COURSE}", "")
    form = course["evaluation"]["questions"]
    there = [p for p in told.people if _comes(p) and p.misses != frozenset(SESSIONS)]
    began = monotonic()
    for group in range(0, len(there), 8):
        await asyncio.gather(*(_evaluate(world, told, p, form) for p in there[group : group + 8]))
    await world.go(STARTS["s4"] + HOURS_2 + timedelta(minutes=21))
    for learner in there:
        if learner.claims:
            path = f"/certificates/v1/registrations/{told.registrations[learner.number]}/claims"
            await world.call(
                "POST",
                path,
                told.tokens[learner.number],
                once=f"claim/{learner.number}",
                json={"board": "ACCME", "credits": learner.claims},
            )
    await world.go(STARTS["s4"] + HOURS_2 + timedelta(minutes=25))
    told.certified_after = monotonic() - began
    await world.go(STARTS["s4"] + timedelta(days=1))


def _comes(learner: Learner) -> bool:
    return not learner.never_pays and learner.cancels_at is None


async def _evaluate(world: World, told: Told, learner: Learner, form: list[dict[str, Any]]) -> None:
    answers: dict[str, Any] = {}
    for place, question in enumerate(form):
        if question["kind"] == "rating":
            answers[question["question_id"]] = 3 + (learner.number + place) % 3
        elif question["required"]:
            answers[question["question_id"]] = "Good."
    path = f"/certificates/v1/registrations/{told.registrations[learner.number]}/evaluation"
    await world.call(
        "POST",
        path,
        told.tokens[learner.number],
        once=f"evaluate/{learner.number}",
        json={"answers": answers},
    )


async def _join(world: World, told: Told, learner: Learner, session: str) -> None:
    """One of them uses the join link of their last reminder: it leads to the meeting."""
    mine = await listed(world.client, world.mailbox, learner.email)
    words = text_of((await whole(world.client, mine[-1]))[1]).split() if mine else []
    links = [word.strip("<>()") for word in words if "/attendance/join/" in word]
    if not links:
        raise OddError(f"{learner.email} has no join link five minutes before {session}")
    answer = await world.client.get(links[0])
    if (
        answer.status_code != 303
        or "meet.example/880000000" + session[1] not in answer.headers["location"]
    ):
        raise OddError(f"the join link of {session} answers {answer.status_code}")
