"""One-click unsubscribe (RFC 8058): one stream ends, nothing else; a look at the page ends nothing."""

import re

import httpx

from shared.contracts.attendance import AttendanceSettled
from shared.contracts.registration import PersonRecorded, RegistrationSubstituted
from shared.runtime.tokens import mint
from tests.edges.notifications.conftest import PERSON, World, of, words
from tests.edges.notifications.test_sending import confirmed
from tests.edges.notifications.test_story import ENDS, completed
from tests.stage import SECRET

ASKS, LAST = "evaluation_request", "2020-11-09T23:15:00Z"


async def asked(world: World) -> str:
    """The evaluation was asked for; the path of the link that stops such mails."""
    await confirmed(world)
    await over(world)
    [mail] = [one for one in world.post.mails if one["List-Unsubscribe"]]
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<http://holdfast\.test(/\S+)>", str(mail["List-Unsubscribe"]))
    assert found is not None
    assert found[1] in words(mail)
    return found[1]


async def over(world: World) -> None:
    """The course is over, and they were there."""
    for session, at in ENDS.items():
        await world.at(at)
        await world.hears(completed(session, at), of(AttendanceSettled, session_id=session))
    await world.hears(completed("s4", LAST), of(AttendanceSettled, session_id="s4"))
    await world.at(LAST)


async def one_click(world: World, path: str) -> httpx.Response:
    """As a mail program does it: no login, and the body that the RFC says."""
    async with world.client() as http:
        return await http.post(path, data={"List-Unsubscribe": "One-Click"})


async def test_one_click_ends_one_stream_and_says_so(world: World) -> None:
    path = await asked(world)
    for _ in range(2):  # the same again is the same answer
        answer = await one_click(world, path)
        assert (answer.status_code, "These mails have ended" in answer.text) == (200, True)
    [row] = await world.dump("unsubscribed")
    assert (row["person_id"], row["stream"], row["because"]) == (PERSON, "evaluations", "asked")
    skipped = await world.message("evaluation_reminder")
    assert (skipped["status"], skipped["reason"]) == ("skipped", "they stopped mails of this kind")
    before = len(world.post.mails)
    await world.at("2021-01-31T00:00:00Z")
    assert not [m for m in world.post.mails[before:] if m["List-Unsubscribe"]]


async def test_looking_at_the_page_ends_nothing(world: World) -> None:
    path = await asked(world)
    async with world.client() as http:
        for method in ("GET", "HEAD"):
            await http.request(method, path)
        page = await http.get(path)
    assert "Stop these mails?" in page.text
    assert f'action="{path}"' in page.text
    assert "script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert await world.count("unsubscribed") == 0
    assert (await world.message("evaluation_reminder"))["status"] == "planned"


async def test_it_can_be_undone(world: World) -> None:
    path = await asked(world)
    await one_click(world, path)
    async with world.client() as http:
        assert f'action="{path}/undo"' in (await http.get(path)).text
        assert (await http.post(f"{path}/undo")).status_code == 200
        assert (await http.post(f"{path}/undo")).status_code == 200
        assert "Stop these mails?" in (await http.get(path)).text
    assert await world.count("unsubscribed") == 0
    assert (await world.message("evaluation_reminder"))["status"] == "planned"


async def test_the_page_speaks_the_reader_s_language(world: World) -> None:
    path = await asked(world)
    await world.hears(of(PersonRecorded, version=7, locale="de-DE"))
    async with world.client() as http:
        assert "Diese Mails abbestellen?" in (await http.get(path)).text


async def test_a_link_that_is_not_ours_leads_nowhere(world: World) -> None:
    path = await asked(world)
    token = path.rpartition("/")[2]
    bad = [
        "x",
        token[:-1],
        mint("another secret", "unsubscribe", f"{PERSON}/evaluations", 1),
        mint(SECRET, "unsubscribe", f"{PERSON}/join_1h", 1),
        mint(SECRET, "unsubscribe", "evaluations", 1),
        mint(SECRET, "personal", f"{PERSON}/evaluations", 1),
        mint(SECRET, "unsubscribe", "nobody/evaluations", 1),
    ]
    for one in bad:
        for method in ("GET", "POST"):
            async with world.client() as http:
                answer = await http.request(method, path.replace(token, one))
            assert (answer.status_code, "leads nowhere" in answer.text) == (404, True), one
    assert await world.count("unsubscribed") == 0


async def test_it_opens_nothing_else(world: World) -> None:
    token = (await asked(world)).rpartition("/")[2]
    answer = await world.client(token).get("/notifications/v1/registrations/x/messages")
    assert answer.status_code == 401


async def test_a_colleague_has_wishes_of_their_own(world: World) -> None:
    await confirmed(world)
    stop = mint(SECRET, "unsubscribe", f"{PERSON}/evaluations", 1)
    await one_click(world, f"/notifications/v1/unsubscribe/{stop}")
    other = of(RegistrationSubstituted)
    await world.hears(other, of(PersonRecorded, person_id=other.person_id, email="b@x.example"))
    await over(world)
    asked_of = [m for m in await world.dump("messages") if m["template"] == ASKS]
    assert [(m["person_id"], m["state"]) for m in asked_of] == [(other.person_id, "sent")]


async def test_who_is_erased_leaves_no_wish(world: World) -> None:
    path = await asked(world)
    await one_click(world, path)
    await world.forgets()
    assert await world.count("unsubscribed") == 0
    assert (await one_click(world, path)).status_code == 404
    assert await world.count("unsubscribed") == 0


async def test_it_is_not_sent_again_by_hand(world: World) -> None:
    path = await asked(world)
    message = await world.message(ASKS)
    await one_click(world, path)
    answer = await world.resend(message["message_id"])
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/message-not-wanted")
    assert "they stopped mails of this kind" in answer.json()["detail"]


async def test_heard_before_the_registration_it_holds_too(world: World) -> None:
    await world.hears(of(PersonRecorded))
    stop = mint(SECRET, "unsubscribe", f"{PERSON}/evaluations", 1)
    assert (await one_click(world, f"/notifications/v1/unsubscribe/{stop}")).status_code == 200
    await confirmed(world)
    await over(world)
    assert (await world.message(ASKS))["status"] == "skipped"
