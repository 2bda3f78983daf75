"""A confirmed registration is moved to another course: in one act, or when the rest is paid (§4).

The course `attachment` costs 199.00, `grief` the same, `workshop` 149.00 and `summit` 249.00.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.registration.api import answers
from services.registration.api.registration_answers import RegistrationAnswer
from services.registration.app import build
from services.registration.settings import Settings
from shared.runtime.tokens import digest_of
from tests.edges.registration.conftest import Stage, application
from tests.edges.registration.happenings import issued, paid, revoked, voided
from tests.edges.registration.test_answers import fits
from tests.edges.registration.test_provider_cancels import prefer, slug
from tests.edges.registration.test_session_cancelled import withdraw_session
from tests.stage import OPERATOR, SECRET, StillClock, killed_at

PRICES = {"attachment": 19900, "grief": 19900, "workshop": 14900, "summit": 24900, "free": 0}
PERSONAL = ("requested_at", "to_registration_id", "to_course_id", "by")


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


async def publish(stage: Stage, *names: str, **changes: Any) -> None:
    for name in names:
        await stage.publish(name, price=usd(PRICES[name]), **changes)


async def confirmed(stage: Stage, name: str = "Ada", course_id: str = "attachment") -> str:
    registration_id = (await stage.register(name, course_id)).json()["registration_id"]
    if PRICES[course_id]:
        await stage.hears(paid(registration_id, f"inv-{registration_id}"))
    return registration_id


async def transfer(
    stage: Stage, registration_id: str, course_id: str, client: Any = None, **body: Any
) -> httpx.Response:
    asked = {"course_id": course_id, "disclosure_version": "2020-09-01"} | body
    client = client or stage.holder(registration_id)
    return await stage.act(client, registration_id, "transfer", asked)


async def refused(stage: Stage, registration_id: str, course_id: str, **more: Any) -> Any:
    answer = await transfer(stage, registration_id, course_id, **more)
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def states(stage: Stage, *registration_ids: str) -> list[str]:
    return [(await stage.shown(each))["status"] for each in registration_ids]


async def taken(stage: Stage, course_id: str) -> tuple[int, int, int]:
    """Seats of a course that are sold, held, offered."""
    seats = await stage.seats(course_id)
    return seats["sold"], seats["held"], seats["offered"]


@pytest.fixture
async def ada(stage: Stage) -> str:
    """Ada is confirmed in `attachment`; all courses are published."""
    await publish(stage, *PRICES)
    return await confirmed(stage)


@pytest.mark.parametrize("course_id", ["grief", "workshop", "free"])
async def test_not_dearer_the_seat_is_moved_in_one_act(stage: Stage, ada: str, course_id: str):
    await stage.go_to("2020-10-01T12:00:00Z")
    answer = await transfer(stage, ada, course_id)
    assert answer.status_code == 200
    fits(answers.Transferred, answer.json())
    new = answer.json()["registration_id"]
    assert (answer.json()["status"], answer.json()["due"]) == ("confirmed", usd(0))
    assert await states(stage, ada, new) == ["transferred", "confirmed"]
    assert [await taken(stage, each) for each in ("attachment", course_id)] == [
        (0, 0, 0),
        (1, 0, 0),
    ]
    [*_, (last, moved)] = await stage.spoken(ada)
    assert last == "registration.transferred.v1"
    assert [moved[name] for name in PERSONAL] == [
        "2020-10-01T12:00:00Z", new, course_id, "learner",
    ]  # fmt: skip
    (_, requested), (_, known) = await stage.spoken(new)
    assert await stage.said_of(new) == ["requested", "confirmed"]
    assert (requested["transferred_from"], requested["transferred_price"]) == (ada, usd(19900))
    assert (requested["price"], requested["hold_expires_at"]) == (usd(PRICES[course_id]), None)
    assert known["basis"] == ("transfer" if PRICES[course_id] else "free")
    assert requested["person_id"] == moved["person_id"]


async def test_both_registrations_say_of_each_other(stage: Stage, ada: str):
    answer = (await transfer(stage, ada, "grief")).json()
    new = answer["registration_id"]
    holder = stage.client(answer["token"])
    shown = (await holder.get(f"/registrations/{new}")).json()
    fits(RegistrationAnswer, shown)
    assert (shown["transferred_from"], shown["transferred_to"]) == (ada, None)
    assert set(shown["links"]["join"]) == {"s1", "s2", "s3", "s4"}
    before = (await stage.holder(ada).get(f"/registrations/{ada}")).json()
    assert (before["transferred_from"], before["transferred_to"]) == (None, new)
    assert before["links"]["join"] == {}, "its links are dead for joining, but it can be read"
    last = (await stage.shown(ada))["history"][-1]
    assert (last["act"], last["by"], last["before"], last["status"]) == (
        "transfer", "learner", "confirmed", "transferred",
    )  # fmt: skip
    assert last["facts"] == {
        "to_registration_id": new,
        "to_course_id": "grief",
        "received_at": "2020-09-01T13:00:00Z",
    }


async def test_the_freed_seat_goes_to_the_first_in_line_in_the_same_act(stage: Stage):
    await publish(stage, "attachment", "grief", capacity=1)
    ada = await confirmed(stage)
    bea = (await stage.register("Bea")).json()["registration_id"]
    assert (await transfer(stage, ada, "grief")).status_code == 200
    assert await states(stage, ada, bea) == ["transferred", "offered"]
    assert await taken(stage, "attachment") == (0, 0, 1)


async def test_dearer_the_old_seat_stays_until_the_difference_is_paid(stage: Stage, ada: str):
    await stage.go_to("2020-10-05T23:00:00Z")
    answer = await transfer(stage, ada, "summit")
    fits(answers.Transferred, answer.json())
    new = answer.json()["registration_id"]
    assert (answer.json()["status"], answer.json()["due"]) == ("requested", usd(5000))
    assert answer.json()["hold_expires_at"] == "2020-10-05T23:30:00Z"
    assert await states(stage, ada, new) == ["confirmed", "requested"]
    assert await stage.said_of(ada) == ["requested", "confirmed"]
    assert (await stage.shown(ada))["transferred_to"] is None
    stage.clock.time = stage.clock.time.replace(minute=20)
    assert await stage.hears(paid(new)) == ["done"]
    assert await states(stage, ada, new) == ["transferred", "confirmed"]
    [*_, (last, moved)] = await stage.spoken(ada)
    assert last == "registration.transferred.v1"
    assert moved["requested_at"] == "2020-10-05T23:00:00Z", "its receipt, not the payment's"
    assert moved["by"] == "learner"
    assert (await stage.spoken(new))[-1][1]["basis"] == "transfer"
    assert [await taken(stage, each) for each in ("attachment", "summit")] == [
        (0, 0, 0),
        (1, 0, 0),
    ]
    await stage.go_to("2020-10-06T12:00:00Z")
    assert await states(stage, ada, new) == ["transferred", "confirmed"]


@pytest.mark.parametrize(("to", "due"), [("grief", 4975), ("workshop", 0), ("summit", 9975)])
async def test_a_share_that_was_taken_back_is_to_be_paid_there(
    stage: Stage, ada: str, to: str, due: int
):
    await withdraw_session(stage, choose_until="2020-09-20T00:00:00Z")
    assert (await prefer(stage, ada, "refund")).status_code == 202  # 49.75 of the 199.00
    moved = (await transfer(stage, ada, to)).json()
    new = moved["registration_id"]
    assert await states(stage, ada, new) == (
        ["confirmed", "requested"] if due else ["transferred", "confirmed"]
    )
    asked = next(said for type_, said in await stage.spoken(new) if "requested" in type_)
    assert asked["transferred_price"] == usd(14925)
    assert moved["due"] == usd(due)
    if due:
        await stage.hears(paid(new, "inv-new"))
        assert await states(stage, ada, new) == ["transferred", "confirmed"]


async def test_while_a_transfer_waits_to_be_paid_no_share_is_taken(stage: Stage, ada: str):
    await withdraw_session(stage, choose_until="2020-09-20T00:00:00Z")
    await transfer(stage, ada, "summit")
    assert slug(await prefer(stage, ada, "refund")) == (409, "transfer-pending")
    await stage.go_to("2020-09-01T13:30:00Z")  # it lapses
    assert (await prefer(stage, ada, "refund")).status_code == 202


async def test_free_to_paid_is_dearer_from_nothing(stage: Stage):
    await publish(stage, "free", "workshop")
    ada = await confirmed(stage, course_id="free")
    answer = (await transfer(stage, ada, "workshop")).json()
    assert (answer["status"], answer["due"]) == ("requested", usd(14900))
    shown = await stage.shown(answer["registration_id"])
    assert shown["payment"]["method"] == "card"
    await stage.hears(paid(answer["registration_id"]))
    assert await states(stage, ada, answer["registration_id"]) == ["transferred", "confirmed"]


async def test_unpaid_the_transfer_lapses_and_the_old_seat_stays(stage: Stage, ada: str):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await stage.go_to("2020-09-01T13:30:00Z")
    assert await states(stage, ada, new) == ["confirmed", "expired"]
    assert [await taken(stage, each) for each in ("attachment", "summit")] == [
        (1, 0, 0),
        (0, 0, 0),
    ]
    assert (await stage.spoken(new))[-1][1]["reason"] == "hold-ended"
    await stage.hears(paid(new))
    assert await states(stage, ada, new) == ["confirmed", "expired"]
    assert (await stage.said_of(new))[-1] == "unseated", "what was paid too late is given back"
    assert (await transfer(stage, ada, "grief")).status_code == 200, "it may be moved anew"


async def test_a_seat_is_held_no_longer_than_the_old_one_can_be_given_up(stage: Stage):
    await publish(stage, "attachment")
    later = [
        {"id": "s1", "date": "2020-12-01", "from": "16:00", "to": "18:00", "hours": ["a", "b"]}
    ]
    await publish(stage, "summit", sessions=later, boards=None, board_defaults=None)
    ada = await confirmed(stage)
    stage.clock.time = stage.clock.time.replace(month=10, day=19, hour=19, minute=50)
    answer = (await transfer(stage, ada, "summit")).json()
    assert answer["hold_expires_at"] == "2020-10-19T20:00:00Z"


async def test_one_transfer_at_a_time(stage: Stage, ada: str):
    await transfer(stage, ada, "summit")
    assert await refused(stage, ada, "grief") == (409, "transfer-pending")
    assert await refused(stage, ada, "summit") == (409, "transfer-pending")


@pytest.mark.parametrize("paid_first", [False, True])
async def test_cancelled_meanwhile_the_held_seat_is_let_go(
    stage: Stage, ada: str, paid_first: bool
):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    if paid_first:
        await stage.hears(paid(new))
        again = await stage.act(stage.holder(ada), ada, "cancel")
        assert again.json()["type"] == "/problems/registration-transferred"
        assert await states(stage, ada, new) == ["transferred", "confirmed"]
        return
    assert (await stage.act(stage.holder(ada), ada, "cancel")).status_code == 202
    assert await states(stage, ada, new) == ["cancelled", "expired"]
    assert (await stage.spoken(new))[-1][1]["reason"] == "transfer-ended"
    assert await taken(stage, "summit") == (0, 0, 0)
    await stage.hears(paid(new))
    assert await stage.said_of(new) == ["requested", "expired", "unseated"]
    await stage.go_to("2020-09-02T00:00:00Z")
    assert await states(stage, ada, new) == ["cancelled", "expired"]


async def test_a_colleague_comes_instead_and_what_is_held_for_the_former_is_let_go(
    stage: Stage, ada: str
):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    colleague = application("Bea") | {"payment": None}
    body = {name: value for name, value in colleague.items() if value}
    assert (await stage.act(stage.holder(ada), ada, "substitute", body)).status_code == 200
    assert await states(stage, ada, new) == ["confirmed", "expired"]
    await stage.hears(paid(new))
    assert (await stage.said_of(new))[-1] == "unseated"


async def test_the_seat_that_is_held_for_a_transfer_is_handed_to_nobody(stage: Stage, ada: str):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    colleague = application("Bea") | {"payment": None}
    body = {name: value for name, value in colleague.items() if value}
    for who in (stage.holder(new), stage.operator):
        assert slug(await stage.act(who, new, "substitute", body)) == (409, "transfer-pending")
    await stage.hears(paid(new))
    assert await states(stage, ada, new) == ["transferred", "confirmed"]
    assert (await stage.act(stage.holder(new), new, "substitute", body)).status_code == 200


async def withdraw(stage: Stage, course_id: str, *, walk: bool = True) -> None:
    """The provider cancels a course."""
    answer = await stage.operator.post(
        f"/courses/{course_id}/cancel",
        json={"reason": "The instructor is ill."},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code < 300, answer.text
    if walk:
        await stage.swept()


async def test_the_old_course_cancelled_by_its_provider_ends_what_is_held(stage: Stage, ada: str):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await withdraw(stage, "attachment")
    assert await states(stage, ada, new) == ["cancelled", "expired"]
    await stage.hears(paid(new))
    assert await stage.said_of(new) == ["requested", "expired", "unseated"]
    assert (await stage.said_of(ada))[-1] == "cancelled"


@pytest.mark.parametrize("gone", ["attachment", "summit"])
async def test_paid_before_a_cancelled_course_was_walked_nothing_is_moved(
    stage: Stage, ada: str, gone: str
):
    """Whoever is in the cancelled course gets everything back; nobody is moved into one."""
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await withdraw(stage, gone, walk=False)
    await stage.hears(paid(new))
    await stage.swept()
    assert await stage.said_of(new) == ["requested", "expired", "unseated"]
    assert await states(stage, ada) == ["cancelled" if gone == "attachment" else "confirmed"]


async def test_the_other_course_cancelled_by_its_provider_leaves_the_old_seat(
    stage: Stage, ada: str
):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await withdraw(stage, "summit")
    assert await states(stage, ada, new) == ["confirmed", "cancelled"]
    assert await refused(stage, ada, "summit") == (409, "course-cancelled")
    await withdraw(stage, "attachment", walk=False)
    assert await refused(stage, ada, "grief") == (409, "course-cancelled")


async def test_whoever_gives_the_held_seat_up_keeps_the_old_one(stage: Stage, ada: str):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    assert (await stage.act(stage.holder(new), new, "cancel")).status_code == 202
    assert await states(stage, ada, new) == ["confirmed", "cancelled"]
    await stage.hears(paid(new))
    assert await states(stage, ada, new) == ["confirmed", "cancelled"]
    assert await stage.said_of(new) == ["requested", "cancelled"]
    assert (await transfer(stage, ada, "summit")).status_code == 200


async def test_its_invoice_withdrawn_the_old_one_stays(stage: Stage, ada: str):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await stage.hears(voided(new))
    assert await states(stage, ada, new) == ["confirmed", "expired"]


async def test_a_payment_for_one_that_is_not_as_it_was_is_given_back(stage: Stage, ada: str):
    """Whatever ended the old one and did not think of what is held for it."""
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    await stage.rows(
        "UPDATE registrations SET person_id = 'a-colleague' WHERE registration_id = $1 RETURNING 1",
        ada,
    )
    await stage.hears(paid(new))
    assert await states(stage, ada, new) == ["confirmed", "expired"]
    assert await stage.said_of(new) == ["requested", "expired", "unseated"]
    assert await taken(stage, "summit") == (0, 0, 0)


async def test_what_is_refused_in_the_order_of_the_refusals(stage: Stage, ada: str):
    await stage.hears(issued(ada))
    await stage.go_to("2020-10-19T20:00:00Z")
    assert await refused(stage, ada, "attachment") == (409, "certificate-issued")
    await stage.hears(revoked(ada))
    assert await refused(stage, ada, "attachment") == (409, "already-started")
    assert await refused(stage, ada, "grief", client=stage.operator) == (409, "already-started")


async def test_a_course_that_cannot_take_it_refuses(stage: Stage, ada: str):
    assert await refused(stage, ada, "attachment") == (409, "same-course")
    assert await refused(stage, ada, "nowhere") == (404, "course-unknown")
    assert await refused(stage, ada, "grief", disclosure_version="2019") == (
        409,
        "disclosure-outdated",
    )
    await stage.publish("euros", price={"amount": 100, "currency": "EUR"})
    assert await refused(stage, ada, "euros") == (409, "currency-differs")
    await publish(stage, "workshop", registration={"closes_at": "2020-08-31T00:00:00Z"})
    assert await refused(stage, ada, "workshop") == (409, "registration-closed")
    assert await states(stage, ada) == ["confirmed"]
    assert await stage.said_of(ada) == ["requested", "confirmed"]


async def test_what_the_other_course_builds_on_is_to_be_shown(stage: Stage, ada: str):
    await publish(stage, "grief", prerequisites=["workshop"])
    assert await refused(stage, ada, "grief") == (409, "prerequisite-missing")
    before = await confirmed(stage, course_id="workshop")
    number = {"course_id": "workshop", "number": "2020-QELS-ARCG-G555"}
    await stage.hears(issued(before, "cert-w", **number))
    assert await refused(stage, ada, "grief", prerequisites=["2020-QELS-ARCG-XXXX"]) == (
        409,
        "prerequisite-missing",
    )
    answer = await transfer(stage, ada, "grief", prerequisites=["2020-QELS-ARCG-G555"])
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    [kept] = await stage.fetch("SELECT registration_id, course_id FROM prerequisites_met")
    assert tuple(kept) == (answer.json()["registration_id"], "workshop")


async def test_nobody_is_put_in_line_who_has_a_seat_elsewhere(stage: Stage):
    await publish(stage, "attachment")
    await publish(stage, "grief", capacity=1)
    ada, eve = await confirmed(stage), await confirmed(stage, "Eve", "grief")
    assert await refused(stage, ada, "grief") == (409, "course-full")
    dora = (await stage.register("Dora", "grief")).json()["registration_id"]
    await stage.act(stage.holder(eve), eve, "cancel")
    assert await states(stage, dora) == ["offered"]
    await publish(stage, "grief", capacity=2)
    await stage.register("Fay", "grief")
    assert await taken(stage, "grief") == (0, 1, 1)
    assert await refused(stage, ada, "grief") == (409, "course-full")
    assert await states(stage, ada) == ["confirmed"]


async def test_the_same_person_is_not_registered_there_twice(stage: Stage, ada: str):
    there = (await stage.register("Ada", "grief")).json()["registration_id"]
    assert await refused(stage, ada, "grief") == (409, "same-person-registered")
    await stage.act(stage.holder(there), there, "cancel")
    assert (await transfer(stage, ada, "grief")).status_code == 200


async def test_only_what_is_confirmed_and_paid_is_moved(stage: Stage):
    await publish(stage, "attachment", "grief", capacity=2)
    held = (await stage.register("Ada")).json()["registration_id"]
    assert await refused(stage, held, "grief") == (409, "not-confirmed")
    await stage.go_to("2020-09-01T13:30:00Z")
    assert await refused(stage, held, "grief") == (409, "registration-ended")
    owing = await stage.register(
        "Bea", client=stage.operator, payment={"method": "invoice"}, organisation="An Institute"
    )
    bea = owing.json()["registration_id"]
    assert await refused(stage, bea, "grief") == (409, "invoice-unpaid")
    await stage.hears(paid(bea))
    answer = (await transfer(stage, bea, "grief")).json()
    assert (answer["status"], answer["due"]) == ("confirmed", usd(0))
    shown = await stage.shown(answer["registration_id"])
    assert (shown["payment"]["method"], shown["organisation"]) == ("invoice", "An Institute")
    assert await refused(stage, bea, "attachment") == (409, "registration-transferred")


async def test_a_complimentary_seat_has_nothing_to_take_along(stage: Stage, ada: str):
    await stage.rows(
        "UPDATE registrations SET complimentary = true WHERE registration_id = $1 RETURNING 1", ada
    )
    assert await refused(stage, ada, "grief") == (409, "complimentary-seat")


async def test_only_its_learner_and_operators_move_a_registration(stage: Stage, ada: str):
    assert (await transfer(stage, ada, "grief", client=stage.public)).status_code == 401
    assert (await transfer(stage, ada, "grief", client=stage.holder("other"))).status_code == 403
    answer = await transfer(stage, ada, "grief", client=stage.operator)
    assert answer.status_code == 200
    assert (await stage.spoken(ada))[-1][1]["by"] == "operator"
    [done] = await stage.audited("registration.transferred")
    assert (done["by"], done["about"].split()[0]) == ("operator", ada)


async def test_the_same_key_repeats_the_answer_and_moves_nothing_again(stage: Stage, ada: str):
    path = f"/registrations/{ada}/transfer"
    asked = {"course_id": "grief", "disclosure_version": "2020-09-01"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = await stage.holder(ada).post(path, json=asked, headers=key)
    again = await stage.holder(ada).post(path, json=asked, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await taken(stage, "grief") == (1, 0, 0)
    missing = await stage.holder(ada).post(path, json=asked)
    assert missing.json()["type"] == "/problems/idempotency-key-required"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"course_id": None},
        {"course_id": 7},
        {"course_id": ["grief"]},
        {"course_id": "x" * 70_000},
        {"course_id": "gri\0ef"},
        {"course_id": "grief", "disclosure_version": {"a": 1}},
    ],
)
async def test_junk_is_refused_and_moves_nothing(stage: Stage, ada: str, body: Any):
    answer = await stage.act(stage.holder(ada), ada, "transfer", body)
    assert 400 <= answer.status_code < 500
    assert await states(stage, ada) == ["confirmed"]


async def test_cancel_and_transfer_at_once_have_one_outcome(stage: Stage, ada: str):
    """Two requests in one batch, in either order; and the course's seats count right."""
    bea = await confirmed(stage, "Bea")
    both = await asyncio.gather(
        transfer(stage, ada, "grief"),
        stage.act(stage.holder(ada), ada, "cancel"),
        stage.act(stage.holder(bea), bea, "cancel"),
        transfer(stage, bea, "grief"),
    )
    assert [each.status_code for each in both] == [200, 409, 202, 409]
    assert await states(stage, ada, bea) == ["transferred", "cancelled"]
    assert await taken(stage, "attachment") == (0, 0, 0)
    assert await taken(stage, "grief") == (1, 0, 0)


