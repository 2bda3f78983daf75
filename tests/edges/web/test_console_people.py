"""People at the console: found, read (which is kept), and acted for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.owners import COURSE, Asked, Played, problem, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_today import plain

PERSON = {
    "person_id": "p-1", "name": "Ada Lovelace", "email": "ada@learners.example",
    "zone": "Europe/London", "profession": "social_worker", "known_as": None, "merged": [],
    "registrations": [
        {"registration_id": R, "course_id": COURSE, "status": "confirmed",
         "requested_at": "2020-09-10T09:00:00Z"}
    ],
}  # fmt: skip
OURS = f"/registration/v1/registrations/{R}"
WHOLE: dict[str, Any] = {
    "registration_id": R, "course_id": COURSE, "course_title": "Attachment", "status": "confirmed",
    "position": None, "price": usd(19900), "organisation": None,
    "attendee": {"name": "Ada Lovelace", "email": "ada@learners.example", "zone": "Europe/London"},
    "history": [
        {"at": "2020-09-10T09:00:00Z", "by": "learner", "act": "requested", "before": None,
         "status": "requested", "why": ""}
    ],
}  # fmt: skip
MAIL = {
    "message_id": "m-1", "template": "registration_confirmed", "channel": "mail", "status": "sent",
    "due_at": "2020-09-10T09:01:00Z", "sent_at": "2020-09-10T09:01:02Z", "reason": None,
}  # fmt: skip
QUOTE = {
    "outcome": "refund", "fee": usd(3000), "credit": None, "restored": [],
    "refunds": [{"tender": "card", "amount": usd(16900)}], "windows": [],
    "trace": [{"rule": "window", "because": "Received more than 14 days before."}],
}  # fmt: skip
HERE = f"/console/registrations/{R}"


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", "/registration/v1/people", (200, {"items": [PERSON], "next": None}))
    owners.on("GET", OURS, (200, WHOLE))
    paid = {
        "invoice": {"number": "2020-17", "status": "paid", "issued_at": "2020-09-10T09:00:01Z",
                    "total": usd(19900)},
        "payments": [], "refunds": [], "paid": usd(19900),
    }  # fmt: skip
    owners.on("GET", f"/billing/v1/registrations/{R}", (200, paid))
    lines = {"sessions": [{
        "session_id": "s1", "title": "", "starts_at": "2020-10-19T20:00:00Z",
        "ends_at": "2020-10-19T22:00:00Z", "breaks": [], "lines": [], "more": False,
        "settled": [{"version": 1, "seconds": 7_140, "present": True, "by": "evidence",
                     "at": "2020-10-19T22:15:00Z"}], "corrections": [],
    }]}  # fmt: skip
    owners.on("GET", f"/attendance/v1/registrations/{R}/lines", (200, lines))
    attended = {"session_id": "s1", "seconds": 7_140, "present": True, "version": 1}
    owners.on("GET", f"/attendance/v1/registrations/{R}", (200, {"sessions": [attended]}))
    award = {
        "board": "APA", "status": "withheld", "unmet": [{"condition": "x", "detail": "Too little."}]
    }  # fmt: skip
    given = {"awards": [award], "certificates": []}
    owners.on("GET", f"/certificates/v1/registrations/{R}", (200, given))
    mails = {"items": [MAIL], "next": None}
    owners.on("GET", f"/notifications/v1/registrations/{R}/messages", (200, mails))
    owners.on("GET", f"/billing/v1/registrations/{R}/cancellation-quote", (200, QUOTE))
    return web


async def audited(web: Service) -> list[tuple[str, str, str]]:
    async with web.api_db.acquire() as con:
        rows = await con.fetch(
            "SELECT by, act, about FROM audit WHERE act LIKE '%-read' ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def test_somebody_is_found_by_their_address(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        assert "That you looked is kept." in (await client.get("/console/people")).text
        said = plain((await client.get("/console/people?q=ada%40learners.example")).text)
        assert "Ada Lovelace ada@learners.example · social worker · Europe/London" in said
        assert f"{COURSE} Confirmed 2020-09-10 09:00" in said
        owners.on("GET", "/registration/v1/people", (200, {"items": [], "next": None}))
        nobody = await client.get("/console/people?q=x%40y.example")
        assert "Nobody is recorded under this address" in nobody.text
    asked = owners.calls("/registration/v1/people")
    assert asked[0].query["email"] == "ada@learners.example"
    assert in_whose_name(asked[0]) == "console:u-17"


async def test_an_id_leads_to_what_it_is_of(desk: Service, owners: Played) -> None:
    said = {"certificate_id": "c-1", "registration_id": R}
    owners.on("GET", "/certificates/v1/certificates/c-1.json", (200, said))
    async with staff(desk, "finance") as client:
        for words in (R, f"%20{R}%20", "c-1"):
            sent = await client.get(f"/console/people?q={words}")
            assert (sent.status_code, sent.headers["location"]) == (303, HERE)
        assert (await client.get("/console/people?q=nothing-of-ours")).status_code == 200


async def test_one_page_has_the_whole_story_and_that_it_was_read_is_kept(desk: Service) -> None:
    async with staff(desk, "finance") as client:
        page = await client.get(HERE)
    said = plain(page.text)
    assert "Requested by learner registration" in said
    assert "Invoice 2020-17 $199.00 paid billing" in said
    assert "Mail: registration confirmed sent notifications" in said
    assert "Paid, not given back $199.00" in said
    assert "119 min Present" in said
    assert "Attendance of session s1 119 min, present attendance" in said
    assert "APA Withheld Too little." in said
    assert "Send again" not in said, "money is theirs, messages and courses are not"
    assert "cancelling would give" not in said
    assert await audited(desk) == [("console:u-17", "console.registration-read", R)]


async def test_viewers_see_nobody_and_nothing_is_asked_for_them(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "viewer") as client:
        for path in ("/console/people?q=ada%40learners.example", HERE, f"{HERE}/cancel"):
            assert (await client.get(path)).status_code == 403
        assert "/console/people" not in (await client.get("/console/courses")).text
    assert not owners.calls(OURS)
    assert not owners.calls("/registration/v1/people")
    assert await audited(desk) == []


async def test_what_an_owner_that_is_away_knows_is_missing_and_named(
    desk: Service, owners: Played
) -> None:
    owners.down = {"billing", "notifications"}
    async with staff(desk, "coordinator") as client:
        said = plain((await client.get(HERE)).text)
        assert (
            "Billing does not answer just now, so the invoice, payments, refunds, credits and "
            "disputes are missing from this page." in said
        )
        assert "so mails and texts are missing from this page" in said
        assert "Requested by learner" in said
        quote = plain((await client.get(f"{HERE}/cancel")).text)
        assert "Billing does not say what it would give just now." in quote
        owners.down = set()
        owners.on("GET", f"/attendance/v1/registrations/{R}/lines", (503, {}))
        said = plain((await client.get(HERE)).text)
        assert "so what was settled of each session, and what staff said of it, is missing" in said
        owners.down = {"registration"}
        assert "Registration is away" in (await client.get(HERE)).text


async def test_cancelling_shows_what_it_gives_and_is_done_once_with_a_reason(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{OURS}/cancel", (202, {"status": "cancelled"}))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{HERE}/cancel")).text
        said = plain(page)
        assert "The learner gets $169.00 back on the card it was paid with" in said
        assert "($199.00 minus the $30.00 cancellation fee)" in said
        assert "Received more than 14 days before." in said
        found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
        assert found
        form = {"csrf": csrf(page), "key": found[1], "reason": ""}
        assert (await client.post(f"{HERE}/cancel", data=form)).status_code == 422
        assert owners.calls(f"{OURS}/cancel") == []
        done = await client.post(f"{HERE}/cancel", data=form | {"reason": "asked by phone"})
        assert (done.status_code, done.headers["location"]) == (303, f"{HERE}?done=cancelled")
    [asked] = owners.calls(f"{OURS}/cancel")
    assert (asked.body, asked.key) == ({"reason": "asked by phone"}, found[1])
    assert in_whose_name(asked) == "console:u-17"


async def test_what_an_owner_refuses_is_told_and_what_was_typed_is_there(
    desk: Service, owners: Played
) -> None:
    refused = (409, problem("already-started", 409, "The course has begun."))
    owners.on("POST", f"{OURS}/cancel", refused)
    async with staff(desk, "admin") as client:
        token = csrf((await client.get(f"{HERE}/cancel")).text)
        form = {"csrf": token, "reason": "moved away"}
        page = await client.post(f"{HERE}/cancel", data=form)
        assert page.status_code == 409
        assert "The course has begun." in page.text
        assert "moved away" in page.text
        owners.on("GET", OURS, (200, WHOLE | {"status": "cancelled"}))
        assert (await client.get(f"{HERE}/cancel")).headers["location"] == HERE


async def test_a_cancellation_whose_owner_stays_away_is_kept_to_be_sent_again(
    desk: Service, owners: Played
) -> None:
    owners.on("POST", f"{OURS}/cancel", (503, {}))
    async with staff(desk, "coordinator") as client:
        token = csrf((await client.get(f"{HERE}/cancel")).text)
        form = {"csrf": token, "key": "5" * 32, "reason": "asked by phone"}
        page = await client.post(f"{HERE}/cancel", data=form)
    assert page.status_code == 503
    assert "Registration did not answer. Send it again: it counts once." in page.text
    assert "nothing was changed" not in page.text
    assert f'action="{HERE}/cancel"' in page.text
    assert all(f'name="{name}" value="{value}"' in page.text for name, value in form.items())


async def test_a_message_is_sent_again_by_whoever_runs_courses(
    desk: Service, owners: Played
) -> None:
    path = "/notifications/v1/messages/m-1/resend"
    answers: list[Any] = [(202, {}), (409, problem("suppressed", 409, "It came back."))]

    def answer(_asked: Asked) -> tuple[int, Any]:
        return answers.pop(0)

    owners.on("POST", path, answer)
    to = f"{HERE}/messages/m-1/resend"
    async with staff(desk, "coordinator") as client:
        form = {"csrf": csrf((await client.get(HERE)).text), "key": "3" * 32}
        assert (await client.post(to, data=form)).headers["location"] == HERE
        page = await client.post(to, data=form | {"key": "4" * 32})
        assert page.status_code == 409
        assert "It came back." in page.text
        owners.down = {"notifications"}
        page = await client.post(to, data=form | {"key": "5" * 32})
        assert page.status_code == 503
        assert "Whether it was done is not known." in page.text
        assert f'action="{to}"' in page.text
        assert f'name="key" value="{"5" * 32}"' in page.text, "it is the same request"
        assert f'href="{HERE}"' in page.text, "where to look whether it was sent"
        owners.down = set()
    assert [asked.key for asked in owners.calls(path)] == ["3" * 32, "4" * 32]
    async with staff(desk, "finance", word="another") as client:
        token = csrf((await client.get(HERE)).text)
        assert (await client.post(to, data={"csrf": token})).status_code == 403


async def test_what_people_are_called_is_no_markup(desk: Service, owners: Played) -> None:
    evil = "<script>alert(1)</script>"
    owners.on("GET", OURS, (200, WHOLE | {"attendee": {"name": evil, "email": evil, "zone": "x"}}))
    found = PERSON | {"name": evil, "email": evil}
    owners.on("GET", "/registration/v1/people", (200, {"items": [found], "next": None}))
    async with staff(desk, "admin") as client:
        for path in (HERE, f"{HERE}/cancel", f"/console/people?q={evil}%40x"):
            page = (await client.get(path)).text
            assert evil not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# --- erasing --------------------------------------------------------------------------------------
WHO = "/registration/v1/people/p-1"
ERASE = "/console/people/p-1/erase"


async def test_somebody_is_erased_by_an_admin_who_means_it(desk: Service, owners: Played) -> None:
    owners.on("GET", WHO, (200, PERSON))
    owners.on("POST", f"{WHO}/erase", (200, {"person_id": "p-1", "erased": ["p-1"]}))
    async with staff(desk, "admin") as client:
        found = await client.get("/console/people?q=ada%40learners.example")
        assert f'href="{ERASE}"' in found.text
        page = (await client.get(ERASE)).text
        assert "Erase Ada Lovelace?" in plain(page)
        assert "What is yet to come is to be cancelled first" in page
        form = {"csrf": csrf(page), "key": "7" * 32, "reason": "Asked by mail", "typed": "erase"}
        for wrong in ({"typed": "yes"}, {"reason": "Ada's wish"}, {"reason": ""}):
            answer = await client.post(ERASE, data=form | wrong)
            assert answer.status_code == 422
        assert owners.calls(f"{WHO}/erase") == []
        done = await client.post(ERASE, data=form)
        assert done.headers["location"] == "/console/people?erased=1"
        assert (
            "Erased, and told to every service."
            in (await client.get("/console/people?erased=1")).text
        )
    [asked] = owners.calls(f"{WHO}/erase")
    assert (asked.body, asked.key) == ({"reason": "asked-by-mail"}, "7" * 32)
    assert in_whose_name(asked) == "console:u-17"


@pytest.mark.parametrize("role", ["viewer", "coordinator", "finance"])
async def test_nobody_else_erases(desk: Service, owners: Played, role: str) -> None:
    owners.on("GET", WHO, (200, PERSON))
    async with staff(desk, role) as client:
        token = csrf((await client.get("/console/courses")).text) if role == "viewer" else ""
        assert (await client.get(ERASE)).status_code == 403
        form = {"csrf": token, "reason": "so", "typed": "erase"}
        assert (await client.post(ERASE, data=form)).status_code == 403
        if role != "viewer":
            found = await client.get("/console/people?q=ada%40learners.example")
            assert ERASE not in found.text
    assert owners.calls(f"{WHO}/erase") == []


async def test_who_is_registered_for_what_is_to_come_is_not_erased(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", WHO, (200, PERSON))
    refused = (409, problem("still-registered", 409, "They are registered for what is to come."))
    owners.on("POST", f"{WHO}/erase", refused)
    async with staff(desk, "admin") as client:
        form = {"csrf": csrf((await client.get(ERASE)).text), "key": "8" * 32, "reason": "by mail"}
        page = await client.post(ERASE, data=form | {"typed": "erase"})
    assert page.status_code == 409
    assert "They are registered for what is to come." in page.text
    assert "8" * 32 not in page.text, "another try is another request"
