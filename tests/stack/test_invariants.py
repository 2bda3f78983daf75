import asyncpg

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
