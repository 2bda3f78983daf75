"""Write what a batch gathered: one statement a table, rows sorted by key, tables in one order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from asyncpg import Connection
from pydantic_core import to_json

from shared.runtime import audits, sql
from shared.runtime.envelope import Entry
from shared.runtime.gathered import WALK, DuePlan
from shared.runtime.rows import tables_in_order
from shared.runtime.work import Work

_OUTBOX = ("event_id", "shard", "topic", "key", "payload", "headers")

# A deadline that is moved while somebody acts on it keeps its lease: nobody acts twice at once. A
# walk that is asked for anew while it is under way goes on, and then round to where it was.
_DUE = f"""
INSERT INTO due (kind, ref, due_at, version, payload, correlation, trace, lane, attempts)
SELECT u.kind, u.ref, u.due_at, u.version, u.payload, u.correlation, u.trace, u.lane, 0
FROM json_to_recordset($1::json) AS u(kind text, ref text, due_at timestamptz, version bigint,
  payload jsonb, correlation text, trace text, lane text)
ON CONFLICT (kind, ref) DO UPDATE
SET due_at = excluded.due_at, version = excluded.version,
    payload = CASE WHEN due.payload ? '{WALK}' AND NOT excluded.payload ? '{WALK}'
      THEN excluded.payload || jsonb_build_object('{WALK}', jsonb_build_object(
        'after', due.payload #> '{{{WALK},after}}', 'until', due.payload #> '{{{WALK},after}}'))
      ELSE excluded.payload END,
    correlation = excluded.correlation, trace = excluded.trace, lane = excluded.lane,
    attempts = CASE WHEN due.lease_until IS NULL THEN 0 ELSE due.attempts END
"""

# One that is being acted on is only taken out of time: what was done must find its row, to be
# recorded (claims.py deletes it then).
_UNDUE = """
UPDATE due SET due_at = 'infinity' FROM unnest($1::text[], $2::text[]) AS u(kind, ref)
WHERE due.kind = u.kind AND due.ref = u.ref AND due.lease_until >= now()
"""
_UNDUE_IDLE = """
DELETE FROM due USING unnest($1::text[], $2::text[]) AS u(kind, ref)
WHERE due.kind = u.kind AND due.ref = u.ref
  AND (due.lease_until IS NULL OR due.lease_until < now())
"""


async def flush(work: Work) -> None:
    """Write rows, then outbox rows, then deadlines."""
    changed = work.held.changed()
    for row in tables_in_order(list(changed)):
        new = [now for _, was, now in changed[row] if was is None and now is not None]
        old = [(was, now) for _, was, now in changed[row] if was is not None and now is not None]
        gone = [key for key, was, now in changed[row] if was is not None and now is None]
        if gone:
            await sql.delete(work.con, row, gone)
        # Updates first: a new row often takes what an old one gives up in the same breath (the one
        # open payment, the one active link), and unique indexes are checked at once.
        if old:
            rows, before = [now for _, now in old], [was for was, _ in old]
            await sql.update(work.con, row, rows, before)
        if new:
            await sql.insert(work.con, row, new)
    await write_outbox(work.con, work.said)
    plans = [work.dues[key] for key in sorted(work.dues)]
    await _plan_dues(work.con, [plan for plan in plans if plan is not None])
    await _drop_dues(work.con, [key for key in sorted(work.dues) if work.dues[key] is None])
    for statement, arguments in work.also:
        await work.con.execute(statement, *arguments)
    await audits.write(work.con, work.audits)  # last: it waits for its turn, and keeps it


async def write_outbox(con: Connection, entries: Sequence[Entry]) -> None:
    """Outbox rows in the order they were said; the relay reads them by position."""
    if not entries:
        return
    await con.copy_records_to_table(
        "outbox", records=[_record(entry) for entry in entries], columns=_OUTBOX
    )


def _record(entry: Entry) -> tuple[Any, ...]:
    headers = entry.headers_encoded()
    return entry.event_id, entry.shard, entry.topic, entry.key, entry.payload, headers


async def _plan_dues(con: Connection, plans: Sequence[DuePlan]) -> None:
    if not plans:
        return
    await con.execute(_DUE, to_json([plan.__dict__ for plan in plans]).decode())


async def _drop_dues(con: Connection, keys: Collection[tuple[str, str]]) -> None:
    if keys:
        kinds, refs = [kind for kind, _ in keys], [ref for _, ref in keys]
        await con.execute(_UNDUE_IDLE, kinds, refs)
        await con.execute(_UNDUE, kinds, refs)
