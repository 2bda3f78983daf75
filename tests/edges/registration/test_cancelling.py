"""Cancelling: by whom, until when, counted from when; and once (domain.md §2)."""

import uuid

import pytest

from tests.edges.registration.conftest import Stage
from tests.edges.registration.happenings import paid
from tests.rules.registration.course import course


async def confirmed(stage: Stage, name: str = "Ada"):
    await stage.publish()
    registration_id = (await stage.register(name)).json()["registration_id"]
    await stage.hears(paid(registration_id))
    return registration_id


async def cancel(stage: Stage, registration_id: str, client=None, **body):
    return await stage.act(client or stage.holder(registration_id), registration_id, "cancel", body)


async def test_the_answer_names_the_moment_of_receipt_and_a_second_one_repeats_it(stage: Stage):
    ada = await confirmed(stage)
    await stage.go_to("2020-10-06T03:59:00Z")
    first = await cancel(stage, ada, reason="On call that week.")
    assert first.status_code == 202
    assert first.json() == {"status": "cancelled", "requested_at": "2020-10-06T03:59:00Z"}
    await stage.go_to("2020-11-30T00:00:00Z")
    assert (await cancel(stage, ada)).json() == first.json()
    type_, said = (await stage.spoken(ada))[-1]
    assert type_ == "registration.cancelled.v1"
    assert (said["requested_at"], said["by"], said["was"], said["reason"]) == (
        "2020-10-06T03:59:00Z",
        "learner",
        "confirmed",
        "learner-request",
    )
    assert await stage.said_of(ada) == ["requested", "confirmed", "cancelled"]
    assert (await stage.seats())["sold"] == 0


async def test_exactly_at_the_start_is_too_late_for_a_learner_and_staff_override(stage: Stage):
    ada = await confirmed(stage)
    await stage.go_to("2020-10-19T20:00:00Z")
    late = await cancel(stage, ada)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/already-started")
    plain = await cancel(stage, ada, stage.operator)
    assert plain.json()["type"] == "/problems/already-started"
    override = {"outcome": "refund", "reason": "Bereavement."}
    assert (await cancel(stage, ada, stage.operator, override=override)).status_code == 202
    said = (await stage.spoken(ada))[-1][1]
    assert said["by"] == "operator"
    assert (said["reason"], said["override"]) == ("override", {"outcome": "refund"})
    [done] = await stage.audited("registration.cancelled")
    assert (done["by"], done["about"], done["why"]) == ("operator", ada, "override")


async def test_an_operator_s_request_counts_from_its_arrival_with_evidence(stage: Stage):
    ada = await confirmed(stage)
    await stage.go_to("2020-10-20T12:00:00Z")
    arrived = {"received_at": "2020-10-05T22:00:00-04:00", "evidence": "inbox/4711"}
    answer = await cancel(stage, ada, stage.operator, **arrived)
    assert answer.json()["requested_at"] == "2020-10-06T02:00:00Z"
    said = (await stage.spoken(ada))[-1][1]
    assert said["reason"] == "evidence-held"
    assert said["evidence"] == {"received_at": "2020-10-06T02:00:00Z"}
    assert [row["why"] for row in await stage.audited("registration.cancelled")] == [
        "evidence-held"
    ]
    last = (await stage.shown(ada))["history"][-1]
    assert (last["act"], last["by"]) == ("cancel", "operator")
    assert last["facts"] == {
        "received_at": "2020-10-20T12:00:00Z",
        "arrived_at": "2020-10-06T02:00:00Z",
    }
    assert last["words"] == {"evidence": "inbox/4711"}


WORDS = "My sister Xanthippe Quill (xq@learners.example) is ill."


async def test_what_a_learner_writes_stands_in_no_fact_and_not_in_the_history(stage: Stage):
    ada = await confirmed(stage)
    await cancel(stage, ada, reason=WORDS)
    said = [row["payload"] for row in await stage.fetch("SELECT payload FROM outbox")]
    kept = [row["row"] for row in await stage.fetch("SELECT h::text AS row FROM history h")]
    assert len(said) > 3
    for mark in (b"Xanthippe", b"Quill", b"xq@", b"ill."):
        assert not any(mark in payload for payload in said), mark
        assert not any(mark.decode() in row for row in kept), mark
    [row] = await stage.fetch("SELECT * FROM words")
    assert (row["registration_id"], row["said"]) == (ada, {"reason": WORDS})


async def test_what_staff_write_stands_in_no_fact_and_not_in_the_audit(stage: Stage):
    ada = await confirmed(stage)
    override = {"outcome": "refund", "reason": WORDS}
    body = {"reason": WORDS, "override": override, "evidence": WORDS}
    assert (await cancel(stage, ada, stage.operator, **body)).status_code == 202
    for table in ("history", "audit", "idempotency_keys"):
        for row in await stage.fetch(f"SELECT t::text AS row FROM {table} t"):
            assert "Xanthippe" not in row["row"], table
    assert not any(
        b"Xanthippe" in row["payload"] for row in await stage.fetch("SELECT payload FROM outbox")
    )


