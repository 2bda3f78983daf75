"""Whoever was on record before names were searched is found by their name, too."""

from __future__ import annotations

import asyncpg
from alembic import command

from shared.runtime import migrate
from tests.conftest import Database, run
from tests.runtime.test_keys_migrated import _insert

PEOPLE = {"p1": "Žaneta Łuczyńska", "p2": "Ada Lovelace", "p3": "Ada O''Neil"}


def test_the_words_of_who_is_on_record_are_made(database: Database) -> None:
    url = database("registration")
    command.downgrade(migrate.config("registration", url), "0008")

    async def before() -> None:
        con = await asyncpg.connect(url)
        try:
            for who, name in PEOPLE.items():
                await _insert(con, "people", person_id=f"'{who}'", name=f"'{name}'")
        finally:
            await con.close()

    async def meanwhile() -> None:
        """As the release before, which knows no words: one is corrected, one recorded."""
        con = await asyncpg.connect(url)
        try:
            await con.execute("UPDATE people SET name = 'Ada Byron' WHERE person_id = 'p2'")
            await _insert(con, "people", person_id="'p4'", name="'Eun-ji'")
        finally:
            await con.close()

    async def after() -> dict[str, str]:
        con = await asyncpg.connect(url)
        try:
            rows = await con.fetch("SELECT person_id, name_words FROM people")
        finally:
            await con.close()
        return {row["person_id"]: row["name_words"] for row in rows}

    run(before())
    assert migrate.main(["upgrade", "registration", url]) == 0
    assert run(after()) == {
        "p1": "zaneta luczynska",
        "p2": "ada lovelace",
        "p3": "ada o neil oneil",
    }
    run(meanwhile())
    command.downgrade(migrate.config("registration", url), "0009")
    assert migrate.main(["upgrade", "registration", url]) == 0
    assert run(after()) == {
        "p1": "zaneta luczynska",
        "p2": "ada byron",
        "p3": "ada o neil oneil",
        "p4": "eun ji eunji",
    }
