"""Who somebody in a session was, said at the console: with thousands in the course, and once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import COURSE, Asked, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_courses import (
    HERE,
    OURS,
    SESSION,
    STRANGER,
    THERE,
    UNMATCHED,
    desk,
    registered,
    room,
)
from tests.edges.web.test_console_today import SEEN, plain

__all__ = ["desk", "room"]
MATCH = f"{UNMATCHED}/u-1/match"
TO = f"{THERE}/unmatched/u-1"
GOOD = {"registration_id": "r-2", "reason": "her voice"}
PEOPLE = "/registration/v1/people"


def found(name: str, *registrations: tuple[str, str]) -> dict[str, Any]:
    """Somebody whom registration's search finds; registrations by id and course."""
    return {
        "person_id": f"p-{name}", "name": name, "email": f"{name[:3].lower()}@learners.example",
        "registrations": [
            {"registration_id": one, "course_id": course, "status": "confirmed"}
            for one, course in registrations
        ],
    }  # fmt: skip


async def test_somebody_is_matched_by_a_coordinator_with_a_reason(
    room: Service, owners: Played
) -> None:
    owners.on("POST", MATCH, (200, {"id": "u-1", "state": "matched"}))
    async with staff(room, "coordinator") as client:
        form = {"csrf": csrf((await client.get(THERE)).text), "key": "1" * 32}
        assert (await client.post(TO, data=form | GOOD)).headers["location"] == THERE
        nobody = {"registration_id": "nobody", "reason": "a technician"}
        await client.post(TO, data=form | nobody)
    first, second = owners.calls(MATCH)
    assert (first.body, first.key) == (GOOD, "1" * 32)
    assert in_whose_name(first) == "console:u-17"
    assert second.body == {"registration_id": None, "reason": "a technician"}
    async with staff(room, "finance", word="another") as client:
        token = csrf((await client.get(THERE)).text)
        assert (await client.post(TO, data=GOOD | {"csrf": token})).status_code == 403
        assert (await client.get(TO)).status_code == 403


@pytest.mark.parametrize(
    ("sent", "said", "kept"),
    [
        ({"reason": "her voice"}, "Choose who it was.", 'value="her voice"'),
        ({"registration_id": "r-2", "reason": " "}, "Say why you think so.", 'value="r-2" checked'),
        ({"registration_id": "nobody"}, "Say why you think so.", 'value="nobody" checked'),
    ],
    ids=["nobody-chosen", "no-reason", "nobody-and-no-reason"],
)
async def test_what_the_form_lacks_loses_nothing_typed(
    room: Service, owners: Played, sent: dict[str, str], said: str, kept: str
) -> None:
    async with staff(room, "coordinator") as client:
        form = {"csrf": csrf((await client.get(THERE)).text), "key": "1" * 32}
        lacking = await client.post(TO, data=form | sent)
    assert lacking.status_code == 422
    assert said in plain(lacking.text)
    assert kept in lacking.text
    assert "1" * 32 in lacking.text
    assert owners.calls(MATCH) == []


async def test_a_refusal_keeps_who_was_chosen_and_why_under_another_key(
    room: Service, owners: Played
) -> None:
    owners.on("POST", MATCH, (409, problem("other", 409, "That is of another course.")))
    async with staff(room, "coordinator") as client:
        form = {"csrf": csrf((await client.get(TO)).text), "key": "1" * 32} | GOOD
        refused = await client.post(TO, data=form)
        assert refused.status_code == 409
        assert "That is of another course." in refused.text
        assert 'value="her voice"' in refused.text
        assert 'value="r-2" checked' in refused.text
        assert "1" * 32 not in refused.text
        owners.down = {"registration"}
        without = await client.post(TO, data=form)
        assert 'value="r-2" checked' in without.text, "by its id, where nobody says the name"
        owners.on("GET", f"{UNMATCHED}/u-1", (503, {}))
        unread = await client.post(TO, data=form)
    assert 'name="reason" value="her voice"' in unread.text
    assert "Nothing was done." in unread.text


async def test_anybody_of_the_course_is_found_by_a_search_and_nobody_else(
    room: Service, owners: Played
) -> None:
    people = [
        found("Ada Lovelace", ("r-7", COURSE), ("r-8", "another")),
        found("Adam", ("r-9", "x")),
    ]
    owners.on("GET", PEOPLE, (200, {"items": people, "next": None}))
    async with staff(room, "coordinator") as client:
        form = {"csrf": csrf((await client.get(TO)).text), "key": "1" * 32}
        typed = {"q": "ad", "reason": "her voice", "find": "1"}
        page = await client.post(TO, data=form | typed)
        assert page.status_code == 200
        assert 'value="r-7"' in page.text
        assert "Ada Lovelace ada@learners.example, confirmed" in plain(page.text)
        assert 'value="r-8"' not in page.text
        assert 'value="r-9"' not in page.text
        assert 'value="her voice"' in page.text, "a search loses nothing typed"
        assert 'value="r-2"' in page.text, "and the hints stay"
        both = [found("Learner 002", ("r-2", COURSE))]
        owners.on("GET", PEOPLE, (200, {"items": both, "next": None}))
        said = plain((await client.post(TO, data=form | typed)).text)
        assert "the same e-mail address; lea@learners.example, confirmed" in said
        owners.on("GET", PEOPLE, (200, {"items": people[1:], "next": None}))
        assert "Nobody in this course" in (await client.post(TO, data=form | typed)).text
        owners.on("GET", PEOPLE, (503, {}))
        assert "could not be searched" in (await client.post(TO, data=form | typed)).text
    assert owners.calls(PEOPLE)[0].query["name"] == "ad"
    assert owners.calls(MATCH) == []


