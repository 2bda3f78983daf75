"""Invoices and payments: issued once, paid by what the gateway says, whatever is heard and when."""

import asyncio
import json
import uuid

import pytest

from shared.contracts import reference
from shared.contracts.attendance import SessionCompleted
from shared.contracts.registration import (
    PersonRecorded,
    RegistrationExpired,
    RegistrationLinkRequested,
    RegistrationSubstituted,
    RegistrationUnseated,
)
from shared.runtime.intake import Intake
from tests.edges.billing.conftest import (
    COURSE,
    DECLINED,
    GOOD,
    POOR,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    token,
    usd,
)


async def test_a_registration_gets_one_invoice_with_a_number(world: World) -> None:
    await world.hears(requested("ada"), requested("ben"))
    first, second = await world.said("invoice.issued.v1")
    assert (first["number"], second["number"]) == ("2020-000001", "2020-000002")
    assert first["total"] == first["due"] == usd(19900)
    assert first["issued_at"] == "2020-09-14T15:04:05Z"
    assert first["due_at"] == "2020-09-14T15:34:05Z"
    assert await world.balances("ada") == {"receivable": 19900, "deferred_revenue": -19900}


async def test_the_same_event_again_changes_nothing(world: World) -> None:
    id_ = str(uuid.uuid4())
    await world.hears(requested("ada"), ids=[id_])
    await world.hears(requested("ada"), requested("ada"), ids=[id_, str(uuid.uuid4())])
    assert len(await world.said("invoice.issued.v1")) == 1
    assert await world.value("SELECT count(*) FROM ledger_transactions") == 1


async def test_numbers_have_no_gap_where_an_event_is_refused_in_between(world: World) -> None:
    good = [requested(name) for name in ("ada", "ben")]
    junk = world.record(
        "registration.registrations", "x", b'{"price": 1}', "registration.requested.v1"
    )
    records = [world.record(e.topic_of(), e.key_of(), e.payload(), e.type) for e in good]
    await world.takes([records[0], junk, records[1]])
    numbers = [invoice["number"] for invoice in await world.said("invoice.issued.v1")]
    assert numbers == ["2020-000001", "2020-000002"]
    assert await world.value("SELECT outcome FROM inbox WHERE outcome = 'dead'") == "dead"


async def test_a_free_registration_gets_no_invoice(world: World) -> None:
    await world.hears(requested("ada", price=usd(0), payment_method="free"))
    assert await world.said() == []
    answer = await world.checkout("ada")
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/nothing-to-pay"


async def test_a_card_pays_the_invoice(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada")
    [paid] = await world.said("invoice.paid.v1")
    assert paid["total"] == usd(19900)
    assert [(t["tender"], t["amount"]) for t in paid["tenders"]] == [("card", usd(19900))]
    view = await world.view("ada")
    assert view["invoice"]["status"] == "paid"
    assert [(p["amount"], p["status"]) for p in view["payments"]] == [(usd(19900), "succeeded")]
    assert view["refunds"] == []
    assert await world.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}


@pytest.mark.parametrize(
    ("card", "reason"), [(DECLINED, "card-declined"), (POOR, "insufficient-funds")]
)
async def test_a_declined_card_is_said_and_may_be_followed_by_a_good_one(
    world: World, card: str, reason: str
) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", card)
    [failed] = await world.said("payment.failed.v1")
    assert failed["reason"] == reason
    assert "detail" not in failed  # the gateway's sentence is no part of a fact
    assert await world.said("invoice.paid.v1") == []
    await world.pays("ada", GOOD)
    assert len(await world.said("invoice.paid.v1")) == 1


async def test_a_checkout_is_one_page_however_often_it_is_asked_for(world: World) -> None:
    await world.hears(requested("ada"))
    first, second = await world.checkout("ada", "once"), await world.checkout("ada", "once")
    third = await world.checkout("ada", "another")
    assert first.json() == second.json() == third.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    async with world.client(token("ada")) as learner:
        path = "/billing/v1/registrations/ada/checkout"
        assert (await learner.post(path)).status_code == 400


