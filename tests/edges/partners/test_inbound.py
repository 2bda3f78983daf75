"""Partners and what they send in: one answer a line, once by the partner's own id."""

import json

import pytest

from shared.contracts.partners import PartnerAttendanceReported, PartnerRegistrationSubmitted
from shared.runtime.tokens import digest_of
from tests.edges.partners.conftest import audited, client, said

ATTENDEE = {"name": "Ada Example", "email": "ada@learners.example", "profession": "psychologist"}
LICENSE = ("profession", "state", "number")
REGISTRATION = {
    "id": "cohort-7/31",
    "type": "registration",
    "course_id": "course-a",
    "attendee": ATTENDEE,
    "disclosure_version": "2020-09-01",
}
ATTENDANCE = {
    "id": "seat-1",
    "type": "attendance",
    "course_id": "course-a",
    "session_id": "s1",
    "registration_id": "r-1",
    "joined_at": "2020-10-19T20:00:00Z",
    "left_at": "2020-10-19T22:00:00Z",
}


async def describe(operator, partner_id="ibh", courses=("course-a",), name="Institute"):
    return await operator.put(
        f"/partners/v1/partners/{partner_id}",
        json={"name": name, "courses": list(courses), "types": ["certificate.issued.v1"]},
    )


@pytest.fixture
async def institute(operator, partners):
    """A client with the institute's own key, which this service has heard of."""
    made = (await describe(operator)).json()
    async with partners.api_db.acquire() as con:
        await con.execute(
            "INSERT INTO api_keys (key_id, hash, scopes, version, revoked) "
            "VALUES ($1, $2, $3, 1, false)",
            made["key_id"],
            digest_of(made["key"]),
            ["partner:ibh"],
        )
        await con.execute("DELETE FROM outbox")
    async with client(partners, made["key"]) as own:
        yield own


async def send(own, *items, key="send", **more):
    return await own.post(
        "/partners/v1/inbound",
        json={"items": list(items), **more},
        headers={"Idempotency-Key": key},
    )


async def test_a_partner_is_created_with_a_key_and_then_changed_without(operator, partners):
    first = await describe(operator)
    assert first.status_code == 201
    assert first.json()["key"].startswith("hf_live_")
    second = await describe(operator, courses=("course-a", "course-b"))
    assert second.status_code == 200
    assert "key" not in second.json()
    assert second.json()["courses"] == ["course-a", "course-b"]
    assert second.json()["version"] == 2
    same = await describe(operator, courses=("course-a", "course-b"))
    assert same.json()["version"] == 2
    assert await audited(partners) == [
        ("operator", "partner.described", "ibh 1"),
        ("operator", "key.issued", first.json()["key_id"]),
        ("operator", "partner.described", "ibh 2"),
    ]
    [(type_, event)] = await said(partners)
    assert (type_, event["scopes"], event["partner_id"]) == (
        "key.issued.v1",
        ["partner:ibh"],
        "ibh",
    )
    assert (await describe(operator, "No Such Name")).status_code == 422


async def test_lines_become_events_of_the_partner(institute, partners):
    answer = await send(institute, REGISTRATION, ATTENDANCE)
    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"id": "cohort-7/31", "status": "accepted"},
            {"id": "seat-1", "status": "accepted"},
        ]
    }
    [(first, submitted), (second, reported)] = await said(partners)
    assert first == PartnerRegistrationSubmitted.type
    assert submitted["partner_id"] == "ibh"
    assert submitted["item_id"] == "cohort-7/31"
    assert submitted["attendee"]["name"] == "Ada Example"
    assert submitted["disclosure_version"] == "2020-09-01"
    assert second == PartnerAttendanceReported.type
    assert (reported["registration_id"], reported["left_at"]) == ("r-1", "2020-10-19T22:00:00Z")


