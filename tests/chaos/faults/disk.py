"""A full disk under Postgres.

Where the run has a small disk of its own for it (`small_disk.py`: root, in a name space of mounts)
that one is filled to the last byte, and Postgres finds out by itself. Elsewhere a trigger of the
database answers every write of events, for a while, with the very error that a full disk gives.
"""

import asyncio
import random

import asyncpg

from shared.contracts.services import SERVICES
from tests.chaos import small_disk
from tests.chaos.faults import NotFired, fault
from tests.chaos.ground import Ground

_FULL = """
CREATE SEQUENCE chaos_full;
CREATE FUNCTION chaos_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM nextval('chaos_full');
  RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;
GRANT USAGE ON SEQUENCE chaos_full TO PUBLIC;
CREATE TRIGGER chaos_full BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION chaos_full();
CREATE TRIGGER chaos_full BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION chaos_full();
"""
_FREE = """
DROP TRIGGER chaos_full ON inbox; DROP TRIGGER chaos_full ON outbox;
DROP FUNCTION chaos_full(); DROP SEQUENCE chaos_full;
"""


@fault("database answers: disk full")
async def answers_full(ground: Ground, chance: random.Random) -> str:
    """SQLSTATE 53100 at every event that one service hears or says."""
    service = chance.choice([one for one in SERVICES if one != "web"])
    con = await asyncpg.connect(ground.database(service))
    try:
        await _done(con, _FULL)
        try:
            for turn in range(150):  # as long as nothing is written, nothing is refused
                await asyncio.sleep(0.5)
                struck = await con.fetchval("SELECT last_value FROM chaos_full WHERE is_called")
                if struck and turn > 4:
                    break
        finally:
            await _done(con, _FREE)
    finally:
        await con.close()
    if not struck:
        raise NotFired(f"{service} wrote nothing")
    return f"{service}: {struck} writes refused with 53100"


async def _done(con: asyncpg.Connection, statements: str) -> None:
    """Both tables are locked for it, which transactions that write to both may be in the way of:
    where Postgres ends ours for that, it is done again."""
    for left in reversed(range(5)):
        try:
            await con.execute(statements)
            return
        except asyncpg.DeadlockDetectedError:
            if not left:
                raise


@fault("disk full under Postgres", hard=True)
async def disk_full(ground: Ground, chance: random.Random) -> str:
    """Not a byte is left, for some seconds; the file that takes it all is then deleted."""
    place = ground.home / "data" / "postgres"
    if not small_disk.is_one(place):
        return await answers_full(ground, chance)
    log = ground.home / "data" / "logs" / "postgres.log"
    before = log.read_bytes().count(b"No space left on device")
    ballast = place / "ballast"
    taken = 0
    try:
        # Five seconds; longer where nothing needs room yet, as when the fault before still lasts.
        for turn in range(150):
            taken += await asyncio.to_thread(small_disk.fill, ballast)
            await asyncio.sleep(0.3)
            if turn > 16 and log.read_bytes().count(b"No space left on device") > before:
                break
    finally:
        ballast.unlink(missing_ok=True)
    struck = log.read_bytes().count(b"No space left on device") - before
    if not struck:
        raise NotFired(f"{taken >> 20} MiB taken, and Postgres missed none of it")
    return f"{taken >> 20} MiB taken; Postgres found no space {struck} times"
