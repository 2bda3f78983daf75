"""Post-tests: staff keep the item bank, a learner takes the test."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.certificates.api.acting import ActDep
from services.certificates.api.reading import allowed, facts_by
from services.certificates.commands import banks, post_tests
from services.certificates.commands.post_tests import NoPostTest
from services.certificates.domain.post_tests import Item, digest_of
from services.certificates.domain.sitting import Asking, Sitting, left_of, sitting
from services.certificates.models import ItemBank
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["post-tests"], route_class=Direct)
_COURSE = "/certificates/v1/courses/{course_id}/post-test"
_REGISTRATION = "/certificates/v1/registrations/{registration_id}/post-test"
Said = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True, pattern=r"^[^\x00]+$"),
]
ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Version = Annotated[int, Field(ge=1, le=10_000)]


class ItemBody(BaseModel):
    """One question; `right` is the place of the right choice, counted from 0."""

    model_config = ConfigDict(extra="forbid")
    item_id: ItemId
    text: Said
    choices: list[Said] = Field(max_length=100)
    right: int = Field(ge=0, le=99)


class BankBody(BaseModel):
    """A version of the test. Once a learner has taken it, it stays as it is."""

    model_config = ConfigDict(extra="forbid")
    version: Version
    items: list[ItemBody] = Field(max_length=500)


class AnswersBody(BaseModel):
    """The place of the chosen answer, from 0, by item id; every item is answered. `digest` is that
    of the items which were read: nobody is judged by others."""

    model_config = ConfigDict(extra="forbid")
    version: Version
    answers: dict[str, int] = Field(max_length=500)
    digest: str | None = Field(None, max_length=64)


@router.put(
    _COURSE,
    responses={201: {"description": "A new version"}, **problems(401, 403, 404, 409, 422)},
)
async def put(course_id: PathId, body: BankBody, _: OperatorDep, edge: EdgeDep) -> Response:
    """Keep a version of the item bank. Boards name the version they ask for in the course."""
    items = tuple(Item(i.item_id, i.text, tuple(i.choices), i.right) for i in body.items)
    return await edge.run(
        banks.put_bank,
        banks.PutBank(course_id, body.version, items),
        answer=lambda done: (201 if done[0] else 200, _bank_body(done[1])),
    )


@router.get(_COURSE, responses=problems(401, 403, 404, 422))
async def show_bank(
    course_id: PathId,
    _: OperatorDep,
    reader: ReaderDep,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> dict[str, Any]:
    """A version of the item bank with what is right, the newest without `version`."""
    every = await reader.find(where(ItemBank, course_id=course_id, order=("-version",)))
    found = next((one for one in every if version in (None, one.version)), None)
    if found is None:
        raise NotFound("post-test-unknown", "The course has no such version of a post-test.")
    return _bank_body(found) | {"versions": sorted(one.version for one in every)}


@router.get(_REGISTRATION, responses=problems(401, 403, 404, 422, 425))
async def show(
    registration_id: PathId, caller: CallerDep, reader: ReaderDep, edge: EdgeDep
) -> dict[str, Any]:
    """The test as it stands for a learner. Items are shown while it can be taken; what is right is
    never shown."""
    reg = await allowed(reader, caller, registration_id)
    _, facts = await facts_by(reader, reg)
    stands = sitting(facts, edge.now())
    if stands is None:
        raise NoPostTest("No board of this course asks you for a post-test.")
    bank = await reader.get(ItemBank, (reg.course_id, stands.version))
    if bank is None:
        raise NoPostTest("The provider has not put the test in place yet. Come again later.")
    items = banks.items_of(bank)
    shown = [] if stands.closed else items
    return _stands(stands) | {
        "best_percent": stands.best_percent,
        "pass_percent": stands.pass_percent,
        "digest": digest_of(items),
        "open": not stands.closed,
        "closed_because": stands.closed or None,
        "opens_at": rfc3339(stands.opens_at) if stands.opens_at else None,
        "items": [
            {"item_id": item.item_id, "text": item.text, "choices": list(item.choices)}
            for item in shown
        ],
    }


@router.post(
    _REGISTRATION, status_code=201, responses=problems(400, 401, 403, 404, 409, 410, 422, 425)
)
async def take(registration_id: PathId, body: AnswersBody, act: ActDep) -> Response:
    """Take the test once. The score is kept with the learner, the answers are not kept."""
    return await act.on(
        registration_id,
        post_tests.take,
        post_tests.Take(registration_id, body.version, body.answers, act.now(), body.digest),
        lambda done: (201, {"percent": done[0].percent} | _stands(done[1], body.version)),
    )


def _stands(stands: Sitting, version: int | None = None) -> dict[str, Any]:
    """How it stands with a version, where another may be the next to take."""
    told = version or stands.version
    mine = [one for one in stands.boards if one.test.version == told]
    return {
        "version": told,
        "passed": all(one.passed for one in mine),
        "attempts_left": left_of(mine),
        "boards": [_board(one) for one in stands.boards],
    }


def _board(one: Asking) -> dict[str, Any]:
    return {
        "board": one.board,
        "version": one.test.version,
        "pass_percent": one.test.pass_percent,
        "passed": one.passed,
        "attempts_left": one.left,
    }


def _bank_body(bank: ItemBank) -> dict[str, Any]:
    return {
        "course_id": bank.course_id,
        "version": bank.version,
        "answered": bank.used,
        "items": bank.items,
    }