async def test_what_was_sent_before_is_a_duplicate_under_any_request(institute, partners):
    await send(institute, REGISTRATION)
    again = await send(institute, REGISTRATION, {**REGISTRATION, "id": "new"}, key="other")
    assert [r["status"] for r in again.json()["results"]] == ["duplicate", "accepted"]
    changed = {**REGISTRATION, "attendee": {**ATTENDEE, "name": "Someone Else"}}
    [line] = (await send(institute, changed, key="third")).json()["results"]
    assert line["status"] == "duplicate"
    assert "first one" in line["detail"]
    assert len(await said(partners)) == 2


async def test_the_same_line_twice_in_one_request_counts_once(institute, partners):
    answer = await send(institute, ATTENDANCE, ATTENDANCE)
    assert [r["status"] for r in answer.json()["results"]] == ["accepted", "duplicate"]
    assert len(await said(partners)) == 1


async def test_each_bad_line_is_refused_with_its_reason_and_spoils_no_other(institute, partners):
    bad = [
        {**REGISTRATION, "id": "elsewhere", "course_id": "course-z"},
        {**REGISTRATION, "id": "kind", "type": "payment"},
        {**REGISTRATION, "id": "nameless", "attendee": {"email": "a@b.example"}},
        {**REGISTRATION, "id": 7},
        {**REGISTRATION, "id": "ada@learners.example"},
        {**ATTENDANCE, "id": "backwards", "left_at": "2020-10-19T19:00:00Z"},
        {**ATTENDANCE, "id": "whose", "registration_id": None},
        {**ATTENDANCE, "id": "when", "joined_at": "yesterday"},
        {**ATTENDANCE, "id": "zone", "joined_at": "2020-10-19T20:00:00"},
    ]
    results = (await send(institute, *bad, REGISTRATION)).json()["results"]
    assert [r["status"] for r in results] == ["refused"] * 9 + ["accepted"]
    details = {str(r["id"]): r["detail"] for r in results[:-1]}
    assert "not one of your courses" in details["elsewhere"]
    assert details["kind"].startswith("type:")
    assert details["nameless"] == "attendee/name: Field required."
    assert details["7"].startswith("id:")
    assert "address" in details["ada@learners.example"]
    assert details["backwards"].startswith("left_at:")
    assert details["whose"].startswith("registration_id:")
    assert details["when"].startswith("joined_at:")
    assert details["zone"].startswith("joined_at:")
    pointers = {str(r["id"]): r["pointer"] for r in results[:-1]}
    assert pointers == {
        "elsewhere": "/course_id",
        "kind": "/type",
        "nameless": "/attendee/name",
        "7": "/id",
        "ada@learners.example": "/id",
        "backwards": "/left_at",
        "whose": "/registration_id",
        "when": "/joined_at",
        "zone": "/joined_at",
    }
    assert len(await said(partners)) == 1


async def test_all_that_is_wrong_with_a_line_s_shape_is_told_at_once(institute):
    bad = {**REGISTRATION, "attendee": {"name": 7, "licenses": [{"state": 1}]}}
    [line] = (await send(institute, bad)).json()["results"]
    where = [one["pointer"] for one in line["errors"]]
    assert where == ["/attendee/name", "/attendee/email", "/attendee/licenses/0/state"]
    assert line["pointer"] == "/attendee/name"
    assert "attendee/licenses/0/state: " in line["detail"]


async def send_raw(own, *items):
    """As JSON can say it: also what no text can hold."""
    return await own.post(
        "/partners/v1/inbound",
        content=json.dumps({"items": list(items)}),
        headers={"Idempotency-Key": "raw", "Content-Type": "application/json"},
    )


