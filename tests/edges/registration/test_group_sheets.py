"""A group as a CSV sheet over HTTP, and by the command line."""

import uuid
from pathlib import Path
from typing import Any

import httpx

from services.registration.api.group_answers import GroupAnswer
from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_answers import fits

PATH = "/courses/attachment/registrations:batch"
SAMPLE = Path(__file__).parents[3] / "examples" / "group.csv"
USUAL = {"organisation": "Clinic of Example", "disclosure_version": "2020-09-01"}


async def sent(stage: Stage, content: bytes, key: str | None = None, **params: Any) -> Any:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    headers["Idempotency-Key"] = key or str(uuid.uuid4())
    given = USUAL | params
    return await stage.operator.post(PATH, content=content, params=given, headers=headers)


async def test_the_sample_registers_everybody_of_it(stage: Stage):
    await stage.publish()
    answer = await sent(stage, SAMPLE.read_bytes())
    assert answer.status_code == 200, answer.text
    fits(GroupAnswer, answer.json())
    assert [(one["row"], one["status"]) for one in answer.json()["results"]] == [
        (2, "accepted"),
        (3, "accepted"),
        (4, "accepted"),
    ]
    people = await stage.said("person.recorded")
    assert people[0]["licenses"] == [
        {"profession": "", "state": "NY", "number": "000101"},
        {"profession": "", "state": "NJ", "number": "000102"},
    ]
    assert people[2]["name"] == "Tomlin, Ursula"
    requested = await stage.said("registration.requested")
    assert {each["organisation"] for each in requested} == {"Clinic of Example"}


async def test_every_fault_is_told_by_row_and_column_and_spoils_no_other(stage: Stage):
    await stage.publish()
    content = (
        b"name;email;license_state;zone\n"
        b"Ada;nowhere;Atlantis;Mars/Base\n"
        b"Bea;bea@x.example;;\n"
        b";;NY;\n"
        b"Cleo;cleo@x.example;;;;too much\n"
    )
    answer = await sent(stage, content)
    fits(GroupAnswer, answer.json())
    ada, bea, nobody, cleo = answer.json()["results"]
    assert [each["pointer"] for each in ada["problem"]["errors"]] == [
        "/rows/2/email",
        "/rows/2/zone",
        "/rows/2/license_state",
    ]
    assert bea["status"] == "accepted"
    assert [each["pointer"] for each in nobody["problem"]["errors"]] == [
        "/rows/4/name",
        "/rows/4/email",
    ]
    assert cleo["problem"]["errors"][0]["pointer"] == "/rows/5"


async def test_all_or_nothing_is_asked_for_in_the_address(stage: Stage):
    await stage.publish(capacity=2)
    answer = await sent(stage, SAMPLE.read_bytes(), all_or_nothing="true")
    assert {one["problem"]["type"] for one in answer.json()["results"]} == {"/problems/course-full"}
    assert await stage.count("registrations") == 0


async def test_the_same_key_is_for_the_same_sheet_sent_in_the_same_way(stage: Stage):
    await stage.publish()
    first = await sent(stage, SAMPLE.read_bytes(), "k")
    again = await sent(stage, SAMPLE.read_bytes(), "k")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    other = await sent(stage, SAMPLE.read_bytes(), "k", organisation="Another")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_junk_is_refused_as_a_whole(stage: Stage):
    await stage.publish()
    for content in (b"", b"\x00\xff\xfe", b"%PDF-1.7\n\x00", b"name,email\n"):
        answer = await sent(stage, content)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/sheet-invalid")
    nul = await sent(stage, b"name,email\nA\x00,a@x.example\n")
    assert nul.json()["results"][0]["problem"]["status"] == 422
    assert isinstance(nul, httpx.Response)


async def test_prices_codes_and_complimentary_seats_have_columns(stage: Stage):
    member = {"id": "member", "amount": 15900, "when": {"statement": "Your member number"}}
    spring = {"id": "spring", "amount": 9900, "when": {"code": "SPRING-2020"}}
    await stage.publish(prices=[member, spring])
    content = (
        b"name,email,price,price_statement,price_code,complimentary\n"
        b"Ada,ada@x.example,member,M-1,,\n"
        b"Bea,bea@x.example,,,spring2020,\n"
        b"Cleo,cleo@x.example,,,,moderator\n"
        b"Dora,dora@x.example,member,,,\n"
        b"Eve,eve@x.example,,,,friend\n"
    )
    answer = await sent(stage, content)
    fits(GroupAnswer, answer.json())
    *taken, unstated, friend = answer.json()["results"]
    assert [(one["price_id"], one["price"]["amount"]) for one in taken] == [
        ("member", 15900),
        ("spring", 9900),
        ("", 0),
    ]
    assert unstated["problem"]["errors"][0]["pointer"] == "/rows/5/price_statement"
    assert friend["problem"]["errors"][0]["pointer"] == "/rows/6/complimentary"
