"""Registering: a seat held, sold or waited for; what is said, and to whom nothing is given."""

import uuid
from typing import Any

import pytest

from shared.runtime.tokens import PERSONAL, check
from tests.edges.registration.conftest import SECRET, Stage, application
from tests.rules.registration.course import course


async def test_a_card_holds_a_seat_for_half_an_hour(stage: Stage):
    await stage.publish()
    answer = await stage.register()
    assert answer.status_code == 201
    body = answer.json()
    registration_id = body["registration_id"]
    assert body["status"] == "requested"
    assert body["hold_expires_at"] == "2020-09-01T13:30:00Z"
    assert body["price"] == {"amount": 19900, "currency": "USD"}
    assert body["policy"]["version"] == 1
    assert "30.00" in body["policy"]["text"]
    assert body["boards"] == ["NBCC", "NYSED-MHC"]
    assert body["warnings"] == []
    assert check(SECRET, PERSONAL, body["token"]) == (registration_id, 1)
    assert await stage.seats() == {
        "capacity": 500, "sold": 0, "held": 1, "offered": 0, "waiting": 0,
    }  # fmt: skip


async def test_the_person_is_said_alone_and_the_request_without_a_name(stage: Stage):
    await stage.publish()
    registration_id = (await stage.register()).json()["registration_id"]
    _, (person_type, person), (type_, requested) = await stage.spoken()
    assert (person_type, type_) == ("person.recorded.v1", "registration.requested.v1")
    assert person["name"] == "Ada Lovelace"
    assert person["licenses"] == [{"profession": "", "state": "NY", "number": "000123"}]
    assert requested["registration_id"] == registration_id
    assert requested["person_id"] == person["person_id"]
    assert requested["hold_expires_at"] == "2020-09-01T13:30:00Z"
    assert requested["starts_at"] == "2020-10-19T20:00:00Z"
    assert [s["minutes"] for s in requested["schedule"]] == [120, 120, 120, 120]
    assert requested["policy"]["windows"][0]["fee"]["online_course"] == 3000
    assert requested["disclosure"] == {
        "version": "2020-09-01",
        "accepted_at": "2020-09-01T13:00:00Z",
    }
    assert "Ada" not in str(requested)
    assert "learners.example" not in str(requested)


async def test_what_costs_nothing_is_confirmed_at_once(stage: Stage):
    await stage.publish(price={"amount": 0, "currency": "USD"}, refund_policy=None)
    body = (await stage.register(payment={"method": "free"})).json()
    assert body["status"] == "confirmed"
    assert "hold_expires_at" not in body
    assert await stage.said_of(body["registration_id"]) == ["requested", "confirmed"]
    assert (await stage.spoken())[-1][1]["basis"] == "free"
    assert (await stage.seats())["sold"] == 1


async def test_an_invoice_is_an_operator_s_or_a_course_s_to_allow(stage: Stage):
    await stage.publish()
    by_invoice: dict[str, Any] = {
        "payment": {"method": "invoice"},
        "organisation": "Clinic of Example",
    }
    refused = await stage.register(**by_invoice)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/invoice-not-allowed")
    given = (await stage.register(client=stage.operator, **by_invoice)).json()
    assert given["status"] == "confirmed"
    await stage.publish("open", invoice_allowed=True)
    assert (await stage.register(course_id="open", **by_invoice)).json()["status"] == "confirmed"


async def test_a_full_course_gives_places_in_line(stage: Stage):
    await stage.publish(capacity=1)
    await stage.register("Ada")
    second, third = await stage.register("Bea"), await stage.register("Cleo")
    assert [(r.status_code, r.json()["status"]) for r in (second, third)] == [
        (201, "waitlisted"),
        (201, "waitlisted"),
    ]
    assert [second.json()["position"], third.json()["position"]] == [1, 2]
    assert await stage.said_of(third.json()["registration_id"]) == ["waitlisted"]
    assert (await stage.shown(third.json()["registration_id"]))["position"] == 2
    assert (await stage.public.get("/courses/attachment")).json()["seats"] == {
        "capacity": 1,
        "left": 0,
        "waiting": 2,
    }


