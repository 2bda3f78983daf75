"""What staff wrote of somebody before it was kept whom they meant is found by that person, too."""

from __future__ import annotations

from typing import Any

import asyncpg
from alembic import command

from shared.runtime import migrate
from tests.conftest import Database, run
from tests.runtime.test_keys_migrated import _insert

HANDED_ON = {
    2: ("ada", "ben"),
    4: ("ben", "cleo"),
}


def test_whom_staff_meant_is_who_had_the_registration_then(database: Database) -> None:
    url = database("registration")
    command.downgrade(migrate.config("registration", url), "0012")

    async def before() -> None:
        con = await asyncpg.connect(url)
        try:
            await _insert(
                con, "registrations", registration_id="'r'", person_id="'cleo'",
                state="'confirmed'", seat="'sold'", method="'card'",
            )  # fmt: skip
            for revision, (former, person) in HANDED_ON.items():
                facts = f'{{"former_person_id": "{former}", "person_id": "{person}"}}'
                await _insert(
                    con, "history", registration_id="'r'", revision=f"{revision}",
                    act="'substitute'", facts=f"'{facts}'",
                )  # fmt: skip
            for revision, wrote in enumerate(("NULL", "NULL", "NULL", "NULL", "NULL", "'cleo'"), 1):
                await _insert(
                    con, "words", registration_id="'r'", revision=f"{revision}", person_id=wrote
                )
        finally:
            await con.close()

    async def after() -> list[tuple[Any, ...]]:
        con = await asyncpg.connect(url)
        try:
            rows = await con.fetch(
                "SELECT revision, person_id, about_id, other_id FROM words ORDER BY revision"
            )
        finally:
            await con.close()
        return [tuple(row) for row in rows]

    run(before())
    assert migrate.main(["upgrade", "registration", url]) == 0
    assert run(after()) == [
        (1, None, "ada", None),
        (2, None, "ada", "ben"),
        (3, None, "ben", None),
        (4, None, "ben", "cleo"),
        (5, None, "cleo", None),
        (6, "cleo", None, None),
    ]
