"""The disclosure changes: everybody who comes is asked again, once a version (domain.md §4)."""

import random
import uuid
from typing import Any

from shared.contracts.registration import (
    RegistrationAcknowledged,
    RegistrationCancelled,
    RegistrationRequested,
    RegistrationSubstituted,
)
from tests.edges.notifications.conftest import World, course, of, token, words
from tests.edges.notifications.test_story import NEW_YORKER, PAID

AT = "2020-10-01T12:00:00Z"
ACCEPTED = of(RegistrationAcknowledged)  # the version of 2020-10-01, on 2 October


def changed(version: int = 2, of_: str = "2020-10-01", **more: Any) -> Any:
    """The course with the disclosure of a day, published at noon of it."""
    tie = {"version": of_, "required": True, "text": "A new tie."}
    return course(version, disclosure=tie, published_at=f"{of_}T12:00:00Z", **more)


async def asked(world: World) -> list[tuple[str, str]]:
    return [
        (m["subject"], m["status"])
        for m in await world.messages()
        if m["template"] == "disclosure_changed"
    ]


async def test_a_learner_is_asked_once_and_the_mail_leads_to_the_page(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at(AT)
    assert await asked(world) == []
    await world.hears(changed())
    await world.rests()
    await world.hears(changed(3, title="With another title"))
    await world.rests()
    assert await asked(world) == [("2020-10-01", "sent")]
    mail = world.post.mails[-1]
    said = words(mail)
    assert str(mail["Subject"]).startswith("Please read the changed disclosure before you join")
    assert f"/r/{token()}#disclosure" in said
    assert "You registered under the disclosure of 2020-09-01." in " ".join(said.split())
    await world.hears(ACCEPTED, changed(4, "2020-10-08"))
    await world.at("2020-10-08T12:00:00Z")
    assert await asked(world) == [("2020-10-01", "sent"), ("2020-10-08", "sent")]
    assert "disclosure of 2020-10-01." in " ".join(words(world.post.mails[-1]).split())


async def test_who_accepted_on_the_page_before_the_mail_went_out_gets_none(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at(AT)
    await world.hears(changed())
    await world.swept()  # it is planned, and not yet sent
    assert await asked(world) == [("2020-10-01", "planned")]
    await world.hears(ACCEPTED)
    await world.rests()
    assert await asked(world) == [("2020-10-01", "cancelled")]


async def test_a_disclosure_that_nobody_must_accept_asks_nobody(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.hears(course(2, disclosure={"version": "2020-10-01", "required": False}))
    await world.rests()
    assert await asked(world) == []


async def test_a_colleague_who_accepted_the_one_in_force_is_not_asked(world: World) -> None:
    tie = {"version": "2020-10-01", "accepted_at": "2020-10-10T08:00:00Z"}
    colleague = of(RegistrationSubstituted, disclosure=tie)
    person = NEW_YORKER.model_copy(update={"person_id": colleague.person_id})
    await world.hears(course(), NEW_YORKER, *PAID)
    await world.at("2020-10-10T08:00:00Z")
    await world.hears(changed(), colleague, person)
    await world.rests()
    assert await asked(world) == []


async def test_what_a_predecessor_accepted_does_not_count_for_a_colleague(world: World) -> None:
    colleague = of(RegistrationSubstituted, disclosure=None)
    person = NEW_YORKER.model_copy(update={"person_id": colleague.person_id})
    await world.hears(course(), NEW_YORKER, *PAID, changed(), ACCEPTED)
    await world.at("2020-10-10T08:00:00Z")
    await world.hears(course(3, disclosure=None), colleague, person)
    await world.hears(changed(4, "2020-10-11"))
    await world.rests()
    assert await asked(world) == [("2020-10-11", "planned")]
    await world.at("2020-10-11T12:00:00Z")
    assert await asked(world) == [("2020-10-11", "sent")]


async def test_who_registered_under_a_version_that_we_have_not_heard_of_is_not_asked_for_the_old(
    world: World,
) -> None:
    newer = {"version": "2020-09-10", "accepted_at": "2020-09-14T15:04:05Z"}
    requested = of(RegistrationRequested, disclosure=newer)
    await world.hears(course(), NEW_YORKER, requested, *PAID[1:])
    await world.rests()
    assert await asked(world) == []
    await world.hears(changed(2, "2020-09-10"))
    await world.rests()
    assert await asked(world) == []


async def test_who_cancelled_is_not_asked(world: World) -> None:
    await world.hears(course(), NEW_YORKER, *PAID, of(RegistrationCancelled), changed())
    await world.rests()
    assert await asked(world) == []


async def test_whatever_the_order_and_however_often_it_is_heard_the_end_is_the_same(
    world: World,
) -> None:
    mine, theirs = [*PAID[:1], *PAID[2:], ACCEPTED], [course(), changed(), changed(3, "2020-10-08")]
    world.clock.time = world.clock.time.replace(month=10, day=9)
    for seed in range(6):
        await world.forget_everything()
        order = [mine[:], theirs[:], [NEW_YORKER]]
        choose = random.Random(seed)
        while order := [each for each in order if each]:
            event = choose.choice(order).pop(0)
            for id_ in [str(uuid.uuid4())] * 2:
                await world.hears(event, ids=[id_])
        await world.swept()
        found = await asked(world)
        assert [subject for subject, status in found if status == "planned"] == ["2020-10-08"]