async def test_the_same_person_gets_their_first_live_registration_but_not_its_token(stage: Stage):
    await stage.publish()
    first = (await stage.register("Ada Lovelace")).json()
    body = application("Ada Lovelace")["attendee"] | {
        "name": "ada  LOVELACE",
        "email": "ADA@Learners.example",
    }
    again = await stage.register(attendee=body)
    assert again.status_code == 200
    assert again.json() == {"registration_id": first["registration_id"], "status": "requested"}
    assert (await stage.seats())["held"] == 1
    assert await stage.said_of(first["registration_id"]) == ["requested", "link_requested"]
    other = await stage.register(attendee=body | {"name": "Ada B. Lovelace"})
    assert other.status_code == 201


async def test_the_same_person_in_line_is_told_their_place(stage: Stage):
    await stage.publish(capacity=1)
    for name in ("Ada", "Bea", "Cleo"):
        await stage.register(name)
    again = await stage.register("Cleo")
    assert (again.status_code, again.json()["position"]) == (200, 2)


async def test_after_a_cancellation_one_may_register_anew(stage: Stage):
    await stage.publish()
    first = (await stage.register()).json()["registration_id"]
    await stage.act(stage.holder(first), first, "cancel")
    second = await stage.register()
    assert second.status_code == 201
    assert second.json()["registration_id"] != first


async def test_the_same_key_and_body_repeat_the_first_answer_token_and_all(stage: Stage):
    await stage.publish()
    first = await stage.register(key="k-1")
    again = await stage.register(key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await stage.register("Bea", key="k-1")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert (await stage.seats())["held"] == 1


async def test_without_a_key_it_is_refused(stage: Stage):
    await stage.publish()
    answer = await stage.public.post("/courses/attachment/registrations", json=application())
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/idempotency-key-required"


async def test_an_outdated_disclosure_is_refused_with_the_current_one(stage: Stage):
    await stage.publish()
    for version in ("2019-01-01", None):
        answer = await stage.register(disclosure_version=version)
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/disclosure-outdated"
        assert answer.json()["current"] == "2020-09-01"


async def test_registration_closes_at_the_first_start_and_opens_when_it_opens(stage: Stage):
    await stage.publish(registration={"opens_at": "2020-09-02T00:00:00Z"})
    early = await stage.register()
    assert (early.status_code, early.json()["type"]) == (409, "/problems/registration-not-open")
    stage.clock.time = stage.clock.time.replace(month=10, day=19, hour=19, minute=59, second=59)
    assert (await stage.register()).status_code == 201
    stage.clock.time = stage.clock.time.replace(hour=20, minute=0, second=0)
    late = await stage.register("Bea")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/registration-closed")


async def test_whom_no_board_serves_is_told_in_the_answer(stage: Stage):
    await stage.publish()
    person = application()["attendee"] | {"profession": "mft", "licenses": [{"state": "NY"}]}
    body = (await stage.register(attendee=person)).json()
    assert body["boards"] == []
    assert "without CE credit" in body["warnings"][0]


async def test_an_unknown_course_is_not_found(stage: Stage):
    answer = await stage.register(course_id="nowhere")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/course-unknown")


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"attendee": None}, 422, "/attendee"),
        ({"attendee": []}, 422, "/attendee"),
        ({"payment": {"method": "barter"}}, 422, "/payment/method"),
        ({"payment": {"method": "card", "credit_codes": "X"}}, 422, "/payment/credit_codes"),
        ({"payment": {"method": "free"}}, 422, "/payment/method"),
        ({"disclosure_version": 7}, 422, "/disclosure_version"),
        (
            {
                "attendee": {
                    "name": "Ada",
                    "email": "ada@learners.example",
                    "licenses": [{"state": "NY"}, {"state": "New York"}],
                }
            },
            422,
            "/attendee/licenses/1/state",
        ),
        ({"organisation": "a\x00b"}, 422, "/organisation"),
        ({"organisation": "ada@learners.example"}, 422, "/organisation"),
    ],
)
async def test_what_does_not_fit_is_said_with_its_place(stage: Stage, change, status, pointer):
    await stage.publish()
    answer = await stage.register(**change)
    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await stage.seats())["held"] == 0


