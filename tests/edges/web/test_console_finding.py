"""People at the console, found by name, by what is printed on papers, and by ids."""

from __future__ import annotations

from typing import Any

import pytest

from shared.runtime.service import Service
from tests.edges.web.owners import Asked, Played, problem
from tests.edges.web.staff import in_whose_name, staff
from tests.edges.web.test_console_people import HERE, PERSON, R
from tests.edges.web.test_console_today import plain

PEOPLE = "/registration/v1/people"
SECOND = "0192a0b0-5c1e-7a10-8f00-00000000b002"


def _line(registration_id: str) -> dict[str, Any]:
    return {
        "registration_id": registration_id, "course_id": "attachment", "invoice_id": "i-1",
        "invoice_number": "2020-000017",
    }  # fmt: skip


@pytest.fixture
def known(web: Service, owners: Played) -> Service:
    """Ada, whom her name and her address find; her certificate and her invoice."""

    def recorded(asked: Asked) -> tuple[int, Any]:
        found = asked.query.get("name") == "lov ad" or "email" in asked.query
        return 200, {"items": [PERSON] if found else [], "next": None}

    def printed(asked: Asked) -> tuple[int, Any]:
        found = asked.query["printed"] == "2020-QELS-ARCG-G555"
        return 200, {"items": [{"registration_id": R}] if found else [], "next": None}

    def money(asked: Asked) -> tuple[int, Any]:
        whose = {"2020-000017": [_line(R)], "pay_9": [_line(R), _line(SECOND)]}
        return 200, {"items": whose.get(asked.query["money"], []), "next": None}

    owners.on("GET", PEOPLE, recorded)
    owners.on("GET", "/certificates/v1/certificates", printed)
    owners.on("GET", "/billing/v1/registrations", money)
    return web


async def test_by_the_beginnings_of_a_name(known: Service, owners: Played) -> None:
    async with staff(known, "finance") as client:
        said = plain((await client.get("/console/people?q=+lov+ad+")).text)
        assert "Ada Lovelace ada@learners.example" in said
        nobody = plain((await client.get("/console/people?q=Bea")).text)
        assert "Nobody has this name, and nothing has this number or id." in nobody
    first = owners.calls(PEOPLE)[0]
    assert (first.query["name"], "email" in first.query) == ("lov ad", False)
    assert in_whose_name(first) == "console:u-17"


@pytest.mark.parametrize("words", ["2020-QELS-ARCG-G555", "2020-000017"])
async def test_what_is_printed_on_a_certificate_or_an_invoice_leads_there(
    known: Service, owners: Played, words: str
) -> None:
    async with staff(known, "coordinator") as client:
        sent = await client.get("/console/people", params={"q": words})
    assert (sent.status_code, sent.headers["location"]) == (303, HERE)
    assert owners.calls(PEOPLE) == [], "what is known by a number is not searched as a name"


@pytest.mark.parametrize(
    ("words", "by_path"),
    [
        ("Ada Lovelace", False),
        ("Lovelace", False),
        ("2nd Ada", False),
        ("O'Neil/3", False),
        ("Zoë-2", False),
        (R, True),
        ("cert_9-x", True),
    ],
)
async def test_only_what_may_be_an_id_is_part_of_a_path(
    known: Service, owners: Played, words: str, by_path: bool
) -> None:
    async with staff(known, "coordinator") as client:
        await client.get("/console/people", params={"q": words})
    paths = {
        f"/registration/v1/registrations/{words}",
        f"/certificates/v1/certificates/{words}.json",
    }
    asked = {one.path for one in owners.asked}
    assert asked == {PEOPLE, "/certificates/v1/certificates", "/billing/v1/registrations"} | (
        paths if by_path else set()
    )


async def test_a_payment_for_several_shows_them_all(known: Service) -> None:
    async with staff(known, "coordinator") as client:
        page = (await client.get("/console/people?q=pay_9")).text
    assert f'href="{HERE}"' in page
    assert f'href="/console/registrations/{SECOND}"' in page
    assert "2 registrations" in plain(page)


async def test_an_address_is_asked_of_registration_alone(known: Service, owners: Played) -> None:
    async with staff(known, "coordinator") as client:
        await client.get("/console/people?q=ada%40learners.example")
    assert [one.path for one in owners.asked] == [PEOPLE]


async def test_what_an_owner_that_is_away_knows_was_not_searched_and_that_is_said(
    known: Service, owners: Played
) -> None:
    owners.down = {"billing", "certificates"}
    async with staff(known, "coordinator") as client:
        said = plain((await client.get("/console/people?q=Bea")).text)
        for owner in ("Billing", "Certificates"):
            assert f"{owner} does not answer just now, so what it knows was not searched." in said
        owners.down = {"registration"}
        assert "Registration is away" in (await client.get("/console/people?q=Bea")).text


@pytest.mark.parametrize("status", [401, 429])
async def test_what_an_owner_refused_to_search_is_not_said_to_be_nobody(
    known: Service, owners: Played, status: int
) -> None:
    refused = (status, problem("refused", status))
    async with staff(known, "coordinator") as client:
        owners.on("GET", "/billing/v1/registrations", refused)
        said = plain((await client.get("/console/people?q=Bea")).text)
        assert "Billing could not be searched just now." in said
        assert "Nobody has this name" not in said
        owners.on("GET", PEOPLE, refused)
        for words in ("Bea", "bea@x.example"):
            said = plain((await client.get("/console/people", params={"q": words})).text)
            assert "Registration could not be searched just now." in said
            assert "Nobody has this name" not in said
            assert "Nobody is recorded" not in said
        owners.on("GET", "/billing/v1/registrations", (422, problem("invalid", 422)))
        owners.on("GET", PEOPLE, (422, problem("invalid", 422)))
        said = plain((await client.get("/console/people?q=Bea")).text)
        assert "Nobody has this name, and nothing has this number or id." in said


@pytest.mark.parametrize("junk", ["x" * 9_000, "<script>alert(1)</script>", "' OR 1=1 --", "%"])
async def test_junk_finds_nobody(known: Service, junk: str) -> None:
    async with staff(known, "admin") as client:
        page = await client.get("/console/people", params={"q": junk})
    assert page.status_code == 200
    assert "Nobody has this name" in page.text
    assert "<script>alert" not in page.text


async def test_viewers_find_nobody(known: Service, owners: Played) -> None:
    async with staff(known, "viewer") as client:
        assert (await client.get("/console/people?q=lov+ad")).status_code == 403
    assert owners.asked == []
