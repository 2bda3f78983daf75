"""What operators do about courses and seats: publish, move, cancel, override."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.simulation.asking import Answer
from tests.simulation.course import MAIN, OTHER
from tests.simulation.learners import NAMES, attendee, payers, prefer, somebody, takes_up
from tests.simulation.partners import PARTNER
from tests.simulation.story import Step
from tests.simulation.world import Learner, World


async def open_shop(world: World) -> None:
    """What stands before anybody comes: both courses and the partner."""
    for course_id in (MAIN, OTHER):
        await _publish(world, course_id)
    body = {"name": "Institute", "courses": [MAIN], "types": [], "fields": []}
    await world.ask("partners", "PUT", f"/partners/v1/partners/{PARTNER}", body)


async def _publish(world: World, course_id: str) -> None:
    path, file = f"/registration/v1/courses/{course_id}", world.courses.file(course_id)
    await world.ask("registration", "PUT", path, file, kind="publish")


async def capacity(world: World, step: Step) -> None:
    """More seats, or fewer: nobody is thrown out."""
    world.courses.capacity[MAIN] = world.chance.randint(1, 6)
    await _publish(world, MAIN)
    await takes_up(world, step)


async def disclosure(world: World, step: Step) -> None:
    """A speaker has a new tie: everybody is asked again."""
    world.courses.disclosure[MAIN] += 1
    await _publish(world, MAIN)


async def group(world: World, step: Step) -> None:
    """An organisation registers several of its people at once."""
    chance = world.chance
    version = world.courses.version(MAIN)
    names = chance.sample(NAMES, chance.choice([2, 2, 3]))
    lines = [
        {"attendee": attendee(world, f"{name}ine"), "disclosure_version": version} for name in names
    ]
    body = {
        "organisation": "Clinic",
        "all_or_nothing": chance.random() < 0.5,
        "payment": {"method": chance.choice(["invoice", "card"])},
        "registrations": lines,
    }

    def registered(answer: Answer) -> None:
        for name, told in zip(names, answer.body.get("results", []), strict=False):
            if "token" in told:
                one = Learner(f"{name}ine", MAIN, told["registration_id"], told["token"])
                world.learners.append(one)

    path = f"/registration/v1/courses/{MAIN}/registrations:batch"
    await world.ask("registration", "POST", path, body, then=registered, kind="group")


async def move(world: World, step: Step) -> None:
    """A session is moved by some days or hours."""
    chance = world.chance
    session = chance.choice(world.courses.sessions[MAIN])
    day = session.day + timedelta(days=chance.choice([-1, 1, 1, 2]))
    hour = chance.choice([10, 16, 16, 18])
    body = {"date": day.isoformat(), "from": f"{hour}:00", "to": f"{hour + 2}:00"}

    def moved(answer: Answer) -> None:
        session.day, session.hour = day, hour

    path = f"/registration/v1/courses/{MAIN}/sessions/{session.session_id}"
    await world.ask("registration", "PUT", path, body, then=moved, kind="move")


async def cancel_session(world: World, step: Step) -> None:
    """One session of the course is not held."""
    session = world.chance.choice(world.courses.sessions[MAIN])
    path = f"/registration/v1/courses/{MAIN}/sessions/{session.session_id}/cancel"
    body = _reason(world)
    if world.chance.random() < 0.8:
        body["prefer_credit"] = False  # of one session there is no credit

    def cancelled(answer: Answer) -> None:
        world.courses.gone[MAIN].add(session.session_id)

    await world.ask("registration", "POST", path, body, then=cancelled, kind="cancel a session")
    await _choose(world, step)


async def cancel_course(world: World, step: Step) -> None:
    """The course is not held at all."""
    path = f"/registration/v1/courses/{MAIN}/cancel"

    def cancelled(answer: Answer) -> None:
        world.courses.gone[MAIN].clear()  # one chooses for the whole of it

    await world.ask(
        "registration", "POST", path, _reason(world), then=cancelled, kind="cancel a course"
    )
    await _choose(world, step)


async def _choose(world: World, step: Step) -> None:
    """Some say at once what they want for it."""
    while world.learners and world.chance.random() < 0.6:
        await prefer(world, step)


def _reason(world: World) -> dict[str, Any]:
    body: dict[str, Any] = {"reason": "The instructor is ill."}
    if world.chance.random() < 0.8:
        until = world.clock.now() + timedelta(days=world.chance.choice([1, 10]))
        body |= {"choose_until": until.isoformat(), "prefer_credit": world.chance.random() < 0.5}
    return body


async def staff_cancel(world: World, step: Step) -> None:
    """Staff cancel for somebody, perhaps by their own rule, perhaps as of an e-mail's arrival."""
    if not (learner := somebody(world, payers(world))):
        return
    body: dict[str, Any] = {"reason": "They wrote."}
    if world.chance.random() < 0.6:
        outcome = world.chance.choice(["refund", "credit", "nothing"])
        body["override"] = {"outcome": outcome, "reason": "A kindness."}
    elif world.chance.random() < 0.5:
        at = world.clock.now() - timedelta(hours=world.chance.choice([1, 30]))
        body |= {"received_at": at.isoformat(), "evidence": "A mail."}
    path = f"/registration/v1/registrations/{learner.registration_id}/cancel"
    await world.ask("registration", "POST", path, body, kind="cancel by staff")
    await takes_up(world, step)