async def test_words_are_shown_to_operators_and_to_the_person_who_wrote_them(stage: Stage):
    ada, bea = await confirmed(stage), (await stage.register("Bea")).json()["registration_id"]
    await cancel(stage, ada, reason=WORDS)
    await cancel(stage, bea, stage.operator, reason=WORDS)

    async def words_in(client, registration_id):
        history = (await client.get(f"/registrations/{registration_id}")).json()["history"]
        return [entry["words"] for entry in history if "words" in entry]

    assert await words_in(stage.operator, ada) == [{"reason": WORDS}]
    assert await words_in(stage.holder(ada), ada) == [{"reason": WORDS}]
    assert await words_in(stage.operator, bea) == [{"reason": WORDS}]
    assert await words_in(stage.holder(bea), bea) == []
    # Whoever comes instead later is somebody else.
    await stage.fetch(
        "UPDATE registrations SET person_id = 'another' WHERE registration_id = $1", ada
    )
    assert await words_in(stage.holder(ada), ada) == []


@pytest.mark.parametrize("received_at", ["2020-09-03T00:00:01Z", "2020-09-01T12:59:59Z"])
async def test_a_request_arrives_neither_in_the_future_nor_before_its_registration(
    stage: Stage, received_at
):
    ada = await confirmed(stage)
    await stage.go_to("2020-09-03T00:00:00Z")
    answer = await cancel(stage, ada, stage.operator, received_at=received_at)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/received_at"]


@pytest.mark.parametrize(
    "body",
    [
        {"received_at": "2020-09-01T13:00:00Z"},
        {"evidence": "trust me"},
        {"override": {"outcome": "refund", "reason": "I would like it."}},
    ],
)
async def test_what_is_staff_s_to_say_is_refused_a_learner(stage: Stage, body):
    ada = await confirmed(stage)
    answer = await cancel(stage, ada, **body)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/operator-only")
    assert (await stage.shown(ada))["status"] == "confirmed"


async def test_a_move_of_the_start_only_helps_the_learner(stage: Stage):
    ada = await confirmed(stage)
    sessions = course()["sessions"]
    await stage.publish(sessions=[sessions[0] | {"date": "2020-10-12"}, *sessions[1:]])
    await stage.go_to("2020-10-15T00:00:00Z")  # begun as scheduled now, not as bought
    assert (await cancel(stage, ada)).status_code == 202


async def test_a_held_and_a_waiting_registration_can_be_cancelled_too(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = [(await stage.register(n)).json()["registration_id"] for n in ("Ada", "Bea")]
    assert (await cancel(stage, bea)).status_code == 202
    assert await stage.seats() == {
        "capacity": 1, "sold": 0, "held": 1, "offered": 0, "waiting": 0,
    }  # fmt: skip
    assert (await cancel(stage, ada)).status_code == 202
    assert [said["was"] for t, said in await stage.spoken() if t.endswith("cancelled.v1")] == [
        "waitlisted",
        "requested",
    ]
    assert await stage.go_to("2020-09-02T00:00:00Z") == 0


async def test_what_has_ended_cannot_be_cancelled(stage: Stage):
    await stage.publish()
    ada = (await stage.register()).json()["registration_id"]
    await stage.go_to("2020-09-01T14:00:00Z")
    answer = await cancel(stage, ada)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/registration-ended")


async def test_only_its_own_token_or_an_operator_s_key_opens_a_registration(stage: Stage):
    ada = await confirmed(stage)
    bea = (await stage.register("Bea")).json()["registration_id"]
    path = f"/registrations/{ada}"
    assert (await stage.public.get(path)).status_code == 401
    assert (await stage.holder(bea).get(path)).status_code == 403
    assert (await stage.holder(ada).get(path)).status_code == 200
    assert (await stage.holder(ada, version=0).get(path)).status_code == 401
    ahead = await stage.holder(ada, version=2).get(path)
    assert ahead.status_code == 425
    assert "Retry-After" in ahead.headers
    forged = stage.client("1.t.forged")
    assert (await forged.get(path)).status_code == 401
    for client, status in ((stage.public, 401), (stage.holder(bea), 403), (forged, 401)):
        answer = await client.post(
            f"{path}/cancel", json={}, headers={"Idempotency-Key": str(uuid.uuid4())}
        )
        assert answer.status_code == status
    assert (await stage.shown(ada))["status"] == "confirmed"


async def test_an_unknown_registration_is_found_by_nobody(stage: Stage):
    unknown = str(uuid.uuid4())
    for client, status in (
        (stage.operator, 404),
        (stage.holder(unknown), 404),
        (stage.public, 401),
    ):
        assert (await client.get(f"/registrations/{unknown}")).status_code == status
        assert (await cancel(stage, unknown, client)).status_code == status


async def test_after_cancelling_the_token_still_reads_but_no_longer_joins(stage: Stage):
    ada = await confirmed(stage)
    before = (await stage.holder(ada).get(f"/registrations/{ada}")).json()
    assert set(before["links"]["join"]) == {"s1", "s2", "s3", "s4"}
    assert before["links"]["page"].startswith("http://front.test/r/1.")
    follow = f"http://front.test/notifications/v1/registrations/{before['registration_id']}"
    assert before["links"]["calendar"].startswith(f"{follow}/calendar.ics?t=1.")
    await cancel(stage, ada)
    after = (await stage.holder(ada).get(f"/registrations/{ada}")).json()
    assert (after["status"], after["links"]["join"]) == ("cancelled", {})
    assert [entry["act"] for entry in after["history"]] == ["register", "confirm", "cancel"]
    assert "facts" not in after["history"][-1]
