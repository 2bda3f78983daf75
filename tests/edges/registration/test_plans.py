"""Whatever a batch reads is found by an index, from the first registration on."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.registration.commands.steps import first_waiting, living
from services.registration.models import Certificate, Person, PersonChange, Words
from shared.runtime import sql
from shared.runtime.rows import Query, where
from tests.edges.registration.conftest import Stage


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (living("nobody"), "uq_registrations_live_key"),
        (first_waiting("attachment"), "ix_registrations_course_id_state_ticket_registration_id"),
        (where(Person, email_key="nobody"), "ix_people_email_key"),
        (where(Person, alias="nobody"), "ix_people_alias"),
        (where(Person, merged_into="nobody"), "ix_people_merged_into"),
        (where(Certificate, number="NONE"), "ix_certificates_number"),
        (where(Words, person_id="nobody"), "ix_words_person_id"),
        (where(Words, about_id="nobody"), "ix_words_about_id"),
        (where(Words, other_id="nobody"), "ix_words_other_id"),
        (where(PersonChange, other="nobody"), "ix_person_changes_other"),
    ],
)
async def test_a_plan_made_while_a_table_is_empty_is_one_for_a_full_one(
    stage: Stage, query: Query[Any], index: str
):
    """It is kept for as long as the connection: it must not read the whole table, once a key."""
    async with stage.db.acquire() as con:
        seen = []

        async def told(statement: str, *args: Any) -> list[Any]:
            seen.extend(line[0] for line in await con.fetch(f"EXPLAIN {statement}", *args))
            return []

        asking = SimpleNamespace(fetch=told)
        await sql.by_queries(asking, query.row, [(query, 1)], keys_only=True)  # type: ignore[arg-type]
    assert any(index in line for line in seen), seen
    assert not any("Seq Scan" in line for line in seen)
