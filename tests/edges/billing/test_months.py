"""Two months of the books, every figure by hand: kept when closed, and closed for good."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.billing.domain.rollforward import Place, digest
from shared.contracts.registration import RegistrationExpired
from tests.edges.billing.conftest import (
    COURSE,
    World,
    cancelled,
    confirmed,
    course,
    of,
    requested,
    usd,
)
from tests.edges.billing.test_provider_cancels import was_held

JPY = {"amount": 20_000, "currency": "JPY"}
NEVER = "SELECT count(*) FROM closed_months"


async def close(world: World, month: str, key: str | None = None) -> Any:
    return await world.http.post(
        f"/billing/v1/books/months/{month}/close",
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
    )


async def month(world: World, name: str, currency: str = "USD") -> Any:
    """What the books say of that currency in a month."""
    answer = await world.http.get(f"/billing/v1/books/months/{name}")
    assert answer.status_code == 200, answer.text
    [found] = [one for one in answer.json()["currencies"] if one["currency"] == currency]
    return found


def account(name: str, opening: int, closing: int, **movements: int) -> dict[str, Any]:
    return {"account": name, "opening": opening, "movements": movements, "closing": closing}


@pytest.fixture
async def september(world: World) -> World:
    """Ada, Dan and Eve pay 199.00 each and Kim 20,000 yen in September; all are confirmed."""
    names = ("ada", "dan", "eve", "kim")
    await world.hears(
        course(),
        *[requested(name, price=JPY if name == "kim" else usd(19900)) for name in names],
    )
    for name in names:
        await world.pays(name)
    await world.hears(*[confirmed(name) for name in names])
    return world


async def october(world: World) -> None:
    """Dan cancels early, Ada late, Eve after a session was held; Fay's hold ends unpaid."""
    await world.at("2020-10-02T12:00:00Z")
    await world.hears(cancelled("dan", "2020-10-02T12:00:00Z"))
    await world.rests()
    await world.at("2020-10-06T12:00:00Z")
    await world.hears(cancelled("ada", "2020-10-06T12:00:00Z"))
    await world.at("2020-10-19T22:15:00Z")
    await world.hears(was_held("s1"))
    await world.rests()
    await world.at("2020-10-25T12:00:00Z")
    await world.hears(cancelled("eve", "2020-10-25T12:00:00Z", by="operator"))
    await world.hears(requested("fay"), of(RegistrationExpired, "fay"))
    await world.rests()


async def test_september_is_what_was_invoiced_and_paid(september: World) -> None:
    told = await month(september, "2020-09")
    assert told["deferred_revenue"] == account("deferred_revenue", 0, 59700, invoiced=59700)
    assert told["receivable"] == account("receivable", 0, 0, invoiced=59700, paid=-59700)
    assert told["credit_liability"] == account("credits", 0, 0)
    assert [one["account"] for one in told["accounts"]] == [
        "cash:gateway",
        "deferred_revenue",
        "receivable",
    ]
    yen = await month(september, "2020-09", "JPY")
    assert yen["deferred_revenue"] == account("deferred_revenue", 0, 20000, invoiced=20000)


async def test_october_shows_what_became_of_it_to_the_cent(september: World) -> None:
    await october(september)
    told = await month(september, "2020-10")
    assert told["deferred_revenue"] == account(
        "deferred_revenue",
        59700,
        0,
        invoiced=19900,
        withdrawn=-19900,
        refunded=-16900,
        fees=-3000,
        credited=-19900,
        earned=-4975,
        forfeits=-14925,
    )
    assert told["deferred_by_course"] == [{"course_id": COURSE, **told["deferred_revenue"]}]
    assert told["credit_liability"] == account("credits", 0, 19900, issued=19900)
    assert told["fees"] == account("fees", 0, 3000, added=3000)
    assert told["forfeits"] == account("forfeited", 0, 14925, added=14925)
    assert told["breakage"] == account("breakage", 0, 0)
    assert told["receivable"] == account("receivable", 0, 0, invoiced=19900, withdrawn=-19900)
    assert account("cash:gateway", 59700, 42800, taken=-16900) in told["accounts"]
    yen = await month(september, "2020-10", "JPY")
    assert yen["deferred_revenue"] == account("deferred_revenue", 20000, 15000, earned=-5000)


async def test_courses_are_told_apart(september: World) -> None:
    await september.hears(requested("gus", course_id="another", price=usd(5000)))
    told = await month(september, "2020-09")
    assert [(one["course_id"], one["closing"]) for one in told["deferred_by_course"]] == [
        ("another", 5000),
        (COURSE, 59700),
    ]
    assert told["deferred_revenue"]["closing"] == 64700


