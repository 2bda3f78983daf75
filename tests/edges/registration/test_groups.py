"""Groups: up to 500 in one order, each line answered by itself, all or nothing where asked for."""

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest

from services.registration.api.group_answers import GroupAnswer
from shared.contracts.partners import KeyIssued
from shared.runtime.failpoint import Point
from shared.runtime.tokens import PERSONAL, check, digest_of
from tests.edges.registration.conftest import SECRET, Stage, application, service_on
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_merging import merge, two
from tests.stage import killed_at

ADA, BEA, CLEO = "Ada Lovelace", "Bea Bates", "Cleo Clark"
PARTNER = "hf_test_partner-of-the-tests"
PATH = "/courses/attachment/registrations:batch"


def lines(*names: str) -> list[dict[str, Any]]:
    """As for one, without saying how each is paid."""
    return [{k: v for k, v in application(name).items() if k != "payment"} for name in names]


async def order(
    stage: Stage,
    registrations: list[Any],
    *,
    client: httpx.AsyncClient | None = None,
    key: str | None = None,
    path: str = PATH,
    **more: Any,
) -> httpx.Response:
    body = {"organisation": "Clinic of Example", "registrations": registrations} | more
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": "application/json"}
    return await (client or stage.operator).post(path, content=json.dumps(body), headers=headers)


async def ordered(stage: Stage, *names: str, **more: Any) -> list[dict[str, Any]]:
    answer = await order(stage, lines(*names), **more)
    assert answer.status_code == 200, answer.text
    fits(GroupAnswer, answer.json())
    return answer.json()["results"]


async def partner_key(stage: Stage, partner: str) -> httpx.AsyncClient:
    about = {"key_id": partner, "hash": digest_of(PARTNER), "scopes": [f"partner:{partner}"]}
    await stage.hears(KeyIssued.model_validate(KeyIssued.example | about))
    return stage.client(PARTNER)


async def test_everybody_of_a_group_is_confirmed_on_one_invoice_of_the_organisation(stage: Stage):
    await stage.publish()
    answer = await order(stage, lines(ADA, BEA))
    body = answer.json()
    assert [(each["index"], each["status"]) for each in body["results"]] == [
        (0, "accepted"),
        (1, "accepted"),
    ]
    assert {each["price"]["amount"] for each in body["results"]} == {19900}
    for each in body["results"]:
        assert check(SECRET, PERSONAL, each["token"]) == (each["registration_id"], 1)
        assert await stage.said_of(each["registration_id"]) == ["requested", "confirmed"]
        assert (await stage.shown(each["registration_id"]))["organisation"] == "Clinic of Example"
    requested = await stage.said("registration.requested")
    assert {(r["group_id"], r["group_size"]) for r in requested} == {(body["group_id"], 2)}
    assert {r["payment_method"] for r in requested} == {"invoice"}
    assert {r["organisation"] for r in requested} == {"Clinic of Example"}
    assert (await stage.seats())["sold"] == 2
    [audit] = await stage.audited("group.registered")
    assert audit["about"] == f"attachment {body['group_id']}"


async def test_a_group_that_pays_by_card_holds_its_seats(stage: Stage):
    await stage.publish()
    results = await ordered(stage, ADA, BEA, payment={"method": "card"})
    assert {each["hold_expires_at"] for each in results} == {"2020-09-01T13:30:00Z"}
    assert (await stage.seats())["held"] == 2
    await stage.go_to("2020-09-01T13:30:00Z")
    assert (await stage.seats())["held"] == 0


async def test_a_group_is_paid_in_one_way(stage: Stage):
    await stage.publish()
    first, second = lines(ADA, BEA)
    by_card = first | {"payment": {"method": "card"}}
    by_invoice = second | {"payment": {"method": "invoice"}}
    results = (await order(stage, [by_card, by_invoice])).json()["results"]
    assert [each["status"] for each in results] == ["accepted", "refused"]
    [wrong] = results[1]["problem"]["errors"]
    assert wrong["pointer"] == "/registrations/1/payment/method"
    assert (await stage.seats())["held"] == 1


