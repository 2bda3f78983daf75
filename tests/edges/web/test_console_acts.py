"""What staff do about somebody: corrected, replaced by a colleague, moved, given new links.

Registration is played: what an act would come to is its word, and so is every refusal.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from shared.runtime.service import Service
from tests.edges.web.conftest import REGISTRATION as R
from tests.edges.web.owners import COURSE, Asked, Played, problem, usd
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_course_form import fields_of
from tests.edges.web.test_console_people import audited
from tests.edges.web.test_console_today import plain

OURS = f"/registration/v1/registrations/{R}"
HERE = f"/console/registrations/{R}"
ADA: dict[str, Any] = {
    "person_id": "p-1", "version": 3, "name": "Ada Lovelace", "email": "ada@learners.example",
    "zone": "Europe/London", "locale": "en-GB", "profession": "social_worker", "birth_day": "",
    "licenses": [{"profession": "social_worker", "state": "NY", "number": "073211"}],
    "phone": "", "sms_consent": "", "sms_consent_at": None,
}  # fmt: skip
COMPLAINT: dict[str, Any] = {
    "number": 5, "thread": 5, "complaint": "Session 2 was cut off.", "complained_at": "2020-11-10T09:00:00Z",
    "answer_by": "2020-11-24T09:00:00Z", "answer": None, "answered_at": None,
    "theirs": True,
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "registration_id": R, "course_id": COURSE, "course_title": "Attachment", "status": "confirmed",
    "position": None, "price": usd(19900), "organisation": None, "attendee": ADA,
    "starts_at": "2020-10-19T20:00:00Z", "history": [],
    "accommodation": {
        "request": "Captions, please.", "requested_at": "2020-09-10T09:00:00Z", "answer": None,
        "answered_at": None,
    },
    "complaints": [COMPLAINT],
}  # fmt: skip
DISCLOSURE = {"version": "2020-09-01", "required": True, "text": "None of us is paid."}
PERSON = ADA | {
    "known_as": None, "merged_into": None, "merged": [], "changes": [],
    "registrations": [
        {"registration_id": R, "course_id": COURSE, "status": "confirmed",
         "requested_at": "2020-09-10T09:00:00Z"},
        {"registration_id": "r-2", "course_id": "basics", "status": "completed",
         "requested_at": "2020-03-10T09:00:00Z"},
    ],
}  # fmt: skip
CERTIFICATE = {
    "certificate_id": "c-1", "registration_id": "r-2", "number": "2020-AAAA", "board": "NBCC",
    "kind": "award", "status": "valid",
}  # fmt: skip
LICENCE = {"license_profession_0": "social_worker", "state_0": "NY", "number_0": "073211"}
TYPED = {
    "name": "Ada King", "email": "ada.king@home.example", "profession": "social_worker",
    "zone": "Europe/London", "locale": "en-GB", "birth_day": "", **LICENCE,
    "version": "3", "reason": "she rang",
}  # fmt: skip
COLLEAGUE = {
    "name": "Bea Shaw", "email": "bea@learners.example", "profession": "counselor",
    "state_0": "MA", "number_0": "88", "zone": "", "locale": "en-US", "reason": "Ada is ill",
}  # fmt: skip


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", OURS, (200, WHOLE))
    owners.on("GET", "/registration/v1/people/p-1", (200, PERSON))
    course = {
        "course_id": COURSE, "title": "Attachment", "disclosure": DISCLOSURE, "prerequisites": [],
        "starts_at": "2020-10-19T20:00:00Z",
    }  # fmt: skip
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, course))
    owners.on("GET", f"/certificates/v1/registrations/{R}", (200, {"certificates": []}))
    owners.on("GET", "/certificates/v1/registrations/r-2", (200, {"certificates": [CERTIFICATE]}))
    changes = [
        {"field": "name", "before": "Ada Lovelace", "after": "Ada King"},
        {"field": "email", "before": ADA["email"], "after": "ada.king@home.example"},
    ]
    told = {
        "person_id": "p-1", "changes": changes, "links_mailed_to": "ada.king@home.example",
        "merged": [],
    }  # fmt: skip
    owners.on("POST", f"{OURS}/attendee/preview", (200, told))
    owners.on("PUT", f"{OURS}/attendee", (200, ADA | {"registration_id": R}))
    seat = {
        "registration_id": R, "status": "confirmed", "boards": ["NBCC"], "warnings": [],
        "former": {"boards": ["NBCC", "NYSED-SW"]},
        "transfer_ends": None, "accommodation_unanswered": False,
    }  # fmt: skip
    owners.on("POST", f"{OURS}/substitute/preview", (200, seat))
    owners.on("POST", f"{OURS}/substitute", (200, {"registration_id": R, "token": "x.y.z"}))
    owners.on("POST", f"{OURS}/cancel", (202, {"status": "cancelled"}))
    owners.on("POST", f"{OURS}/accommodation/answer", (200, {"registration_id": R}))
    owners.on("POST", f"{OURS}/complaints/answer", (200, {"registration_id": R}))
    owners.on("POST", f"{OURS}/links/renew", (200, {"registration_id": R, "token": "x.y.z"}))
    return web


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert found, page
    return found[1]


def hidden(page: str) -> dict[str, str]:
    """What the last page carries along unseen."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def happened(act: str, **facts: str) -> dict[str, Any]:
    """A line of the history, as staff are told it."""
    return {
        "at": "2020-09-11T09:00:00Z", "by": "console:u-17", "act": act, "before": "confirmed",
        "status": "confirmed", "why": "", "facts": facts,
    }  # fmt: skip


async def reviewed(client: httpx.AsyncClient, path: str, typed: dict[str, str]) -> httpx.Response:
    token = csrf((await client.get(path)).text)
    return await client.post(path, data=typed | {"csrf": token})