async def test_a_month_is_closed_an_hour_after_its_end_and_not_before(september: World) -> None:
    await september.at("2020-10-01T04:59:59Z")  # 00:59:59 in New York
    early = await close(september, "2020-09")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/month-not-over")
    await september.at("2020-10-01T05:00:00Z")
    done = await close(september, "2020-09")
    assert (done.status_code, done.json()["status"]) == (200, "closed")
    assert done.json()["closed_by"] == "operator"
    again = await close(september, "2020-09")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/month-closed")
    known = "SELECT count(*) FROM audit WHERE act = 'month.closed' AND about = '2020-09'"
    assert await september.value(known) == 1


async def test_months_are_closed_one_after_another(september: World) -> None:
    await october(september)
    await september.at("2020-12-02T12:00:00Z")
    skipped = await close(september, "2020-10")
    assert (skipped.status_code, skipped.json()["type"]) == (409, "/problems/earlier-month-open")
    assert (await close(september, "2020-08")).status_code == 200  # nothing was booked yet
    assert (await close(september, "2020-09")).status_code == 200
    assert (await close(september, "2020-11")).json()["type"] == "/problems/earlier-month-open"
    assert (await close(september, "2020-10")).status_code == 200
    assert (await close(september, "2020-07")).json()["type"] == "/problems/month-closed"
    told = await month(september, "2020-11")
    assert told["credit_liability"] == account("credits", 19900, 19900)


async def test_a_closed_month_begins_with_what_the_one_before_closed_with(
    september: World,
) -> None:
    open_ = {}
    await september.at("2020-10-01T05:00:00Z")
    await close(september, "2020-09")
    await october(september)
    open_ = await month(september, "2020-10")
    await september.at("2020-11-01T06:00:00Z")
    await close(september, "2020-10")
    assert await month(september, "2020-10") == open_


async def test_what_comes_late_is_in_the_month_in_which_it_comes(september: World) -> None:
    """A cancellation of September that is heard in October; the closed month stays as it was."""
    await september.at("2020-10-01T05:00:00Z")
    closed = (await close(september, "2020-09")).json()
    await september.hears(cancelled("dan", "2020-09-20T12:00:00Z"))
    await september.rests()
    answer = await september.http.get("/billing/v1/books/months/2020-09")
    assert answer.json() == closed
    told = await month(september, "2020-10")
    assert told["deferred_revenue"]["movements"] == {"fees": -3000, "refunded": -16900}
    happened = await september.rows(
        "SELECT occurred_at, booked_at FROM ledger_transactions WHERE kind = 'cancelled'"
    )
    assert [row["occurred_at"].month for row in happened] == [9]
    assert [row["booked_at"].month for row in happened] == [10]


async def test_the_hash_is_of_the_lines_and_chained(september: World) -> None:
    await september.at("2020-11-01T06:00:00Z")
    first = (await close(september, "2020-09")).json()
    second = (await close(september, "2020-10")).json()
    kept = await september.rows("SELECT * FROM month_closings WHERE month = '2020-10'")
    lines = sorted(
        (Place(r["currency"], r["account"], r["course_id"], r["movement"]), r["amount_minor"])
        for r in kept
    )
    assert len(lines) == 8  # opening and closing of cash and deferred revenue, twice
    assert second["sha256"] == digest("2020-10", second["ends_at"], first["sha256"], lines)


async def test_nothing_can_be_booked_in_a_closed_month(september: World) -> None:
    await september.at("2020-10-01T05:00:00Z")
    await close(september, "2020-09")
    book = (
        "INSERT INTO ledger_transactions (transaction_id, registration_id, kind, ref, occurred_at,"
        " booked_at) VALUES ('t', 'ada', 'test', 'x', now(), $1)"
    )
    with pytest.raises(asyncpg.SerializationError, match="closed until"):
        await september.value(book, datetime(2020, 10, 1, 3, 59, 59, tzinfo=UTC))
    await september.value(book, datetime(2020, 10, 1, 4, 0, 0, tzinfo=UTC))
    line = (
        "INSERT INTO ledger_entries (transaction_id, line, registration_id, account, amount_minor,"
        " currency) SELECT transaction_id, 9, 'ada', account, amount_minor, 'EUR'"
        " FROM ledger_entries WHERE transaction_id = (SELECT min(transaction_id)"
        " FROM ledger_transactions WHERE kind = 'captured')"
    )
    with pytest.raises(asyncpg.SerializationError, match="closed until"):
        await september.value(line.replace(", 9,", ", 9 + line,"))
    await september.value("INSERT INTO ledger_entries SELECT 't', 1, 'ada', 'fees', 0, 'USD'")


