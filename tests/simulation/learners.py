"""What learners do about their seats: register, pay, cancel, hand on, move, accept."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.simulation.asking import Answer
from tests.simulation.course import MAIN, OTHER, WHO
from tests.simulation.gateway import CARDS
from tests.simulation.story import Step
from tests.simulation.working import deliver_all, hands_on
from tests.simulation.world import Learner, World

NAMES = ("Ada", "Ben", "Cem", "Dee", "Eva", "Fay", "Gus", "Hal", "Ida", "Jon")
MOST = 4  # of a history
_OFFERED = "SELECT registration_id FROM registrations WHERE state = 'offered'"
_CONFIRMED = """
SELECT registration_id FROM registrations WHERE state = 'confirmed' AND course_id = 'main'
"""


def somebody(world: World, of: list[Learner] | None = None) -> Learner | None:
    """One of those who registered, or of some of them if there are any."""
    some = of or world.learners
    return world.chance.choice(some) if some else None


def payers(world: World) -> list[Learner]:
    """Mostly those who paid: of the others little follows."""
    paid = [learner for learner in world.learners if learner.paid]
    return paid if paid and world.chance.random() < 0.7 else world.learners


def attendee(world: World, name: str) -> dict[str, Any]:
    """A person as they describe themselves."""
    [(profession, licenses)] = world.chance.choices(WHO, [4, 2, 3, 1, 1])
    return {
        "name": f"{name} Example",
        "email": f"{name.lower()}@learners.example",
        "profession": profession,
        "licenses": licenses,
        "zone": world.chance.choice(["Europe/London", "America/New_York", "Asia/Tokyo"]),
        "locale": world.chance.choice(["en-GB", "en-US", "de-DE", "es-ES"]),
    }


async def register(world: World, step: Step) -> None:
    """Somebody registers, and mostly pays at once, where they pay by card."""
    known = len(world.learners)
    method = await registers(world, step)
    if len(world.learners) > known and method == "card" and world.chance.random() < 0.6:
        await pays(world, world.learners[-1], step)


async def registers(world: World, step: Step) -> str:
    """Somebody registers; some know a credit's code, some pay by invoice, some come twice. Gives
    how they pay."""
    chance = world.chance
    course_id = chance.choices([MAIN, OTHER], [6, 1])[0]
    name = chance.choice(NAMES)
    if len(world.learners) >= MOST:
        return "no more"
    method = chance.choices(["card", "invoice"], [5, 1])[0]
    payment: dict[str, Any] = {"method": method}
    codes = [code for learner in world.learners for code in learner.codes]
    if codes and method == "card" and chance.random() < 0.7:
        payment["credit_codes"] = [chance.choice(codes)]
    body: dict[str, Any] = {
        "attendee": attendee(world, name),
        "disclosure_version": world.courses.version(course_id),
        "payment": payment,
    }
    if method == "invoice":
        body["organisation"] = "Clinic"

    def registered(answer: Answer) -> None:
        if answer.status == 201:
            told = answer.body
            one = Learner(name, course_id, told["registration_id"], told["token"])
            world.learners.append(one)

    path = f"/registration/v1/courses/{course_id}/registrations"
    await world.ask(
        "registration", "POST", path, body, token=None, then=registered, kind="register"
    )
    return method


async def pay(world: World, step: Step) -> None:
    """Somebody who has not paid opens the page to pay on, or returns to it."""
    unpaid = [learner for learner in world.learners if not learner.paid]
    if unpaid:
        await pays(world, world.chance.choice(unpaid), step)


async def pays(world: World, learner: Learner, step: Step) -> None:
    """They put a card in, or do not; what comes of it is heard of soon, or later."""
    chance = world.chance

    def opened(answer: Answer) -> None:
        learner.page = answer.body["checkout_url"]

    path = f"/billing/v1/registrations/{learner.registration_id}/checkout"
    if learner.page is None or chance.random() < 0.7:
        ask = partial(world.ask, "billing", "POST", path, then=opened, kind="checkout")
        for _ in range(3):
            if (await ask(token=learner.token)).slug != "not-known-yet":
                break
            await hands_on(world, "registration", "billing")  # so they wait a little
    if learner.page is not None and chance.random() < 0.85:
        card = chance.choices(list(CARDS), list(CARDS.values()))[0]
        came = world.gateway.pays(learner.page, card)
        world.counts[f"a card was put in ({came.rpartition(' ')[2]})"] += 1
        world.trace.say(f"   card {card}: {came}")
        learner.paid = came.endswith("succeeded") and chance.random() < 0.9
        if chance.random() < 0.6:
            await deliver_all(world)
            await hands_on(world, "billing", "registration")


async def cancel(world: World, step: Step) -> None:
    await _act(world, "cancel", lambda _: {"reason": "No time."}, of=payers(world))
    await takes_up(world, step)


async def substitute(world: World, step: Step) -> None:
    """A colleague comes instead."""

    def body(learner: Learner) -> dict[str, Any]:
        name = world.chance.choice(NAMES)
        version = world.courses.version(learner.course_id)
        return {"attendee": attendee(world, f"{name}bert"), "disclosure_version": version}

    def replaced(learner: Learner, answer: Answer) -> None:
        learner.token = answer.body["token"]

    await _act(world, "substitute", body, replaced)


async def transfer(world: World, step: Step) -> None:
    """Somebody moves to the other course."""

    def body(learner: Learner) -> dict[str, Any]:
        other = OTHER if learner.course_id == MAIN else MAIN
        return {"course_id": other, "disclosure_version": world.courses.version(other)}

    def moved(learner: Learner, answer: Answer) -> None:
        other = OTHER if learner.course_id == MAIN else MAIN
        told = answer.body
        one = Learner(learner.name, other, told["registration_id"], told["token"])
        world.learners.append(one)

    await _act(world, "transfer", body, moved)


async def accept(world: World, step: Step) -> None:
    """Somebody who was offered a seat takes it."""

    def body(learner: Learner) -> dict[str, Any]:
        version = world.courses.version(learner.course_id)
        return {"disclosure_version": version, "payment": {"method": "card"}}

    offered = await whose(world, "registration", _OFFERED)
    await _act(world, "accept-offer", body, of=offered)


async def takes_up(world: World, step: Step) -> None:
    """A seat may have become free: somebody who is offered it may take it at once."""
    if world.chance.random() < 0.6 and await whose(world, "registration", _OFFERED):
        await accept(world, step)


async def acknowledge(world: World, step: Step) -> None:
    """Somebody accepts the disclosure in force."""
    await _act(
        world,
        "disclosure",
        lambda learner: {"disclosure_version": world.courses.version(learner.course_id)},
    )


async def prefer(world: World, step: Step) -> None:
    """Somebody says what they want for what the provider cancelled."""

    def body(learner: Learner) -> dict[str, Any]:
        wanted: dict[str, Any] = {"outcome": world.chance.choice(["refund", "credit"])}
        gone = sorted(world.courses.gone[learner.course_id])
        if gone and world.chance.random() < 0.8:
            wanted = {"outcome": "refund", "session_id": world.chance.choice(gone)}
        return wanted

    await _act(world, "prefer", body, of=await whose(world, "registration", _CONFIRMED))


async def links(world: World, step: Step) -> None:
    """Somebody lost their links."""
    if learner := somebody(world):
        body = {"email": f"{learner.name.lower()}@learners.example"}
        path = "/registration/v1/links"
        await world.ask("registration", "POST", path, body, token=None, kind="links")


async def whose(world: World, service: str, statement: str, *args: Any) -> list[Learner]:
    """Those whose registrations a service's statement gives, so that not all ask in vain."""
    found = {row[0] for row in await world.actors[service].rows(statement, *args)}
    return [learner for learner in world.learners if learner.registration_id in found]


async def _act(
    world: World, verb: str, body: Any, then: Any = None, of: list[Learner] | None = None
) -> None:
    """An act upon one's own registration."""
    if learner := somebody(world, of):
        path = f"/registration/v1/registrations/{learner.registration_id}/{verb}"
        done = None if then is None else (lambda answer: then(learner, answer))
        token, told = learner.token, body(learner)
        await world.ask("registration", "POST", path, told, token=token, then=done, kind=verb)