async def test_a_person_s_faults_are_all_said_at_once(stage: Stage):
    await stage.publish()
    person = {"name": "A\x00da", "email": "ada", "zone": "Mars", "licenses": [{"state": 7}]}
    shape = await stage.register(attendee=person)
    assert [e["pointer"] for e in shape.json()["errors"]] == [
        "/attendee/name",
        "/attendee/licenses/0/state",
    ]
    rules = await stage.register(attendee=person | {"name": " ", "licenses": []})
    assert [e["pointer"] for e in rules.json()["errors"]] == [
        "/attendee/name",
        "/attendee/email",
        "/attendee/zone",
    ]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"attendee": {"name": "\\ud800", "email": "a@b.example"}}', 422),
        (b'{"attendee": {"name": "\xff"}}', 400),
        (b'"' + b"x" * 1_000_000 + b'"', 422),
        (b"[" * 100_000, 400),
    ],
)
async def test_junk_is_answered_clearly(stage: Stage, content, status):
    await stage.publish()
    answer = await stage.public.post(
        "/courses/attachment/registrations",
        content=content,
        headers={"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await stage.register()).status_code == 201


@pytest.mark.parametrize("path", ["/courses/%00", "/registrations/%00"])
async def test_what_no_database_can_hold_is_refused_before_it(stage: Stage, path):
    assert (await stage.operator.get(path)).status_code == 400


@pytest.mark.parametrize("path", ["/courses/a%0Ab", "/courses/-", "/registrations/a b@c"])
async def test_an_odd_id_is_an_unknown_one(stage: Stage, path):
    assert (await stage.operator.get(path)).status_code == 404


async def test_a_file_that_is_no_course_is_answered_with_its_faults(stage: Stage):
    bodies: tuple[Any, ...] = ([], "course", 7, None)
    for body in bodies:
        assert (await stage.operator.put("/courses/attachment", json=body)).status_code == 422
    nan = await stage.operator.put(
        "/courses/attachment", content=b'{"capacity": NaN}', headers={"Content-Type": "application/json"}
    )  # fmt: skip
    assert nan.status_code == 400
    deep = course(refund_policy={"notes": {"a": {"b": "\x00"}}})
    assert (await stage.operator.put("/courses/attachment", json=deep)).status_code == 422


async def test_a_course_too_deep_or_too_large_to_be_told_is_refused_in_words(stage: Stage):
    deep: Any = "here"
    for _ in range(300):
        deep = [deep]
    answer = await stage.operator.put(
        "/courses/attachment",
        json=course(refund_policy=course()["refund_policy"] | {"notes": deep}),
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/refund_policy", "detail": "A policy is nested at most 20 levels deep."},
        {"pointer": "/refund_policy/notes", "detail": "It is text of at most 100,000 characters."},
    ]
    boards = [
        board | {"statement": f"{place}: {'x' * 99_000}"}
        for place, board in enumerate(course()["boards"][:1] * 10)
    ]
    for place, board in enumerate(boards):
        board["board"] = f"B{place}"
    answer = await stage.operator.put("/courses/attachment", json=course(boards=boards))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/course-too-large")
    assert await stage.spoken() == []
    assert (await stage.operator.get("/courses/attachment")).status_code == 404


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_an_instant_that_utc_does_not_have_is_invalid(stage: Stage, moment):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    late = {"received_at": moment, "evidence": "a mail"}
    answer = await stage.act(stage.operator, ada, "cancel", late)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/received_at"]