@pytest.mark.parametrize(
    ("bad", "shown", "detail"),
    [
        ({"id": "half\ud800"}, "half\\ud800", "id: no blanks"),
        ({"id": {"name": "Ada Example\ud800"}}, None, "id: give your own id"),
        ({"id": "name", "attendee": {**ATTENDEE, "name": "A\ud800"}}, "name", "attendee/name:"),
        ({"id": "nul", "attendee": {**ATTENDEE, "name": "A\x00"}}, "nul", "attendee/name:"),
        (
            {"id": "many", "attendee": {**ATTENDEE, "licenses": [{"state": "CA"}] * 15_000}},
            "many",
            "attendee/licenses: at most 50.",
        ),
        (
            {
                "id": "long",
                "attendee": {**ATTENDEE, "licenses": [dict.fromkeys(LICENSE, "李" * 2000)] * 50},
            },
            "long",
            "It is too large for one line.",
        ),
    ],
)
async def test_no_line_can_keep_the_others_from_being_taken(
    institute, partners, bad, shown, detail
):
    answer = await send_raw(institute, REGISTRATION, REGISTRATION | bad, ATTENDANCE)
    assert answer.status_code == 200, answer.text
    first, refused, last = answer.json()["results"]
    assert (first["status"], last["status"]) == ("accepted", "accepted")
    assert (refused["id"], refused["status"]) == (shown, "refused")
    assert refused["detail"].startswith(detail)
    assert len(await said(partners)) == 2


async def test_nobody_has_attended_what_is_still_to_come(institute, partners):
    answer = await send(institute, {**ATTENDANCE, "left_at": "9999-10-19T22:00:00Z"})
    assert answer.json()["results"] == [
        {
            "id": "seat-1",
            "status": "refused",
            "detail": "left_at: it is in the future.",
            "pointer": "/left_at",
            "errors": [{"pointer": "/left_at", "detail": "it is in the future."}],
        }
    ]
    assert await said(partners) == []


async def test_a_refused_line_may_be_sent_again_once_it_is_mended(institute):
    broken = {**REGISTRATION, "attendee": {"email": "a@b.example"}}
    [first] = (await send(institute, broken)).json()["results"]
    [second] = (await send(institute, REGISTRATION, key="mended")).json()["results"]
    assert (first["status"], second["status"]) == ("refused", "accepted")


async def test_a_partner_speaks_for_itself_only(institute, operator):
    other = await send(institute, REGISTRATION, partner_id="praxis")
    assert (other.status_code, other.json()["type"]) == (403, "/problems/partner-another")
    assert (await institute.get("/partners/v1/partners/ibh")).status_code == 200
    assert (await institute.get("/partners/v1/partners/praxis")).status_code == 403
    assert (await institute.get("/partners/v1/partners")).status_code == 403
    named = await send(operator, REGISTRATION, partner_id="ibh", key="op")
    assert named.json()["results"][0]["status"] == "accepted"
    unnamed = await send(operator, REGISTRATION, key="op2")
    assert unnamed.status_code == 422


async def test_more_than_500_lines_are_too_many(institute, partners):
    answer = await send(institute, *({**REGISTRATION, "id": str(n)} for n in range(501)))
    assert answer.status_code == 422
    most = await send(institute, *({**REGISTRATION, "id": str(n)} for n in range(500)), key="most")
    assert {r["status"] for r in most.json()["results"]} == {"accepted"}
    assert len(await said(partners)) == 500


async def test_prerequisites_are_shown_by_number_and_never_by_a_secret_link(institute, partners):
    link = "2.ucgoAAFweehCPAAAAAACwAQ.c2VjcmV0LXNlY3JldC1zZWNyZXQ"
    shown = [["2020-QELS-ARCG-G555", "2020 aaaa bbbb ccc9"], [link], "2020", ["x"] * 21]
    lines = [
        REGISTRATION | {"id": f"line-{n}", "prerequisites": each} for n, each in enumerate(shown)
    ]
    answers = (await send(institute, *lines)).json()["results"]
    assert [line["status"] for line in answers] == ["accepted", "refused", "refused", "refused"]
    assert answers[1]["detail"].startswith("prerequisites/0:")
    assert "secret" not in str(answers)
    [(type_, event)] = await said(partners)
    assert type_ == PartnerRegistrationSubmitted.type
    assert event["prerequisites"] == ["2020-QELS-ARCG-G555", "2020 aaaa bbbb ccc9"]
