"""What others say: invoices, certificates, sessions, credits, partners; twice, late, unknown."""

import itertools
import uuid
from typing import Any

import pytest

from shared.contracts.attendance import SessionCompleted
from shared.contracts.billing import CreditIssued
from shared.contracts.partners import KeyIssued, KeyRevoked, PartnerRegistrationSubmitted
from shared.runtime.tokens import code_of, digest_of
from tests.edges.registration.conftest import SECRET, Stage
from tests.edges.registration.happenings import (
    completed,
    issued,
    made,
    paid,
    revoked,
    voided,
)


async def registered(stage: Stage, name: str = "Ada", **changes):
    return (await stage.register(name, **changes)).json()["registration_id"]


async def test_a_paid_invoice_confirms_and_ends_the_hold(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    assert await stage.hears(paid(ada)) == ["done"]
    assert (await stage.spoken(ada))[-1] == (
        "registration.confirmed.v1",
        {
            "registration_id": ada,
            "course_id": "attachment",
            "person_id": (await stage.shown(ada))["attendee"]["person_id"],
            "basis": "paid",
            "confirmed_at": "2020-09-01T13:00:00Z",
            "token_version": 1,
        },
    )
    await stage.go_to("2020-09-02T00:00:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    assert await stage.seats() == {
        "capacity": 500, "sold": 1, "held": 0, "offered": 0, "waiting": 0,
    }  # fmt: skip


async def test_one_invoice_paid_for_two_confirms_both(stage: Stage):
    await stage.publish()
    ada, ben = await registered(stage), await registered(stage, "Ben")
    assert await stage.hears(paid(ada, "of-both"), paid(ben, "of-both")) == ["done", "done"]
    await stage.go_to("2020-09-02T00:00:00Z")  # both holds would be over
    assert [(await stage.shown(who))["status"] for who in (ada, ben)] == ["confirmed", "confirmed"]
    assert (await stage.seats())["sold"] == 2


async def test_one_of_two_on_an_invoice_is_voided_and_the_other_paid(stage: Stage):
    await stage.publish()
    ada, ben = await registered(stage), await registered(stage, "Ben")
    assert await stage.hears(voided(ada, "of-both"), paid(ben, "of-both")) == ["done", "done"]
    assert [(await stage.shown(who))["status"] for who in (ada, ben)] == ["expired", "confirmed"]


async def test_an_invoice_paid_by_credit_alone_says_so(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    credit = [{"tender": "credit", "amount": {"amount": 19900, "currency": "USD"}}]
    await stage.hears(paid(ada, tenders=credit))
    assert (await stage.spoken(ada))[-1][1]["basis"] == "credit"


async def test_the_same_payment_heard_again_changes_nothing(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    event_id = str(uuid.uuid4())
    assert await stage.hears(paid(ada), paid(ada), ids=[event_id, event_id]) == ["done", None]
    assert await stage.hears(paid(ada)) == ["done"]  # said anew under another event's id
    assert await stage.said_of(ada) == ["requested", "confirmed"]
    assert (await stage.seats())["sold"] == 1


async def test_a_payment_after_the_hold_confirms_while_a_seat_is_free(stage: Stage):
    await stage.publish(capacity=1)
    ada = await registered(stage)
    await stage.go_to("2020-09-01T14:00:00Z")
    await stage.hears(paid(ada))
    assert await stage.said_of(ada) == ["requested", "expired", "confirmed"]
    assert (await stage.seats())["sold"] == 1


async def test_a_payment_after_the_hold_is_given_back_where_no_seat_is_left(stage: Stage):
    await stage.publish(capacity=1)
    ada = await registered(stage)
    await stage.go_to("2020-09-01T14:00:00Z")
    await registered(stage, "Bea")
    await stage.hears(paid(ada))
    await stage.hears(paid(ada))
    assert await stage.said_of(ada) == ["requested", "expired", "unseated"]
    assert (await stage.spoken(ada))[-1][1]["invoice_id"] == "inv-1"
    assert (await stage.shown(ada))["status"] == "expired"


async def test_a_payment_after_the_hold_does_not_jump_the_line(stage: Stage):
    await stage.publish(capacity=1)
    ada, bea = await registered(stage), await registered(stage, "Bea")
    await stage.go_to("2020-09-01T13:30:00Z")
    await stage.hears(paid(ada))
    assert (await stage.shown(bea))["status"] == "offered"
    assert await stage.said_of(ada) == ["requested", "expired", "unseated"]


async def test_a_payment_that_crosses_a_cancellation_is_billing_s_affair(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.hears(paid(ada))
    assert await stage.said_of(ada) == ["requested", "cancelled"]
    assert (await stage.shown(ada))["status"] == "cancelled"


async def test_once_confirmed_a_payment_is_billing_s_affair(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    await stage.hears(paid(ada))
    await stage.act(stage.holder(ada), ada, "cancel")
    await stage.hears(paid(ada, "inv-2"))
    assert await stage.said_of(ada) == ["requested", "confirmed", "cancelled"]


async def test_a_voided_invoice_ends_a_hold_and_calls_a_human_where_the_seat_is_sold(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    by_invoice: dict[str, Any] = {"payment": {"method": "invoice"}, "client": stage.operator}
    bea = await registered(stage, "Bea", **by_invoice)
    await stage.hears(voided(ada, "inv-a"), voided(bea, "inv-b"))
    assert (await stage.spoken(ada))[-1][1]["reason"] == "invoice-voided"
    assert (await stage.shown(ada))["status"] == "expired"
    assert (await stage.shown(bea))["status"] == "confirmed"
    [task] = [said for type_, said in await stage.spoken() if type_ == "task.opened.v1"]
    assert (task["kind"], task["about"]) == (
        "invoice-voided",
        {"registration_id": bea, "invoice_id": "inv-b"},
    )
    await stage.hears(voided(ada, "inv-a"), voided(bea, "inv-b"))
    assert sum(type_ == "task.opened.v1" for type_, _ in await stage.spoken()) == 1


@pytest.mark.parametrize("how", ["paid", "cancelled"])
async def test_the_call_for_a_human_ends_with_a_payment_or_with_the_registration(stage: Stage, how):
    await stage.publish()
    bea = await registered(stage, payment={"method": "invoice"}, client=stage.operator)
    await stage.hears(voided(bea, "inv-b"))
    if how == "paid":
        await stage.hears(paid(bea, "inv-c"))
    else:
        await stage.act(stage.operator, bea, "cancel")
    tasks = [s for type_, s in await stage.spoken() if type_.startswith("task.")]
    assert [task.get("outcome") for task in tasks] == [None, "done"]
    assert tasks[0]["task_id"] == tasks[1]["task_id"]


async def test_what_is_about_an_unknown_registration_is_kept_and_never_refused(stage: Stage):
    events = [paid("nobody", "i-1"), voided("nobody", "i-2"), issued("nobody"), revoked("nobody")]
    assert await stage.hears(*events, completed("s1", "nowhere")) == ["done"] * 5
    assert await stage.go_to("2020-09-02T00:00:00Z") == 1
    assert len(await stage.fetch("SELECT 1 FROM invoices")) == 2


async def test_after_the_last_session_those_who_are_confirmed_are_completed(stage: Stage):
    await stage.publish()
    ada, bea = await registered(stage), await registered(stage, "Bea")
    await stage.hears(paid(ada), completed("s4"), completed("s2"))
    await stage.go_to("2020-11-09T23:20:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    await stage.hears(completed("s1"), completed("s3"))
    await stage.go_to("2020-11-09T23:21:00Z")
    assert await stage.said_of(ada) == ["requested", "confirmed", "completed"]
    assert (await stage.shown(bea))["status"] == "expired"
    await stage.hears(completed("s3"))
    await stage.go_to("2020-11-10T00:00:00Z")
    assert await stage.said_of(ada) == ["requested", "confirmed", "completed"]


async def test_a_cancelled_session_is_not_waited_for(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    await stage.hears(paid(ada), completed("s1"), completed("s2"), completed("s3"))
    await stage.go_to("2020-11-09T23:20:00Z")
    assert (await stage.shown(ada))["status"] == "confirmed"
    await stage.fetch(
        "UPDATE courses SET terms = jsonb_set(terms, '{schedule}', (terms->'schedule') - 3)"
    )
    await stage.hears(made(SessionCompleted, course_id="attachment", session_id="make-up"))
    await stage.go_to("2020-11-09T23:21:00Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_a_course_published_anew_after_its_start_is_looked_at_again(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    await stage.hears(paid(ada), *(completed(f"s{n}") for n in range(1, 5)))
    await stage.fetch("DELETE FROM due WHERE kind = 'complete_course'")
    await stage.go_to("2020-11-10T00:00:00Z")
    await stage.publish(subtitle="Held anew")
    await stage.go_to("2020-11-10T00:01:00Z")
    assert (await stage.shown(ada))["status"] == "completed"


async def test_a_course_of_many_is_completed_in_several_transactions(stage: Stage):
    walk = stage.service.dues.insides["complete_confirmed"]
    object.__setattr__(walk, "size", 2)
    await stage.publish(price={"amount": 0, "currency": "USD"}, refund_policy=None)
    everybody = [await registered(stage, f"Person{n} Of Five") for n in range(5)]
    await stage.hears(*(completed(f"s{n}") for n in range(1, 5)))
    await stage.go_to("2020-11-10T00:00:00Z")
    assert len(await stage.fetch("SELECT DISTINCT xmin::text FROM registrations")) == 3
    assert {(await stage.shown(r))["status"] for r in everybody} == {"completed"}


ORDERS = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
async def test_certificates_block_a_cancellation_in_whatever_order_they_are_heard(
    stage: Stage, order
):
    await stage.publish()
    ada = await registered(stage)
    await stage.hears(paid(ada))
    # The first was superseded by the second, which was then revoked: none is left.
    second = issued(ada, "cert-2", supersedes="cert-1")
    events = [issued(ada, "cert-1"), second, revoked(ada, "cert-2")]
    await stage.hears(*(events[at] for at in order))
    assert (await stage.act(stage.holder(ada), ada, "cancel")).status_code == 202


async def test_a_certificate_blocks_before_the_start_does_until_it_is_revoked(stage: Stage):
    await stage.publish()
    ada = await registered(stage)
    await stage.hears(paid(ada), issued(ada))
    await stage.go_to("2020-11-09T23:20:00Z")
    blocked = await stage.act(stage.holder(ada), ada, "cancel")
    assert (blocked.status_code, blocked.json()["type"]) == (409, "/problems/certificate-issued")
    await stage.hears(revoked(ada))
    late = await stage.act(stage.holder(ada), ada, "cancel")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/already-started")


async def test_a_credit_is_asked_for_by_its_code_and_said_by_its_id(stage: Stage):
    await stage.publish()
    await stage.hears(made(CreditIssued, credit_id="credit-1"))
    code = code_of(SECRET, "credit", "credit-1")
    payment = {"method": "card", "credit_codes": [code.lower().replace("-", " "), "NO-SUCH-CODE"]}
    ada = await registered(stage, payment=payment)
    [known, unknown] = (await stage.spoken(ada))[0][1]["credit_ids"]
    assert known == "credit-1"
    assert unknown.startswith("unknown:")
    assert code not in str(await stage.spoken())


def submitted(item: str, **changes):
    return made(PartnerRegistrationSubmitted, course_id="attachment", item_id=item, **changes)


async def test_a_partner_s_registration_is_confirmed_by_invoice_and_named_by_its_item(
    stage: Stage,
):
    await stage.publish()
    assert await stage.hears(submitted("item-1"), submitted("item-1")) == ["done", "done"]
    [requested] = [s for t, s in await stage.spoken() if t == "registration.requested.v1"]
    assert requested["partner"] == {"partner_id": "ibh", "item_id": "item-1"}
    assert requested["organisation"] == "Institute for Better Health, Inc"
    assert await stage.said_of(requested["registration_id"]) == ["requested", "confirmed"]
    assert (await stage.seats())["sold"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"disclosure_version": "2019"}, "disclosure-outdated"),
        ({"course_id": "nowhere"}, "course-unknown"),
        (
            {"attendee": {"name": "Ada", "email": "Ada Q", "zone": "Ada/Quill"}},
            "attendee-invalid",
        ),
        ({"organisation": "C" * 201}, "organisation-invalid"),
        ({"organisation": "Ada Quill <ada@learners.example>"}, "organisation-invalid"),
    ],
)
async def test_what_a_rule_refuses_a_partner_is_answered_once(stage: Stage, changes, reason):
    await stage.publish()
    event = submitted("item-2").model_dump(mode="json") | changes
    submission = PartnerRegistrationSubmitted.model_validate(event)
    assert await stage.hears(submission, submission) == ["done", "done"]
    [(type_, said)] = (await stage.spoken())[1:]
    assert type_ == "registration.refused.v1"
    assert (said["reason"], said["partner"]["item_id"]) == (reason, "item-2")
    fields = {
        "attendee-invalid": ["/attendee/email", "/attendee/zone"],
        "organisation-invalid": ["/organisation"],
    }
    assert said["fields"] == fields.get(reason, [])
    assert "Ada" not in str(said)
    assert (await stage.seats())["sold"] == 0


async def test_a_partner_s_second_item_for_the_same_person_is_refused(stage: Stage):
    await stage.publish()
    await stage.hears(submitted("item-1"), submitted("item-2"))
    [refused] = [s for t, s in await stage.spoken() if t == "registration.refused.v1"]
    assert (refused["reason"], refused["partner"]["item_id"]) == ("already-registered", "item-2")


async def test_a_partner_s_key_books_on_invoice_only_where_everybody_may(stage: Stage):
    await stage.publish()
    key = "hf_test_partner"
    await stage.hears(made(KeyIssued, hash=digest_of(key)))
    answer = await stage.register(payment={"method": "invoice"}, client=stage.client(key))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invoice-not-allowed")


async def test_a_partner_s_key_is_good_until_it_is_revoked(stage: Stage):
    await stage.publish(invoice_allowed=True)
    key = "hf_test_partner"
    client = stage.client(key)
    by_invoice: dict[str, Any] = {"payment": {"method": "invoice"}, "client": client}
    assert (await stage.register(**by_invoice)).status_code == 401
    await stage.hears(made(KeyIssued, hash=digest_of(key)))
    assert (await stage.register(**by_invoice)).json()["status"] == "confirmed"
    await stage.hears(made(KeyRevoked, hash=digest_of(key)))
    stage.service.app.state.doorkeeper._seen.clear()
    assert (await stage.register("Bea", **by_invoice)).status_code == 401