# --- corrected ------------------------------------------------------------------------------------
async def test_a_correction_is_shown_field_by_field_then_done_once(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/correct"
    async with staff(desk, "coordinator") as client:
        page = (await client.get(path)).text
        for value in ("Ada Lovelace", "ada@learners.example", "073211"):
            assert f'value="{value}"' in page
        assert '<option value="NY" selected>' in page
        review = await reviewed(client, path, TYPED)
        assert review.status_code == 200
        said = plain(review.text)
        assert "Name Ada Lovelace Ada King" in said
        assert f"Mail {ADA['email']} ada.king@home.example" in said
        assert "to ada.king@home.example: the links of this registration, Attachment." in said
        assert "Those of their other registrations are not mailed anew" in said
        assert "One was issued, and stays as it is, made out to the old name." in said
        assert 'href="/console/certificates/c-1/supersede"' in review.text
        assert "Nothing is charged or given back, and no seat changes." in said
        assert "In all 2 registrations of this person" in said
        assert owners.calls(f"{OURS}/attendee") == [], "nothing was done yet"
        form = hidden(review.text)
        assert form["only"] == "name email"
        for _ in range(2):  # a double click sends the same request
            done = await client.post(path, data=form | {"sure": "yes"})
            assert done.headers["location"] == f"{HERE}?done=corrected"
        [weighed] = owners.calls(f"{OURS}/attendee/preview")
    first, again = owners.calls(f"{OURS}/attendee")
    assert (first.method, first.key) == ("PUT", form["key"])
    assert (again.body, again.key) == (first.body, first.key)
    assert first.body == {
        "name": "Ada King", "email": "ada.king@home.example", "reason": "she rang", "version": 3,
    }, "only what was seen to change, so that nobody else's correction is undone"  # fmt: skip
    assert weighed.body["licenses"] == ADA["licenses"]
    assert weighed.key is None
    assert in_whose_name(first) == in_whose_name(weighed) == "console:u-17"


async def test_no_licence_is_lost_and_a_row_is_emptied_to_take_one_away(
    desk: Service, owners: Played
) -> None:
    many = [{"profession": "nurse", "state": "", "number": str(at)} for at in range(4)]
    owners.on("GET", OURS, (200, WHOLE | {"attendee": ADA | {"licenses": many}}))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{HERE}/correct")).text
        assert 'id="number_3"' in page
        assert 'id="number_4"' in page, "one row is free"
        assert 'id="number_5"' not in page
        rows = {f"number_{at}": str(at) for at in (0, 3)} | {"license_profession_3": "nurse"}
        typed = {k: v for k, v in TYPED.items() if k not in LICENCE}
        await reviewed(client, f"{HERE}/correct", typed | rows)
    [weighed] = owners.calls(f"{OURS}/attendee/preview")
    assert weighed.body["licenses"] == [
        {"profession": "", "state": "", "number": "0"},
        {"profession": "nurse", "state": "", "number": "3"},
    ]


async def test_an_unchanged_form_gives_the_recorded_licences_back(
    desk: Service, owners: Played
) -> None:
    held = [
        {"profession": "social_worker", "state": "ON", "number": "07 32/11"},
        {"profession": "", "state": "NSW", "number": "2"},
        {"profession": "other", "state": "NY", "number": ""},
        {"profession": "art_therapist", "state": "", "number": "4"},
    ]
    owners.on("GET", OURS, (200, WHOLE | {"attendee": ADA | {"licenses": held}}))
    path = f"{HERE}/correct"
    async with staff(desk, "coordinator") as client:
        as_it_is = fields_of((await client.get(path)).text, path)
        await client.post(path, data=as_it_is | {"reason": "she rang"})
    [weighed] = owners.calls(f"{OURS}/attendee/preview")
    assert weighed.body["licenses"] == held
    assert weighed.body["profession"] == "social_worker"


async def test_what_registration_refuses_stands_beside_its_field_and_nothing_is_lost(
    desk: Service, owners: Played
) -> None:
    errors = [
        {"pointer": "/email", "detail": "This is not an e-mail address."},
        {"pointer": "/licenses/1/number", "detail": "One line is needed here."},
    ]
    refused = problem("attendee-invalid", 422, "Something about the person is wrong.", errors)
    owners.on("POST", f"{OURS}/attendee/preview", (422, refused))
    async with staff(desk, "admin") as client:
        typed = TYPED | {"email": "ada at home", "number_2": "7"}
        page = await reviewed(client, f"{HERE}/correct", typed)
    assert page.status_code == 422
    assert "Please check 2 things. Nothing was done." in plain(page.text)
    email = re.search(r'<input type="email"[^>]+>', page.text)
    assert email
    assert 'aria-invalid="true"' in email[0]
    assert "email-error" in email[0]
    assert 'value="ada at home"' in email[0]
    assert '<p class="error" id="number_2-error">One line is needed here.</p>' in page.text
    assert f"Recorded: {ADA['email']}" in page.text
    assert 'value="she rang"' in page.text


async def test_a_rule_s_refusal_is_said_as_it_is_and_another_try_is_another_request(
    desk: Service, owners: Played
) -> None:
    said = "This person has a registration of their own."
    owners.on("PUT", f"{OURS}/attendee", (409, problem("same-person-registered", 409, said)))
    async with staff(desk, "coordinator") as client:
        review = await reviewed(client, f"{HERE}/correct", TYPED)
        form = hidden(review.text)
        page = await client.post(f"{HERE}/correct", data=form | {"sure": "yes"})
        assert page.status_code == 409
        assert said in page.text
        assert 'value="Ada King"' in page.text
        again = await client.post(f"{HERE}/correct", data=form)
        assert key_in(again.text) != form["key"]


async def test_who_was_corrected_meanwhile_is_shown_before_anything_is_undone(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        newer = ADA | {"version": 4, "zone": "Asia/Tokyo"}
        owners.on("GET", OURS, (200, WHOLE | {"attendee": newer}))
        page = await reviewed(client, f"{HERE}/correct", TYPED)
        assert page.status_code == 409
        assert "Somebody corrected them meanwhile." in page.text
        assert "Recorded: Asia/Tokyo" in page.text
        assert 'name="version" value="4"' in page.text, "seen now: sent again it is meant"
    assert owners.calls(f"{OURS}/attendee") == []


async def test_what_ends_with_who_is_replaced_is_told_before(desk: Service, owners: Played) -> None:
    path = f"{OURS}/substitute/preview"
    _, seat = owners.answers["POST", path]  # type: ignore[misc]
    async with staff(desk, "coordinator") as client:
        plainly = await reviewed(client, f"{HERE}/substitute", COLLEAGUE)
        assert "What ends with it" not in plainly.text
        ends = {"transfer_ends": "summit", "accommodation_unanswered": True}
        owners.on("POST", path, (200, seat | ends))
        said = plain((await reviewed(client, f"{HERE}/substitute", COLLEAGUE)).text)
    assert "The move to summit that is under way: the seat held there is let go." in said
    assert "What Ada Lovelace asked for to take part: its task is closed" in said


async def test_who_was_corrected_after_they_were_seen_is_not_overwritten(
    desk: Service, owners: Played
) -> None:
    path, said = f"{HERE}/correct", "They were corrected meanwhile: version 4 is recorded now."
    owners.on("PUT", f"{OURS}/attendee", (409, problem("person-changed", 409, said)))
    async with staff(desk, "coordinator") as client:
        form = hidden((await reviewed(client, path, TYPED)).text)
        newer = ADA | {"version": 4, "email": "ada@elsewhere.example"}
        owners.on("GET", OURS, (200, WHOLE | {"attendee": newer}))
        page = await client.post(path, data=form | {"sure": "yes"})
        assert page.status_code == 409
        assert said in page.text
        assert "Recorded: ada@elsewhere.example" in page.text
        assert 'value="ada.king@home.example"' in page.text
        assert 'name="version" value="4"' in page.text, "seen now: sent again it is meant"
    [asked] = owners.calls(f"{OURS}/attendee")
    assert asked.body["version"] == 3


async def test_what_changes_nothing_is_told_so(desk: Service, owners: Played) -> None:
    told = {"person_id": "p-1", "changes": [], "links_mailed_to": None, "merged": []}
    owners.on("POST", f"{OURS}/attendee/preview", (200, told))
    async with staff(desk, "coordinator") as client:
        page = await reviewed(client, f"{HERE}/correct", TYPED)
    assert page.status_code == 422
    assert "Nothing would change." in page.text


async def test_what_was_typed_comes_back_to_be_changed(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        review = await reviewed(client, f"{HERE}/correct", TYPED)
        page = await client.post(f"{HERE}/correct", data=hidden(review.text) | {"change": "1"})
    assert page.status_code == 200
    assert 'value="Ada King"' in page.text
    assert 'value="she rang"' in page.text
    assert 'role="alert"' not in page.text
    assert owners.calls(f"{OURS}/attendee") == []


# --- a colleague ----------------------------------------------------------------------------------
async def test_a_colleague_comes_once_they_accepted_the_disclosure(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/substitute"
    async with staff(desk, "coordinator") as client:
        review = await reviewed(client, path, COLLEAGUE)
        said = plain(review.text)
        assert "Name Ada Lovelace Bea Shaw" in said
        assert "Boards that would give credit NBCC, NYSED-SW NBCC" in said
        assert "Licences Social worker, NY, no. 073211 Counselor, MA, no. 88" in said
        assert "All links of Ada Lovelace are dead at once" in said
        assert "The price stays $199.00, and so does whoever paid" in said
        form = hidden(review.text)
        assert form["disclosure_version"] == "2020-09-01"
        unread = await client.post(path, data=form | {"sure": "yes"})
        assert unread.status_code == 422
        assert "Tick the box once they have accepted it." in unread.text
        assert owners.calls(f"{OURS}/substitute") == []
        read = hidden(unread.text) | {"sure": "yes", "disclosure": "accepted"}
        done = await client.post(path, data=read)
        assert done.headers["location"] == f"{HERE}?done=substituted"
        copied = await client.get(f"{HERE}?done=substituted")
        assert "Somebody else comes now." not in copied.text, "an address is no message"
        owners.on("GET", OURS, (200, WHOLE | {"history": [happened("substitute")]}))
        assert "Somebody else comes now." in (await client.get(f"{HERE}?done=substituted")).text
    [asked] = owners.calls(f"{OURS}/substitute")
    assert asked.key == read["key"]
    assert asked.body == {
        "attendee": {
            "name": "Bea Shaw", "email": "bea@learners.example", "profession": "counselor",
            "zone": "", "locale": "en-US", "birth_day": "",
            "licenses": [{"profession": "", "state": "MA", "number": "88"}],
        },
        "disclosure_version": "2020-09-01",
        "reason": "Ada is ill",
    }  # fmt: skip


async def test_a_course_that_builds_on_another_asks_for_its_certificate_or_why_not(
    desk: Service, owners: Played
) -> None:
    course = {"title": "Attachment", "disclosure": None, "prerequisites": ["basics"]}
    owners.on("GET", f"/registration/v1/courses/{COURSE}", (200, course))
    said = "A certificate of basics is asked for."
    refused = problem(
        "prerequisite-missing", 409, said, [{"pointer": "/prerequisites", "detail": said}]
    )

    def weigh(asked: Asked) -> tuple[int, Any]:
        waived = {"boards": [], "warnings": ["None serves them."], "former": {"boards": []}}
        return (200, waived) if asked.body.get("waive_prerequisites") else (409, refused)

    owners.on("POST", f"{OURS}/substitute/preview", weigh)
    async with staff(desk, "coordinator") as client:
        page = await reviewed(client, f"{HERE}/substitute", COLLEAGUE)
        assert page.status_code == 409
        assert f'id="prerequisite_0-error">{said}' in page.text
        review = await reviewed(
            client, f"{HERE}/substitute", COLLEAGUE | {"waiver": "taught it herself"}
        )
        assert "They come without the certificates that the course asks for" in review.text
        assert "None serves them." in review.text
        assert 'name="disclosure"' not in review.text, "this course has none"
        await client.post(f"{HERE}/substitute", data=hidden(review.text) | {"sure": "yes"})
    [asked] = owners.calls(f"{OURS}/substitute")
    assert (asked.body["waive_prerequisites"], asked.body["disclosure_version"]) == (
        "taught it herself", None,
    )  # fmt: skip


async def test_whose_course_does_not_answer_is_away_and_no_disclosure_is_outdated(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/substitute"
    async with staff(desk, "coordinator") as client:
        token = csrf((await client.get(path)).text)
        owners.on("GET", f"/registration/v1/courses/{COURSE}", (503, {}))
        assert "Registration is away" in (await client.get(path)).text
        page = await client.post(path, data=COLLEAGUE | {"csrf": token})
    assert page.status_code == 503
    assert "Registration did not answer. Nothing was done." in page.text
    assert hidden(page.text)["name"] == "Bea Shaw"
    assert owners.calls(f"{OURS}/substitute/preview") == []


async def test_a_disclosure_that_changed_meanwhile_is_said_of_the_whole(
    desk: Service, owners: Played
) -> None:
    said = "The disclosure is another by now."
    wrong = [{"pointer": "/disclosure_version", "detail": said}]
    owners.on("POST", f"{OURS}/substitute", (409, problem("disclosure-outdated", 409, said, wrong)))
    async with staff(desk, "coordinator") as client:
        review = await reviewed(client, f"{HERE}/substitute", COLLEAGUE)
        form = hidden(review.text) | {"sure": "yes", "disclosure": "accepted"}
        page = await client.post(f"{HERE}/substitute", data=form)
    assert page.status_code == 409
    assert said in page.text
    assert 'href="#disclosure"' not in page.text, "the form has no such field"


# --- another course -------------------------------------------------------------------------------
SUMMIT = {
    "course_id": "summit", "title": "The Summit", "starts_at": "2020-11-02T20:00:00Z",
    "ends_at": "2020-11-02T22:00:00Z", "zone": "America/New_York", "status": "published",
    "price": usd(24900), "seats": {"capacity": 30, "left": 4, "waiting": 0},
    "registration": {"open": True}, "disclosure": DISCLOSURE, "prerequisites": [],
}  # fmt: skip
FULL = SUMMIT | {
    "course_id": "full",
    "title": "Full",
    "seats": {"capacity": 1, "left": 0, "waiting": 2},
}
OVER = SUMMIT | {"course_id": "over", "title": "Long ago", "registration": {"open": False}}
HELD = {
    "transferred_from": R, "status": "requested", "course_id": "summit", "price": usd(24900),
    "price_id": "", "policy": None, "hold_expires_at": "2020-10-01T12:30:00Z", "due": usd(5000),
}  # fmt: skip
MOVED = {
    "outcome": "refund", "fee": usd(0), "used": [{"tender": "card", "amount": usd(19900)}],
    "to_pay": usd(5000), "refunds": [], "restored": [], "credit": None,
    "trace": [{"rule": "moved", "because": "$199.00 of it pays for the other course."}],
}  # fmt: skip


@pytest.fixture
async def courses(desk: Service, owners: Played) -> Service:
    ours = SUMMIT | {"course_id": COURSE, "title": "Attachment"}
    listed = {"items": [ours, SUMMIT, FULL, OVER], "next": None}
    owners.on("GET", "/registration/v1/courses", (200, listed))
    owners.on("GET", "/registration/v1/courses/summit", (200, SUMMIT))
    owners.on("POST", f"{OURS}/transfer/preview", (200, HELD))
    owners.on("POST", f"{OURS}/transfer", (200, HELD | {"registration_id": "r-9", "token": "x"}))
    owners.on("GET", f"/billing/v1/registrations/{R}/transfer-quote", (200, MOVED))
    return desk


async def test_a_dearer_course_says_what_is_due_and_that_the_seat_here_stays(
    courses: Service, owners: Played
) -> None:
    path = f"{HERE}/transfer"
    async with staff(courses, "coordinator") as client:
        page = (await client.get(path)).text
        assert '<option value="summit">' in page
        assert '<option value="full" disabled>' in page
        assert 'value="over"' not in page
        assert f'value="{COURSE}"' not in page
        review = await reviewed(client, path, {"course": "summit", "reason": "asked by mail"})
        said = plain(review.text)
        assert "Price $199.00 $249.00" in said
        assert "The one here stays theirs until $50.00 more is paid" in said
        assert "$199.00 of what was paid pays for the other course." in said
        assert "$50.00 is still to be paid, by the link in their mail." in said
        form = hidden(review.text) | {"sure": "yes", "disclosure": "accepted"}
        done = await client.post(path, data=form)
        assert done.headers["location"] == "/console/registrations/r-9?done=transferred"
    [quoted] = owners.calls(f"/billing/v1/registrations/{R}/transfer-quote")
    assert quoted.query == {"price": "24900", "course_id": "summit"}
    [asked] = owners.calls(f"{OURS}/transfer")
    assert asked.body == {
        "course_id": "summit", "disclosure_version": "2020-09-01", "reason": "asked by mail",
    }  # fmt: skip
    assert asked.key == form["key"]


async def test_only_courses_that_take_registrations_are_asked_for(
    courses: Service, owners: Played
) -> None:
    async with staff(courses, "coordinator") as client:
        await client.get(f"{HERE}/transfer")
    [asked] = owners.calls("/registration/v1/courses")
    assert asked.query["state"] == "open", "after years those ahead are behind thousands"


async def test_a_cheaper_one_is_moved_at_once_and_says_where_the_rest_goes(
    courses: Service, owners: Played
) -> None:
    at_once = {name: value for name, value in HELD.items() if name != "hold_expires_at"}
    at_once |= {"status": "confirmed", "price": usd(14900), "due": usd(0)}
    owners.on("POST", f"{OURS}/transfer/preview", (200, at_once))
    late = MOVED | {
        "outcome": "credit", "used": [{"tender": "credit", "amount": usd(14900)}],
        "to_pay": usd(0), "credit": {"amount": usd(5000), "expires_on": "2021-10-01"},
    }  # fmt: skip
    owners.on("GET", f"/billing/v1/registrations/{R}/transfer-quote", (200, late))
    async with staff(courses, "coordinator") as client:
        typed = {"course": "summit", "reason": "asked by mail"}
        said = plain((await reviewed(client, f"{HERE}/transfer", typed)).text)
        assert "The one here goes to whoever is next in line." in said
        assert "$149.00 pays for the other course, as a credit." in said
        assert "$50.00 stays a credit, good until" in said
        assert "still to be paid" not in said
        owners.down = {"billing"}
        said = plain((await reviewed(client, f"{HERE}/transfer", typed)).text)
        assert "Billing does not say what it would come to just now." in said


async def test_a_course_and_a_reason_are_asked_for_beside_their_fields(
    courses: Service, owners: Played
) -> None:
    async with staff(courses, "coordinator") as client:
        page = await reviewed(client, f"{HERE}/transfer", {"course": "", "reason": ""})
        assert page.status_code == 422
        assert 'id="course-error"' in page.text
        assert 'id="reason-error"' in page.text
        said = "Please pay the invoice of this registration first; then it can be moved."
        refused = (409, problem("invoice-unpaid", 409, said))
        owners.on("POST", f"{OURS}/transfer/preview", refused)
        page = await reviewed(client, f"{HERE}/transfer", {"course": "summit", "reason": "x"})
        assert page.status_code == 409
        assert said in page.text
        assert '<option value="summit" selected>' in page.text
    assert owners.calls(f"{OURS}/transfer") == []


async def test_who_moves_is_told_what_became_of_the_former_and_each_leads_to_the_other(
    courses: Service, owners: Played
) -> None:
    new = WHOLE | {"registration_id": "r-9", "course_id": "summit", "transferred_from": R}
    at = "/registration/v1/registrations/r-9"
    waits = "The former registration stays as it is until the difference is paid."
    moved = "They were moved: this is their registration now."
    async with staff(courses, "coordinator") as client:
        for status, said, other in (("requested", waits, moved), ("confirmed", moved, waits)):
            owners.on("GET", at, (200, new | {"status": status}))
            page = (await client.get("/console/registrations/r-9?done=transferred")).text
            assert said in page
            assert other not in page
            assert f'href="{HERE}"' in page
        assert waits not in (await client.get(f"{HERE}?done=transferred")).text
        asked = happened("transfer-asked", to_registration_id="r-9", to_course_id="summit")
        owners.on("GET", OURS, (200, WHOLE | {"history": [asked]}))
        page = (await client.get(HERE)).text
        assert "A move was asked to" in page
        assert 'href="/console/registrations/r-9"' in page
        gone = WHOLE | {"status": "transferred", "transferred_to": "r-9", "history": [asked]}
        owners.on("GET", OURS, (200, gone))
        page = (await client.get(HERE)).text
        assert "Moved to" in page
        assert 'href="/console/registrations/r-9"' in page


# --- cancelled, otherwise than by the policy --------------------------------------------------------
QUOTE = {
    "outcome": "nothing", "fee": usd(0), "credit": None, "restored": [], "refunds": [],
    "windows": [], "trace": [{"rule": "window", "because": "The course has begun."}],
}  # fmt: skip
KIND = QUOTE | {
    "outcome": "refund", "refunds": [{"tender": "card", "amount": usd(19900)}],
    "trace": [{"rule": "override", "because": "Staff decided otherwise than the policy: refund."}],
}  # fmt: skip


@pytest.fixture
async def begun(desk: Service, owners: Played) -> Service:
    zoned = {"version": 3, "text": "", "document": {"zone": "America/New_York"}}
    owners.on("GET", OURS, (200, WHOLE | {"policy": zoned}))

    def quoted(asked: Asked) -> tuple[int, Any]:
        return 200, KIND if asked.query.get("override") == "refund" else QUOTE

    owners.on("GET", f"/billing/v1/registrations/{R}/cancellation-quote", quoted)
    owners.on("POST", f"{OURS}/cancel", (202, {"status": "cancelled"}))
    weighed = {"status": "cancelled", "requested_at": "2020-10-18T13:30:00Z"}
    owners.on("POST", f"{OURS}/cancel/preview", (200, weighed))
    return desk


async def test_what_staff_decide_instead_of_the_policy_is_seen_before_it_is_done(
    begun: Service, owners: Played
) -> None:
    path = f"{HERE}/cancel"
    typed = {
        "reason": "asked by phone", "outcome": "refund", "because": "was in hospital",
        "day": "2020-10-18", "wall": "09:30", "evidence": "her mail of that day",
    }  # fmt: skip
    async with staff(begun, "coordinator") as client:
        assert "Nothing goes back." in plain((await client.get(path)).text)
        review = await reviewed(client, path, typed)
        assert review.status_code == 200
        said = plain(review.text)
        assert "The learner gets $199.00 back on the card it was paid with." in said
        assert "It reached us 2020-10-18 09:30, New York her mail of that day" in said
        assert "was in hospital" in said
        assert owners.calls(f"{OURS}/cancel") == []
        form = hidden(review.text) | {"sure": "yes"}
        done = await client.post(path, data=form)
        assert done.headers["location"] == f"{HERE}?done=cancelled"
    [*_, quoted] = owners.calls(f"/billing/v1/registrations/{R}/cancellation-quote")
    assert quoted.query == {"override": "refund", "at": "2020-10-18T13:30:00Z"}
    [asked] = owners.calls(f"{OURS}/cancel")
    assert asked.key == form["key"]
    assert asked.body == {
        "reason": "asked by phone",
        "override": {"outcome": "refund", "reason": "was in hospital"},
        "received_at": "2020-10-18T13:30:00Z",
        "evidence": "her mail of that day",
    }


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"outcome": "refund"}, "because", "Say why it is decided otherwise."),
        ({"day": "2020-10-18", "wall": "09:30"}, "evidence", "Say how that is known."),
        ({"day": "18.10.2020", "wall": "09:30"}, "day", "A day is written 2020-10-19."),
        ({"day": "2020-10-18", "wall": ""}, "wall", "A wall time is written 16:00."),
        ({"day": "2021-03-14", "wall": "02:30"}, "wall", "does not exist in America/New_York"),
        ({"day": "2020-02-30", "wall": "09:30"}, "day", "is not on the calendar"),
    ],
)
async def test_what_is_lacking_of_it_stands_beside_its_field(
    begun: Service, owners: Played, typed: dict[str, str], field: str, said: str
) -> None:
    async with staff(begun, "coordinator") as client:
        page = await reviewed(client, f"{HERE}/cancel", {"reason": "x"} | typed)
    assert page.status_code == 422
    assert re.search(rf'id="{field}-error">[^<]*{re.escape(said)}', page.text)
    assert '<details class="field" open>' in page.text, "it is seen"
    assert owners.calls(f"{OURS}/cancel") == []


async def test_what_registration_refuses_of_it_is_said(begun: Service, owners: Played) -> None:
    wrong = [{"pointer": "/received_at", "detail": "A request cannot arrive in the future."}]
    refused = problem("received-at-invalid", 422, "A request cannot arrive in the future.", wrong)
    owners.on("POST", f"{OURS}/cancel/preview", (422, refused))
    typed = {"reason": "x", "day": "2030-01-01", "wall": "09:30", "evidence": "a mail"}
    async with staff(begun, "coordinator") as client:
        page = await reviewed(client, f"{HERE}/cancel", typed)
    assert page.status_code == 422
    assert 'id="day-error">A request cannot arrive in the future.' in page.text
    assert 'value="2030-01-01"' in page.text


# --- new links ------------------------------------------------------------------------------------
async def test_new_links_say_what_dies_and_go_to_the_recorded_address(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/links"
    async with staff(desk, "coordinator") as client:
        page = (await client.get(path)).text
        assert "One mail with new links goes to ada@learners.example." in plain(page)
        form = {"csrf": csrf(page), "key": key_in(page), "reason": ""}
        missing = await client.post(path, data=form)
        assert missing.status_code == 422
        assert 'id="reason-error"' in missing.text
        done = await client.post(path, data=form | {"reason": "forwarded the mail"})
        assert done.headers["location"] == f"{HERE}?done=renewed"
    [asked] = owners.calls(f"{OURS}/links/renew")
    assert (asked.body, asked.key) == ({"reason": "forwarded the mail"}, form["key"])


async def test_a_second_click_is_the_same_request_and_kills_no_new_links(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/links"
    busy = problem("idempotency-key-in-use", 409, "A request with this key is being done.")
    owners.on("POST", f"{OURS}/links/renew", (409, busy))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(path)).text
        form = {"csrf": csrf(page), "key": key_in(page), "reason": "forwarded the mail"}
        second = await client.post(path, data=form)
        assert second.status_code == 503
        assert "Whether it was done is not known." in second.text
        kept = hidden(second.text)
        assert (kept["key"], kept["reason"]) == (form["key"], "forwarded the mail")
        used = problem("idempotency-key-reused", 409, "This Idempotency-Key was used before.")
        owners.on("POST", f"{OURS}/links/renew", (409, used))
        other = await client.post(path, data=form | {"reason": "another"})
        assert other.status_code == 409
        assert "This page was sent before, with other words" in other.text
        assert key_in(other.text) != form["key"]
        assert 'value="another"' in other.text


async def test_a_refusal_is_said_also_where_the_form_cannot_be_read(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/links"
    said = "They were erased meanwhile."

    def refuse(_asked: Asked) -> tuple[int, Any]:
        owners.on("GET", OURS, (503, {}))
        return 409, problem("person-erased", 409, said)

    owners.on("POST", f"{OURS}/links/renew", refuse)
    async with staff(desk, "coordinator") as client:
        page = (await client.get(path)).text
        form = {"csrf": csrf(page), "key": key_in(page), "reason": "forwarded the mail"}
        refused = await client.post(path, data=form)
        assert refused.status_code == 409
        assert said in refused.text
        assert "Nothing was done" not in refused.text
        back = hidden(refused.text)
        assert back == {"csrf": form["csrf"], "reason": "forwarded the mail", "change": "1"}
        owners.on("GET", OURS, (200, WHOLE))
        again = await client.post(path, data=back)
        assert again.status_code == 200
        assert 'value="forwarded the mail"' in again.text
    assert len(owners.calls(f"{OURS}/links/renew")) == 1


# --- answered, and taken for longer ----------------------------------------------------------------
async def test_what_somebody_needs_is_read_and_answered_once(desk: Service, owners: Played) -> None:
    path = f"{HERE}/needs"
    async with staff(desk, "coordinator") as client:
        whole = plain((await client.get(HERE)).text)
        assert "What they need to take part Captions, please. Not answered yet" in whole
        page = (await client.get(path)).text
        assert "Captions, please." in page
        form = {"csrf": csrf(page), "key": key_in(page), "answer": " "}
        empty = await client.post(path, data=form)
        assert empty.status_code == 422
        assert 'id="answer-error">Write the answer.' in empty.text
        long = "There are captions in every session. " * 20
        for _ in range(2):
            done = await client.post(path, data=form | {"answer": long})
            assert done.headers["location"] == f"{HERE}?done=answered"
        owners.on("GET", OURS, (200, WHOLE | {"accommodation": None}))
        assert (await client.get(path)).status_code == 404
    first, again = owners.calls(f"{OURS}/accommodation/answer")
    assert first.body == {"answer": long.strip()}
    assert first.key == again.key == form["key"]


async def test_a_complaint_is_read_and_answered(courses: Service, owners: Played) -> None:
    owners.on("GET", OURS, (200, WHOLE | {"complaints": [COMPLAINT]}))
    owners.on("POST", f"{OURS}/complaints/answer", (200, {"registration_id": R}))
    path = f"{HERE}/complaints"
    async with staff(courses, "coordinator") as client:
        whole = plain((await client.get(HERE)).text)
        assert "Complaints Session 2 was cut off. Not answered yet promised by 2020-11-24" in whole
        page = (await client.get(path)).text
        assert "Promised by" in plain(page)
        assert "They get a mail that it is answered." in plain(page)
        form = hidden(page) | {"answer": ""}
        empty = await client.post(path, data=form)
        assert empty.status_code == 422
        assert "Write the answer." in plain(empty.text)
        done = await client.post(path, data=form | {"answer": "We teach it again."})
        assert done.headers["location"] == f"{HERE}?done=complaint-answered"
        # somebody who is not here any more has no page on which to read it
        owners.on("GET", OURS, (200, WHOLE | {"complaints": [COMPLAINT | {"theirs": False}]}))
        assert "gets no mail: write to them yourself" in plain((await client.get(path)).text)
        owners.on("GET", OURS, (200, WHOLE | {"complaints": []}))
        assert (await client.get(path)).status_code == 404
    [sent] = owners.calls(f"{OURS}/complaints/answer")
    assert (sent.body, sent.key) == ({"answer": "We teach it again.", "to": 5}, form["key"])


async def test_of_two_who_complained_at_one_place_each_is_answered_alone(
    courses: Service, owners: Played
) -> None:
    before = COMPLAINT | {"thread": 3, "theirs": False}
    former = before | {"number": 3, "complaint": "Of before."}
    owners.on("GET", OURS, (200, WHOLE | {"complaints": [former, COMPLAINT]}))
    async with staff(courses, "coordinator") as client:
        assert "Of who was here before: Of before." in plain((await client.get(HERE)).text)
        page = (await client.get(f"{HERE}/complaints")).text
        assert "Of before." not in page
        assert hidden(page)["complaint_number"] == "5"
        assert "The task stays: whoever was here before has complained too" in plain(page)
        answered = COMPLAINT | {"answer": "Yes.", "answered_at": "2020-11-12T09:00:00Z"}
        owners.on("GET", OURS, (200, WHOLE | {"complaints": [former, answered]}))
        page = (await client.get(f"{HERE}/complaints")).text
        assert "Session 2 was cut off." not in page
        assert hidden(page)["complaint_number"] == "3"
        assert "gets no mail: write to them yourself" in plain(page)
        assert "The task is closed." in plain(page)
        first = before | {"number": 2, "thread": 2, "complaint": "Of the very first."}
        owners.on("GET", OURS, (200, WHOLE | {"complaints": [first, former, answered]}))
        page = (await client.get(f"{HERE}/complaints")).text
        assert hidden(page)["complaint_number"] == "3"
        assert "Of the very first." not in page
        assert "The task stays: whoever was here before has complained too" in plain(page)
        old = [{k: v for k, v in one.items() if k != "thread"} for one in (former, COMPLAINT)]
        owners.on("GET", OURS, (200, WHOLE | {"complaints": old}))
        rolling = (await client.get(f"{HERE}/complaints")).text
        assert hidden(rolling)["complaint_number"] == "5", "by whose it is, as a release before"
        assert "Of before." not in rolling


async def test_of_an_answer_that_may_have_been_sent_nobody_says_that_nothing_was_done(
    courses: Service, owners: Played
) -> None:
    owners.on("GET", OURS, (200, WHOLE | {"complaints": [COMPLAINT]}))
    owners.on(
        "POST", f"{OURS}/complaints/answer", (422, {"type": "/problems/idempotency-key-reused"})
    )
    async with staff(courses, "coordinator") as client:
        form = hidden((await client.get(f"{HERE}/complaints")).text) | {"unsure": "ab" * 16}
        page = (await client.post(f"{HERE}/complaints", data=form | {"answer": "Again."})).text
        assert set(hidden(page)["unsure"].split()) == {"ab" * 16, form["key"]}
        assert "Nothing was done." not in plain(page)


EVALUATION = f"/certificates/v1/registrations/{R}"
CLOSED = {
    "version": 1, "open": False, "opens_at": "2020-10-20T20:00:00Z", "questions": [],
    "closes_at": "2020-11-19T23:00:00Z", "submitted_at": None,
}  # fmt: skip


async def test_an_evaluation_is_taken_for_longer_until_the_end_of_a_day_of_theirs(
    desk: Service, owners: Played
) -> None:
    path = f"{HERE}/evaluation"
    owners.on("GET", EVALUATION, (200, {"certificates": [], "awards": [], "evaluation": CLOSED}))
    owners.on("POST", f"{EVALUATION}/evaluation/reopen", (200, {"registration_id": R}))
    async with staff(desk, "coordinator") as client:
        assert f'href="{path}"' in (await client.get(HERE)).text
        page = (await client.get(path)).text
        assert "No mail goes out because of this: tell them." in plain(page)
        form = {"csrf": csrf(page), "key": key_in(page), "reason": "was ill"}
        for wrong in ("", "soon", "2020-02-30", "9999-12-31"):
            refused = await client.post(path, data=form | {"until": wrong})
            assert refused.status_code == 422
            assert 'id="until-error"' in refused.text
            assert 'value="was ill"' in refused.text
        done = await client.post(path, data=form | {"until": "2020-12-24"})
        assert done.headers["location"] == f"{HERE}?done=reopened"
        owners.down = {"certificates"}
        kept = await client.post(path, data=form | {"until": "2020-12-24"})
        assert kept.status_code == 503
        assert "Whether it was done is not known." in kept.text
        assert hidden(kept.text)["key"] == form["key"]
    first, *_ = owners.calls(f"{EVALUATION}/evaluation/reopen")
    assert first.key == form["key"]
    assert first.body == {"until": "2020-12-24T23:59:59Z", "reason": "was ill"}, "in London"


async def test_an_evaluation_that_was_handed_in_is_not_taken_again(
    desk: Service, owners: Played
) -> None:
    handed = CLOSED | {"submitted_at": "2020-10-21T10:00:00Z"}
    owners.on("GET", EVALUATION, (200, {"certificates": [], "awards": [], "evaluation": handed}))
    async with staff(desk, "coordinator") as client:
        assert f"{HERE}/evaluation" not in (await client.get(HERE)).text
        assert (await client.get(f"{HERE}/evaluation")).status_code == 404
    async with staff(desk, "finance", word="another") as client:
        assert (await client.get(f"{HERE}/evaluation")).status_code == 403


async def test_that_the_evaluation_of_somebody_was_looked_at_is_kept(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", EVALUATION, (200, {"certificates": [], "awards": [], "evaluation": CLOSED}))
    async with staff(desk, "coordinator") as client:
        await client.get(f"{HERE}/evaluation")
    assert await audited(desk) == [("console:u-17", "console.registration-read", R)]


@pytest.mark.parametrize(
    "verb", ["correct", "substitute", "transfer", "links", "cancel", "needs", "complaints"]
)
async def test_that_somebody_was_shown_is_kept_of_each_form_and_of_what_follows(
    courses: Service, owners: Played, verb: str
) -> None:
    read = ("console:u-17", "console.registration-read", R)
    async with staff(courses, "coordinator") as client:
        await client.get(f"{HERE}/{verb}")
        assert await audited(courses) == [read]
        if verb in ("correct", "substitute", "transfer"):
            assert (await reviewed(client, f"{HERE}/{verb}", FORMS[verb][0])).status_code == 200
            assert await audited(courses) == [read] * 3


# --- whoever may, and when registration is away -----------------------------------------------------
FORMS = {
    "correct": (TYPED, f"{OURS}/attendee"),
    "substitute": (COLLEAGUE, f"{OURS}/substitute"),
    "transfer": ({"course": "summit", "reason": "asked by mail"}, f"{OURS}/transfer"),
    "links": ({"reason": "forwarded the mail"}, f"{OURS}/links/renew"),
    "cancel": ({"reason": "asked by phone"}, f"{OURS}/cancel"),
    "needs": ({"answer": "There are captions."}, f"{OURS}/accommodation/answer"),
    "complaints": ({"answer": "We teach it again."}, f"{OURS}/complaints/answer"),
}


@pytest.mark.parametrize("verb", FORMS)
@pytest.mark.parametrize("role", ["viewer", "finance"])
async def test_nobody_else_does_any_of_it(
    courses: Service, owners: Played, verb: str, role: str
) -> None:
    typed, path = FORMS[verb]
    async with staff(courses, role) as client:
        token = csrf((await client.get("/console/courses")).text)
        assert (await client.get(f"{HERE}/{verb}")).status_code == 403
        form = typed | {"csrf": token, "sure": "yes", "disclosure": "accepted"}
        assert (await client.post(f"{HERE}/{verb}", data=form)).status_code == 403
        if role == "finance":
            assert f"{HERE}/{verb}" not in (await client.get(HERE)).text
    assert owners.calls(path) == owners.calls(f"{path}/preview") == []


@pytest.mark.parametrize("verb", FORMS)
async def test_a_form_of_nobody_s_page_does_nothing(
    courses: Service, owners: Played, verb: str
) -> None:
    typed, path = FORMS[verb]
    async with staff(courses, "admin") as client:
        form = typed | {"csrf": "junk", "sure": "yes", "disclosure": "accepted"}
        assert (await client.post(f"{HERE}/{verb}", data=form)).status_code == 403
    assert owners.calls(path) == []


@pytest.mark.parametrize("verb", FORMS)
async def test_of_what_nobody_knows_the_same_request_is_kept_and_where_to_look(
    courses: Service, owners: Played, verb: str
) -> None:
    typed, path = FORMS[verb]
    async with staff(courses, "coordinator") as client:
        token = csrf((await client.get(f"{HERE}/{verb}")).text)
        [(way, good)] = [
            (way, answer) for (way, at), answer in owners.answers.items() if at == path
        ]
        owners.on(way, path, (503, {}))
        form = typed | {
            "csrf": token, "key": "5" * 32, "sure": "yes", "disclosure": "accepted",
            "disclosure_version": "2020-09-01", "only": "name email",
        }  # fmt: skip
        page = await client.post(f"{HERE}/{verb}", data=form)
        assert page.status_code == 503
        assert "Whether it was done is not known." in page.text
        assert "nothing was changed" not in page.text
        assert f'action="{HERE}/{verb}"' in page.text
        assert f'href="{HERE}"' in page.text
        kept = hidden(page.text)
        assert {name: kept[name] for name in form} == form
        owners.down = {"registration"}
        again = await client.post(f"{HERE}/{verb}", data=kept)
        assert "Whether it was done is not known." in again.text
        owners.down = set()
        owners.on(way, path, good)
        done = await client.post(f"{HERE}/{verb}", data=hidden(again.text))
        assert done.status_code == 303
    assert {asked.key for asked in owners.calls(path)} == {"5" * 32}


@pytest.mark.parametrize("verb", ["cancel", "substitute", "transfer"])
async def test_where_nothing_was_sent_nothing_was_done_though_it_was_meant(
    courses: Service, owners: Played, verb: str
) -> None:
    typed, path = FORMS[verb]
    async with staff(courses, "coordinator") as client:
        token = csrf((await client.get(f"{HERE}/{verb}")).text)
        owners.down = {"registration"}
        form = typed | {"csrf": token, "key": "5" * 32, "sure": "yes"}
        page = await client.post(f"{HERE}/{verb}", data=form)
    assert "Registration did not answer. Nothing was done." in page.text
    assert owners.calls(path) == []


@pytest.mark.parametrize("verb", ["correct", "substitute", "transfer"])
async def test_where_nothing_was_done_yet_the_page_says_so_and_keeps_what_was_typed(
    courses: Service, owners: Played, verb: str
) -> None:
    typed, path = FORMS[verb]
    async with staff(courses, "coordinator") as client:
        token = csrf((await client.get(f"{HERE}/{verb}")).text)
        owners.down = {"registration"}
        page = await client.post(f"{HERE}/{verb}", data=typed | {"csrf": token})
        assert page.status_code == 503
        assert "Registration did not answer. Nothing was done." in page.text
        kept = hidden(page.text)
        assert {name: kept[name] for name in typed} == typed
        owners.down = set()
        assert (await client.post(f"{HERE}/{verb}", data=kept)).status_code == 200
    assert owners.calls(path) == []


async def test_of_who_was_erased_there_is_nothing_to_correct(desk: Service, owners: Played) -> None:
    owners.on("GET", OURS, (200, WHOLE | {"attendee": None, "status": "completed"}))
    async with staff(desk, "admin") as client:
        for verb in ("correct", "links"):
            assert (await client.get(f"{HERE}/{verb}")).status_code == 404
        page = (await client.get(HERE)).text
        assert f"{HERE}/correct" not in page


async def test_only_what_its_state_allows_is_offered(desk: Service, owners: Played) -> None:
    offered = {
        "confirmed": {"correct", "substitute", "transfer", "links", "cancel"},
        "requested": {"correct", "substitute", "links", "cancel"},
        "waitlisted": {"correct", "links", "cancel"},
        "completed": {"correct", "links", "cancel"},
        "cancelled": {"correct", "links"},
    }
    async with staff(desk, "coordinator") as client:
        for state, verbs in offered.items():
            owners.on("GET", OURS, (200, WHOLE | {"status": state}))
            found = re.findall(rf'href="{HERE}/(\w+)"', (await client.get(HERE)).text)
            assert set(found) == verbs | {"needs", "complaints"}, state


async def test_what_people_are_called_is_no_markup(courses: Service, owners: Played) -> None:
    evil = '"><script>alert(1)</script>'
    owners.on("GET", OURS, (200, WHOLE | {"attendee": ADA | {"name": evil}}))
    changes = [{"field": "name", "before": evil, "after": evil + "x"}]
    told = {"person_id": "p-1", "changes": changes, "links_mailed_to": None, "merged": []}
    owners.on("POST", f"{OURS}/attendee/preview", (200, told))
    async with staff(courses, "coordinator") as client:
        for verb, (typed, _) in FORMS.items():
            assert "<script>alert" not in (await client.get(f"{HERE}/{verb}")).text
            if verb not in ("links", "cancel", "needs", "complaints"):
                mean = {
                    name: evil if name in ("name", "reason") else v for name, v in typed.items()
                }
                page = await reviewed(client, f"{HERE}/{verb}", mean)
                assert page.status_code == 200
                assert "<script>alert" not in page.text
