"""A partner whose items are read by a mapping: each line taken, known, or refused by its own field."""

from __future__ import annotations

from typing import Any

import httpx

from shared.runtime.service import Service
from tests.edges.partners.conftest import audited, said
from tests.edges.partners.test_inbound import describe, institute, send  # noqa: F401
from tests.rules.partners.test_mapping import DOCUMENT, ENROLLED, STAYED

PATH = "/partners/v1/partners/ibh/inbound/mapping"
OWN = DOCUMENT | {"codes": DOCUMENT["codes"] | {"kurse": {"2027-AE": "course-a", "X": "course-z"}}}
PAST = STAYED | {"datum": "09.03.2020"}


async def put(operator: httpx.AsyncClient, document: Any = OWN) -> httpx.Response:
    return await operator.put(PATH, json={"mapping": document})


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


async def test_lines_are_read_by_the_mapping_from_the_word_on(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    [early] = results(await send(institute, ENROLLED, key="early"))
    assert early["status"] == "refused"
    assert (await put(operator)).json()["version"] == 1
    answer = await send(institute, ENROLLED, PAST, ENROLLED, key="1")
    assert results(answer) == [
        {"id": "31/ANM", "status": "accepted"},
        {"id": "31/ANW/2", "status": "accepted"},
        {"id": "31/ANM", "status": "duplicate"},
    ]
    [(_, asked), (_, stayed)] = await said(partners)
    assert asked["attendee"]["name"] == "Ada Example"
    [license_] = asked["attendee"]["licenses"]
    assert (license_["state"], license_["number"]) == ("CA", "PSY1")
    assert (asked["course_id"], asked["payment_method"]) == ("course-a", "invoice")
    assert (stayed["joined_at"], stayed["session_id"]) == ("2020-03-09T19:05:00Z", "s2")


async def test_the_same_sent_again_or_otherwise_is_a_duplicate_also_under_a_newer_mapping(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await put(operator)
    await send(institute, ENROLLED, key="1")
    newer = OWN | {"ignore": [*OWN["ignore"], "/neu"]}
    assert (await put(operator, newer)).json()["version"] == 2
    again, other = results(await send(institute, ENROLLED, ENROLLED | {"neu": 1}, key="2"))
    assert again == {"id": "31/ANM", "status": "duplicate"}
    assert (other["status"], other["detail"]) == (
        "duplicate",
        "The first one under this id stands.",
    )
    assert len(await said(partners)) == 1


async def test_what_was_taken_is_a_duplicate_also_where_it_would_be_refused_by_now(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    """The mapping reads it no more, and then the course is another's: it is in all the same, and
    whoever was told that it is not would send it under another id."""
    await put(operator)
    assert results(await send(institute, ENROLLED, key="1"))[0]["status"] == "accepted"
    no_course = OWN | {"codes": OWN["codes"] | {"kurse": {"other": "course-a"}}}
    await put(operator, no_course)
    [again] = results(await send(institute, ENROLLED, key="2"))
    assert again == {"id": "31/ANM", "status": "duplicate"}
    await put(operator)
    assert (await describe(operator, courses=("course-b",))).status_code == 200
    again, new = results(await send(institute, ENROLLED, ENROLLED | {"nr": "32"}, key="3"))
    assert again == {"id": "31/ANM", "status": "duplicate"}
    assert (new["status"], new["pointer"]) == ("refused", "/kurs")
    assert len(await said(partners)) == 1


async def test_what_cannot_be_mapped_is_refused_by_the_partner_s_own_field_and_spoils_no_other(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await put(operator)
    person = ENROLLED["person"]
    bad = [
        ENROLLED | {"nr": "a@b.example"},
        ENROLLED | {"kurs": "X"},
        ENROLLED | {"kurs": "Y"},
        ENROLLED | {"person": person | {"mail": "Ada\x00"}},
        ENROLLED | {"neu": "Wanda"},
        PAST | {"datum": "09.03.2999"},
        PAST | {"von": "23:00"},
        PAST | {"datum": "29.03.2020", "von": "02:30"},
        {},
    ]
    found = results(await send(institute, *bad, ENROLLED, PAST, key="1"))
    assert [one["status"] for one in found] == ["refused"] * 9 + ["accepted"] * 2
    assert [(one["pointer"], len(one["errors"])) for one in found[:9]] == [
        ("/nr", 1),
        ("/kurs", 1),
        ("/kurs", 1),
        ("/person/mail", 1),
        ("/neu", 1),
        ("/datum", 1),
        ("/datum", 1),
        ("/datum", 1),
        ("/art", 1),
    ]
    assert found[1]["detail"] == "kurs: this is not one of your courses. (/course_id)"
    assert "Wanda" not in str(found)
    assert len(await said(partners)) == 2


async def test_a_mapping_that_is_none_is_refused_whole_and_the_former_one_stays(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await put(operator)
    wrong = await put(operator, OWN | {"script": "rm", "ignore": ["x"]})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/mapping-invalid")
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/script", "/ignore/0"]
    assert (await operator.get(PATH)).json()["mapping"] == OWN
    assert results(await send(institute, ENROLLED, key="1"))[0]["status"] == "accepted"


async def test_versions_are_kept_and_the_same_once_more_is_none(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    assert (await operator.get(PATH)).status_code == 404
    assert (await put(operator)).json()["version"] == 1
    assert (await put(operator)).json()["version"] == 1
    gone = (await operator.delete(PATH)).json()
    assert (gone["mapped"], gone["mapping"], gone["version"]) == (False, None, 1)
    assert (await operator.delete(PATH)).status_code == 200
    assert (await institute.get(PATH)).status_code == 404
    assert results(await send(institute, ENROLLED, key="1"))[0]["pointer"] == "/id"
    assert (await put(operator)).json()["version"] == 1, "the last one holds again"
    assert (await put(operator, OWN | {"ignore": [""]})).json()["version"] == 2
    assert (await institute.get(PATH)).json()["mapping"]["ignore"] == [""]
    standing = await institute.get(PATH.removesuffix("/mapping"))
    assert standing.json()["mapping_version"] == 2
    async with partners.api_db.acquire() as con:
        kept = await con.fetch("SELECT version FROM mappings ORDER BY version")
    assert [row["version"] for row in kept] == [1, 2]
    acts = [act for _, act, _ in await audited(partners) if act.startswith("inbound")]
    assert acts == ["inbound.mapped", "inbound.unmapped", "inbound.mapped", "inbound.mapped"]


async def test_operators_alone_put_it_and_for_partners_that_there_are(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
) -> None:
    assert (await put(institute)).status_code == 403
    assert (await institute.delete(PATH)).status_code == 403
    other = PATH.replace("ibh", "praxis")
    assert (await institute.get(other)).status_code == 403
    assert (await operator.put(other, json={"mapping": OWN})).status_code == 404
    assert (await operator.post(f"{other}/try", json={"items": []})).status_code == 404
    assert (await institute.post(f"{other}/try", json={"items": []})).status_code == 403


async def test_what_it_would_come_to_is_shown_and_nothing_is_taken(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    async def tried(*items: Any, **more: Any) -> list[dict[str, Any]]:
        return results(await institute.post(f"{PATH}/try", json={"items": list(items), **more}))

    by_ours = await tried(ENROLLED)
    assert by_ours[0]["pointer"] == "/id"
    taken, refused = await tried(ENROLLED, ENROLLED | {"kurs": "Y"}, mapping=OWN)
    assert taken["status"] == "taken"
    assert (taken["line"]["id"], taken["line"]["type"]) == ("31/ANM", "registration")
    assert taken["line"]["attendee"]["birth_day"] == "02-03"
    assert (refused["status"], refused["pointer"]) == ("refused", "/kurs")
    await put(operator)
    [again] = await tried(PAST)
    assert again["line"]["left_at"] == "2020-03-09T21:00:00Z"
    assert await said(partners) == []
    assert results(await send(institute, ENROLLED, key="1"))[0]["status"] == "accepted"
    wrong = await institute.post(f"{PATH}/try", json={"items": [], "mapping": {}})
    assert wrong.json()["type"] == "/problems/mapping-invalid"


async def test_attendance_that_comes_before_its_registration_and_again_is_taken_once(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
    partners: Service,
) -> None:
    await put(operator)
    first = await send(institute, PAST, ENROLLED, {"art": "ANM"}, key="1")
    again = await send(institute, PAST, ENROLLED, {"art": "ANM"}, key="1")
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    anew = results(await send(institute, ENROLLED, PAST, key="2"))
    assert [one["status"] for one in anew] == ["duplicate", "duplicate"]
    assert [event["item_id"] for _, event in await said(partners)] == ["31/ANW/2", "31/ANM"]


async def test_a_partner_tries_so_often_and_an_operator_as_often_as_they_like(
    institute: httpx.AsyncClient,  # noqa: F811
    operator: httpx.AsyncClient,
) -> None:
    asked = {"items": [ENROLLED], "mapping": OWN}
    statuses = [(await institute.post(f"{PATH}/try", json=asked)).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    over = await institute.post(f"{PATH}/try", json=asked)
    assert over.json()["type"] == "/problems/mapping-tries-too-many"
    assert 1 <= int(over.headers["retry-after"]) <= 60
    assert (await operator.post(f"{PATH}/try", json=asked)).status_code == 200
