"""Staff find messages, read one with its words, and that they read it is kept."""

from typing import Any

from shared.contracts.registration import PersonRecorded, RegistrationConfirmed
from tests.edges.notifications.conftest import (
    PERSON,
    R,
    World,
    course,
    of,
    says,
    sessions,
    token,
    words,
)
from tests.edges.notifications.test_sending import FREE

PATH = "/notifications/v1/messages"


async def ready(world: World) -> None:
    await world.hears(course(), of(PersonRecorded, zone="America/New_York"), *FREE)
    await world.rests()


async def found(world: World, **asked: Any) -> list[tuple[str, str]]:
    answer = await world.http.get(PATH, params=asked)
    assert answer.status_code == 200, answer.text
    return [(one["template"], one["status"]) for one in answer.json()["items"]]


async def audited(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT act, about FROM audit ORDER BY at, act")
    return [(row["act"], row["about"]) for row in rows]


async def test_they_are_found_by_what_is_known_of_them_the_latest_first(world: World) -> None:
    await ready(world)
    whole = await found(world, person=PERSON)
    assert len(whole) == 10
    assert whole[0] == ("join_1h", "planned")  # the last session's
    assert ("registration_confirmed", "sent") in whole
    assert await found(world, status="sent") == [("registration_confirmed", "sent")]
    assert await found(world, template="reminder_7d") == [("reminder_7d", "planned")]
    assert await found(world, course="nothing-of-ours") == []
    assert await found(world, person="somebody else") == []
    paged, after = [], ""
    while after is not None:
        answer = (await world.http.get(PATH, params={"limit": 3, "after": after})).json()
        paged += [(one["template"], one["status"]) for one in answer["items"]]
        after = answer["next"]
    assert paged == whole
    assert (await world.http.get(PATH, params={"after": "nonsense"})).status_code == 422
    assert (await world.http.get(PATH, params={"status": "lost"})).status_code == 422


async def test_failed_ones_are_found_by_why(world: World) -> None:
    world.post.at_recipient = says("550 5.1.1 nobody here")
    await ready(world)
    assert await found(world, reason="bounced") == [("registration_confirmed", "failed")]
    assert await found(world, reason="unknown") == []


async def test_reading_whom_it_went_to_is_kept_and_a_list_that_names_nobody_is_not(
    world: World,
) -> None:
    await ready(world)
    before = await audited(world)
    await found(world, status="planned")
    assert await audited(world) == before
    await found(world)
    [sent] = (await world.http.get(PATH, params={"status": "sent"})).json()["items"]
    assert sent["recipient"] == PersonRecorded.example["email"]
    one = await world.http.get(f"{PATH}/{sent['message_id']}")
    assert one.status_code == 200
    reads = [("messages.read", sent["message_id"])] * 2 + [("message.read", sent["message_id"])]
    assert sorted(await audited(world)) == sorted(before + reads)


async def test_the_words_are_shown_again_with_sessions_as_they_were_told(world: World) -> None:
    await ready(world)
    [mail] = world.post.mails
    [sent] = (await world.http.get(PATH, params={"status": "sent"})).json()["items"]
    path = f"{PATH}/{sent['message_id']}"
    letter = (await world.http.get(path)).json()["letter"]
    assert letter["subject"] == str(mail["Subject"])
    # the very words, but for what opens something
    plain = words(mail).replace("\r\n", "\n").splitlines()
    assert [a for a, b in zip(plain, letter["text"].splitlines(), strict=True) if a != b] == [
        line for line in plain if "://" in line
    ]
    assert token() not in letter["text"]
    moved = sessions(
        s1={"starts_at": "2020-10-20T20:00:00Z", "ends_at": "2020-10-20T22:00:00Z"}
        | {"schedule_version": 2}
    )
    await world.hears(course(2, sessions=moved))
    assert (await world.http.get(path)).json()["letter"] == letter
    assert "not kept" in (await world.http.get(path)).json()["note"]


async def test_what_cannot_be_written_again_says_why(world: World) -> None:
    await ready(world)
    [sent] = (await world.http.get(PATH, params={"status": "sent"})).json()["items"]
    await world.forgets()
    shown = (await world.http.get(f"{PATH}/{sent['message_id']}")).json()
    assert (shown["letter"], shown["recipient"]) == (None, None)
    assert shown["why_not"] == "whoever it was for is not on record any more"
    assert (await world.http.get(f"{PATH}/unknown")).status_code == 404


async def test_that_staff_were_shown_an_address_of_a_registration_is_kept(world: World) -> None:
    await ready(world)
    path = f"/notifications/v1/registrations/{R}/messages"
    async with world.client(token()) as learner:
        assert len((await learner.get(path)).json()["items"]) == 10
    assert await audited(world) == []  # their own
    shown = (await world.http.get(path, params={"limit": 2})).json()["items"]
    assert {one["recipient"] for one in shown} == {"zaneta@learners.example"}
    assert await audited(world) == [("messages.read", " ".join(one["message_id"] for one in shown))]
    await world.forgets()
    await world.rests()
    await world.http.get(path)  # nobody's address
    assert len(await audited(world)) == 1


async def test_only_staff_may(world: World) -> None:
    await world.hears(of(RegistrationConfirmed))
    for key in (None, token()):
        async with world.client(key) as other:
            for path in (PATH, f"{PATH}/x"):
                assert (await other.get(path)).status_code in (401, 403)