async def test_the_last_seat_there_is_given_once(stage: Stage):
    await publish(stage, "attachment")
    await publish(stage, "grief", capacity=1)
    those = [await confirmed(stage, name) for name in ("Ada", "Bea", "Cleo")]
    moves = [transfer(stage, each, "grief") for each in those]
    done = await asyncio.gather(*moves, stage.register("Dora", "grief"))
    assert sorted(each.status_code for each in done[:3]) == [200, 409, 409]
    assert done[3].json()["status"] == "waitlisted"
    assert await taken(stage, "attachment") == (2, 0, 0)
    assert await taken(stage, "grief") == (1, 0, 0)


async def test_two_who_change_places_each_need_a_free_seat(stage: Stage):
    await publish(stage, "attachment", "grief", capacity=2)
    ada, bea = await confirmed(stage), await confirmed(stage, "Bea", "grief")
    done = await asyncio.gather(transfer(stage, ada, "grief"), transfer(stage, bea, "attachment"))
    assert [each.status_code for each in done] == [200, 200]
    assert await taken(stage, "attachment") == (1, 0, 0)
    assert await taken(stage, "grief") == (1, 0, 0)


@pytest.fixture
async def second(stage: Stage) -> AsyncIterator[Stage]:
    """Another instance of the service, on the same database."""
    settings = Settings(
        database_url=stage.service.settings.database_url,
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        public_url="http://front.test",
        role="api",
    )
    service = build(settings, clock=StillClock("2020-09-01T13:00:00Z"))
    async with service.app.router.lifespan_context(service.app):
        yield Stage(service)


