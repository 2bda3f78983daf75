"""Who asks for all of theirs gets one mail of all."""

from typing import Any

from services.notifications.letters import source_of
from shared.contracts import reference
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationSubstituted,
)
from tests.edges.notifications.conftest import PERSON, World, course, of, token, words

SECOND = "0192a0b0-5c1e-7a10-8f00-00000000b077"
REQUEST = RegistrationLinkRequested.example["request_id"]
WHO = of(PersonRecorded, zone="America/New_York")


def second_course() -> CoursePublished:
    return CoursePublished.model_validate(
        reference.COURSE | {"course_id": "second", "title": "Ethics in online work"}
    )


def seats() -> list[Any]:
    return [
        of(RegistrationRequested),
        of(RegistrationRequested, registration_id=SECOND, course_id="second"),
    ]


def asked(number: int = 2, request: str = REQUEST, person: str = PERSON) -> list[Any]:
    together = {"person_id": person, "number": number}
    return [
        of(RegistrationLinkRequested, together=together, request_id=request),
        of(
            RegistrationLinkRequested,
            together=together,
            request_id=request,
            registration_id=SECOND,
            course_id="second",
        ),
    ]


async def ready(world: World) -> None:
    await world.hears(course(), second_course(), WHO, *seats())
    await world.at("2020-10-18T09:00:00+00:00")
    world.post.mails.clear()


async def states(world: World) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for row in await world.rows(
            "SELECT version, state, reason FROM messages WHERE template = 'my_registrations'"
            " ORDER BY version"
        )
    ]


async def test_one_mail_tells_of_all_with_a_link_to_each(world: World) -> None:
    await ready(world)
    first, other = asked()
    await world.hears(other)
    await world.rests()
    assert world.post.mails == []  # one of two
    await world.hears(first, first)
    await world.rests()
    [mail] = world.post.mails
    assert str(mail["Subject"]) == "Your 2 registrations"
    said = words(mail)
    assert "Ethics in online work" in said
    assert f"http://holdfast.test/r/{token()}" in said
    assert f"http://holdfast.test/r/{token(1, SECOND)}" in said
    assert await states(world) == [(1, "sent", "")]
    assert [m["template"] for m in await world.messages() if m["template"] == "links"] == []
    [fact] = [
        one for one in await world.said("message.sent.v1") if one["template"] == "my_registrations"
    ]
    assert (fact["registration_id"], fact["person_id"]) == (None, PERSON)


async def test_one_asking_is_one_mail_and_another_is_another(world: World) -> None:
    await ready(world)
    await world.hears(*asked())
    await world.rests()
    await world.hears(*asked())
    await world.rests()
    assert len(world.post.mails) == 1
    await world.hears(*asked(request="again"))
    await world.rests()
    assert len(world.post.mails) == 2


async def test_what_is_not_heard_is_not_waited_for_for_ever_and_comes_by_itself(
    world: World,
) -> None:
    await ready(world)
    first, other = asked()
    await world.hears(first)
    await world.at("2020-10-18T09:09:59+00:00")
    assert world.post.mails == []
    await world.at("2020-10-18T09:10:00+00:00")
    assert world.post.subjects() == ["Your registration"]
    await world.hears(other)
    await world.rests()
    assert world.post.subjects() == ["Your registration"] * 2
    assert await states(world) == [(1, "sent", ""), (2, "sent", "")]
    assert "Ethics" not in words(world.post.mails[0])
    assert "Ethics" in words(world.post.mails[1])


async def test_of_a_seat_that_a_colleague_has_now_the_former_person_has_no_link(
    world: World,
) -> None:
    await ready(world)
    first, other = asked()
    await world.hears(
        first,
        of(RegistrationSubstituted, person_id="colleague", former_person_id=PERSON),
        of(PersonRecorded, person_id="colleague", email="colleague@x.example"),
    )
    await world.rests()
    world.post.mails.clear()
    await world.hears(other)
    await world.rests()
    [mail] = world.post.mails
    assert str(mail["Subject"]) == "Your registration"
    assert token(1, SECOND) in words(mail)


async def test_the_mail_waits_for_who_it_is_and_goes_to_nobody_who_was_erased(
    world: World,
) -> None:
    await world.hears(course(), second_course(), *seats(), *asked())
    await world.rests()
    assert world.post.mails == []
    await world.hears(WHO)
    await world.at("2020-10-18T09:20:00+00:00")
    assert world.post.subjects().count("Your 2 registrations") == 1
    sent = await world.value("SELECT message_id FROM messages WHERE template = 'my_registrations'")
    await world.forgets()
    again = await world.resend(sent)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/message-not-wanted")
    await world.hears(*asked(request="later"))
    await world.at("2020-10-18T10:20:00+00:00")
    assert world.post.subjects().count("Your 2 registrations") == 1
    assert await world.value("SELECT count(*) FROM messages WHERE recipient <> ''") == 0


async def test_what_ended_is_told_with_how_it_stands(world: World) -> None:
    await ready(world)
    await world.hears(of(RegistrationCancelled))
    await world.rests()
    world.post.mails.clear()
    await world.hears(*asked())
    await world.rests()
    said = words(world.post.mails[-1])
    assert "Cancelled" in said
    assert said.count("http://holdfast.test/r/") == 2


async def test_it_is_by_the_providers_own_template_where_there_is_one(world: World) -> None:
    own = source_of("my_registrations").replace("Please keep them to yourself.", "Keep them safe.")
    path = "/notifications/v1/templates/my_registrations"
    put = {"source": own, "version": 0, "reason": "our own voice"}
    assert (await world.http.put(path, json=put)).status_code == 200
    without = own.replace('{{ k.action(_("Open my registration"), one.page) }}', "")
    refused = await world.http.put(path, json=put | {"source": without, "version": 1})
    assert "A link that ours has is missing" in refused.json()["errors"][0]["detail"]
    await ready(world)
    await world.hears(*asked())
    await world.rests()
    [mail] = world.post.mails
    assert "Keep them safe." in " ".join(words(mail).split())
    assert f"http://holdfast.test/r/{token(1, SECOND)}" in words(mail)
