"""Addresses that are not written to: listed by their hash, looked up, and written to again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Played, problem
from tests.edges.web.staff import csrf, staff
from tests.edges.web.test_console_acts import hidden, key_in
from tests.edges.web.test_console_today import plain

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ONE: dict[str, Any] = {
    "address_hash": HASH, "reason": "refused", "code": 550, "at": "2020-10-19T18:00:05Z",
    "waiting": 2,
}  # fmt: skip
OWN, HERE = "/notifications/v1/suppressions", "/console/messages/refused"


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    owners.on("GET", OWN, (200, {"items": [ONE], "next": None}))
    owners.on("GET", f"{OWN}/{HASH}", (200, ONE))
    owners.on("POST", f"{OWN}:lookup", (200, ONE))
    owners.on("POST", f"{OWN}/{HASH}/lift", (200, ONE | {"lifted": True}))
    return web


async def test_they_are_listed_and_one_is_written_to_again_once(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        listed = (await client.get(HERE)).text
        assert "2020-10-19 18:00" in plain(listed)
        assert f'href="{HERE}/{HASH}"' in listed
        page = (await client.get(f"{HERE}/{HASH}")).text
        assert "Of the 2 mails that wait, those that are still of use go out." in plain(page)
        form = {"csrf": csrf(page), "key": key_in(page)}
        silent = await client.post(f"{HERE}/{HASH}", data=form | {"reason": " "})
        assert silent.status_code == 422
        assert "Please check one thing. Nothing was done. Say why, please." in plain(silent.text)
        for _ in range(2):
            done = await client.post(f"{HERE}/{HASH}", data=form | {"reason": "mailbox emptied"})
            assert done.headers["location"] == f"{HERE}?done=lifted"
        assert "It is written to again" in plain((await client.get(f"{HERE}?done=lifted")).text)
    first, again = owners.calls(f"{OWN}/{HASH}/lift")
    assert first.body == {"reason": "mailbox emptied"}
    assert first.key == again.key == form["key"]


async def test_one_is_looked_up_by_its_address_which_stands_in_no_url(
    desk: Service, owners: Played
) -> None:
    async with staff(desk, "coordinator") as client:
        token = csrf((await client.get(HERE)).text)
        look = {"csrf": token, "address": "ada@learners.example"}
        found = await client.post(f"{HERE}/look-up", data=look)
        assert found.headers["location"] == f"{HERE}/{HASH}"
        owners.on("POST", f"{OWN}:lookup", (404, problem("suppression-unknown", 404)))
        none = await client.post(f"{HERE}/look-up", data=look)
        assert none.status_code == 404
        assert "Nothing keeps mails from this address." in plain(none.text)
        assert 'value="ada@learners.example"' in none.text, "what was typed stays"
        empty = await client.post(f"{HERE}/look-up", data=look | {"address": ""})
        assert "Type an address. Nothing was looked up." in plain(empty.text)
    assert [asked.body for asked in owners.calls(f"{OWN}:lookup")] == [
        {"address": "ada@learners.example"}
    ] * 2


async def test_of_what_nobody_knows_the_same_request_is_kept(desk: Service, owners: Played) -> None:
    async with staff(desk, "coordinator") as client:
        page = (await client.get(f"{HERE}/{HASH}")).text
        form = {"csrf": csrf(page), "key": key_in(page), "reason": "mailbox emptied"}
        owners.down = {"notifications"}
        kept = await client.post(f"{HERE}/{HASH}", data=form)
        assert kept.status_code == 503
        assert "Whether it was done is not known." in kept.text
        assert hidden(kept.text)["key"] == form["key"]
        assert "Every address is written to" not in (await client.get(HERE)).text


async def test_a_list_that_was_refused_is_no_empty_one(desk: Service, owners: Played) -> None:
    owners.on("GET", OWN, (403, problem("operator-only", 403)))
    async with staff(desk, "coordinator") as client:
        for path in (HERE, f"{HERE}?format=csv"):
            assert "Every address is written to" not in (await client.get(path)).text


async def test_who_may_not_lift_is_led_to_no_page_of_it(desk: Service) -> None:
    async with staff(desk, "finance") as client:
        listed = (await client.get(HERE)).text
        assert "2020-10-19 18:00" in listed
        assert f'href="{HERE}/' not in listed


async def test_what_is_none_is_missing_and_others_do_not_lift(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", f"{OWN}/x", (404, problem("suppression-unknown", 404)))
    async with staff(desk, "coordinator") as client:
        assert (await client.get(f"{HERE}/x")).status_code == 404
    async with staff(desk, "viewer", word="another") as client:
        token = csrf((await client.get("/console/courses")).text)
        assert (await client.get(HERE)).status_code == 403
        done = await client.post(f"{HERE}/{HASH}", data={"csrf": token, "reason": "x"})
        assert done.status_code == 403
    assert owners.calls(f"{OWN}/{HASH}/lift") == []


async def test_all_of_them_are_a_file(desk: Service) -> None:
    async with staff(desk, "coordinator") as client:
        file = await client.get(f"{HERE}?format=csv")
        assert file.headers["content-type"].startswith("text/csv")
        assert HASH in file.text
