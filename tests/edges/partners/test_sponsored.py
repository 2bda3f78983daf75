"""A joint sponsor's view: its boards' learners, the certificates in its name, who was erased; of
its own course, within what it was given, and for nobody else."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.partners.app import build
from services.partners.commands import sponsoring
from services.partners.settings import Settings
from shared.contracts import reference
from shared.contracts.attendance import AttendanceSettled
from shared.contracts.certificates import AwardGranted, CertificateIssued, CertificateSuperseded
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationRequested,
    RegistrationSubstituted,
)
from shared.runtime.tokens import digest_of
from tests.edges.partners.test_projecting import COURSE, NOW, OTHER, made
from tests.stage import OPERATOR, SECRET, Stage, StillClock

_KEY = "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) VALUES ($1, $2, $3, 1, false)"
PATH = f"/partners/v1/courses/{COURSE}"
APA = reference.COURSE["boards"][0] | {
    "board": "APA",
    "holder": "Institute for Better Health, Inc",
    "professions": ["psychologist"],
    "unit": "CE credits",
}
SPONSOR = reference.COURSE["joint_sponsor"] | {"partner_id": "ibh"}
BOARDS = [*reference.COURSE["boards"], APA]
TYPES = ["registration.confirmed", "person.recorded", "certificate.issued", "award.granted"]
FIELDS = ["name", "licenses", "credits", "number", "board"]


@pytest.fixture
async def stage(database: Any) -> AsyncIterator[Stage]:
    settings = Settings(
        database_url=database("partners"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
    )
    stage = Stage(build(settings, clock=StillClock(NOW)))
    async with stage.service.app.router.lifespan_context(stage.service.app):
        yield stage


async def describe(stage: Stage, partner_id: str = "ibh", **lists: list[str]) -> httpx.AsyncClient:
    """A partner as it shall be, and a client with its key; of one that is known, the operator's."""
    body = {"name": partner_id, "courses": [COURSE], "types": TYPES, "fields": FIELDS} | lists
    answer = await stage.http.put(f"/partners/v1/partners/{partner_id}", json=body)
    told = answer.raise_for_status().json()
    if answer.status_code == 200:
        return stage.http
    async with stage.db.acquire() as con:
        await con.execute(_KEY, told["key_id"], digest_of(told["key"]), [f"partner:{partner_id}"])
    return stage.client(told["key"])


async def publish(stage: Stage, version: int = 1, **about: Any) -> None:
    course = {"joint_sponsor": SPONSOR, "boards": BOARDS, "version": version} | about
    await stage.hears(made(CoursePublished, **course))


def ids(who: str) -> dict[str, str]:
    return {"registration_id": f"r-{who}", "person_id": f"p-{who}", "course_id": COURSE}


async def seat(stage: Stage, who: str, profession: str = "psychologist", **more: Any) -> None:
    licenses = [{"profession": profession, "state": "NJ", "number": f"={who}"}]
    person = {"person_id": f"p-{who}", "name": who, "profession": profession, "licenses": licenses}
    await stage.hears(
        made(PersonRecorded, **person | more),
        made(RegistrationRequested, **ids(who)),
        made(RegistrationConfirmed, **ids(who)),
    )


async def got(own: httpx.AsyncClient, what: str, status: int = 200, **asked: Any) -> Any:
    answer = await own.get(f"{PATH}/{what}", params=asked)
    assert answer.status_code == status, answer.text
    return answer.json()


