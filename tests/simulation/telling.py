"""Telling a story: its steps one after another, the end, and what does not hold then."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from traceback import format_exc
from typing import Any

import structlog

from shared.runtime.clock import walled
from tests.simulation import (
    abreast,
    befalling,
    certified,
    classroom,
    clockwork,
    learners,
    money,
    operators,
    partners,
    people,
    working,
)
from tests.simulation.holds import broken
from tests.simulation.letters import watch
from tests.simulation.moments import Moments
from tests.simulation.rest import comes_to_rest
from tests.simulation.story import KINDS, Step, Story
from tests.simulation.surroundings import Surroundings
from tests.simulation.world import Broken, World

Act = Callable[[World, Step], Awaitable[object]]
ACTS: dict[str, Act] = {
    "relay": working.relay,
    "hear": working.hear,
    "sweep": working.sweep,
    "call": working.call,
    "webhooks": working.deliver,
    "round": working.round_,
    "abreast": abreast.abreast,
    "again": befalling.again,
    "compact": befalling.compact,
    "forget": befalling.forget,
    "away": befalling.away,
    "deaf": befalling.deaf,
    "retry": befalling.retry,
    "next_due": clockwork.to_next_due,
    "minutes": clockwork.minutes,
    "hours": clockwork.hours,
    "days": clockwork.days,
    "until": clockwork.to_session,
    "register": learners.register,
    "pay": learners.pay,
    "cancel": learners.cancel,
    "substitute": learners.substitute,
    "transfer": learners.transfer,
    "accept": learners.accept,
    "acknowledge": learners.acknowledge,
    "links": learners.links,
    "prefer": learners.prefer,
    "evaluate": certified.evaluate,
    "claim": certified.claim,
    "participation": certified.participation,
    "group": operators.group,
    "inbound": partners.inbound,
    "reported": partners.reported,
    "correct_person": people.correct_person,
    "merge": people.merge,
    "capacity": operators.capacity,
    "disclosure": operators.disclosure,
    "move": operators.move,
    "cancel_session": operators.cancel_session,
    "cancel_course": operators.cancel_course,
    "staff_cancel": operators.staff_cancel,
    "erase": people.erase,
    "supersede": certified.supersede,
    "revoke": certified.revoke,
    "goodwill": money.goodwill,
    "goodwill_credit": money.goodwill_credit,
    "bank_payment": money.bank_payment,
    "retry_refund": money.retry_refund,
    "settle_by_hand": money.settle_by_hand,
    "dispute": money.dispute,
    "bank_returns": money.bank_returns,
    "attend": classroom.attend,
    "observe": classroom.observe,
    "report": classroom.report,
    "complete": classroom.complete,
    "correct_attendance": classroom.correct,
    "swap_meeting": classroom.swap,
}
assert sorted(ACTS) == KINDS


_BAD = ("error", "critical", "exception")


@dataclass(frozen=True)
class History:
    """What came of a story: `wrong` is empty where everything held."""

    story: Story
    wrong: list[str]
    trace: list[str]
    digest: str
    counts: Counter[str]


class Teller:
    """Tells stories one after another, in the databases of one process."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around

    async def tell(self, story: Story) -> History:
        """Live through a story, from nothing to its end."""
        world = World(story.seed, self.around)
        with walled(world.clock.now), _defects_seen(world.wrong):
            await world.begin()
            try:
                wrong = await _lives(world, story)
            finally:
                world.end()
        digest = world.trace.digest()
        return History(story, wrong, world.trace.lines, digest, world.counts)


async def _lives(world: World, story: Story) -> list[str]:
    try:
        moments, world.mail.watch = Moments(world), partial(watch, world)
        world.step(Step("open", 0))
        await operators.open_shop(world)
        for step in story.steps:
            world.step(step)
            world.counts[f"step: {step.kind}"] += 1
            await ACTS[step.kind](world, step)
            await moments.look()
        world.step(Step("rest", 1))
        await comes_to_rest(world)
        await moments.look()
        return await broken(world)
    except Broken as why:
        return [*world.wrong, str(why)]
    except Exception:  # a defect of a service, or of the simulation: whose, its story tells
        return [*world.wrong, "".join(format_exc().splitlines(keepends=True)[-12:])]


@contextmanager
def _defects_seen(wrong: list[str]) -> Iterator[None]:
    """Whatever a service logs as an error is a defect of it; nothing else is logged."""

    def see(_logger: Any, name: str, told: MutableMapping[str, Any]) -> Any:
        event = told.get("event")
        if event != "relay.refused" and (name in _BAD or event == "event.dead"):
            wrong.append(f"logged: {dict(told)}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[see],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)
