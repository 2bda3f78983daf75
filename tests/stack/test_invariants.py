import asyncpg

from cli.invariants.credits import ends_that_moved
from cli.invariants.gateway import compared
from cli.invariants.mail import copies
from cli.invariants.registry import Outside
from cli.invariants.run import check_all
from tests.conftest import Database


async def broken(service: str, url: str, *statements: str) -> dict[str, list[str]]:
    """The findings by sentence, after the statements, of the invariants of one database."""
    from cli.invariants.registry import INVARIANTS

    con = await asyncpg.connect(url)
    try:
        for statement in statements:
            await con.execute(statement)
        outside = Outside({service: con}, "", "", "")
        found = {}
        for one in INVARIANTS:
            if "hears" not in one.says:
                details = [finding.detail async for finding in one.check(outside)]
                if details:
                    found[one.says] = details
        return found
    finally:
        await con.close()


async def test_a_fresh_service_breaks_no_invariant(database: Database):
    for service in ("registration", "billing", "attendance", "certificates"):
        assert await broken(service, database(service)) == {}


async def test_a_seat_that_nobody_has_is_found(database: Database):
    found = await broken(
        "registration",
        database("registration"),
        "insert into seats (course_id, capacity, sold, held, offered, waiting, tickets) "
        "values ('c', 2, 2, 1, 0, 0, 0)",
    )
    assert found == {
        "Sold, held and offered seats are within the capacity there ever was": [
            "3 of 2 seats are taken"
        ],
        "The count of seats is the count of registrations that have one": [
            "sold: counted 2, registrations 0",
            "held: counted 1, registrations 0",
        ],
    }


async def test_a_seat_that_is_released_twice_is_found(database: Database):
    step = (
        "insert into history (registration_id, revision, at, by, act, before, state, why, facts) "
        "values ('r', {}, now(), 'nobody', '{}', {}, '{}', '', '{{}}')"
    )
    found = await broken(
        "registration",
        database("registration"),
        step.format(1, "register", "null", "requested"),
        step.format(2, "confirm", "'requested'", "confirmed"),
        step.format(3, "cancel", "'confirmed'", "cancelled"),
        step.format(4, "expire", "'confirmed'", "expired"),
    )
    assert found == {
        "A seat that was taken is released at most once": [
            "taken 1 times, released 2; not from where it stood: expire"
        ]
    }


async def test_an_award_without_its_certificate_is_found(database: Database):
    found = await broken(
        "certificates",
        database("certificates"),
        "insert into awards (registration_id, board, version, status, credits, unit, sessions, "
        "unmet, held) values ('r', 'NBCC', 1, 'granted', '8.0', 'hours', '[]', '[]', false)",
    )
    assert found == {
        "Each award that was granted has its certificate": [
            "NBCC over 8.0 is granted, and there is no certificate"
        ]
    }


def test_a_mail_that_came_twice_is_found_unless_a_human_had_it_sent_again():
    arrived = ["<a@holdfast>", "<b@holdfast>", "<a@holdfast>", "<b@holdfast>", "<c@holdfast>"]
    found = list(copies(arrived, {"a": 1, "b": 2, "c": 1}))
    assert [(one.about, one.detail) for one in found] == [("a", "arrived 2 times")]


def test_a_refund_that_the_gateway_made_twice_or_nobody_decided_is_found():
    given = [
        {"key": "refund:p:1", "amount": 100},
        {"key": "refund:p:1", "amount": 100},
        {"key": "refund:p:2", "amount": 90},
        {"key": "by hand", "amount": 1},
    ]
    known = [
        {"refund_id": "refund:p:1", "state": "succeeded", "amount_minor": 100},
        {"refund_id": "refund:p:2", "state": "submitted", "amount_minor": 80},
        {"refund_id": "refund:p:3", "state": "succeeded", "amount_minor": 70},
        {"refund_id": "refund:p:4", "state": "requested", "amount_minor": 70},
    ]
    assert [(one.about, one.detail) for one in compared(given, known)] == [
        ("refund:p:1", "2 refunds at the gateway"),
        ("refund:p:2", "the gateway gave 90, 80 was decided"),
        ("refund:p:3", "succeeded, and the gateway knows nothing of it"),
        ("by hand", "a refund at the gateway that billing did not decide"),
    ]


def test_a_restored_credit_with_another_end_is_found_unless_the_provider_cancelled():
    def fact(kind: str, credit: str, registration: str, end: str | None) -> tuple[str, dict]:
        said = {"credit_id": credit, "registration_id": registration, "expires_on": end}
        return f"credit.{kind}.v1", said

    facts = [
        fact("issued", "kept", "r1", "2021-10-06"),
        fact("restored", "kept", "r2", "2021-10-06"),
        fact("issued", "longer", "r1", "2021-10-06"),
        fact("restored", "longer", "r2", "2022-10-06"),
        fact("issued", "ours", "r1", "2021-10-06"),
        fact("restored", "ours", "theirs", "2022-10-06"),
        fact("issued", "shorter", "r1", None),
        fact("restored", "shorter", "theirs", "2022-10-06"),
    ]
    found = [(one.about, one.detail) for one in ends_that_moved(facts, {"theirs"})]
    assert found == [
        ("longer", "good until 2021-10-06, restored until 2022-10-06"),
        ("shorter", "good until ever, restored until 2022-10-06"),
    ]


async def test_money_that_came_and_went_nowhere_is_found(database: Database):
    found = await broken(
        "billing",
        database("billing"),
        "insert into registrations (registration_id, course_id, person_id, payer_id, price_minor, "
        "currency, token_version) values ('r', 'c', 'p', 'p', 19900, 'USD', 1)",
        "insert into payments (payment_id, registration_id, gateway, tender, amount_minor, "
        "applied_minor, currency, state, taken, paid_at, reason) values ('pay', 'r', 'paysim', "
        "'card', 19900, 0, 'USD', 'succeeded', true, now(), '')",
        "insert into refunds (refund_id, payment_id, registration_id, gateway, tender, "
        "amount_minor, currency, state, cause, reason, requested_by, requested_at) values "
        "('x', 'pay', 'r', 'paysim', 'card', 20000, 'USD', 'requested', 'cancelled', '', '', "
        "now())",
    )
    assert found == {
        "What came in for a registration is what went out, is owed, or is kept": [
            "19900 USD came in or is asked for, 0 is refunded, owed, credited or kept"
        ],
        "Cash in the ledger is what payments and refunds moved": [
            "19900 moved at the gateway, 0 is booked"
        ],
        "No payment gives back more than it brought": ["brought 19900, gives back 20000"],
    }


async def test_an_event_that_is_still_to_be_said_is_found(database: Database):
    found = await broken(
        "attendance",
        database("attendance"),
        "insert into outbox (event_id, shard, topic, headers) values "
        "(gen_random_uuid(), 0, 'attendance.records', '[]')",
    )
    assert found == {"Every outbox is empty at rest": ["1 events are still to be said"]}


async def test_all_of_them_are_told_in_order_with_their_numbers():
    told = await check_all(Outside({}, "", "", ""))
    numbers = [one["number"] for one in told]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2, 3, 4, 5, 9}
    assert all(one["findings"] == [] for one in told)
