"""What partners do not see of what was said, and what they should not see any more, is found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from cli.invariants import shown
from cli.invariants.registry import Outside
from shared.contracts.registration import CoursePublished, PersonRecorded, RegistrationRequested
from shared.runtime.hears import Hears
from tests.edges.partners.test_projecting import COURSE, PERSON, made, stage
from tests.stage import Stage

__all__ = ["stage"]
CHECKS = (
    shown.every_fact_is_shown,
    shown.every_person_is_shown,
    shown.nobody_erased_is_shown,
    shown.nothing_is_behind_the_head,
)


class Looked(Outside):
    """The database of a stage, and a log."""

    def __init__(self, stage: Stage, said: Sequence[ConsumerRecord]) -> None:
        super().__init__({}, "a log", "", "")
        object.__setattr__(self, "_told", (stage, said))

    def hears(self, service: str) -> Hears:
        return self._told[0].service.hears  # type: ignore[attr-defined,no-any-return]

    async def records(self, topics: Sequence[str]) -> AsyncIterator[ConsumerRecord]:
        for record in self._told[1]:  # type: ignore[attr-defined]
            if record.topic in topics:
                yield record

    async def rows(self, service: str, sql: str, *values: Any) -> list[Any]:
        async with self._told[0].db.acquire() as con:  # type: ignore[attr-defined]
            return list(await con.fetch(sql, *values))


BROKEN = {
    "a fact": ("DELETE FROM occurrences WHERE type LIKE 'registration.%'", 0),
    "a course": ("DELETE FROM occurrences WHERE type LIKE 'course.%'", 0),
    "a person": ("DELETE FROM occurrences WHERE of_person IS NOT NULL", 1),
    "a former word": ("UPDATE people SET event_id = 'another'", 1),
    "an erasure": ("UPDATE people SET erased = true", 2),
    "a head": ("UPDATE heads SET position = 2", 3),
    "no head": ("DELETE FROM heads", 3),
}


@pytest.mark.parametrize(("statement", "place"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_not_as_it_was_said_is_found(
    stage: Stage, statement: str, place: int
) -> None:
    events = [made(CoursePublished), made(PersonRecorded), made(RegistrationRequested)]
    records = [stage.said_by_others(event) for event in events]
    junk = stage.record("registration.courses", COURSE, b'{"course_id": "c"}', "course.sold.v1")
    outside = Looked(stage, [*records, junk])
    await stage.takes([*records, junk])
    assert [[one async for one in check(outside)] for check in CHECKS] == [[], [], [], []]
    await stage.rows(f"{statement} RETURNING 1")
    assert [one async for one in CHECKS[place](outside)] != []


async def test_who_was_erased_is_missed_by_nobody(stage: Stage) -> None:
    person = [stage.said_by_others(made(PersonRecorded))]
    asked = [stage.said_by_others(made(RegistrationRequested))]
    await stage.takes([*person, *asked])
    await stage.forgets(PERSON)
    outside = Looked(stage, [*person, *asked])
    assert [[one async for one in check(outside)] for check in CHECKS] == [[], [], [], []]
