"""The day of a session: who comes, what is seen of it, and what staff say of it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.dates import rfc3339
from tests.simulation.course import MAIN, Session
from tests.simulation.learners import somebody
from tests.simulation.platform import Stay
from tests.simulation.story import Step
from tests.simulation.world import World


async def attend(world: World, step: Step) -> None:
    """Everybody tries their link; who is let in stays for all of it, most of it, or twice."""
    session = world.courses.session(MAIN, step.about)
    if session is None:
        return
    begins, ends = session.begins.astimezone(UTC), session.ends.astimezone(UTC)
    stays: list[Stay] = []
    for learner in list(world.learners):
        if learner.course_id != MAIN or world.chance.random() < 0.1:
            continue
        link = world.join_link(learner, session.session_id)
        answer = await world.ask(
            "attendance", "GET", f"/attendance/join/{link}", token=None, kind="join"
        )
        if answer.status == 303:
            world.counts["somebody was let in"] += 1
            stays += _stays(world, session, learner.registration_id, learner.name)
    if world.chance.random() < 0.2:
        stays += _stays(world, session, None, "A Stranger")
    if begins <= world.clock.now() + timedelta(minutes=30):
        world.platform.met(session.meeting_id, begins, ends, stays)


def _stays(world: World, session: Session, who: str | None, name: str) -> list[Stay]:
    """When they were there, in one piece or two."""
    chance = world.chance
    begins, ends = session.begins.astimezone(UTC), session.ends.astimezone(UTC)
    joined = begins + timedelta(minutes=chance.choice([0, 0, 0, 3, 14, 40]))
    left = ends - timedelta(minutes=chance.choice([0, 0, 0, 0, 0, 10, 16, 60]))

    def stay(a: datetime, b: datetime) -> Stay:
        return Stay(session.meeting_id, who, name, a, b)

    if chance.random() < 0.3:
        middle = begins + timedelta(minutes=55)
        return [stay(joined, middle), stay(middle + timedelta(minutes=chance.choice([1, 9])), left)]
    return [stay(joined, left)]


async def observe(world: World, step: Step) -> None:
    """The platform tells some of what it saw, in some order, perhaps again, perhaps never."""
    due = world.platform.due()
    if due:
        told = world.chance.sample(due, world.chance.randint(1, len(due)))
        if world.chance.random() < 0.2 + world.setting.rough:
            told += world.chance.sample(told, 1)
            world.counts["platform: an observation told twice"] += 1
        lost = world.chance.random() < world.setting.rough
        if lost:
            world.counts["platform: an observation lost"] += 1
            told = told[1:]
        world.platform.live = [line for line in world.platform.live if line not in due]
        if told:
            body = {"source": "platform", "observations": told}
            await world.ask(
                "attendance", "POST", "/attendance/v1/observations", body, kind="observe"
            )


async def report(world: World, step: Step) -> None:
    """Staff bring the list of a meeting: of the one that the step is about, or of any."""
    any_ = world.chance.choice(world.courses.sessions[MAIN])
    await bring(world, world.courses.session(MAIN, step.about) or any_)


async def bring(world: World, session: Session) -> None:
    """The list of a meeting that is over, if there was one."""
    stays = world.platform.stays.get(session.meeting_id)
    if stays and session.ends <= world.clock.now():
        lines: list[dict[str, Any]] = [
            {
                "participant_id": f"p-{stay.who or 'stranger'}",
                "name": stay.name,
                "joined_at": rfc3339(stay.joined_at),
                "left_at": rfc3339(stay.left_at),
                **({"registration_id": stay.who} if stay.who else {}),
            }
            for stay in stays
        ]
        path = f"/attendance/v1/sessions/{MAIN}/{session.session_id}/report"
        await world.ask("attendance", "POST", path, {"intervals": lines}, kind="report")


async def complete(world: World, step: Step) -> None:
    """Staff end a session by hand, perhaps one that was cut short."""
    session = world.chance.choice(world.courses.sessions[MAIN])
    body = {"instruction_minutes": 90} if world.chance.random() < 0.3 else None
    path = f"/attendance/v1/sessions/{MAIN}/{session.session_id}/complete"
    await world.ask("attendance", "POST", path, body, kind="complete a session")


async def correct(world: World, step: Step) -> None:
    """Staff correct somebody's attendance: seconds, or seen in the room."""
    if not (learner := somebody(world)):
        return
    session = world.chance.choice(world.courses.sessions[MAIN])
    body: dict[str, Any] = {"registration_id": learner.registration_id, "reason": "They were seen."}
    if world.chance.random() < 0.5:
        body["seconds"] = world.chance.choice([0, 5400, 7200])
    else:
        joined, left = rfc3339(session.begins), rfc3339(session.ends)
        body["intervals"] = [{"joined_at": joined, "left_at": left}]
    path = f"/attendance/v1/sessions/{MAIN}/{session.session_id}/corrections"
    await world.ask("attendance", "POST", path, body, kind="correct attendance")


async def swap(world: World, step: Step) -> None:
    """Another meeting takes a session's place, behind the same links."""
    session = world.chance.choice(world.courses.sessions[MAIN])
    meeting = f"88000001{world.chance.randint(10, 99)}"
    body = {"meeting_id": meeting, "url": f"https://meet.example/{meeting}"}
    path = f"/attendance/v1/sessions/{MAIN}/{session.session_id}/meeting"
    await world.ask("attendance", "PUT", path, body, kind="swap a meeting")