@pytest.mark.parametrize("table", ["closed_months", "month_closings"])
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET month = 'x'", "TRUNCATE {}"])
async def test_what_was_closed_stays(september: World, table: str, act: str) -> None:
    await september.at("2020-10-01T05:00:00Z")
    await close(september, "2020-09")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await september.value(act.format(table))


async def test_a_closed_month_that_differs_from_the_ledger_is_found(september: World) -> None:
    await september.at("2020-10-01T05:00:00Z")
    await close(september, "2020-09")
    assert await september.broken_invariants() == []
    await september.rows(
        "INSERT INTO month_closings VALUES ('2020-09', 'USD', 'fees', '', 'closing', 5)"
    )
    assert await september.broken_invariants() == ["closed_months_agree"]
    await september.rows(
        "INSERT INTO month_closings VALUES ('2020-09', 'USD', 'fees', 'x', 'closing', -5)"
    )


async def test_a_booking_that_is_under_way_is_waited_for_and_counted(september: World) -> None:
    """Whoever closes waits for a transaction that books in the month and is not committed yet."""
    await september.at("2020-10-01T05:00:00Z")
    async with september.db.acquire() as con:
        begun = con.transaction()
        await begun.start()
        await con.execute(
            "INSERT INTO ledger_transactions (transaction_id, registration_id, kind, ref,"
            " occurred_at, booked_at) VALUES ('t', 'ada', 'cancelled', 'x', now(), $1)",
            datetime(2020, 9, 30, 12, tzinfo=UTC),
        )
        await con.execute(
            "INSERT INTO ledger_entries VALUES ('t', 1, 'ada', 'deferred_revenue', 700, 'USD'),"
            " ('t', 2, 'ada', 'fees', -700, 'USD')"
        )
        closing = asyncio.create_task(close(september, "2020-09"))
        for _ in range(20):
            await asyncio.sleep(0.05)
            assert not closing.done()
        await begun.commit()
    assert (await closing).status_code == 200
    assert (await month(september, "2020-09"))["fees"]["closing"] == 700


async def test_two_who_close_at_once_close_once(september: World) -> None:
    await september.at("2020-10-01T05:00:00Z")
    answers = await asyncio.gather(close(september, "2020-09"), close(september, "2020-09"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await september.value(NEVER) == 1


async def test_the_same_key_gives_the_first_answer(september: World) -> None:
    await september.at("2020-10-01T05:00:00Z")
    first = await close(september, "2020-09", key="k")
    again = await close(september, "2020-09", key="k")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    unkeyed = await september.http.post("/billing/v1/books/months/2020-09/close")
    assert unkeyed.status_code == 400


@pytest.mark.parametrize("name", ["2020-13", "september", "2020-9", "9999-12"])
async def test_what_is_no_month_is_invalid(world: World, name: str) -> None:
    answer = await world.http.get(f"/billing/v1/books/months/{name}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/month-invalid")
    assert (await close(world, name)).status_code == 422


async def test_an_empty_month_has_nothing_in_it(world: World) -> None:
    answer = await world.http.get("/billing/v1/books/months/2019-01")
    assert answer.json()["currencies"] == []
    assert answer.json()["starts_at"] == "2019-01-01T05:00:00Z"


async def test_only_operators_see_and_close(september: World) -> None:
    async with september.client() as nobody:
        assert (await nobody.get("/billing/v1/books/months/2020-09")).status_code == 401
        refused = await nobody.post(
            "/billing/v1/books/months/2020-09/close", headers={"Idempotency-Key": "k"}
        )
        assert refused.status_code == 401


@pytest.mark.parametrize("moved_to", ["America/Los_Angeles", "Europe/London"])
async def test_where_the_zone_of_the_books_changes_a_month_begins_where_the_last_was_closed(
    world: World, moved_to: str
) -> None:
    """What is booked at half past one in New York on October 1 is of September in Los Angeles."""
    await world.hears(course(), requested("ada"))
    await world.at("2020-10-01T05:30:00Z")
    await world.hears(requested("ben"))
    await world.at("2020-10-02T12:00:00Z")
    assert (await close(world, "2020-09")).status_code == 200
    world.service.app.state.books_zone = moved_to
    await world.at("2020-11-03T12:00:00Z")
    told = await month(world, "2020-10")
    closed = await close(world, "2020-10")
    assert closed.status_code == 200, closed.text
    assert told["receivable"] == account("receivable", 19900, 39800, invoiced=19900)
    assert (await month(world, "2020-10"))["receivable"] == told["receivable"]