async def test_a_bad_line_spoils_no_other_and_says_where_it_is_wrong(stage: Stage):
    await stage.publish()
    good = lines(ADA)[0]
    outdated = lines(BEA)[0] | {"disclosure_version": "2019-01-01"}
    no_mail = lines(CLEO)[0] | {"attendee": {"name": "Cleo", "email": "nowhere"}}
    junk: list[Any] = [None, 7, "x", [], {}, {"attendee": {"name": ["a"]}}]
    surrogate = good | {"attendee": {"name": "a\ud800", "email": "a@b.example"}}
    answer = await order(stage, [outdated, good, no_mail, *junk, surrogate])
    fits(GroupAnswer, answer.json())
    results = answer.json()["results"]
    assert [each["status"] for each in results] == ["refused", "accepted", *["refused"] * 8]
    assert results[0]["problem"]["type"] == "/problems/disclosure-outdated"
    assert results[0]["problem"]["status"] == 409
    assert results[0]["problem"]["current"] == "2020-09-01"
    assert results[2]["problem"]["status"] == 422
    assert results[2]["problem"]["errors"][0]["pointer"] == "/registrations/2/attendee/email"
    for place, each in enumerate(results[3:], 3):
        assert each["problem"]["status"] == 422
        pointers = [error["pointer"] for error in each["problem"]["errors"]]
        assert pointers
        assert all(pointer.startswith(f"/registrations/{place}") for pointer in pointers)
    assert (await stage.seats())["sold"] == 1
    [requested] = await stage.said("registration.requested")
    assert requested["group_size"] == 1


async def test_all_or_nothing_reports_every_fault_and_writes_nothing(stage: Stage):
    await stage.publish()
    before = await stage.seats()
    wrong = {"attendee": {"name": "", "email": "nowhere"}}
    outdated = lines(BEA)[0] | {"disclosure_version": "2019-01-01"}
    answer = await order(stage, [lines(ADA)[0], wrong, outdated], all_or_nothing=True)
    fits(GroupAnswer, answer.json())
    assert answer.json()["group_id"] is None
    fine, first, second = answer.json()["results"]
    assert fine["problem"]["type"] == "/problems/group-refused"
    assert "Nothing is wrong with this line" in fine["problem"]["detail"]
    assert [each["pointer"] for each in first["problem"]["errors"]] == [
        "/registrations/1/attendee/name",
        "/registrations/1/attendee/email",
    ]
    assert second["problem"]["type"] == "/problems/disclosure-outdated"
    assert await stage.seats() == before
    for table in ("registrations", "people", "history"):
        assert await stage.count(table) == 0
    assert await stage.said("registration.requested", "person.recorded") == []
    assert await stage.audited("group.registered") == []


async def test_all_or_nothing_waits_for_no_seat(stage: Stage):
    await stage.publish(capacity=2)
    await stage.register("Zoe")
    results = await ordered(stage, ADA, BEA, all_or_nothing=True)
    assert {each["problem"]["type"] for each in results} == {"/problems/course-full"}
    assert "1 seats are free for 2 people" in results[0]["problem"]["detail"]
    assert await stage.count("registrations") == 1
    taken = await ordered(stage, ADA, all_or_nothing=True)
    assert taken[0]["status"] == "accepted"


async def test_who_gets_no_seat_waits_in_the_order_of_the_lines(stage: Stage):
    await stage.publish(capacity=2)
    await stage.register("Zoe")
    results = await ordered(stage, ADA, BEA, CLEO)
    assert [(each["status"], each.get("position")) for each in results] == [
        ("accepted", None),
        ("waitlisted", 1),
        ("waitlisted", 2),
    ]
    requested = (await stage.said("registration.requested"))[1:]
    assert [r["group_size"] for r in requested] == [1]
    assert await stage.seats() == {
        "capacity": 2, "sold": 1, "held": 1, "offered": 0, "waiting": 2,
    }  # fmt: skip


