"""Rows many times over: copies are as whole as what services wrote, and none is another's."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bench import growth, multiplied, reading, rounds
from tests.stack.test_bench_references import published, registered

COPIES = 3


@pytest.fixture
async def con(database: Any, postgres_url: str) -> Any:
    """The administrator's connection to registration's database, which has one registration."""
    url = database("registration")
    await published(url)
    await registered("ours", url)
    name = urlsplit(url).path
    made = await asyncpg.connect(urlunsplit(urlsplit(postgres_url)._replace(path=name)))
    yield made
    await made.close()


async def counted(con: asyncpg.Connection, table: str) -> int:
    return int(await con.fetchval(f"SELECT count(*) FROM {table}"))


async def test_each_copy_is_whole_and_of_its_own(con: asyncpg.Connection) -> None:
    before = {t: await counted(con, t) for t in ("registrations", "people", "history", "due")}
    assert before["registrations"] == 1
    plans = await multiplied.seeded(con)
    came: list[int] = []
    await multiplied.multiply(con, plans, 1, COPIES, came.append)
    assert sum(came) == sum(plan.rows for plan in plans) * COPIES
    assert {t: await counted(con, t) for t in before} == {t: 4 * n for t, n in before.items()}
    # the course is another one, too, and what belongs together does in each copy
    rows = await con.fetch(
        "SELECT r.registration_id, r.course_id, r.live_key, p.person_id, h.registration_id AS of,"
        " d.ref FROM registrations r JOIN people p USING (person_id)"
        " JOIN history h USING (registration_id) JOIN due d ON d.ref = r.registration_id"
        " JOIN courses c USING (course_id) JOIN seats s USING (course_id)"
    )
    assert len(rows) == 4
    for name in ("registration_id", "course_id", "live_key", "person_id"):
        assert len({row[name] for row in rows}) == 4, name
    assert {row["course_id"] for row in rows} == {"bench-0", "bench-0-1", "bench-0-2", "bench-0-3"}
    first = {row["registration_id"][:8] for row in rows if row["course_id"] != "bench-0"}
    assert first == {"00000001", "00000002", "00000003"}


async def test_what_was_multiplied_is_taken_away_again(con: asyncpg.Connection) -> None:
    before = {
        table: sorted(map(str, await con.fetch(f"SELECT * FROM {table}")))
        for table in ("registrations", "people", "history", "courses", "seats", "outbox")
    }
    plans = await multiplied.seeded(con)
    await multiplied.multiply(con, plans, 1, COPIES, lambda _rows: None)
    await multiplied.shrunk(con, plans)
    after = {table: sorted(map(str, await con.fetch(f"SELECT * FROM {table}"))) for table in before}
    assert after == before
    assert len(await multiplied.seeded(con)) == len(plans), "once more, as if nothing had been"


async def test_what_a_copy_says_in_json_is_of_the_copy(con: asyncpg.Connection) -> None:
    plans = await multiplied.seeded(con)
    await multiplied.multiply(con, plans, 7, 7, lambda _rows: None)
    [row] = await con.fetch("SELECT * FROM due WHERE ref LIKE '00000007-%'")
    assert row["payload"] is not None
    said = await con.fetch("SELECT version, document::text AS text FROM course_versions")
    assert len(said) == 2
    assert sum('"bench-0-7"' in one["text"] for one in said) == 1


async def test_what_there_is_of_nobody_is_left(con: asyncpg.Connection) -> None:
    outbox = await counted(con, "outbox")
    assert outbox > 0
    tables = {plan.table for plan in await multiplied.seeded(con)}
    assert not tables & multiplied.LEFT
    assert {"registrations", "people", "history", "due", "courses", "seats"} <= tables


async def test_a_course_that_no_copy_renames_is_found(con: asyncpg.Connection) -> None:
    """Its one row would have the people of all copies, and a look at it become slow by that."""
    await con.execute(
        'INSERT INTO seats SELECT (jsonb_populate_record(s, \'{"course_id": "other"}\')).*'
        " FROM seats s"
    )
    with pytest.raises(ValueError, match="seats has rows of other, which is no course of a seed"):
        await multiplied.seeded(con)


async def test_rounds_leave_nothing_behind_but_what_is_forgotten(con: asyncpg.Connection) -> None:
    await con.execute("DELETE FROM outbox")
    told = await rounds.costs(con, "registration", growth.ENDED, 2)
    assert set(told) == {"inbox", "sweep", "relay"}
    assert (await counted(con, "inbox"), await counted(con, "outbox")) == (0, 0)
    await con.execute(
        "INSERT INTO inbox (consumer, event_id, outcome, received_at)"
        " SELECT 'registration', gen_random_uuid(), 'done', now() FROM generate_series(1, 500)"
    )
    found = await rounds.forgotten(con, "registration", 2)
    assert 0 < found["rows"] < 150, "about a tenth"
    assert await counted(con, "inbox") == 500 - found["rows"]


def test_what_became_slower_most_is_found_by_medians() -> None:
    def sides(**times: list[float]) -> dict[str, Any]:
        return {"asked": dict(times)}

    found = {
        "bare": sides(a=[10.0, 10.0, 90.0], b=[2.0, 2.0, 2.0], gone=[1.0, 1.0, 1.0]),
        "ours": sides(a=[12.0, 11.0, 10.0], b=[3.0, 90.0, 2.0], new=[9.0, 9.0, 9.0]),
    }
    assert growth.slowest(found, "asked") == ("b", 1.5)
    with pytest.raises(ValueError, match="empty"):
        growth.slowest({"bare": sides(), "ours": sides()}, "asked")


async def test_rows_anywhere_in_a_large_table_are_asked_about(
    con: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = [plan for plan in await multiplied.seeded(con) if plan.table == "registrations"]
    await multiplied.multiply(con, plans, 1, 399, lambda _rows: None)
    monkeypatch.setattr(reading, "ALL", 100)
    rows = await reading._some(con, "registrations", ["registration_id"], 1)
    assert len(rows) == reading.IDS
    found = {int(row["registration_id"][:8], 16) for row in rows}
    copies = sorted(one for one in found if one < 400)  # the first one's own id is larger
    assert len(copies) > 5
    assert copies[-1] > 200, "not only of its beginning"


async def test_rows_that_are_asked_about_are_there(con: asyncpg.Connection) -> None:
    rows = await reading._some(con, "registrations", ["course_id", "registration_id"], 1)
    there = await con.fetchrow("SELECT course_id, registration_id FROM registrations")
    assert rows == [dict(there)] * reading.IDS
    assert reading._home(["history", "registrations"], {"registration_id"}) == "registrations"
    assert reading._home(["history", "people"], {"registration_id"}) == "history"