async def test_the_first_answer_is_repeated_even_after_paying(world: World) -> None:
    await world.hears(requested("ada"))
    first = await world.checkout("ada", "once")
    await world.pays("ada")
    assert (await world.checkout("ada", "once")).json() == first.json()
    assert (await world.checkout("ada", "later")).status_code == 409


async def test_a_checkout_for_what_is_not_known_yet_asks_to_come_again(world: World) -> None:
    answer = await world.checkout("ada")
    assert answer.status_code == 425
    assert int(answer.headers["Retry-After"]) > 0


async def test_while_the_gateway_is_away_checkout_says_so(world: World) -> None:
    await world.hears(requested("ada"))
    world.line.before = lambda _request: True
    answer = await world.checkout("ada", "once")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/gateway-away"
    world.line.mend()
    assert (await world.checkout("ada", "once")).status_code == 200


async def test_a_webhook_delivered_many_times_pays_once(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", deliver=False)
    [body] = world.pending_webhooks()
    assert {await world.webhook(body) for _ in range(3)} == {200}
    assert await world.value("SELECT count(*) FROM gateway_events") == 1
    await world.rests()
    assert await world.webhook(body) == 200
    await world.rests()
    again = json.dumps(json.loads(body) | {"id": "evt_other"}).encode()
    assert await world.webhook(again) == 200
    await world.rests()
    assert len(await world.said("invoice.paid.v1")) == 1
    assert await world.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}


async def test_a_webhook_is_only_a_hint_the_gateway_is_asked(world: World) -> None:
    await world.hears(requested("ada"))
    forged = {"id": "evt_1", "type": "payment.succeeded", "data": {"id": "pay_none", "amount": 1}}
    assert await world.webhook(json.dumps(forged).encode()) == 200
    await world.rests()
    assert await world.said("invoice.paid.v1") == []
    assert ("GET", "/v1/payments/pay_none") in world.line.calls


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": "e"}',
        b'{"id": "", "type": "payment.succeeded", "data": {"id": "x"}}',
        b'{"id": "e", "type": "payment.succeeded", "data": {"id": "a\\u0000b"}}',
        b'{"id": "e", "type": "payment.succeeded", "data": "x"}',
        b"\xff\xfe",
        b"[" * 5000,
    ],
)
async def test_a_signed_webhook_that_is_junk_is_refused_and_stores_nothing(
    world: World, body: bytes
) -> None:
    assert await world.webhook(body) == 400
    assert await world.value("SELECT count(*) FROM gateway_events") == 0


async def test_a_webhook_that_is_not_the_gateways_is_refused(world: World) -> None:
    body = b'{"id": "e", "type": "payment.succeeded", "data": {"id": "x"}}'
    assert await world.webhook(body, secret="another") == 401
    assert await world.webhook(body, age=3600) == 401
    assert await world.webhook(body, age=-3600) == 401
    async with world.client() as gateway:
        path = "/billing/v1/webhooks"
        assert (await gateway.post(f"{path}/paysim", content=body)).status_code == 401
        assert (await gateway.post(f"{path}/other", content=body)).status_code == 404
        for odd in ("t=1,v1=", "t=,v1=x", "v1", "t=\u00b2,v1=x", "t=1,v1=\u00e9"):
            headers = {"paysim-signature": odd.encode("latin-1", "replace")}
            answer = await gateway.post(f"{path}/paysim", content=body, headers=headers)  # type: ignore[arg-type]
            assert answer.status_code == 401, odd