async def test_two_instances_give_everybody_one_outcome(stage: Stage, second: Stage):
    """Moves there and back, cancellations and payments, all at once, on both."""
    await publish(stage, "attachment", "grief", "summit", capacity=30)
    names = [f"Name{n} Learner" for n in range(12)]
    here = [await confirmed(stage, name) for name in names]
    held = [(await transfer(stage, each, "summit")).json()["registration_id"] for each in here[:4]]
    done = await asyncio.gather(
        *(transfer(stage, each, "grief") for each in here[4:8]),
        *(second.act(second.holder(each), each, "cancel") for each in here[2:10]),
        *(transfer(second, each, "grief") for each in here[8:]),
        stage.hears(*(paid(each) for each in held)),
        second.hears(*(paid(each) for each in held)),
    )
    assert all(each.status_code in (200, 202, 409) for each in done[:-2])
    for stg in (stage, second):
        await stg.go_to("2020-09-01T14:00:00Z")
    rows = await stage.rows("SELECT course_id, state, seat, transferred_from FROM registrations")
    old = [row for row in rows if row["transferred_from"] is None]
    assert {row["state"] for row in old} == {"transferred", "cancelled"}
    new = [row for row in rows if row["transferred_from"] is not None]
    moved = [row for row in new if row["state"] == "confirmed"]
    assert len(moved) == sum(row["state"] == "transferred" for row in old)
    assert {row["state"] for row in new} <= {"confirmed", "expired"}
    for course_id in ("attachment", "grief", "summit"):
        sold = sum(row["seat"] == "sold" and row["course_id"] == course_id for row in rows)
        assert await taken(stage, course_id) == (sold, 0, 0)
    facts = await stage.spoken()
    assert sum(type_ == "registration.transferred.v1" for type_, _ in facts) == len(moved)


@pytest.mark.parametrize("point", ["batch.flushing", "batch.flushed", "batch.committed"])
async def test_killed_when_the_difference_is_heard_of_it_is_moved_once(
    stage: Stage, ada: str, point: Any
):
    new = (await transfer(stage, ada, "summit")).json()["registration_id"]
    told, id_ = paid(new), str(uuid.uuid4())
    with killed_at(point):
        await stage.hears(told, ids=[id_])
    await stage.hears(told, told, ids=[id_, str(uuid.uuid4())])
    assert await states(stage, ada, new) == ["transferred", "confirmed"]
    assert (await stage.said_of(ada)).count("transferred") == 1
    assert (await stage.said_of(new)).count("confirmed") == 1


async def test_what_is_said_of_a_transfer_names_nobody(stage: Stage, ada: str):
    await transfer(stage, ada, "grief")
    for type_, said in await stage.spoken():
        assert "person.recorded" in type_ or "ada@" not in str(said)
    rows = await stage.rows("SELECT facts::text AS facts, why FROM history")
    # As a word: an id may well hold these three letters among its digits.
    assert not [
        row for row in rows if re.search(r"\bada\b", f"{row['facts']}{row['why']}", re.IGNORECASE)
    ]