async def test_of_another_session_or_unknown_there_is_no_page(
    room: Service, owners: Played
) -> None:
    async with staff(room, "coordinator") as client:
        assert (await client.get(f"{THERE}/unmatched/none")).status_code == 404
        assert (await client.get(f"{HERE}/sessions/s2/unmatched/u-1")).status_code == 404
        owners.down = {"attendance"}
        assert "Attendance is away" in (await client.get(TO)).text


async def test_what_was_said_before_is_told_and_can_be_said_otherwise(
    room: Service, owners: Played
) -> None:
    said = STRANGER | {"state": "matched", "matched_to": "r-3", "name": None, "hints": []}
    owners.on("GET", f"{UNMATCHED}/u-1", (200, said))
    async with staff(room, "coordinator") as client:
        page = plain((await client.get(TO)).text)
    assert "Matched to Learner 003" in page
    assert "Nothing has been done yet" not in page


# --- with thousands in the course -------------------------------------------------------------------
MANY = 10_000


@pytest.fixture
def crowd(room: Service, owners: Played) -> Service:
    """Ten thousand are registered and in the room, and 150 are not known."""
    everybody = [registered(number) for number in range(MANY)]
    by_id = {one["registration_id"]: one for one in everybody}
    records = [
        {"registration_id": one, "seconds": 60, "present": False, "in_room": True,
         "waiting": False, "version": 0, "flagged": False, "doubts": []}
        for one in by_id
    ]  # fmt: skip
    strangers = [
        STRANGER | {"id": f"u-{n:03}", "name": f"Phone {n:03}", "hints": STRANGER["hints"] * 9}
        for n in range(150)
    ]

    def listed(asked: Asked) -> tuple[int, Any]:
        ids = asked.query.get("ids")
        chosen = [by_id[one] for one in ids.split(",") if one in by_id] if ids else everybody
        begin, limit = int(asked.query.get("after", 0)), int(asked.query["limit"])
        following = str(begin + limit) if begin + limit < len(chosen) else None
        return 200, {"items": chosen[begin : begin + limit], "next": following}

    def queue(asked: Asked) -> tuple[int, Any]:
        after, limit = asked.query.get("after", ""), int(asked.query["limit"])
        page = [one for one in strangers if one["id"] > after]
        return 200, {
            "items": page[:limit],
            "next": page[limit - 1]["id"] if len(page) > limit else None,
        }

    owners.on("GET", f"{OURS}/registrations", listed)
    owners.on("GET", SESSION, (200, SEEN | {"records": records, "unmatched": 150}))
    owners.on("GET", UNMATCHED, queue)
    return room


async def test_a_session_of_ten_thousand_is_a_small_page_and_a_call_for_its_names(
    crowd: Service, owners: Played
) -> None:
    async with staff(crowd, "coordinator") as client:
        page = await client.get(THERE)
    assert len(page.content) < 200_000
    said = plain(page.text)
    assert "Not matched 150" in said
    assert "Learner 049" in said
    assert "Learner 050" not in said
    [asked] = owners.calls(f"{OURS}/registrations")
    assert len(asked.query["ids"].split(",")) == 50, "those on the page, of whom hints name one"


async def test_those_not_matched_are_shown_a_page_at_a_time_to_the_last(crowd: Service) -> None:
    seen: list[str] = []
    async with staff(crowd, "coordinator") as client:
        path = THERE
        for _ in range(3):
            page = (await client.get(path)).text
            seen += re.findall(r"<strong>(Phone \d+)</strong>", page)
            following = re.search(r'rel="next" href="([^"#]+)#unmatched"', page)
            path = following[1] if following else ""
    assert path == ""
    assert seen == [f"Phone {n:03}" for n in range(150)]


async def test_a_word_and_the_order_of_names_are_of_everybody(
    crowd: Service, owners: Played
) -> None:
    async with staff(crowd, "coordinator") as client:
        found_one = plain((await client.get(f"{THERE}?q=9998")).text)
        down = plain((await client.get(f"{THERE}?sort=-name")).text)
        sheet = (await client.get(f"{THERE}?format=csv")).text.splitlines()
    assert "Learner 9998" in found_one
    assert "1 of 10,000" in found_one
    assert down.index("Learner 9999") < down.index("Learner 9998")
    assert len(sheet) == MANY + 1


async def test_where_attendance_does_not_say_who_they_are_that_is_said(
    crowd: Service, owners: Played
) -> None:
    owners.on("GET", UNMATCHED, (503, {}))
    async with staff(crowd, "coordinator") as client:
        said = plain((await client.get(THERE)).text)
    assert "Not matched 150 Attendance does not say just now who they are." in said
