"""Operators search people by their names: by any words of them, and never whom somebody erased."""

from typing import Any

import pytest

from services.registration.api import person_answers
from tests.edges.registration.conftest import Stage
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_erasing import cancelled, erase
from tests.edges.registration.test_merging import merge, person_id


def who(name: str) -> dict[str, Any]:
    return {"name": name, "email": f"{len(name)}{name[0]}@learners.example"}


async def names(stage: Stage, **params: Any) -> list[str]:
    answer = await stage.operator.get("/people", params=params)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["items"]]


async def come(stage: Stage, *people: str) -> list[str]:
    await stage.publish()
    return [(await stage.register(attendee=who(name))).json()["registration_id"] for name in people]


async def test_by_the_beginning_of_any_word_whatever_case_and_accents(stage: Stage) -> None:
    await come(stage, "Žaneta Łuczyńska-O'Neil", "Ada Lovelace", "Adam Neill", "Lova Ada")
    found = {
        "ada": ["Ada Lovelace", "Adam Neill", "Lova Ada"],
        "LOV ada": ["Ada Lovelace", "Lova Ada"],
        "lovelace ada": ["Ada Lovelace"],
        "zaneta": ["Žaneta Łuczyńska-O'Neil"],
        "Luczynska": ["Žaneta Łuczyńska-O'Neil"],
        "neil": ["Žaneta Łuczyńska-O'Neil", "Adam Neill"],
        "o'neil": ["Žaneta Łuczyńska-O'Neil"],
        "velace": [],
        "ada bea": [],
        "!& ": [],
        "':* | 'ada": ["Ada Lovelace", "Adam Neill", "Lova Ada"],
    }
    for typed, expected in found.items():
        assert await names(stage, name=typed) == expected, typed


async def test_page_by_page_and_each_that_was_shown_is_kept(stage: Stage) -> None:
    ids = [await person_id(stage, one) for one in await come(stage, "Ada A", "Ada B", "Ada C")]
    first = (await stage.operator.get("/people?name=ada&limit=2")).json()
    fits(person_answers.PersonList, first)
    assert ([one["person_id"] for one in first["items"]], first["next"]) == (ids[:2], ids[1])
    assert first["items"][0]["registrations"][0]["course_id"] == "attachment"
    rest = (
        await stage.operator.get("/people", params={"name": "ada", "limit": 2, "after": ids[1]})
    ).json()
    assert ([one["person_id"] for one in rest["items"]], rest["next"]) == (ids[2:], None)
    assert await names(stage, name="nobody") == []
    kept = [row["about"] for row in await stage.audited("people.searched")]
    assert kept == [*ids, ""], "in vain is kept, too"


async def test_a_name_that_was_corrected_is_found_and_the_former_is_not(stage: Stage) -> None:
    [one] = await come(stage, "Ada Lovelace")
    await stage.operator.put(f"/registrations/{one}/attendee", json={"name": "Ada Byron"})
    assert await names(stage, name="byr") == ["Ada Byron"]
    assert await names(stage, name="lovelace") == []


async def test_who_was_erased_is_never_found_and_who_was_merged_says_as_whom_they_are_shown(
    stage: Stage,
) -> None:
    gone, king, byron = await come(stage, "Ada Lovelace", "Ada King", "Ada Byron")
    await cancelled(stage, gone)
    assert (await erase(stage, await person_id(stage, gone))).status_code == 200
    assert await names(stage, name="ada") == ["Ada King", "Ada Byron"]
    assert await names(stage, name="lovelace") == []
    await cancelled(stage, king)
    into = await person_id(stage, byron)
    assert (await merge(stage, await person_id(stage, king), into)).status_code == 200
    [shown] = (await stage.operator.get("/people?name=king")).json()["items"]
    assert shown["known_as"]["name"] == "Ada Byron"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("name=ada&email=a@b.example", 422),
        ("name=a", 422),
        ("name=" + "x" * 201, 422),
        ("name=ada&limit=0", 422),
        ("name=%00%00", 400),
        ("name=%F0%9F%8C%8D%F0%9F%8C%8D", 200),
    ],
)
async def test_junk_is_refused_or_finds_nobody(stage: Stage, query: str, status: int) -> None:
    await come(stage, "Ada Lovelace")
    answer = await stage.operator.get(f"/people?{query}")
    assert answer.status_code == status, answer.text
    assert status >= 400 or answer.json() == {"items": [], "next": None}


async def test_only_operators_search(stage: Stage) -> None:
    [one] = await come(stage, "Ada Lovelace")
    assert (await stage.public.get("/people?name=ada")).status_code == 401
    assert (await stage.holder(one).get("/people?name=ada")).status_code == 403
    assert await stage.audited("people.searched") == []
