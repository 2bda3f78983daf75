"""What staff ask for is found by an index, however many messages there are."""

from typing import Any

import pytest

from services.notifications.api import outlook, suppressions
from services.notifications.api.found import query_of
from services.notifications.commands import facts_for_staff
from shared.dates import parse_instant
from tests.edges.notifications.conftest import World

NOW = parse_instant("2020-10-19T12:00:00Z")
# 20,000 messages of a hundred courses, of which few are to be sent, failed, or were tried before.
MANY = """
INSERT INTO messages (message_id, dedup_key, registration_id, course_id, person_id, template,
  subject, version, state, due_at, covers, reason, attempts, resends, recipient, subject_line,
  forced, said, channel, provider_id, delivery)
SELECT 'm' || n, 'k' || n, 'r' || n / 10, 'c' || n % 100, 'p' || n / 20,
  CASE WHEN n % 4000 = 0 THEN 'certificate_revoked' ELSE 'join_1h' END, 's', 1,
  CASE WHEN n % 2000 = 0 THEN 'failed' WHEN n % 500 = 0 THEN 'planned' ELSE 'sent' END,
  $1::timestamptz - n * interval '1 minute', '[]', '', 0, 0, '', '', false, '{}', CASE WHEN n % 4000 = 1 THEN 'sms' ELSE 'mail' END, '', ''
FROM generate_series(1, 20000) n
"""


async def plan_of(world: World, sql: str, *args: Any) -> str:
    async with world.db.acquire() as con:
        # As the sixth time and ever after on a connection: planned for any arguments.
        await con.execute("SET plan_cache_mode = force_generic_plan")
        await con.execute("DEALLOCATE ALL")
        try:
            lines = await con.fetch(f"EXPLAIN {sql}", *args)
        finally:
            await con.execute("RESET plan_cache_mode")
    return "\n".join(line[0] for line in lines)


@pytest.fixture
async def crowded(world: World) -> World:
    async with world.db.acquire() as con:
        await con.execute(MANY, NOW)
        await con.execute("ANALYZE messages")
    return world


@pytest.mark.parametrize(
    ("asked", "states", "index"),
    [
        ({}, None, "ix_messages_due_at_message_id"),
        ({"course_id": "c7"}, None, "ix_messages_course_id_due_at_message_id"),
        ({"template": "certificate_revoked"}, None, "ix_messages_template_due_at_message_id"),
        ({"person_id": "p7"}, None, "ix_messages_person_id"),
        ({"registration_id": "r7"}, None, "ix_messages_registration_id"),
        ({}, ["failed"], "ix_messages_"),
        ({"reason": "bounced"}, ["failed"], "ix_messages_"),
    ],
)
async def test_a_page_is_found_by_an_index(
    crowded: World, asked: dict[str, str], states: list[str] | None, index: str
) -> None:
    for after in (None, (NOW, "m3")):
        sql, args = query_of(asked, states, after)
        plan = await plan_of(crowded, sql, *args, 51)
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan


async def test_texts_are_found_by_an_index_of_their_own(crowded: World) -> None:
    sql, args = query_of({}, None, (NOW, "m3"), "sms")
    plan = await plan_of(crowded, sql, *args, 51)
    assert "ix_messages_texts" in plan, plan
    found = await crowded.rows(sql.replace("*", "message_id"), *args, 51)
    assert [row["message_id"] for row in found] == [
        "m1", "m4001", "m8001", "m12001", "m16001",
    ]  # fmt: skip


async def test_the_morning_reads_only_what_did_not_go_out(crowded: World) -> None:
    plan = await plan_of(crowded, facts_for_staff._MAILS, NOW, NOW, NOW)
    assert "ix_messages_not_out" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_what_was_put_off_is_counted_though_it_was_not_due_long(crowded: World) -> None:
    async with crowded.db.acquire() as con:
        await con.execute("DELETE FROM messages WHERE state <> 'planned'")
        await con.execute(
            "UPDATE messages SET attempts = 1, due_at = $1 WHERE message_id = 'm500'", NOW
        )
        told = await facts_for_staff.mails(con, NOW)
    # of the thirty that were to go out, one was tried a moment ago, the others wait since hours
    assert (told.again, told.late, told.failed) == (1, 29, 0)


async def test_what_waits_for_an_address_is_looked_for_among_what_did_not_go_out(
    crowded: World,
) -> None:
    plan = await plan_of(crowded, suppressions._WAITING, "suppressed")
    assert "ix_messages_not_out" in plan, plan
    assert "Seq Scan on messages" not in plan, plan


async def test_how_mails_go_out_just_now_is_counted_by_indexes(crowded: World) -> None:
    for sql, args in (
        (outlook._AHEAD, (NOW, NOW + outlook.HOUR)),
        (outlook._FAILED, (NOW - outlook.WEEK,)),
        (outlook._HOUR, (NOW - outlook.HOUR, NOW)),
    ):
        plan = await plan_of(crowded, sql, *args)
        assert "Seq Scan" not in plan, plan
    crowded.clock.time = NOW
    async with crowded.db.acquire() as con:
        later = NOW + outlook.HOUR / 2
        await con.execute("UPDATE messages SET due_at = $1 WHERE message_id = 'm500'", later)
        await con.execute("UPDATE messages SET reason = 'waits' WHERE message_id = 'm1000'")
    told = await crowded.http.get("/notifications/v1/outlook")
    assert told.json() == {
        "as_of": "2020-10-19T12:00:00Z",
        "soon": 1,
        "late": 28,
        "late_since": "2020-10-05T23:00:00Z",  # 19,500 minutes before
        "waiting": 1,
        "failed": 5,  # of the last week: those 2,000 to 10,000 minutes ago
        "last_hour": {"sent": 59, "sending": 0, "skipped": 0, "cancelled": 0, "failed": 0},
    }
