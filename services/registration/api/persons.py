"""People, for operators: looked up, merged, and parted again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.registration.api.bodies import EraseBody, MergeBody, UnmergeBody
from services.registration.api.person_answers import Gone, Merged, Parted, PersonList, PersonWhole
from services.registration.api.shown import moment
from services.registration.commands.erasing import Erase, erase
from services.registration.commands.finding import (
    Find,
    Found,
    Named,
    Show,
    find,
    named,
    show,
)
from services.registration.commands.merging import Merge, Unmerge, merge, unmerge
from services.registration.domain.name_words import query_of
from services.registration.models import Person
from shared.errors import Invalid
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import Edge, EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["people"], route_class=Direct)
_RECORDED = (
    "person_id", "version", "name", "email", "zone", "locale", "profession", "licenses",
    "birth_day", "phone", "sms_consent", "merged_into",
)  # fmt: skip
# Found before they are put in order: else Postgres may walk all people until a page is full.
_NAMED = """
WITH found AS MATERIALIZED (
  SELECT person_id FROM people
  WHERE array_to_tsvector(string_to_array(name_words, ' ')) @@ $1::text::tsquery
    AND ($2::text IS NULL OR person_id > $2)
)
SELECT person_id FROM found ORDER BY person_id LIMIT $3
"""


@router.get("/registration/v1/people", responses={200: {"model": PersonList}, **problems(401, 403)})
async def find_people(
    _caller: OperatorDep,
    edge: EdgeDep,
    reader: ReaderDep,
    email: Annotated[str | None, Query(min_length=3, max_length=254)] = None,
    name: Annotated[str | None, Query(min_length=2, max_length=200)] = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Response:
    """Everybody recorded under an address, or in whose name words begin as those that are given,
    whatever their case and accents: one of both. With their registrations; the reading is
    audited."""
    if email is None:
        return await _by_name(edge, reader, name, limit, after)
    if name is not None:
        raise _one_of_both()

    def answer(done: tuple[list[Found], bool]) -> tuple[int, Any]:
        found, more = done
        items = [_shown(each) for each in found]
        return 200, {"items": items, "next": items[-1]["person_id"] if more else None}

    return await edge.run(find, Find(email, limit, after), answer=answer)


async def _by_name(
    edge: Edge, reader: Reader, name: str | None, limit: int, after: str | None
) -> Response:
    if name is None:
        raise _one_of_both()
    query = query_of(name)
    rows = await reader.fetch(_NAMED, query, after, limit + 1) if query else []
    ids = tuple(row["person_id"] for row in rows[:limit])

    def answer(found: list[Found]) -> tuple[int, Any]:
        items = [_shown(each) for each in found]
        return 200, {"items": items, "next": ids[-1] if len(rows) > limit else None}

    return await edge.run(named, Named(ids), answer=answer)


def _one_of_both() -> Invalid:
    return Invalid("invalid", "Search by one of both: ?email= or ?name=.")


@router.get(
    "/registration/v1/people/{person_id}",
    responses={200: {"model": PersonWhole}, **problems(401, 403, 404)},
)
async def show_person(person_id: PathId, _caller: OperatorDep, edge: EdgeDep) -> Response:
    """A person as recorded, with all registrations and what was merged; the reading is audited."""

    def answer(found: Found) -> tuple[int, Any]:
        changes = [
            {
                "at": moment(each.at),
                "by": each.by,
                "act": each.act,
                "other": each.other,
                "reason": each.reason,
            }
            for each in found.changes
        ]
        return 200, _shown(found) | {"changes": changes}

    return await edge.run(show, Show(person_id), answer=answer)


@router.post(
    "/registration/v1/people/{person_id}/merge",
    responses={200: {"model": Merged}, **problems(401, 403, 404, 409)},
)
async def post_merge(
    person_id: PathId, body: MergeBody, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Say that this person is another one; every service then shows that one's data for both."""

    def answer(done: tuple[Person, Person]) -> tuple[int, Any]:
        merged, survivor = done
        return 200, {
            "person_id": merged.person_id,
            "version": merged.version,
            "merged_into": survivor.person_id,
        }

    command = Merge(person_id, body.into, body.reason, caller)
    return await edge.run(merge, command, once=once, answer=answer)


@router.post(
    "/registration/v1/people/{person_id}/unmerge",
    responses={200: {"model": Parted}, **problems(401, 403, 404, 409)},
)
async def post_unmerge(
    person_id: PathId, body: UnmergeBody, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Take a merge back: the person is what was recorded of them before."""

    def answer(person: Person) -> tuple[int, Any]:
        return 200, {"person_id": person.person_id, "version": person.version}

    command = Unmerge(person_id, body.reason, caller)
    return await edge.run(unmerge, command, once=once, answer=answer)


@router.post(
    "/registration/v1/people/{person_id}/erase",
    responses={200: {"model": Gone}, **problems(401, 403, 404, 409)},
)
async def post_erase(
    person_id: PathId, body: EraseBody, _caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Erase a person with all their ids, here and in every service; not while they are registered
    for what is yet to come. Again: the same answer, for nothing of them is left."""
    command = Erase(person_id, body.reason)
    return await edge.run(
        erase, command, once=once, answer=lambda ids: (200, {"person_id": person_id, "erased": ids})
    )


def _shown(found: Found) -> dict[str, Any]:
    survivor = found.survivor
    return {
        **{name: getattr(found.person, name) for name in _RECORDED},
        "sms_consent_at": moment(found.person.sms_consent_at),
        "recorded_at": moment(found.person.recorded_at),
        "known_as": {"name": survivor.name, "email": survivor.email} if survivor else None,
        "merged": [one.person_id for one in found.merged],
        "registrations": [
            {
                "registration_id": row.registration_id,
                "course_id": row.course_id,
                "status": row.state,
                "requested_at": moment(row.requested_at),
            }
            for row in found.registrations
        ],
    }
