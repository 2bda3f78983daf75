"""Certificates, back on its backup, hears what it had said since: no certificate becomes another
than its holder has (runtime.md §6, decision 103)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.certificates import signing
from services.certificates.domain.documents import SealedKey
from services.certificates.domain.pdf_binding import with_pdf
from shared.contracts import reference
from shared.contracts.certificates import CertificateIssued, CertificateSuperseded
from shared.contracts.event import Event
from shared.runtime.events import NotYetError
from shared.runtime.intake import Intake
from tests.edges.certificates.conftest import World
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    id_of,
    person,
    registered,
)
from tests.edges.certificates.test_crash import other
from tests.stage import SECRET

pytestmark = pytest.mark.usefixtures("blank_pages")
WHO, NURSE = "Ada Quill", ("nurse", "NJ", "26NR1")
GIVEN = {
    "board": "ANCC",
    "credits": "8.0",
    "unit": "contact hours",
    "sha256": "a" * 64,
    "issued_at": "2020-11-09T23:20:00Z",
}


async def learned(world: World) -> None:
    """All that ANCC, the one board of hers, asks of a nurse."""
    await world.hears(course(), person(WHO, "nurse", NURSE), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.swept()


def issued(**facts: Any) -> Event:
    said = CertificateIssued.example | about(WHO) | GIVEN | facts
    return CertificateIssued.model_validate(said)


async def recalls(world: World, *events: Event) -> list[Any]:
    """Its own words, each in a batch of its own; what came of them."""
    intake, came = Intake(world.db, world.clock, world.service.recalls), []
    for event in events:
        delivery = intake.deliver([world.said_by_others(event)])
        while delivery.left:
            try:
                await intake.step(delivery)
            except NotYetError:
                continue
        came += delivery.outcomes
    return came


async def certificates(world: World) -> dict[str, dict[str, Any]]:
    rows = await world.rows("SELECT * FROM certificates")
    return {row["certificate_id"]: row for row in rows}


async def test_one_that_was_being_made_at_the_backup_is_the_one_that_was_given(
    world: World,
) -> None:
    """Else it would be made a second time, with other bytes, under the number that is out."""

    async def broken(_order: Any) -> Any:
        raise RuntimeError("it was not made yet")

    await learned(world)
    await other(world, act=broken).step()
    [made] = (await certificates(world)).values()
    assert made["status"] == "preparing"

    said = issued(certificate_id=made["certificate_id"], number=made["number"])
    assert await recalls(world, said) == ["done"]
    world.clock.time += timedelta(minutes=5)
    await world.rests()
    known = await certificates(world)
    given = known.pop(made["certificate_id"])
    assert given["sha256"] == "a" * 64, "it is the one that its holder has"
    place = "status_list", "status_index"
    assert [given[name] for name in place] == [made[name] for name in place]
    [new] = known.values()
    assert (given["status"], given["superseded_by"]) == ("superseded", new["certificate_id"])
    assert (new["status"], new["supersedes"]) == ("valid", made["certificate_id"])
    told = await world.said("certificate.issued")
    assert [one["certificate_id"] for one in told] == [new["certificate_id"]]


async def test_one_that_took_the_place_of_another_does_so_again_though_it_is_heard_alone(
    world: World,
) -> None:
    """One of a board holds at a time, and a batch may end between the two words."""
    await learned(world)
    await world.rests()
    [old] = (await certificates(world)).values()
    new = id_of("certificate/new")
    taken = issued(certificate_id=new, number="2020-NEW", supersedes=old["certificate_id"])
    ended = CertificateSuperseded.model_validate(
        CertificateSuperseded.example
        | about(WHO)
        | {
            "certificate_id": old["certificate_id"],
            "number": old["number"],
            "board": "ANCC",
            "superseded_by": new,
            "reason": "name-corrected",
            "superseded_at": "2020-11-12T10:00:00Z",
        }
    )
    assert await recalls(world, taken, ended) == ["done", "done"]
    known = await certificates(world)
    assert known[new]["status"] == "valid"
    was = known[old["certificate_id"]]
    assert (was["status"], was["superseded_by"], was["cause"]) == (
        "superseded",
        new,
        "name-corrected",
    )
    assert was["ended_at"].isoformat() == "2020-11-12T10:00:00+00:00"


@pytest.mark.parametrize(
    ("path", "partner_id", "name"),
    [
        ("", "ibh", "Praxis CET"),
        (":certificates:issuers:ibh", "ibh", "Institute for Better Health, Inc"),
        (":certificates:issuers:ibh", "another", "ibh"),
    ],
    ids=["the-provider", "the-sponsor", "a-sponsor-no-more"],
)
async def test_whoever_issued_it_did_so(
    world: World, path: str, partner_id: str, name: str
) -> None:
    sponsor = reference.COURSE["joint_sponsor"] | {"partner_id": partner_id}
    await learned(world)
    await world.hears(course(version=2, joint_sponsor=sponsor))
    did = f"did:web:certs.example{path}"
    said = issued(certificate_id=id_of("given"), number="2020-GIVEN", key_id=f"{did}#2020-9")
    assert await recalls(world, said) == ["done"]
    shown = (await world.shown(WHO))["certificates"]
    [given] = [one for one in shown if one["certificate_id"] == id_of("given")]
    assert given["issuer"] == {"id": did, "name": name}


async def test_the_token_that_its_holder_has_verifies_as_before_and_no_other_does(
    world: World,
) -> None:
    """That is known by the hash of its file alone by then, which stands in the token as well."""
    await learned(world)
    await world.rests()
    [made] = (await certificates(world)).values()
    [file] = await world.rows("SELECT jwt FROM document_files")
    [key] = await world.rows("SELECT * FROM signing_keys")
    async with world.db.acquire() as con:
        for table in ("document_files", "documents", "certificates"):
            await con.execute(f"DELETE FROM {table}")
    facts = {name: made[name] for name in ("certificate_id", "number", "sha256", "key_id")}
    assert await verified(world, file["jwt"]) == "unknown"
    assert await recalls(world, issued(**facts)) == ["done"]
    assert await verified(world, file["jwt"]) == "valid"

    said = signing.read(file["jwt"], [key["public"]])
    assert said is not None
    sealed = SealedKey(key["key_id"], key["public"], key["sealed"])
    other_file = with_pdf(said, "https://certs.example/x", b"%PDF-1.7 another")
    without = {name: value for name, value in said.items() if name != "relatedResource"}
    for forged in (other_file, without, said | {"relatedResource": "x"}):
        assert await verified(world, signing.sign(SECRET, sealed, forged)) == "unknown"

    leak = {"compromised_at": "2020-11-01T00:00:00Z"}
    await world.post("/certificates/v1/keys:rotate", leak)
    assert await verified(world, file["jwt"]) == "unknown", "others can make one like it"


async def verified(world: World, token: str) -> str:
    answer = await world.client().post("/certificates/verify", json={"jwt": token})
    return str(answer.json()["status"])