async def test_a_look_up_that_fails_is_done_again(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", deliver=False)
    world.line.before = lambda request: request.method == "GET"
    await world.rests()
    assert await world.said("invoice.paid.v1") == []
    world.line.mend()
    await world.at("2020-09-14T15:06:00Z")
    assert len(await world.said("invoice.paid.v1")) == 1


async def test_a_payment_that_the_gateway_does_not_know_yet_is_looked_for_again(
    world: World,
) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada", deliver=False)
    world.line.unknown = lambda request: request.url.path.startswith("/v1/payments/")
    await world.rests()
    assert await world.said("invoice.paid.v1") == []
    world.line.mend()
    await world.at("2020-09-14T15:06:00Z")
    assert len(await world.said("invoice.paid.v1")) == 1
    assert await world.said("task.opened.v1") == []


async def test_a_payment_that_the_gateway_never_knows_calls_a_human_once(world: World) -> None:
    forged = {"id": "evt_1", "type": "payment.succeeded", "data": {"id": "pay_none"}}
    assert await world.webhook(json.dumps(forged).encode()) == 200
    for minute in range(5, 60):
        await world.at(f"2020-09-14T15:{minute:02}:30Z")
    [task] = await world.said("task.opened.v1")
    assert (task["kind"], task["about"]) == (
        "webhook-without-object",
        {"gateway_id": "pay_none"},
    )
    assert await world.value("SELECT count(*) FROM due") == 0


async def test_a_payment_of_nobody_here_becomes_a_task(world: World) -> None:
    from stack.paysim import rules

    wanted = {"key": "k", "amount": 500, "currency": "USD", "reference": "elsewhere"}
    page = rules.open_checkout(world.store, wanted | {"return_url": "http://x.test"}, "")
    rules.pay(world.store, page["id"], GOOD)
    await world.rests()
    [task] = await world.said("task.opened.v1")
    assert task["kind"] == "payment-unknown"


async def test_two_payments_for_one_invoice_one_goes_back(world: World) -> None:
    from stack.paysim import rules

    await world.hears(requested("ada"))
    await world.pays("ada")
    invoice_id = (await world.view("ada"))["invoice"]["invoice_id"]
    wanted = {"key": "again", "amount": 19900, "currency": "USD", "reference": invoice_id}
    page = rules.open_checkout(world.store, wanted | {"return_url": "http://x.test"}, "")
    rules.pay(world.store, page["id"], GOOD)
    await world.rests()
    assert world.totals() == (39800, 19900)
    assert len(await world.said("invoice.paid.v1")) == 1
    [refund] = await world.said("refund.requested.v1")
    assert (refund["cause"], refund["amount"]) == ("surplus", usd(19900))
    assert (await world.view("ada"))["invoice"]["status"] == "paid"
    assert await world.balances("ada") == {"cash:gateway": 19900, "deferred_revenue": -19900}
    # What is left is still judged as one payment.
    await world.hears(cancelled("ada", "2020-09-20T12:00:00Z"))
    await world.rests()
    assert world.totals() == (39800, 19900 + 16900)


async def test_a_hold_that_ends_withdraws_the_invoice(world: World) -> None:
    await world.hears(requested("ada"))
    await world.hears(of(RegistrationExpired, "ada"))
    [voided] = await world.said("invoice.voided.v1")
    assert voided["reason"] == "hold-ended"
    assert await world.balances("ada") == {}
    answer = await world.checkout("ada")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/nothing-to-pay")


@pytest.mark.parametrize("seat_left", [True, False])
async def test_paid_after_the_hold_ended_registration_answers_what_follows(
    world: World, seat_left: bool
) -> None:
    await world.hears(requested("ada"))
    answer = await world.checkout("ada")
    await world.at("2020-09-14T15:34:05Z")
    await world.hears(of(RegistrationExpired, "ada"))
    await world.at("2020-09-14T15:40:00Z")
    await world.shop.post(answer.json()["checkout_url"], data={"card": GOOD})
    await world.rests()
    [paid] = await world.said("invoice.paid.v1")
    assert world.totals() == (19900, 0)  # until then nothing
    if seat_left:
        await world.hears(confirmed("ada", confirmed_at="2020-09-14T15:40:05Z"))
        await world.rests()
        assert world.totals() == (19900, 0)
        assert await world.balances("ada") == {
            "cash:gateway": 19900,
            "deferred_revenue": -19900,
        }
    else:
        unseated = of(
            RegistrationUnseated,
            "ada",
            invoice_id=paid["invoice_id"],
            requested_at="2020-09-14T15:40:05Z",
        )
        await world.hears(unseated)
        await world.rests()
        assert world.totals() == (19900, 19900)
        assert await world.balances("ada") == {}


async def test_expired_heard_before_requested_withdraws_all_the_same(world: World) -> None:
    await world.hears(of(RegistrationExpired, "ada"))
    await world.hears(requested("ada"))
    assert await world.types("ada") == ["invoice.issued", "invoice.voided"]
    assert await world.balances("ada") == {}


def held(session: str, at: str) -> SessionCompleted:
    about = {"course_id": COURSE, "session_id": session, "completed_at": at}
    return SessionCompleted.model_validate(SessionCompleted.example | about)


async def test_each_session_that_is_held_earns_its_quarter(ada: World) -> None:
    for place, at in enumerate(["2020-10-19", "2020-10-26", "2020-11-02", "2020-11-09"], 1):
        event = held(f"s{place}", f"{at}T23:15:00Z")
        await ada.hears(event)
        await ada.rests()
        await ada.hears(event)
        await ada.rests()
        assert (await ada.balances("ada"))["revenue"] == -4975 * place
    assert await ada.balances("ada") == {"cash:gateway": 19900, "revenue": -19900}


async def test_a_session_that_is_completed_a_second_time_earns_once(ada: World) -> None:
    """It was moved, and attendance had completed it by its former times (decision 118)."""
    for at in ("2020-10-19T22:15:00Z", "2020-10-20T22:15:00Z", "2020-10-19T22:15:00Z"):
        await ada.hears(held("s1", at))
        await ada.rests()
        assert (await ada.balances("ada"))["revenue"] == -4975
    [earned] = await ada.rows(
        "SELECT occurred_at FROM ledger_transactions WHERE kind = 'revenue-earned'"
    )
    assert earned["occurred_at"].isoformat() == "2020-10-19T22:15:00+00:00"


async def test_a_session_held_earns_nothing_with_who_did_not_come_so_far(world: World) -> None:
    await world.hears(requested("ada"), requested("ben"))
    await world.pays("ben")
    await world.hears(held("s1", "2020-10-19T22:15:00Z"))
    await world.rests()
    assert "revenue" not in await world.balances("ben")
    await world.hears(confirmed("ben"))  # heard late: what was held counts from then
    assert (await world.balances("ben"))["revenue"] == -4975
    assert "revenue" not in await world.balances("ada")


async def test_staffs_refund_after_a_session_takes_back_what_was_earned_last(ada: World) -> None:
    await ada.hears(held("s1", "2020-10-19T22:15:00Z"))
    await ada.rests()
    override = {"outcome": "refund"}
    event = cancelled("ada", "2020-10-25T12:00:00Z", by="operator", override=override)
    await ada.hears(event)
    await ada.rests()
    await ada.hears(held("s2", "2020-10-26T22:15:00Z"))
    await ada.rests()
    assert await ada.balances("ada") == {"cash:gateway": 3000, "fees": -3000}


async def test_only_the_name_of_a_person_is_kept_and_it_goes_when_erased(world: World) -> None:
    person = PersonRecorded.model_validate(reference.PERSON)
    await world.hears(person)
    older = PersonRecorded.model_validate(reference.PERSON | {"version": 0, "name": "Old"})
    await world.hears(older)
    assert await world.value("SELECT name FROM people") == "Žaneta Łuczyńska-O'Neil"
    dump = await world.value("SELECT string_agg(p::text, '') FROM people p")
    assert "@" not in dump
    tombstone = world.record("registration.people", reference.PERSON_ID, None, person.type)
    await world.takes([tombstone])
    assert await world.value("SELECT string_agg(name, '') FROM people") == ""


async def test_who_was_erased_does_not_come_back_with_a_replay(world: World) -> None:
    person = PersonRecorded.model_validate(reference.PERSON)
    tombstone = world.record("registration.people", reference.PERSON_ID, None, person.type)
    await world.takes([tombstone])
    await world.hears(person)
    later = PersonRecorded.model_validate(reference.PERSON | {"version": 9})
    await world.hears(later)
    assert await world.value("SELECT string_agg(name, '') FROM people") == ""


async def test_after_a_substitution_the_old_link_is_dead_and_the_payer_the_same(
    ada: World,
) -> None:
    event = of(RegistrationSubstituted, "ada", person_id="colleague", token_version=2)
    await ada.hears(event)
    path = "/billing/v1/registrations/ada"
    for version, status in {1: 401, 2: 200}.items():
        async with ada.client(token("ada", version)) as learner:
            assert (await learner.get(path)).status_code == status
    await ada.hears(cancelled("ada", "2020-10-10T12:00:00Z", person_id="colleague"))
    [issued] = await ada.said("credit.issued.v1")
    assert issued["holder"]["id"] == "person-of-ada"
    assert issued["person_id"] == "person-of-ada", "whose credit it is, and not who came"
    [settled] = await ada.said("cancellation.settled")
    assert settled["person_id"] == "colleague"


async def test_a_colleague_reads_no_code_of_a_credit_that_is_the_payer_s(ada: World) -> None:
    path = "/billing/v1/registrations/ada"
    late, colleague = "2020-10-10T12:00:00Z", {"person_id": "colleague"}
    await ada.hears(of(RegistrationSubstituted, "ada", **colleague, token_version=2))
    await ada.hears(cancelled("ada", late, **colleague))
    async with ada.client(token("ada", 2)) as learner:
        [shown] = (await learner.get(path)).json()["credits"]
    assert (shown["balance"], shown["code"]) == (usd(19900), None)
    [whole] = (await ada.view("ada"))["credits"]
    assert whole["code"] == ada.service.app.state.credit_code(shown["credit_id"])


@pytest.mark.parametrize("holder_kind", ["person", "organisation"])
async def test_the_codes_that_the_first_person_spent_are_none_of_the_colleague_s(
    ada: World, holder_kind: str
) -> None:
    late = "2020-10-10T12:00:00Z"
    await ada.hears(cancelled("ada", late))
    await ada.rows("UPDATE credits SET holder_kind = $1 RETURNING 1", holder_kind)
    [credit] = (await ada.view("ada"))["credits"]
    course_id, spent = "another course", [credit["credit_id"]]
    order = {"course_id": course_id, "credit_ids": spent, "requested_at": late}
    await ada.hears(requested("bo", **order))
    path = "/billing/v1/registrations/bo"
    async with ada.client(token("bo")) as learner:
        [shown] = (await learner.get(path)).json()["credits"]
    assert shown["code"] == credit["code"], "Bo showed it, under another person id"
    handed_on = {"course_id": course_id, "person_id": "colleague", "token_version": 2}
    await ada.hears(of(RegistrationSubstituted, "bo", **handed_on))
    async with ada.client(token("bo", 2)) as learner:
        [shown] = (await learner.get(path)).json()["credits"]
    assert shown["code"] == (credit["code"] if holder_kind == "organisation" else None)


async def test_links_made_anew_kill_the_older_ones_and_an_old_asking_revives_none(
    ada: World,
) -> None:
    await ada.hears(of(RegistrationLinkRequested, "ada", token_version=2))
    await ada.hears(of(RegistrationLinkRequested, "ada", token_version=1))
    for version, status in {1: 401, 2: 200, 3: 425}.items():
        async with ada.client(token("ada", version)) as learner:
            assert (await learner.get("/billing/v1/registrations/ada")).status_code == status


async def test_an_older_version_of_a_course_does_not_replace_a_newer_one(world: World) -> None:
    await world.hears(course(3), course(2, status="withdrawn"))
    assert await world.value("SELECT version FROM courses") == 3


async def test_many_at_once_get_an_invoice_each(world: World) -> None:
    names = [f"learner-{n}" for n in range(120)]
    batches = [names[:50], names[40:90], names[80:]]  # they overlap
    for batch in batches:
        await world.hears(*[requested(name) for name in batch])
    numbers = [invoice["number"] for invoice in await world.said("invoice.issued.v1")]
    assert numbers == [f"2020-{n:06d}" for n in range(1, 121)]


async def test_two_workers_never_give_one_number_twice(world: World) -> None:
    other = Intake(world.db, world.clock, world.service.hears)

    def records(names: list[str]) -> list:
        events = [requested(name) for name in names]
        return [world.record(e.topic_of(), e.key_of(), e.payload(), e.type) for e in events]

    await asyncio.gather(
        world.intake.handle(records([f"a{n}" for n in range(30)])),
        other.handle(records([f"b{n}" for n in range(30)])),
    )
    assert await world.value("SELECT count(DISTINCT number) FROM invoices") == 60
    assert await world.value("SELECT max(number) FROM invoices") == "2020-000060"
