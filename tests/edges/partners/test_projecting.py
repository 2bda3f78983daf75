"""All that partners may come to see goes into one log, once, in whatever order it is heard."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from services.partners.app import build
from services.partners.commands.visible import FACTS
from services.partners.settings import Settings
from shared.contracts import reference
from shared.contracts.billing import CreditIssued, InvoicePaid
from shared.contracts.event import Event
from shared.contracts.notifications import MessageSent
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRefused,
    RegistrationRequested,
    RegistrationSubstituted,
)
from shared.runtime.intake import Intake
from shared.runtime.tokens import digest_of
from tests.stage import OPERATOR, SECRET, Stage, StillClock, killed_at

NOW = "2020-10-01T12:00:00Z"
COURSE, PERSON = reference.COURSE_ID, reference.PERSON_ID
OTHER = "attachment-effectiveness-2021"
_LOG = "SELECT * FROM occurrences ORDER BY position"


def made(event: type[Event], **about: Any) -> Any:
    return event.model_validate(event.example | about)


def id_of(number: int) -> str:
    return str(uuid.UUID(int=number, version=4))


@pytest.fixture
async def stage(database: Any) -> AsyncIterator[Stage]:
    settings = Settings(
        database_url=database("partners"),
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
        role="api",
    )
    stage = Stage(build(settings, clock=StillClock(NOW)))
    yield stage
    for db in (stage.service.api_db, stage.service.worker_db):
        await db.close()


async def seen(stage: Stage) -> list[tuple[int, str, str, str]]:
    """(position, type without version, course, subject) of all that stands in the log."""
    return [
        (row["position"], row["type"].removesuffix(".v1"), row["course_id"], row["subject"])
        for row in await stage.rows(_LOG)
    ]


async def test_a_fact_stands_there_whole_with_who_said_it_and_when(stage: Stage) -> None:
    record = stage.said_by_others(made(InvoicePaid), id_of(1))
    said = [*record.headers, ("ce_time", b"2020-09-14T17:07:30+02:00")]
    assert await stage.takes([_with(record, said)]) == ["done"]
    [row] = await stage.rows(_LOG)
    assert row.pop("said_at").isoformat() == "2020-09-14T15:07:30+00:00"
    data = row.pop("data")
    assert row == {
        "position": 1,
        "event_id": id_of(1),
        "type": "invoice.paid.v1",
        "course_id": COURSE,
        "subject": reference.REGISTRATION_ID,
        "source": "/billing",
        "of_person": None,
    }
    assert data == made(InvoicePaid).model_dump(mode="json")
    assert data["total"] == {"amount": 19900, "currency": "USD"}


@pytest.mark.parametrize("time", [None, b"", b"yesterday", b"2020-09-14T15:07:30", b"\xff"])
async def test_what_does_not_say_when_it_was_said_was_said_when_it_was_heard(
    stage: Stage, time: bytes | None
) -> None:
    record = stage.said_by_others(made(InvoicePaid))
    said = [*record.headers, *([("ce_time", time)] if time is not None else [])]
    assert await stage.takes([_with(record, said)]) == ["done"]
    assert (await stage.value("SELECT said_at FROM occurrences")).isoformat() == (
        "2020-10-01T12:00:00+00:00"
    )


async def test_every_type_that_is_visible_is_recorded_where_its_course_is_known(
    stage: Stage,
) -> None:
    await stage.hears(made(RegistrationRequested))
    assert len(FACTS) > 30
    assert await stage.hears(*(made(event) for event in FACTS)) == ["done"] * len(FACTS)
    known = await stage.rows("SELECT DISTINCT type FROM occurrences")
    assert {row["type"] for row in known} == {event.type for event in FACTS}


async def test_what_belongs_to_no_course_is_in_no_log(stage: Stage) -> None:
    goodwill = made(CreditIssued, registration_id=None, course_id=None, person_id=None)
    digest = made(MessageSent, registration_id=None, course_id=None, person_id=None)
    assert await stage.hears(goodwill, digest, made(PersonRecorded)) == ["done"] * 3
    assert await seen(stage) == []


async def test_a_person_stands_there_once_for_each_course_whichever_came_first(
    stage: Stage,
) -> None:
    await stage.hears(made(RegistrationRequested))
    await stage.hears(made(PersonRecorded))
    await stage.hears(
        made(RegistrationConfirmed),
        made(RegistrationRequested, course_id=OTHER, registration_id="r2"),
    )
    await stage.hears(made(PersonRecorded, version=2, name="Ada"))
    assert await seen(stage) == [
        (1, "registration.requested", COURSE, reference.REGISTRATION_ID),
        (2, "person.recorded", COURSE, PERSON),
        (3, "registration.confirmed", COURSE, reference.REGISTRATION_ID),
        (4, "person.recorded", OTHER, PERSON),
        (5, "registration.requested", OTHER, "r2"),
        (6, "person.recorded", COURSE, PERSON),
        (7, "person.recorded", OTHER, PERSON),
    ]
    rows = await stage.rows(_LOG)
    assert rows[1]["event_id"] == rows[3]["event_id"], "one event, of two courses"
    assert [row["of_person"] for row in rows if row["type"] == "person.recorded.v1"] == [PERSON] * 4


async def test_a_colleague_who_comes_instead_is_one_of_the_course(stage: Stage) -> None:
    new = made(RegistrationSubstituted).person_id
    await stage.hears(made(PersonRecorded, person_id=new))
    await stage.hears(made(RegistrationSubstituted))
    assert [(type_, subject) for _, type_, _, subject in await seen(stage)] == [
        ("person.recorded", new),
        ("registration.substituted", reference.REGISTRATION_ID),
    ]


async def test_who_was_refused_is_nobody_of_the_course(stage: Stage) -> None:
    await stage.hears(made(PersonRecorded), made(RegistrationRefused, person_id=None))
    assert [type_ for _, type_, _, _ in await seen(stage)] == ["registration.refused"]


async def test_an_older_word_about_a_person_that_comes_late_is_not_said_again(stage: Stage) -> None:
    await stage.hears(made(RegistrationRequested))
    await stage.hears(made(PersonRecorded, version=2, name="Ada"))
    await stage.hears(made(PersonRecorded, version=1, name="Adah"))
    rows = await stage.rows(
        "SELECT data->>'name' AS name FROM occurrences WHERE of_person = $1", PERSON
    )
    assert rows == [{"name": "Ada"}]


STORY = [
    made(CoursePublished),
    made(PersonRecorded),
    made(RegistrationRequested),
    made(RegistrationRequested, course_id=OTHER, registration_id="r2"),
]


async def test_who_is_erased_leaves_nothing_but_that_they_were_in_whatever_order(
    stage: Stage,
) -> None:
    """Four things are heard, of a person for each order: also what was said before the end after
    it, out of the dead letters, say."""
    for number, order in enumerate(itertools.permutations(["person", "here", "there", "end"])):
        who, about = f"p{number}", {"registration_id": f"r{number}", "person_id": f"p{number}"}
        events = {
            "person": made(PersonRecorded, person_id=who),
            "here": made(RegistrationRequested, **about),
            "there": made(RegistrationRequested, **about | {"course_id": OTHER}),
        }
        for step in order:
            await (stage.forgets(who) if step == "end" else stage.hears(events[step]))
        rows = await stage.rows(
            "SELECT type, course_id, subject, data FROM occurrences"
            " WHERE data->>'person_id' = $1 ORDER BY type, course_id",
            who,
        )
        assert [(row["type"], row["course_id"]) for row in rows] == [
            ("person.erased.v1", COURSE),
            ("person.erased.v1", OTHER),
            ("registration.requested.v1", COURSE),
            ("registration.requested.v1", OTHER),
        ], order
        assert [(row["subject"], row["data"]) for row in rows[:2]] == [
            (who, {"person_id": who})
        ] * 2, order
    left = await stage.rows("SELECT DISTINCT version, data, erased FROM people")
    assert left == [{"version": 0, "data": {}, "erased": True}]


async def test_an_end_that_is_said_twice_is_told_once(stage: Stage) -> None:
    await stage.hears(made(RegistrationRequested), made(PersonRecorded))
    await stage.forgets(PERSON)
    before = await stage.rows(_LOG)
    await stage.forgets(PERSON)
    assert await stage.rows(_LOG) == before
    assert [row["position"] for row in before] == [1, 3], "what is gone leaves its place empty"


async def test_a_person_recorded_and_erased_in_one_batch_is_gone(stage: Stage) -> None:
    end = stage.record(PersonRecorded.topic, PERSON, None, PersonRecorded.type)
    batch = [stage.said_by_others(event) for event in STORY]
    assert await stage.takes([*batch, end]) == ["done"] * 5
    assert [type_ for _, type_, _, _ in await seen(stage)] == [
        "course.published",
        "registration.requested",
        "registration.requested",
        "person.erased",
        "person.erased",
    ]


async def test_what_is_heard_again_is_there_once_also_when_no_inbox_remembers_it(
    stage: Stage,
) -> None:
    ids = [id_of(n) for n in range(len(STORY))]
    assert await stage.hears(*STORY, ids=ids) == ["done"] * 4
    before = await stage.rows(_LOG)
    assert len(before) == 5
    assert await stage.hears(*STORY, ids=ids) == [None] * 4
    await stage.rows("DELETE FROM inbox RETURNING 1")
    assert await stage.hears(*reversed(STORY), ids=[*reversed(ids)]) == ["done"] * 4
    assert await stage.rows(_LOG) == before


async def test_who_dies_before_the_commit_leaves_neither_a_row_nor_a_hole(stage: Stage) -> None:
    ids = [id_of(n) for n in range(len(STORY))]
    records = [stage.said_by_others(event, id_) for event, id_ in zip(STORY, ids, strict=True)]
    with killed_at("batch.flushed"):
        await stage.takes(records)
    assert await stage.rows(_LOG) == []
    with killed_at("batch.committed"):
        await stage.takes(records)
    assert await stage.takes(records) == [None] * 4
    assert [position for position, *_ in await seen(stage)] == [1, 2, 3, 4, 5]


async def test_two_that_add_at_once_never_let_a_reader_pass_what_is_added_later(
    stage: Stage,
) -> None:
    """The first has taken its numbers and does not commit; the second must not get ahead of it."""
    one, two = (
        Intake(db, stage.clock, stage.service.hears)
        for db in (stage.service.worker_db, stage.service.api_db)
    )
    first = one.deliver([stage.said_by_others(made(CoursePublished))])
    second = two.deliver([stage.said_by_others(made(CoursePublished, course_id=OTHER))])
    head = "SELECT position FROM heads WHERE log = 'occurrences'"
    async with stage.db.acquire() as con:  # a head to hold on to
        await con.execute("INSERT INTO heads VALUES ('occurrences', 0, '[[\"aaaaaaaa\", 0]]')")
        async with con.transaction():
            await con.execute(f"{head} FOR UPDATE")
            racing = [asyncio.create_task(each) for each in (one.step(first), two.step(second))]
            done, _ = await asyncio.wait(racing, timeout=1)
            assert not done, "both wait for whoever holds the head"
            await con.execute("UPDATE heads SET position = 7")
    await asyncio.gather(*racing)
    assert [position for position, *_ in await seen(stage)] == [8, 9]
    assert await stage.value(head) == 9


async def test_a_reader_beside_many_that_add_sees_every_position_in_turn(stage: Stage) -> None:
    workers = [
        Intake(db, stage.clock, stage.service.hears)
        for db in (stage.service.worker_db, stage.service.api_db)
    ]
    read: list[int] = []

    async def reads() -> None:
        while len(read) < 40:
            last = read[-1] if read else 0
            rows = await stage.rows(
                "SELECT position FROM occurrences WHERE position > $1 ORDER BY position", last
            )
            read.extend(row["position"] for row in rows)
            await asyncio.sleep(0)

    async def adds(intake: Intake, whose: str) -> None:
        for number in range(10):
            batch = [
                stage.said_by_others(made(CoursePublished, course_id=f"{whose}-{number}-{each}"))
                for each in range(2)
            ]
            delivery = intake.deliver(batch)
            while delivery.left:
                await intake.step(delivery)

    async with asyncio.timeout(60):
        await asyncio.gather(reads(), adds(workers[0], "a"), adds(workers[1], "b"))
    assert read == list(range(1, 41))


def _with(record: Any, headers: Sequence[Any]) -> Any:
    return dataclasses.replace(record, headers=tuple(headers))
