"""A session of many is settled within the database's time-outs."""

import asyncpg

from shared.runtime.failures import is_infrastructure
from shared.runtime.sweep import Sweep
from tests.edges.attendance.conftest import COURSE, World, saw

MANY = 1000
_TWIN = """
INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(r) || {changed})).*
FROM {table} r, generate_series(1, $1::int) n WHERE registration_id = 'ada'
"""


async def multiply(world: World) -> None:
    """Ada and her evidence, a thousand times more: ada-1, ada-2, …"""
    own = "jsonb_build_object('registration_id', 'ada-' || n, 'person_id', 'p-' || n)"
    line = (
        "jsonb_build_object('registration_id', 'ada-' || n, 'participant_id', 'p-' || n,"
        " 'observation_id', r.observation_id || '-' || n)"
    )
    async with world.db.acquire() as con:
        await con.execute(_TWIN.format(table="registrations", changed=own), MANY)
        await con.execute(_TWIN.format(table="observations", changed=line), MANY)


async def test_a_session_of_a_thousand_is_settled_in_short_transactions(enrolled: World) -> None:
    """One in 25 of 25,000, with a pause allowed that is one in 25 of the 2 s that the database
    allows: whoever does it in one transaction exceeds it."""
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "left", "2020-11-02T22:00:00Z", registration_id="ada"),
    )
    await multiply(world)
    await world.db.close()
    world.db.settings = {"idle_in_transaction_session_timeout": "80"}
    await world.at("2020-11-02T23:16:00Z", sweep=False)
    sweep, done = Sweep(world.db, world.clock, world.service.dues), 1
    while done:
        try:
            done = await sweep.step()
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as why:
            if not is_infrastructure(why):  # too much at once, on a slow day: then less
                raise
    settled = [e for e in await world.said("attendance.settled.v1") if e["session_id"] == "s3"]
    assert len(settled) == len({e["registration_id"] for e in settled}) == MANY + 2
    assert sum(e["seconds"] == 3600 for e in settled) == MANY + 1
    [said] = [e for e in await world.said("session.completed.v1") if e["session_id"] == "s3"]
    assert (said["course_id"], said["expected"], said["present"]) == (COURSE, MANY + 2, 0)
