"""Invariant 9, towards partners: what is said of a course is in the log of what they may see, once;
of who was erased nothing is left there but that they were."""

from collections.abc import AsyncIterator

from cli.invariants.registry import KAFKA, Finding, Outside, invariant
from shared.contracts.topics import TOPICS
from shared.runtime.events import EventUnit
from shared.runtime.said import Said

# Of people their last word is asked for below: Kafka forgets the others, and the log with them.
_TOPICS = [*(topic.name for topic in TOPICS if topic.kind == "facts"), "registration.courses"]


@invariant(9, "Partners' log has each fact of a course that was said", "partners", KAFKA)
async def every_fact_is_shown(outside: Outside) -> AsyncIterator[Finding]:
    hears = outside.hears("partners")
    sql = "select event_id, course_id from occurrences"
    shown = {tuple(row) for row in await outside.rows("partners", sql)}
    sql = "select event_id::text from inbox where outcome = 'dead'"
    dead = {row["event_id"] for row in await outside.rows("partners", sql)}  # told of elsewhere
    async for record in outside.records(_TOPICS):
        unit = EventUnit("partners", hears, record)
        if not isinstance(unit.argument, Said) or unit.event_id in dead:
            continue
        course_id = getattr(unit.argument.what, "course_id", None)
        if course_id and (unit.event_id, course_id) not in shown:
            where = f"{record.topic}/{record.partition}@{record.offset}"
            yield Finding(unit.event_id, f"partners of {course_id} never see {where}")


@invariant(9, "Partners see each person of their courses as recorded last, or the end", "partners")
async def every_person_is_shown(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select e.course_id, e.person_id from enrolments e join people p using (person_id)
        where not exists (select 1 from occurrences o
          where o.event_id = p.event_id and o.course_id = e.course_id
            and (o.type = 'person.erased.v1') = p.erased)
    """
    for row in await outside.rows("partners", sql):
        yield Finding(row["person_id"], f"partners of {row['course_id']} do not know")


@invariant(9, "Of who was erased partners' log holds nothing", "partners")
async def nobody_erased_is_shown(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select o.position, o.of_person from occurrences o
        join people p on p.person_id = o.of_person where p.erased
    """
    for row in await outside.rows("partners", sql):
        yield Finding(row["of_person"], f"is still recorded at position {row['position']}")


@invariant(9, "No position of partners' log is behind its head", "partners")
async def nothing_is_behind_the_head(outside: Outside) -> AsyncIterator[Finding]:
    sql = """
        select o.position from occurrences o
        where o.position > coalesce((select position from heads where log = 'occurrences'), 0)
    """
    for row in await outside.rows("partners", sql):
        yield Finding(str(row["position"]), "a reader may have passed it")
