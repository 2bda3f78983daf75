"""Since when a service hears each type, noted in its own database by its workers.

What a release before did not hear was passed over, and is in no inbox. Without this note each
release that hears more would take that for what a restored database has forgotten (`restored.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiokafka import ConsumerRecord

from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.records import word

Noted = Mapping[str, str]
_KEY = ("runtime.hears", "types")  # kept among the deadlines, as one that never comes
_ALWAYS = "1970-01-01T00:00:00+00:00"
_NOTE = """
INSERT INTO due (kind, ref, due_at, version, payload) VALUES ($1, $2, 'infinity', 0, $3)
ON CONFLICT (kind, ref) DO UPDATE SET payload = excluded.payload
"""
_NOTED = "SELECT payload FROM due WHERE kind = $1 AND ref = $2"


async def note_types(db: Database, hears: Hears) -> None:
    """Note what this release hears: what is new from now on (wall time), the first of all always.
    Nothing is written where nothing changed."""
    noted = await heard_since(db)
    names = sorted({*hears.handlers, *map(_end_of, hears.tombstones)})
    if noted is not None and sorted(noted) == names:
        return
    since = wall().isoformat() if noted is not None else _ALWAYS
    async with db.acquire() as con:
        await con.execute(_NOTE, *_KEY, {name: (noted or {}).get(name, since) for name in names})


async def heard_since(db: Database) -> Noted | None:
    """Type → since when (RFC 3339); None where no worker has noted it yet."""
    async with db.acquire() as con:
        found: Noted | None = await con.fetchval(_NOTED, *_KEY)
    return found


def was_heard(record: ConsumerRecord, noted: Noted | None) -> bool:
    """Whether a worker that met this record would have had it in its inbox."""
    if noted is None:
        return True
    ended = noted.get(_end_of(record.topic)) if record.value is None else None
    since = ended or noted.get(word(record, "ce_type") or "")
    return (
        since is not None and record.timestamp >= datetime.fromisoformat(since).timestamp() * 1000
    )


def _end_of(topic: str) -> str:
    return f"an end in {topic}"
