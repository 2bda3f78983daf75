"""Two ids that are one person: found, weighed, merged, read, and parted again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Asked, Played, problem
from tests.edges.web.staff import csrf, in_whose_name, staff
from tests.edges.web.test_console_acts import hidden, key_in, reviewed
from tests.edges.web.test_console_today import plain

PATH = "/registration/v1/people"


def person(person_id: str, name: str, course_id: str, **more: Any) -> dict[str, Any]:
    return {
        "person_id": person_id, "version": 1, "name": name, "zone": "Europe/London",
        "email": f"{name.split(maxsplit=1)[0].lower()}.{person_id}@learners.example", "locale": "en-GB",
        "profession": "counselor", "licenses": [], "birth_day": "", "known_as": None,
        "merged_into": None, "merged": [], "changes": [],
        "registrations": [
            {"registration_id": f"r-{person_id}", "course_id": course_id, "status": "confirmed",
             "requested_at": "2020-09-10T09:00:00Z"}
        ],
    } | more  # fmt: skip


TEXTS = {"phone": "+12025550123", "sms_consent": "sms-1"}
ADA = person("p-1", "Ada Lovelace", "attachment", **TEXTS)
KING = person("p-2", "Ada King", "basics", profession="social_worker", birth_day="02-29")
MERGE = "/console/people/p-1/merge"
PART = "/console/people/p-1/part"
CHANGE = {
    "at": "2020-09-12T10:00:00Z", "by": "console:u-17", "act": "merged", "other": "p-2",
    "reason": "She rang: married name.",
}  # fmt: skip
MERGED = ADA | {
    "merged_into": "p-2", "changes": [CHANGE],
    "known_as": {"name": KING["name"], "email": KING["email"]},
}  # fmt: skip


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", f"{PATH}/p-1", (200, ADA))
    owners.on("GET", f"{PATH}/p-2", (200, KING))
    owners.on("GET", PATH, (200, {"items": [ADA, KING], "next": None}))
    weighed = {"person_id": "p-1", "merged_into": "p-2", "along": [], "changed": True}
    owners.on("POST", f"{PATH}/p-1/merge/preview", (200, weighed))
    owners.on("POST", f"{PATH}/p-1/merge", (200, weighed | {"version": 2}))
    owners.on("POST", f"{PATH}/p-1/unmerge", (200, {"person_id": "p-1", "version": 3}))
    return web


async def test_somebody_recorded_twice_is_found_weighed_and_merged(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        found = (await client.get("/console/people?q=ada")).text
        assert f'href="{MERGE}"' in found
        page = (await client.get(f"{MERGE}?q=ada")).text
        assert 'value="p-2"' in page
        assert 'value="p-1"' not in page, "nobody is merged into themselves"
        typed = {"into": "p-2", "reason": "She rang: married name.", "q": "ada"}
        review = await client.post(MERGE, data=typed | {"csrf": csrf(page)})
        assert review.status_code == 200
        said = plain(review.text)
        assert "Is Ada Lovelace the same as Ada King?" in said
        assert "Name Ada Lovelace Ada King" in said
        assert "Profession Counselor Social worker" in said
        assert "Day of birth none 02-29" in said
        assert "Number for texts +12025550123 none" in said
        assert "Agreed to texts yes, as worded in sms-1 no" in said
        assert "attachment , confirmed: shows Ada King then" in said
        assert "goes to ada.p-2@learners.example" in said
        assert 'href="/console/people/p-2/merge?into=p-1"' in review.text, "the other way round"
        assert owners.calls(f"{PATH}/p-1/merge") == []
        form = hidden(review.text) | {"sure": "yes"}
        for _ in range(2):
            done = await client.post(MERGE, data=form)
            assert done.headers["location"] == "/console/people/p-2?done=merged"
    first, again = owners.calls(f"{PATH}/p-1/merge")
    assert first.body == {"into": "p-2", "reason": "She rang: married name."}
    assert first.key == again.key == form["key"]
    assert in_whose_name(first) == "console:u-17"


async def test_whoever_was_chosen_before_is_there_and_both_are_asked_for(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "admin") as client:
        page = (await client.get(f"{MERGE}?into=p-2")).text
        assert 'value="p-2" checked' in page
        missing = await reviewed(client, MERGE, {"q": "ada", "reason": ""})
        assert missing.status_code == 422
        assert "Choose who they are." in missing.text
        assert 'id="reason-error"' in missing.text
        assert 'value="p-2"' in missing.text, "whoever was found is there still"
    assert owners.calls(f"{PATH}/p-1/merge/preview") == []


async def test_searching_again_loses_nothing_and_finding_nobody_loses_no_form(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{MERGE}?into=p-2")).text
        typed = {"csrf": csrf(page), "into": "p-2", "reason": "she rang", "q": "king"}
        again = await client.post(MERGE, data=typed | {"change": "search"})
        assert again.status_code == 200
        assert 'value="she rang"' in again.text
        assert 'value="p-2" checked' in again.text
        owners.on("GET", PATH, (200, {"items": [], "next": None}))
        nobody = await client.post(MERGE, data=typed | {"into": "", "change": "search"})
        assert "Nobody else has this name." in nobody.text
        assert 'value="she rang"' in nobody.text
        refused = await client.post(MERGE, data=typed | {"into": ""})
        assert refused.status_code == 422
        assert 'value="she rang"' in refused.text
        assert 'id="into"' in refused.text, "where the summary leads"
    assert owners.calls(f"{PATH}/p-1/merge/preview") == []


async def test_who_is_that_person_already_is_said_so_and_nothing_is_offered(
    desk: Service, owners: Played
) -> None:
    same = {"person_id": "p-1", "merged_into": "p-2", "along": [], "changed": False}
    owners.on("GET", f"{PATH}/p-1", (200, MERGED))
    owners.on("POST", f"{PATH}/p-1/merge/preview", (200, same))
    async with staff(desk, "coordinator") as client:
        page = await reviewed(client, MERGE, {"into": "p-2", "reason": "she rang", "q": "ada"})
    assert page.status_code == 200
    said = plain(page.text)
    assert "They are one person already. Nothing would change" in said
    assert 'name="sure"' not in page.text
    assert f'href="{PART}"' in page.text
    assert owners.calls(f"{PATH}/p-1/merge") == []


async def test_who_lives_twice_in_a_course_is_refused_in_registration_s_words(
    desk: Service, owners: Played
) -> None:
    said = "Both are registered for attachment; cancel one of the two first."
    refused = (409, problem("same-person-registered", 409, said))
    owners.on("POST", f"{PATH}/p-1/merge/preview", refused)
    async with staff(desk, "coordinator") as client:
        page = await reviewed(client, MERGE, {"into": "p-2", "reason": "she rang", "q": ""})
    assert page.status_code == 409
    assert said in page.text
    assert 'value="p-2" checked' in page.text
    assert 'value="she rang"' in page.text


async def test_their_page_says_whom_they_were_merged_into_and_why(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", f"{PATH}/p-1", (200, MERGED))
    owners.on("GET", f"{PATH}/p-2", (200, KING | {"merged": ["p-1"]}))
    async with staff(desk, "coordinator") as client:
        said = (await client.get("/console/people/p-1")).text
        assert "Found to be the same as" in said
        assert "Merged into another" in plain(said)
        assert "She rang: married name., by console:u-17" in plain(said)
        assert f'href="{PART}"' in said
        assert MERGE not in said
        head = plain((await client.get("/console/people/p-2?done=merged")).text)
        assert "Merged. Both show this person’s data now" in head
        assert "Merged into this person Ada Lovelace , ada.p-1@learners.example" in head
        for done in ("merged", "parted"):
            copied = (await client.get(f"/console/people/p-1?done={done}")).text
            assert 'class="note good"' not in copied, "it is not so"
    async with staff(desk, "finance", word="another") as client:
        page = (await client.get("/console/people/p-1")).text
        assert "What you can do" not in page


async def test_they_are_parted_again_with_a_reason(desk: Service, owners: Played) -> None:
    owners.on("GET", f"{PATH}/p-1", (200, MERGED))
    async with staff(desk, "coordinator") as client:
        page = (await client.get(PART)).text
        assert "Name Ada King Ada Lovelace" in plain(page)
        assert "Number for texts none +12025550123" in plain(page)
        assert "goes to ada.p-1@learners.example" in plain(page)
        form = {"csrf": csrf(page), "key": key_in(page), "reason": ""}
        assert (await client.post(PART, data=form)).status_code == 422
        assert owners.calls(f"{PATH}/p-1/unmerge") == []
        done = await client.post(PART, data=form | {"reason": "Two cousins."})
        assert done.headers["location"] == "/console/people/p-1?done=parted"
        owners.on("GET", f"{PATH}/p-1", (200, ADA))
        assert (await client.get(PART)).status_code == 404, "there is nothing to part"
    [asked] = owners.calls(f"{PATH}/p-1/unmerge")
    assert (asked.body, asked.key) == ({"reason": "Two cousins."}, form["key"])


@pytest.mark.parametrize("role", ["viewer", "finance"])
async def test_nobody_else_merges_or_parts(desk: Service, owners: Played, role: str) -> None:
    async with staff(desk, role) as client:
        for path in (MERGE, PART):
            assert (await client.get(path)).status_code == 403
            form = {"csrf": "x", "into": "p-2", "reason": "x", "sure": "yes"}
            assert (await client.post(path, data=form)).status_code == 403
        if role == "viewer":
            assert (await client.get("/console/people/p-1")).status_code == 403
    assert owners.asked == []


async def test_of_what_nobody_knows_the_same_request_is_kept(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        token = csrf((await client.get(MERGE)).text)
        owners.down = {"registration"}
        form = {"csrf": token, "into": "p-2", "reason": "she rang", "q": "ada", "key": "6" * 32}
        asked = await client.post(MERGE, data=form)
        assert asked.status_code == 503
        assert "Registration did not answer. Nothing was done." in asked.text
        for path, more in ((MERGE, {"sure": "yes"}), (PART, {})):
            page = await client.post(path, data=form | more)
            assert page.status_code == 503
            assert "Whether it was done is not known." in page.text
            assert 'href="/console/people/p-1"' in page.text
            kept = hidden(page.text)
            assert {name: kept[name] for name in form} == form


async def test_an_erased_person_has_no_page_and_is_nobody_to_merge_with(
    desk: Service, owners: Played
) -> None:
    def gone(_asked: Asked) -> tuple[int, Any]:
        return 404, problem("person-unknown", 404, "There is no such person, or they were erased.")

    owners.on("GET", f"{PATH}/p-1", gone)
    async with staff(desk, "admin") as client:
        for path in ("/console/people/p-1", MERGE, PART):
            assert (await client.get(path)).status_code == 404
