"""The last word of the invariants: told by whoever checked them, from outside of all services.

They are looked at in every database, in Kafka and at the gateway, where web has no business: so
`bin/holdfast invariants` tells what it found, and here it is kept for whoever looks.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from services.web.commands.invariants import Checked, keep_check
from services.web.models import InvariantCheck
from shared.contracts.event import Instant
from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep
from shared.runtime.clock import wall
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["invariants"], route_class=Direct)
_LAST = "SELECT * FROM invariant_checks ORDER BY told_at DESC, check_id DESC LIMIT 1"
Line = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]


class FindingBody(BaseModel):
    """What is wrong: the id of the thing, and a sentence with the figures; never a name."""

    about: Line
    detail: Line


class InvariantBody(BaseModel):
    """One of them; where something is `missing` it was not checked. `findings` are the first of
    `count`."""

    number: Annotated[int, Field(ge=0, le=1_000)]
    says: Line
    missing: list[Line] = Field(default_factory=list, max_length=100)
    count: Annotated[int, Field(ge=0, le=10**9)] = 0
    findings: list[FindingBody] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _counts_what_it_names(self) -> InvariantBody:
        if self.count < len(self.findings):
            raise ValueError("count is how many there are, and no fewer than are named")
        return self


class CheckBody(BaseModel):
    """All that was checked; `began_at` is when it was begun, by the clock on the wall."""

    began_at: Instant
    invariants: Annotated[list[InvariantBody], Field(min_length=1, max_length=1_000)]


@router.post("/web/v1/invariants", status_code=201, responses=problems(400, 401, 403, 422))
async def tell(body: CheckBody, caller: OperatorDep, edge: EdgeDep, once: OptionalOnce) -> Response:
    """Keep what was found, beside what was found before."""
    results = tuple(one.model_dump() for one in body.invariants)
    checked = Checked(body.began_at, wall(), caller.name, results)
    return await edge.run(keep_check, checked, once=once, answer=lambda row: (201, shown(row)))


@router.get("/web/v1/invariants", responses=problems(401, 403))
async def show(_caller: OperatorDep, reader: ReaderDep) -> dict[str, Any]:
    """The last word; null where none was ever told."""
    last = await last_check(reader)
    return {"last": shown(last) if last else None}


async def last_check(reader: Reader) -> InvariantCheck | None:
    """What was told last."""
    rows = await reader.fetch(_LAST)
    return InvariantCheck(**dict(rows[0])) if rows else None


def shown(row: InvariantCheck) -> dict[str, Any]:
    """`findings` are the first of `count`."""
    return {
        "check_id": row.check_id,
        "began_at": rfc3339(row.began_at),
        "told_at": rfc3339(row.told_at),
        "by": row.by,
        "invariants": row.results,
    }
