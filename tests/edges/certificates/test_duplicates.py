"""Duplicates and signed copies: made beside the original, known by their own hash, gone with the
holder."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import Any

import pytest
from pypdf import PdfReader

from tests.edges.certificates.conftest import World, service_on
from tests.edges.certificates.facts import (
    all_completed,
    attended,
    course,
    person,
    registered,
)
from tests.rules.certificates.authority import PASSWORD, signer_file
from tests.stage import StillClock

ADA = "Ada Quill"
MARKED = {"mark_duplicates": True}


async def issued_to(world: Any, who: str = ADA, layout: dict[str, Any] | None = None) -> Any:
    """The certificate of a nurse who attended everything."""
    await world.hears(course(layout=layout), person(who, "nurse"), *registered(who))
    await world.hears(*attended(who), *all_completed())
    await world.swept()
    await world.evaluates(who)
    await world.rests()
    [certificate] = (await world.shown(who))["certificates"]
    return certificate


def path_of(certificate: Any, what: str = "/duplicate") -> str:
    return f"/certificates/v1/certificates/{certificate['certificate_id']}{what}"


def below(url: str) -> str:
    return url.removeprefix("https://certs.example")


def words_of(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


async def test_a_duplicate_says_that_it_is_one_and_when_it_was_made(world):
    certificate = await issued_to(world, layout=MARKED)
    world.clock.time = world.clock.time.replace(year=2021, month=3, day=12)
    made = await world.post(path_of(certificate), None, ADA)
    assert made.status_code == 201
    said = made.json()
    assert (said["number"], said["made_at"]) == (certificate["number"], "2021-03-12T23:20:00Z")
    file = await world.learner(ADA).get(below(said["pdf"]))
    assert (file.status_code, file.headers["content-type"]) == (200, "application/pdf")
    assert hashlib.sha256(file.content).hexdigest() == said["sha256"] != certificate["sha256"]
    assert "Duplicate, made on 12 March 2021" in words_of(file.content)
    original = await world.http.get(path_of(certificate, ".pdf"))
    assert "Duplicate" not in words_of(original.content)
    assert hashlib.sha256(original.content).hexdigest() == certificate["sha256"]
    [shown] = (await world.shown(ADA))["certificates"]
    [listed] = shown["duplicates"]
    assert (listed["duplicate_id"], listed["pdf"]) == (said["duplicate_id"], said["pdf"])


async def test_a_duplicate_verifies_by_its_hash_and_stands_with_the_original(world):
    certificate = await issued_to(world, layout=MARKED)
    said = (await world.post(path_of(certificate), None)).json()
    found = await world.http.post("/certificates/verify", json={"sha256": said["sha256"]})
    assert (found.json()["status"], found.json()["number"]) == ("valid", certificate["number"])
    assert "holder" not in found.json()
    code = certificate["verify_url"].rpartition("/")[2]
    by_code = (await world.http.get(f"/certificates/verify/{code}")).json()
    assert by_code["copies"] == [
        {"kind": "duplicate", "made_on": "2020-11-09", "sha256": said["sha256"]}
    ]
    jwt = await world.http.get(path_of(certificate, ".jwt"))
    assert said["sha256"] not in jwt.text
    revoked = await world.post(path_of(certificate, "/revoke"), {"reason": "Wrong."})
    assert revoked.status_code == 200
    after = await world.http.post("/certificates/verify", json={"sha256": said["sha256"]})
    assert after.json()["status"] == "revoked"


async def test_asked_for_again_on_the_same_day_it_is_the_same_one(world):
    certificate = await issued_to(world, layout=MARKED)
    first = await world.post(path_of(certificate), None, key="one")
    again = await world.post(path_of(certificate), None, key="one")
    other = await asyncio.gather(*(world.post(path_of(certificate), None) for _ in range(4)))
    assert again.headers["Idempotent-Replayed"] == "true"
    ids = {answer.json()["duplicate_id"] for answer in (first, again, *other)}
    assert len(ids) == 1
    world.clock.time = world.clock.time.replace(day=11)
    later = await world.post(path_of(certificate), None)
    assert later.json()["duplicate_id"] not in ids
    assert len((await world.shown(ADA))["certificates"][0]["duplicates"]) == 2


async def test_where_the_layout_marks_none_the_original_is_the_answer(world):
    certificate = await issued_to(world)
    said = (await world.post(path_of(certificate), None, ADA)).json()
    assert (said["duplicate_id"], said["sha256"]) == (None, certificate["sha256"])
    assert said["pdf"] == certificate["pdf"]
    assert await world.rows("SELECT 1 FROM duplicates") == []


async def test_who_may_not_and_what_is_no_more_is_refused(world):
    certificate = await issued_to(world, layout=MARKED)
    await world.hears(person("Bo Reed", "nurse"), *registered("Bo Reed"))
    made = (await world.post(path_of(certificate), None)).json()
    for answer, status in (
        (await world.post(path_of(certificate), None, "Bo Reed"), 403),
        (await world.learner("Bo Reed").get(below(made["pdf"])), 403),
        (await world.client().get(below(made["pdf"])), 401),
        (await world.http.post(path_of(certificate)), 400),
        (await world.post(path_of({"certificate_id": "none"}), None), 404),
        (await world.http.get(path_of(certificate, "/duplicates/none.pdf")), 404),
        (await world.http.get(path_of(certificate, ".signed.pdf")), 404),
    ):
        assert answer.status_code == status, answer.text
    await world.post(path_of(certificate, "/revoke"), {"reason": "Wrong."})
    refused = await world.post(path_of(certificate), None)
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "/problems/certificate-not-valid",
    )


async def test_with_the_holder_the_files_go_and_the_hashes_stay(world):
    certificate = await issued_to(world, layout=MARKED)
    made = (await world.post(path_of(certificate), None)).json()
    await world.forgets(ADA)
    [row] = await world.rows("SELECT sha256, pdf FROM duplicates")
    assert (row["sha256"], row["pdf"]) == (made["sha256"], None)
    assert (await world.http.get(below(made["pdf"]))).status_code == 410
    assert (await world.post(path_of(certificate), None)).status_code == 410
    found = await world.http.post("/certificates/verify", json={"sha256": made["sha256"]})
    assert (found.json()["status"], found.json()["holder_erased"]) == ("valid", True)


@pytest.fixture
async def signing(database, tmp_path):
    """A world whose provider signs its files."""
    path, _ = signer_file(tmp_path)
    service = service_on(
        database("certificates"),
        seams={"clock": StillClock("2020-11-09T23:20:00Z")},
        signer_p12=path,
        signer_password=PASSWORD,
    )
    async with service.app.router.lifespan_context(service.app):
        yield World(service)


async def test_a_signed_copy_is_made_at_the_first_download_and_kept(signing):
    certificate = await issued_to(signing)
    path = path_of(certificate, ".signed.pdf")
    assert below(certificate["signed_pdf"]) == path
    answers = await asyncio.gather(*(signing.learner(ADA).get(path) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    [file] = {answer.content for answer in answers}
    original = await signing.http.get(path_of(certificate, ".pdf"))
    assert file.startswith(original.content)
    assert (await signing.http.get(path)).content == file
    sha256 = hashlib.sha256(file).hexdigest()
    found = await signing.http.post("/certificates/verify", json={"sha256": sha256})
    assert found.json()["number"] == certificate["number"]
    assert (await signing.shown(ADA))["certificates"][0]["duplicates"] == []
    await signing.forgets(ADA)
    assert (await signing.http.get(path)).status_code == 410
    [row] = await signing.rows("SELECT kind, pdf FROM duplicates")
    assert (row["kind"], row["pdf"]) == ("signed", None)


async def test_of_a_revoked_certificate_nothing_is_signed_any_more(signing):
    certificate = await issued_to(signing)
    await signing.post(path_of(certificate, "/revoke"), {"reason": "Wrong."})
    assert (await signing.shown(ADA))["certificates"][0]["signed_pdf"] is None
    refused = await signing.http.get(path_of(certificate, ".signed.pdf"))
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "/problems/certificate-not-valid",
    )