async def sheet(own: httpx.AsyncClient, what: str) -> list[dict[str, str]]:
    answer = await own.get(f"{PATH}/{what}", params={"format": "csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert f'filename="{what}-' in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_the_roster_has_its_boards_learners_with_what_it_was_given_and_no_others(stage):
    own = await describe(stage)
    await publish(stage)
    await seat(stage, "ann")
    await seat(stage, "bea", "counselor")
    await seat(stage, "cy")
    await stage.hears(
        made(RegistrationCancelled, **ids("cy")),
        made(AwardGranted, **ids("ann"), board="APA", credits="8.0", unit="CE credits"),
        made(AttendanceSettled, **ids("ann")),
    )
    told = await got(own, "roster")
    assert told == {
        "items": [
            {
                "registration_id": "r-ann",
                "person_id": "p-ann",
                "status": "confirmed",
                "boards": [{"board": "APA", "served": "yes", "award": "granted", "credits": "8.0"}],
                "name": "ann",
                "licenses": [{"profession": "psychologist", "state": "NJ", "number": "=ann"}],
            },
            {
                "registration_id": "r-cy",
                "person_id": "p-cy",
                "status": "cancelled",
                "boards": [{"board": "APA", "served": "yes"}],
                "name": "cy",
                "licenses": [{"profession": "psychologist", "state": "NJ", "number": "=cy"}],
            },
        ],
        "next": None,
    }
    lines = await sheet(own, "roster")
    assert [(one["name"], one["board"], one["award"], one["credits"]) for one in lines] == [
        ("ann", "APA", "granted", "8.0"),
        ("cy", "APA", "", ""),
    ]
    assert {one["email"] + one["seconds"] + one["evaluated"] for one in lines} == {""}
    assert lines[0]["licenses"] == "psychologist NJ =ann"


async def test_a_narrowed_list_holds_at_once_and_without_the_type_that_it_is_made_of_nothing_is_told(
    stage,
):
    own = await describe(stage)
    await publish(stage)
    await seat(stage, "ann")
    await describe(stage, fields=[])
    [line] = (await got(own, "roster"))["items"]
    assert set(line) == {"registration_id", "person_id", "status", "boards"}
    await describe(stage, types=["certificate.issued"])
    refused = await got(own, "roster", 403)
    assert refused["type"] == "/problems/type-not-given"
    assert "registration.confirmed" in refused["detail"]
    assert (await got(own, "certificates"))["items"] == []
    await describe(stage, types=["registration.confirmed"])
    assert (await got(own, "certificates", 403))["type"] == "/problems/type-not-given"


async def test_pages_have_all_of_it_once_and_all_certificates_of_a_registration(stage, monkeypatch):
    monkeypatch.setattr(sponsoring, "SUBJECTS", 3)
    own = await describe(stage)
    await publish(stage)
    names = [f"n{number}" for number in range(7)]
    for name in names:
        await seat(stage, name)
        first, second = {"certificate_id": f"{name}-1"}, {"certificate_id": f"{name}-2"}
        await stage.hears(
            made(CertificateIssued, **ids(name), **first, board="APA", number=f"1{name}"),
            made(CertificateIssued, **ids(name), **second, board="APA", number=f"2{name}"),
            made(
                CertificateSuperseded,
                **ids(name),
                **first,
                board="APA",
                superseded_by=f"{name}-2",
            ),
            made(CertificateIssued, **ids(name), certificate_id=f"{name}-3", board="NBCC"),
        )
    for what, wanted in (
        ("roster", [f"r-{name}" for name in names]),
        ("certificates", [f"r-{name}" for name in names for _ in "12"]),
    ):
        found, after = [], None
        while True:
            page = await got(own, what, limit=3, **({"after": after} if after else {}))
            found += [one["registration_id"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert found == wanted
    lines = await sheet(own, "certificates")
    assert [(one["number"], one["status"], one["board"]) for one in lines[:2]] == [
        ("1n0", "superseded", "APA"),
        ("2n0", "valid", "APA"),
    ]
    assert len(lines) == 14
    assert "name" not in lines[0]


async def test_who_was_erased_is_in_no_roster_and_in_the_notices(stage):
    own = await describe(stage)
    await publish(stage)
    for name in ("ann", "bo", "cy"):
        await seat(stage, name)
    await stage.hears(
        made(AwardGranted, **ids("bo"), board="APA", credits="8.0", unit="CE credits"),
        made(CertificateIssued, **ids("bo"), certificate_id="c-bo", board="APA", number="1"),
    )
    await stage.forgets("p-bo")
    assert [one["name"] for one in (await got(own, "roster"))["items"]] == ["ann", "cy"]
    [notice] = (await got(own, "erasures"))["items"]
    feed = await own.get("/partners/v1/feed")
    [event] = [one for one in feed.json()["items"] if one["type"] == "person.erased.v1"]
    assert (notice["person_id"], notice["event_id"]) == ("p-bo", event["id"])
    assert [one["person_id"] for one in await sheet(own, "erasures")] == ["p-bo"]
    [stays] = (await got(own, "certificates"))["items"]
    assert (stays["certificate_id"], stays["status"]) == ("c-bo", "valid")


async def test_a_colleague_in_the_seat_and_another_record_of_one_person_are_judged_as_they_are(
    stage,
):
    own = await describe(stage)
    await publish(stage)
    await seat(stage, "ann", "counselor")
    await stage.hears(
        made(PersonRecorded, person_id="p-new", name="new", profession="psychologist"),
        made(
            RegistrationSubstituted,
            **ids("ann") | {"person_id": "p-new"},
            former_person_id="p-ann",
        ),
    )
    await seat(stage, "one", "nurse", merged_into="p-new", version=2)
    told = await got(own, "roster")
    assert [(one["registration_id"], one["name"]) for one in told["items"]] == [
        ("r-ann", "new"),
        ("r-one", "new"),
    ]


@pytest.mark.parametrize("what", ["roster", "certificates", "erasures"])
async def test_it_is_the_sponsors_and_staffs_and_of_the_courses_it_sponsors(stage, what):
    own = await describe(stage)
    other = await describe(stage, "another")
    await publish(stage)
    await stage.hears(made(CoursePublished, course_id=OTHER))
    assert (await got(own, what))["next"] is None
    assert (await got(stage.http, what))["next"] is None
    assert (await got(other, what, 403))["type"] == "/problems/course-of-another"
    unknown = f"/partners/v1/courses/none/{what}"
    assert (await own.get(unknown)).json()["type"] == "/problems/course-of-another"
    assert (await stage.http.get(unknown)).json()["type"] == "/problems/course-unknown"
    without = f"/partners/v1/courses/{OTHER}/{what}"
    await describe(stage, courses=[COURSE, OTHER])
    assert (await own.get(without)).status_code == 403
    assert (await stage.http.get(without)).status_code == 403
    assert (await stage.client().get(f"{PATH}/{what}")).status_code == 401
    await describe(stage, courses=[OTHER])
    assert (await got(own, what, 403))["type"] == "/problems/course-of-another"
    await describe(stage)
    await publish(stage, 2, joint_sponsor=SPONSOR | {"partner_id": "another"})
    assert (await got(own, what, 403))["type"] == "/problems/course-of-another"
    assert (await got(other, what))["next"] is None


async def test_staff_who_read_names_are_remembered(stage):
    await describe(stage)
    await publish(stage)
    await seat(stage, "ann")
    await got(stage.http, "roster")
    [kept] = await stage.rows("SELECT act, about, why FROM audit WHERE act = 'roster.read'")
    assert (kept["about"], kept["why"]) == (COURSE, "ibh")
