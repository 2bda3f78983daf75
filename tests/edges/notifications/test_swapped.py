"""The meeting fails in mid-session: everybody with a seat is told to click the same link again."""

import asyncio
import uuid
from typing import Any

from shared.contracts.attendance import MeetingSwapped, SessionCompleted
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.tokens import mint
from tests.edges.notifications.conftest import SECRET, World, course, of, words

MID = "2020-10-19T20:31:00Z"
AT_ONCE = {"hold_expires_at": None, "payment_method": "free"}


def swap(at: str = MID, meeting: str = "8800000099") -> MeetingSwapped:
    return MeetingSwapped.model_validate(
        MeetingSwapped.example | {"swapped_at": at, "meeting_id": meeting}
    )


def learner(name: str, **person: Any) -> list[Any]:
    about = {"registration_id": f"r-{name}", "person_id": f"p-{name}"}
    return [
        of(PersonRecorded, person_id=f"p-{name}", email=f"{name}@learners.example", **person),
        of(RegistrationRequested, **about, **AT_ONCE),
        of(RegistrationConfirmed, **about, basis="free"),
    ]


async def in_session(world: World, when: str = MID) -> None:
    ended = of(RegistrationCancelled, registration_id="r-cy", person_id="p-cy")
    await world.hears(course(), *learner("ada"), *learner("ben"), *learner("cy"), ended)
    await world.at(when)
    world.post.mails.clear()
    world.post.recipients.clear()


async def test_who_has_a_seat_is_told_once_whatever_comes_twice(world: World) -> None:
    await in_session(world)
    event, id_ = swap(), str(uuid.uuid4())
    await world.hears(event, event, ids=[id_, id_])
    await world.hears(event)  # said again, as after a rebuild
    await world.rests()
    assert sorted(world.post.recipients) == ["ada@learners.example", "ben@learners.example"]
    mail = world.post.mails[0]
    assert "goes on in another meeting" in str(mail["Subject"])
    said = " ".join(words(mail).split())
    assert "Your join link is the same" in said
    assert "/attendance/join/" in said
    assert "8800000099" not in said


async def test_the_newest_swap_counts_in_whatever_order_they_are_heard(world: World) -> None:
    await in_session(world)
    await world.hears(swap("2020-10-19T20:40:00Z", "8800000001"), swap(MID))
    await world.at("2020-10-19T20:41:00Z")
    assert len(world.post.mails) == 2
    # Swapped once more, back to the meeting of before: that is news, too.
    await world.hears(swap("2020-10-19T20:50:00Z", "8800000099"))
    await world.at("2020-10-19T20:51:00Z")
    assert len(world.post.mails) == 4


async def test_a_swap_before_its_registration_and_course_is_told_when_they_come(
    world: World,
) -> None:
    await world.at(MID)
    await world.hears(swap())
    await world.rests()
    assert world.post.mails == []
    await world.hears(*learner("ada"), course())
    await world.rests()
    told = [mail for mail in world.post.mails if "another meeting" in str(mail["Subject"])]
    assert len(told) == 1


async def test_after_the_session_nobody_is_told(world: World) -> None:
    await in_session(world, "2020-10-19T22:01:00Z")
    await world.hears(swap())
    await world.rests()
    assert [m for m in world.post.mails if "another meeting" in str(m["Subject"])] == []
    done = SessionCompleted.model_validate(SessionCompleted.example)
    await world.hears(done)
    await world.rests()
    states = {m["template"]: m["status"] for m in await world.messages("r-ada")}
    assert states["meeting_swapped"] == "skipped"


async def test_who_is_erased_or_cancels_before_the_mail_goes_is_not_told(world: World) -> None:
    await in_session(world)
    async with asyncio.timeout(20):
        await world.hears(
            swap(), of(RegistrationCancelled, registration_id="r-ben", person_id="p-ben")
        )
        await world.forgets("p-ada")
        await world.rests()
    assert world.post.recipients == []


async def test_the_link_in_the_mail_is_the_one_they_had(world: World) -> None:
    await in_session(world)
    await world.hears(swap())
    await world.rests()
    [mail] = [m for m in world.post.mails if "ada@learners.example" in str(m["To"])]
    [link] = {word for word in words(mail).split() if "/attendance/join/" in word}
    assert link.rpartition("/join/")[2].strip("<>()") == mint(SECRET, "join", "r-ada/s1", 1)