async def test_who_waited_and_accepts_is_invoiced_alone(stage: Stage):
    await stage.publish(capacity=1)
    first, second = await ordered(stage, ADA, BEA)
    await stage.act(stage.operator, first["registration_id"], "cancel")
    waiting = second["registration_id"]
    accept = {"disclosure_version": "2020-09-01", "payment": {"method": "invoice"}}
    accepted = await stage.act(stage.holder(waiting), waiting, "accept-offer", accept)
    assert accepted.json()["status"] == "confirmed"
    requested = (await stage.said("registration.requested"))[-1]
    assert requested["registration_id"] == waiting
    assert (requested["group_id"], requested["group_size"]) == (None, None)
    assert requested["organisation"] == "Clinic of Example"


async def test_the_same_person_twice_is_one_registration(stage: Stage):
    await stage.publish()
    again = lines(ADA)[0]
    again["attendee"] = again["attendee"] | {
        "name": "ada  LOVELACE",
        "email": "ADA@learners.example",
    }
    results = (await order(stage, [*lines(ADA, BEA), again])).json()["results"]
    assert [each["status"] for each in results] == ["accepted", "accepted", "existing"]
    assert results[2]["registration_id"] == results[0]["registration_id"]
    assert "token" not in results[2]
    assert {r["group_size"] for r in await stage.said("registration.requested")} == {2}


async def test_a_twin_of_a_line_that_was_refused_is_judged_by_itself(stage: Stage):
    await stage.publish()
    outdated = lines(ADA)[0] | {"disclosure_version": "2019-01-01"}
    results = (await order(stage, [outdated, *lines(ADA, ADA)])).json()["results"]
    assert [each["status"] for each in results] == ["refused", "accepted", "existing"]


async def test_who_is_registered_already_is_left_as_they_are(stage: Stage):
    await stage.publish(capacity=1)
    known = (await stage.register(ADA)).json()["registration_id"]
    waiting = (await stage.register(BEA)).json()["registration_id"]
    before = await stage.told()
    results = await ordered(stage, ADA, BEA)
    assert results == [
        {"index": 0, "status": "existing", "registration_id": known},
        {"index": 1, "status": "existing", "registration_id": waiting, "position": 1},
    ]
    assert await stage.told() == before


async def test_the_same_key_repeats_the_answer_and_another_changes_nobody(stage: Stage):
    await stage.publish()
    first = await order(stage, lines(ADA, BEA), key="the order")
    again = await order(stage, lines(ADA, BEA), key="the order")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    anew = await order(stage, lines(ADA, BEA))
    assert [each["status"] for each in anew.json()["results"]] == ["existing", "existing"]
    other = await order(stage, lines(CLEO), key="the order")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert (await stage.seats())["sold"] == 2


async def test_five_hundred_are_taken_and_one_more_is_too_many(stage: Stage):
    await stage.publish(capacity=1000)
    many = lines(*[f"P{number} Example" for number in range(501)])
    refused = await order(stage, many)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/registrations"
    answer = await order(stage, many[:500])  # the database ends what idles for two seconds
    assert {each["status"] for each in answer.json()["results"]} == {"accepted"}
    assert (await stage.seats())["sold"] == 500
    assert len(await stage.said("registration.requested")) == 500


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"registrations": []}', 422),
        (b'{"registrations": {}}', 422),
        (b'{"organisation": "Clinic"}', 422),
        (b'{"organisation": {}, "registrations": [{}]}', 422),
        (b'{"organisation": "%s", "registrations": [{}]}' % (b"C" * 201), 422),
        (b'{"payment": {"method": "gold"}, "registrations": [{}]}', 422),
    ],
)
async def test_what_is_no_order_is_refused_as_a_whole(stage: Stage, content: bytes, status: int):
    await stage.publish()
    headers = {"Idempotency-Key": "junk", "Content-Type": "application/json"}
    answer = await stage.operator.post(PATH, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_key_of_idempotency_or_a_course_it_is_refused(stage: Stage):
    await stage.publish()
    body = {"registrations": lines(ADA)}
    assert (await stage.operator.post(PATH, json=body)).status_code == 400
    nowhere = await order(stage, lines(ADA), path="/courses/nowhere/registrations:batch")
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "/problems/course-unknown")


