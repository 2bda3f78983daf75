"""The calls of interfaces.md §5: files, verification, keys, status, staff."""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier, decode_encoded_list

from services.certificates import signing
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.certificates.conftest import SECRET
from tests.edges.certificates.facts import (
    about,
    all_completed,
    attended,
    course,
    link_requested,
    person,
    registered,
    settled,
)

WHO = "Žaneta Łuczyńska-O'Neil"
NJ = ("counselor", "NJ", "37PC00000000")


@pytest.fixture
async def out(world):
    """Two certificates are out, of NBCC and STATE."""
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO), *attended(WHO))
    await world.hears(*all_completed())
    await world.swept()
    await world.evaluates(WHO)
    await world.rests()
    return world


async def nbcc(world) -> dict:
    shown = await world.shown(WHO)
    return dict([c for c in shown["certificates"] if c["board"] == "NBCC"][-1])


def path(url: str) -> str:
    return url.removeprefix("https://certs.example")


async def key_pem(world) -> bytes:
    answer = await world.client().get("/.well-known/jwks.json")
    [jwk] = answer.json()["keys"]
    assert "d" not in jwk
    return ECKey.import_key(jwk).as_pem(private=False)


async def test_the_pdf_is_the_learners_and_always_the_same_bytes(out):
    found = await nbcc(out)
    mine = out.learner(WHO)
    answer = await mine.get(path(found["pdf"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(answer.content).hexdigest() == found["sha256"]
    assert (await mine.get(path(found["pdf"]))).content == answer.content
    assert (await out.http.get(path(found["pdf"]))).content == answer.content
    assert (await out.client().get(path(found["pdf"]))).status_code == 401
    other = out.client(mint(SECRET, PERSONAL, "another-registration", 1))
    assert (await other.get(path(found["pdf"]))).status_code == 403
    assert (await out.http.get("/certificates/v1/certificates/none.pdf")).status_code == 404


async def test_the_json_says_what_the_page_says(out):
    found = await nbcc(out)
    shown = (await out.http.get(path(found["pdf"]).replace(".pdf", ".json"))).json()
    assert shown["verify_url"] == found["verify_url"]
    page = shown["page"]
    assert page["name"] == WHO
    assert page["license"] == "Counselor · licence 37PC00000000, NJ"
    assert [(s["day"], s["note"]) for s in page["sessions"]] == [
        ("Mon, 19 October 2020", "16:00–18:00 EDT"),
        ("Mon, 26 October 2020", "16:00–18:00 EDT"),
        ("Mon, 2 November 2020", "16:00–18:00 EST"),
        ("Mon, 9 November 2020", "16:00–18:00 EST"),
    ]
    assert page["required"] == "Attendance; course evaluation"
    assert page["delivery"] == "Live interactive webinar (online, synchronous)"


async def test_an_independent_verifier_accepts_the_credential_and_refuses_a_tampered_one(out):
    found = await nbcc(out)
    token = (await out.learner(WHO).get(path(found["jwt"]))).text
    verifier = OB3Verifier(await key_pem(out))
    credential = verifier.verify(token)
    assert credential.issuer.id == "did:web:certs.example"
    head, body, signature = token.split(".")
    tampered = f"{head}.{body[:-10]}{'A' if body[-10] != 'A' else 'B'}{body[-9:]}.{signature}"
    with pytest.raises(OB3VerificationError):
        verifier.verify(tampered)
    keys = (await out.client().get("/.well-known/jwks.json")).json()["keys"]
    payload = signing.read(token, keys) or {}
    assert WHO not in token
    assert payload["credentialSubject"]["creditsEarned"] == 8.0
    assert payload["relatedResource"][0]["id"] == found["pdf"]
    did = (await out.client().get("/certificates/.well-known/did.json")).json()
    kid = jws.extract_compact(token.encode()).headers()["kid"]
    assert did["id"] == "did:web:certs.example"
    assert did["assertionMethod"] == [kid]


async def test_anybody_can_verify_by_code_credential_or_hash(out):
    found, anybody = await nbcc(out), out.client()
    code = found["verify_url"].rpartition("/")[2]
    answer = await anybody.get(f"/certificates/verify/{code}")
    said = answer.json()
    assert (answer.status_code, said["status"]) == (200, "valid")
    assert (said["holder"], said["board"], said["credits"]) == (WHO, "NBCC", 8.0)
    assert "email" not in answer.text
    token = (await out.http.get(path(found["jwt"]))).text
    assert (await anybody.post("/certificates/verify", json={"jwt": token})).json() == said
    by_hash = await anybody.post("/certificates/verify", json={"sha256": found["sha256"]})
    leading = {"holder", "verify_url", "superseded_by"}
    assert by_hash.json() == {k: v for k, v in said.items() if k not in leading}
    assert code not in by_hash.text
    page = await anybody.get(
        f"/certificates/verify/{code.lower()}", headers={"accept": "text/html"}
    )
    assert page.headers["content-type"].startswith("text/html")
    assert "Valid" in page.text
    assert "Łuczyńska-O&#39;Neil" in page.text


async def test_a_code_is_known_however_it_is_typed(out):
    code = (await nbcc(out))["verify_url"].rpartition("/")[2]
    misread = code.translate(str.maketrans("OIB", "018"))
    for one in (code.replace("-", ""), code.replace("-", " "), f"{code}.", f"{code},", misread):
        answer = await out.client().get(f"/certificates/verify/{one}")
        assert (answer.status_code, answer.json()["status"]) == (200, "valid"), one


async def test_verification_names_the_day_that_the_certificate_prints(out):
    # 21:30 in New York, on the day before that of UTC.
    out.clock.time = datetime(2020, 11, 10, 2, 30, tzinfo=UTC)
    old = await nbcc(out)
    await out.post(
        f"/certificates/v1/certificates/{old['certificate_id']}/supersede", {"reason": "Again."}
    )
    await out.rests()
    new = await nbcc(out)
    page = (await out.http.get(path(new["pdf"]).replace(".pdf", ".json"))).json()["page"]
    assert page["issued_words"] == "9 November 2020"
    verify = path(new["verify_url"]).replace("/v", "/certificates/v", 1)
    said = (await out.client().get(verify)).json()
    assert (said["issued_on"], said["issued"]) == ("2020-11-09", "Monday, 9 November 2020")
    verify = path(old["verify_url"]).replace("/v", "/certificates/v", 1)
    assert (await out.client().get(verify)).json()["ended_on"] == "2020-11-09"


@pytest.mark.parametrize(
    "body", [{"jwt": "a.b.c"}, {"jwt": "x"}, {"sha256": "0" * 64}, {"jwt": "\u0000"}]
)
async def test_what_is_not_ours_is_unknown(out, body):
    answer = await out.client().post("/certificates/verify", json=body)
    assert (answer.status_code, answer.json()) == (404, {"status": "unknown"})


async def test_an_unknown_code_is_404_and_unknown(out):
    for code in ("AAAA-BBBB-CCCC-DDDD", "1", "../x", "%F0%9F%A6%84"):
        answer = await out.client().get(f"/certificates/verify/{code.replace('/', '%2F')}")
        assert answer.status_code == 404
    answer = await out.client().get("/certificates/verify/AAAA")
    assert answer.json() == {"status": "unknown"}
    page = await out.client().get("/certificates/verify/AAAA", headers={"accept": "text/html"})
    assert (page.status_code, "No such certificate" in page.text) == (404, True)
    number = "/certificates/verify/2020-QELS-ARCG-G555"  # what is printed above the code
    page = await out.client().get(number, headers={"accept": "text/html"})
    assert (page.status_code, "under VERIFY AT" in page.text) == (404, True)
    assert "No such certificate" not in page.text
    assert (await out.client().post("/certificates/verify", json={})).status_code == 422


async def bits(world, name: str = "2020-1") -> tuple[dict, bytes]:
    answer = await world.client().get(f"/certificates/status/{name}")
    assert answer.headers["content-type"] == "application/vc+jwt"
    keys = (await world.client().get("/.well-known/jwks.json")).json()["keys"]
    credential = signing.read(answer.text, keys) or {}
    return credential, decode_encoded_list(credential["credentialSubject"]["encodedList"])


async def test_revoking_shows_in_verification_status_list_and_events(out):
    found = await nbcc(out)
    revoke = f"/certificates/v1/certificates/{found['certificate_id']}/revoke"
    credential, before = await bits(out)
    assert credential["id"] == "https://certs.example/certificates/status/2020-1"
    assert (len(before) * 8, sum(before)) == (131_072, 0)
    mine = await out.post(revoke, {"reason": "Not mine to revoke."}, WHO)
    assert mine.status_code == 403
    assert (await out.post(revoke, {"reason": " "})).status_code == 422
    words = "Zoe told us on the phone."
    answer = await out.post(revoke, {"reason": words})
    assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
    again = await out.post(revoke, {"reason": "Another reason."})
    assert again.json()["reason"] == "issued-in-error"
    [event] = await out.said("certificate.revoked")
    assert (event["certificate_id"], event["reason"]) == (
        found["certificate_id"],
        "issued-in-error",
    )
    [audit] = await out.rows("SELECT by, act, why FROM audit")
    assert audit == {"by": "operator", "act": "certificate.revoked", "why": "issued-in-error"}
    code = found["verify_url"].rpartition("/")[2]
    said = (await out.client().get(f"/certificates/verify/{code}")).json()
    assert (said["status"], said["reason"]) == ("revoked", "It was issued in error")
    call = f"/certificates/v1/registrations/{found['registration_id']}"
    staffs, own = await out.http.get(call), await out.learner(WHO).get(call)
    [shown] = [c for c in staffs.json()["certificates"] if c["status"] == "revoked"]
    assert (shown["reason"], shown["words"]) == ("issued-in-error", words)
    assert (own.status_code, words in own.text, '"words"' in own.text) == (200, False, False)
    assert words not in str(await out.said())
    _, after = await bits(out)
    [row] = await out.rows("SELECT status_index FROM certificates WHERE status = 'revoked'")
    index = row["status_index"]
    assert after[index // 8] == 0x80 >> index % 8
    assert sum(byte.bit_count() for byte in after) == 1
    # It is not made again by itself, whatever arrives.
    await out.hears(*attended(WHO))
    await out.rests()
    assert len(await out.said("certificate.issued")) == 2


async def test_a_corrected_name_supersedes_and_both_verify(out):
    old = await nbcc(out)
    supersede = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    body = {"reason": "The name was corrected.", "name": "Žaneta Łuczyńska"}
    answer = await out.post(supersede, body)
    assert (answer.status_code, answer.json()["status"]) == (202, "preparing")
    assert (await nbcc(out))["certificate_id"] == old["certificate_id"], "holds until it is stored"
    await out.rests()
    new = await nbcc(out)
    assert new["certificate_id"] == answer.json()["certificate_id"]
    assert (new["status"], new["credits"], new["supersedes"]) == (
        "valid",
        8.0,
        old["certificate_id"],
    )
    [event] = await out.said("certificate.superseded")
    assert (event["superseded_by"], event["reason"]) == (
        new["certificate_id"],
        "name-corrected",
    )
    [audit] = await out.rows("SELECT by, act, about, why FROM audit")
    assert audit == {
        "by": "operator",
        "act": "certificate.superseded",
        "about": old["certificate_id"],
        "why": "name-corrected",
    }
    said = (
        await out.client().get(path(old["verify_url"]).replace("/v", "/certificates/v", 1))
    ).json()
    assert (said["status"], said["superseded_by"]) == ("superseded", new["verify_url"])
    page = (await out.http.get(path(new["pdf"]).replace(".pdf", ".json"))).json()["page"]
    assert page["name"] == "Žaneta Łuczyńska"
    assert page["supersedes"] == f"Supersedes certificate {old['number']}."
    again = await out.post(supersede, {"reason": "Once more."})
    assert again.json()["type"] == "/problems/already-superseded"


async def test_staff_settle_a_certificate_in_question_by_superseding_it(out):
    old = await nbcc(out)
    await out.hears(settled(WHO, "s3", 0, version=2))
    [task] = await out.said("task.opened")
    assert task["kind"] == "certificate-in-question"
    supersede = f"/certificates/v1/certificates/{old['certificate_id']}/supersede"
    await out.post(supersede, {"reason": "Session 3 was not attended after all."})
    await out.rests()
    new = await nbcc(out)
    assert (new["status"], new["credits"]) == ("valid", 6.0)
    assert (await out.granted())[about(WHO)["registration_id"], "NBCC"] == "6.0"
    assert await out.said("task.closed") == [], "the other board's certificate is in question still"
    [state] = [c for c in (await out.shown(WHO))["certificates"] if c["board"] == "STATE"]
    revoke = f"/certificates/v1/certificates/{state['certificate_id']}/revoke"
    await out.post(revoke, {"reason": "Session 3 was not attended after all."})
    [closed] = await out.said("task.closed")
    assert closed["task_id"] == task["task_id"]
    assert (await out.granted())[about(WHO)["registration_id"], "STATE"] == "0"
    shown = (await out.shown(WHO))["certificates"]
    assert [(c["board"], c["status"], c["credits"]) for c in shown] == [
        ("NBCC", "superseded", 8.0),
        ("NBCC", "valid", 6.0),
        ("STATE", "revoked", 8.0),
    ]


async def test_superseding_a_revoked_one_issues_again(out):
    old = await nbcc(out)
    call = f"/certificates/v1/certificates/{old['certificate_id']}"
    await out.post(f"{call}/revoke", {"reason": "Issued in error."})
    await out.post(f"{call}/supersede", {"reason": "It was right after all."})
    await out.rests()
    statuses = [c["status"] for c in (await out.shown(WHO))["certificates"] if c["board"] == "NBCC"]
    assert statuses == ["revoked", "valid"]
    assert await out.said("certificate.superseded") == []


async def test_an_erased_holders_certificate_still_verifies_without_the_name(out):
    found = await nbcc(out)
    await out.forgets(WHO)
    said = (
        await out.client().post("/certificates/verify", json={"sha256": found["sha256"]})
    ).json()
    assert (said["status"], said["holder_erased"]) == ("valid", True)
    assert (await out.http.get(path(found["pdf"]))).status_code == 410
    for table in ("documents", "document_files"):
        assert await out.rows(f"SELECT * FROM {table}") == []
    dump = str(await out.rows("SELECT * FROM people")) + str(await out.rows("SELECT * FROM due"))
    assert "Łuczyńska" not in dump
    supersede = f"/certificates/v1/certificates/{found['certificate_id']}/supersede"
    gone = await out.post(supersede, {"reason": "Name."})
    assert gone.json()["type"] == "/problems/holder-erased"
    await out.hears(*attended(WHO))
    await out.rests()
    assert len(await out.said("certificate.issued")) == 2


async def test_erasing_takes_staffs_words_and_staff_can_still_settle_what_is_in_question(out):
    old = await nbcc(out)
    await out.hears(settled(WHO, "s3", 0, version=2))
    [task] = await out.said("task.opened")
    call = "/certificates/v1/certificates/{}/revoke"
    words = f"{WHO} was away."
    await out.post(call.format(old["certificate_id"]), {"reason": words})
    assert [
        r["words"] for r in await out.rows("SELECT words FROM certificates ORDER BY words")
    ] == [
        "",
        words,
    ]
    await out.forgets(WHO)
    assert await out.rows("SELECT * FROM certificates WHERE words <> ''") == []
    assert words not in str(await out.rows("SELECT * FROM audit"))
    assert await out.said("task.closed") == []
    [state] = await out.rows("SELECT certificate_id FROM certificates WHERE board = 'STATE'")
    await out.post(call.format(state["certificate_id"]), {"reason": "Not attended."})
    [closed] = await out.said("task.closed")
    assert closed["task_id"] == task["task_id"]


async def test_a_status_list_is_signed_anew_after_five_minutes_or_once_a_certificate_ends(out):
    call = "/certificates/status/2020-1"
    first = (await out.client().get(call)).text
    out.clock.time += timedelta(seconds=299)
    assert (await out.client().get(call)).text == first
    out.clock.time += timedelta(seconds=1)
    second = (await out.client().get(call)).text
    assert second != first
    found = await nbcc(out)
    revoke = f"/certificates/v1/certificates/{found['certificate_id']}/revoke"
    await out.post(revoke, {"reason": "Issued in error."})
    assert sum(byte.bit_count() for byte in (await bits(out))[1]) == 1
    assert (await out.client().get(call)).text != second


async def test_however_many_lists_are_asked_for_few_are_kept(out):
    for number in range(1, 103):
        assert (await out.client().get(f"/certificates/status/2020-{number}")).status_code == 200
    assert len(out.service.app.state.status_lists) <= 100


async def test_the_evaluation_keeps_answers_without_the_person_and_closes_after_30_days(world):
    await world.hears(course(), person(WHO, "counselor", NJ), *registered(WHO))
    call = f"/certificates/v1/registrations/{about(WHO)['registration_id']}/evaluation"
    wrong = await world.post(call, {"answers": {"objective-1": 6, "comment": ["x"]}}, WHO)
    assert wrong.status_code == 422
    wrong = await world.post(call, {"answers": {"objective-1": 6}}, WHO)
    assert wrong.json()["errors"] == [
        {"pointer": "/answers/objective-1", "detail": "A number from 1 to 5."}
    ]
    for junk in ({"x": None}, {"x": 5}):
        empty = await world.post(call, {"answers": junk}, WHO)
        assert empty.json()["errors"] == [
            {"pointer": "/answers/objective-1", "detail": "This needs an answer."}
        ]
    # The first session begins 2020-10-19 20:00Z.
    world.clock.time = datetime(2020, 10, 19, 19, 59, 59, tzinfo=UTC)
    early = await world.post(call, {"answers": {"objective-1": 5}}, WHO)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/evaluation-not-open")
    # The last session ends 2020-11-09 23:00Z.
    world.clock.time = datetime(2020, 12, 9, 23, 0, 1, tzinfo=UTC)
    late = await world.post(call, {"answers": {"objective-1": 5}}, WHO)
    assert late.json()["type"] == "/problems/evaluation-closed"
    world.clock.time = datetime(2020, 12, 9, 23, 0, 0, tzinfo=UTC)
    assert (await world.post(call, {"answers": {"objective-1": 5}}, WHO)).status_code == 201
    [row] = await world.rows("SELECT * FROM evaluations")
    assert list(row["answers"]) == ["sealed"], "alone, nobody reads it"
    ids = set(about(WHO).values()) - {row["course_id"]}
    assert not any(one in str(row) for one in ids)
    [event] = await world.said("evaluation.submitted")
    assert "answers" not in event


async def test_tokens_and_keys_are_asked_for(world):
    registration_id = about(WHO)["registration_id"]
    call = f"/certificates/v1/registrations/{registration_id}"
    assert (await world.client().get(call)).status_code == 401
    early = await world.learner(WHO).get(call)
    assert (early.status_code, early.headers["retry-after"]) == (425, "2")
    assert (await world.http.get(call)).status_code == 404
    await world.hears(*attended(WHO))
    assert (await world.learner(WHO).get(call)).status_code == 425, "only a stub so far"
    await world.hears(*registered(WHO))
    assert (await world.learner(WHO).get(call)).status_code == 200
    bare = await world.learner(WHO).post(f"{call}/evaluation", json={"answers": {"a": 1}})
    assert bare.json()["type"] == "/problems/idempotency-key-required"


async def test_links_made_anew_kill_the_older_ones_and_an_old_asking_revives_none(world):
    call = f"/certificates/v1/registrations/{about(WHO)['registration_id']}"
    await world.hears(*registered(WHO), link_requested(WHO, 2), link_requested(WHO, 1))
    for version, status in ((1, 401), (2, 200), (3, 425)):
        assert (await world.learner(WHO, version).get(call)).status_code == status


async def test_a_roster_names_the_licence_for_which_the_board_gives_the_credit(out):
    both = "Cy Stone"
    psychologist, counselor = ("psychologist", "IL", "PSY-1"), ("counselor", "NJ", "LPC-2")
    await out.hears(person(both, "counselor", psychologist, counselor), *registered(both))
    await out.hears(*attended(both))
    await out.evaluates(both)
    await out.rests()
    answer = await out.http.get(f"/certificates/v1/courses/{about(both)['course_id']}/roster")
    lines = [r for r in csv.reader(answer.text.splitlines()) if r[3] == both]
    assert {(r[0], r[4], r[5], r[6]) for r in lines} == {
        ("APA", "psychologist", "IL", "PSY-1"),
        ("NBCC", "counselor", "NJ", "LPC-2"),
        ("STATE", "counselor", "NJ", "LPC-2"),
    }


async def test_a_roster_lists_who_was_issued_what_and_is_no_formula(out):
    bad = "=cmd|' /C calc'!A0"
    await out.hears(person(bad, "nurse"), *registered(bad), *attended(bad))
    await out.evaluates(bad)
    await out.rests()
    call = f"/certificates/v1/courses/{about(WHO)['course_id']}/roster"
    answer = await out.http.get(call)
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(answer.text.splitlines()))
    assert [(r[0], r[2], r[3], r[5], r[6], r[7], r[8], r[9]) for r in lines[1:]] == [
        ("ANCC", "valid", f"'{bad}", "", "", "8.0", "contact hours", "2020-11-09"),
        ("NBCC", "valid", WHO, "NJ", "37PC00000000", "8.0", "clock hours", "2020-11-09"),
        ("STATE", "valid", WHO, "NJ", "37PC00000000", "8.0", "contact hours", "2020-11-09"),
    ]
    one = await out.http.get(call, params={"board": "NBCC"})
    assert len(one.text.splitlines()) == 2
    assert (await out.http.get(call, params={"format": "xls"})).status_code == 422
    assert (await out.learner(WHO).get(call)).status_code == 403
    assert (await out.http.get("/certificates/v1/courses/none/roster")).status_code == 404