async def test_after_the_window_nobody_is_registered(stage: Stage):
    await stage.publish()
    stage.clock.time = stage.clock.time.replace(year=2021)
    [refused] = await ordered(stage, ADA)
    assert refused["problem"]["type"] == "/problems/registration-closed"


async def test_a_partner_registers_groups_for_the_courses_it_sponsors_and_no_others(stage: Stage):
    sponsor = {"name": "Institute for Better Health, Inc", "partner_id": "ibh"}
    await stage.publish(joint_sponsor=sponsor)
    await stage.publish("other")
    partner = await partner_key(stage, "ibh")
    answer = await order(stage, lines(ADA), client=partner)
    [line] = answer.json()["results"]
    assert line["status"] == "accepted"
    assert "token" not in line
    assert (await stage.said("registration.requested"))[0]["payment_method"] == "invoice"
    refused = await order(
        stage, lines(ADA), client=partner, path="/courses/other/registrations:batch"
    )
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/course-of-another")


async def test_the_public_a_learner_and_another_partner_are_refused(stage: Stage):
    await stage.publish(joint_sponsor={"name": "IBH", "partner_id": "ibh"})
    known = (await stage.register()).json()["registration_id"]
    other = await partner_key(stage, "another")
    for client, status in ((stage.public, 401), (stage.holder(known), 403), (other, 403)):
        assert (await order(stage, lines(BEA), client=client)).status_code == status
    assert await stage.count("registrations") == 1


async def test_two_orders_for_the_last_seats_give_each_seat_once(stage: Stage):
    await stage.publish(capacity=3)
    names = [[f"{letter}{n} Example" for n in range(3)] for letter in "AB"]
    both = await asyncio.gather(*[ordered(stage, *each) for each in names])
    found = [line["status"] for results in both for line in results]
    assert sorted(found) == ["accepted"] * 3 + ["waitlisted"] * 3
    assert await stage.seats() == {
        "capacity": 3, "sold": 3, "held": 0, "offered": 0, "waiting": 3,
    }  # fmt: skip


async def test_two_orders_that_want_all_or_nothing_do_not_share_what_is_too_little(stage: Stage):
    await stage.publish(capacity=3)
    names = [[f"{letter}{n} Example" for n in range(2)] for letter in "AB"]
    both = await asyncio.gather(*[ordered(stage, *each, all_or_nothing=True) for each in names])
    found = [line["status"] for results in both for line in results]
    assert sorted(found) == ["accepted"] * 2 + ["refused"] * 2
    assert (await stage.seats())["sold"] == 2


async def test_who_staff_say_is_one_person_is_not_registered_twice_by_a_group(stage: Stage):
    _, lovelace, king, survivor = await two(stage)
    await merge(stage, lovelace, survivor)
    results = await ordered(stage, "Ada Lovelace", BEA)
    assert [one["status"] for one in results] == ["existing", "accepted"]
    assert results[0]["registration_id"] == king


@pytest.mark.parametrize(("point", "made"), [("batch.flushed", False), ("batch.committed", True)])
async def test_an_order_whose_process_dies_is_made_once_by_the_repeat(
    stage: Stage, point: Point, made: bool
):
    await stage.publish()
    crashed, anew = [Stage(service_on(stage.db.url, stage.clock)) for _ in range(2)]
    sent = {
        "json": {"registrations": lines(ADA, BEA)},
        "headers": {"Idempotency-Key": "the order"},
    }
    with killed_at(point):
        await crashed.asks("POST", PATH, **sent)
    again = await anew.asks("POST", PATH, **sent)
    assert [one["status"] for one in again.json()["results"]] == ["accepted", "accepted"]
    assert ("Idempotent-Replayed" in again.headers) is made
    assert (await stage.seats())["sold"] == await stage.count("registrations") == 2
    for each in (crashed, anew):
        await each.service.api_db.close()
