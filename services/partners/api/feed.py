"""The pull feed (interfaces.md §6): all that a partner may see from the beginning, by cursor.

At least once, with the events' own ids: whoever reads again with an older cursor gets the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import to_json

from services.partners.commands.reading import (
    head_of,
    lineage_of,
    read,
    read_behind,
    reading,
    view_of_partner,
)
from services.partners.commands.visible import VISIBLE
from services.partners.domain.cloudevents import cloud_event
from services.partners.domain.cursors import cursor_text, place_in, read_cursor
from services.partners.domain.visibility import View, unknown_types
from services.partners.models import Occurrence, Partner
from services.partners.tail import Tail
from shared.contracts.event import Instant
from shared.errors import Forbidden, Invalid, NotFound, fault
from shared.runtime.asking import PartnerDep
from shared.runtime.caller import Caller
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(route_class=Direct)
MOST = 1_000

Cursor = Annotated[str | None, Query(max_length=2_000, description="`next` of an earlier answer")]
Names = Annotated[list[str], Query(max_length=200, description="Only these, with commas between")]
Since = Annotated[Instant | None, Query(description="Facts said then or later; people in any case")]
Most = Annotated[int, Query(ge=1, le=MOST, description="How many at most")]
Wait = Annotated[int, Query(ge=0, le=30, description="Seconds to wait where nothing is there")]
Whose = Annotated[str | None, Query(max_length=63, description="For an operator's key: whose feed")]


async def tail_of(request: Request) -> Tail:
    """FastAPI dependency."""
    tail: Tail = request.app.state.tail
    return tail


@router.get(
    "/partners/v1/feed",
    response_model=dict[str, Any],
    responses=problems(400, 401, 403, 404, 422),
)
async def feed(
    caller: PartnerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    tail: Annotated[Tail, Depends(tail_of)],
    after: Cursor = None,
    types: Names = [],  # noqa: B006  (FastAPI copies it)
    courses: Names = [],  # noqa: B006
    since: Since = None,
    limit: Most = 100,
    wait: Wait = 0,
    partner_id: Whose = None,
) -> Response:
    """Events behind the cursor, oldest first, as CloudEvents; without one from the beginning.

    `next` is where to go on, never null: what comes later is behind it. An answer without events
    came after `wait` seconds, or before, where something was new that this caller does not see. How
    a partner was described last holds for what was said before, too. `rewound`: the cursor led
    beyond where a restored database parts from the one before, so some come again (decision 120).
    """
    whose = _whose(caller, partner_id)
    wanted = _types(types), _named(courses)
    position, rewound = await _place(reader, after)
    ends = monotonic() + wait

    async def look() -> int:
        return (await head_of(reader.fetch)).position

    while True:
        view = (await _view(reader, whose)).only(*wanted)
        seen = await read_behind(reader.fetch, view, position, limit, since)
        position, left = seen.position, ends - monotonic()
        if seen.occurrences or left <= 0 or not await tail.beyond(whose, position, left, look):
            break
    body = {
        "items": [_shown(view, one) for one in seen.occurrences],
        "next": cursor_text(seen.position, seen.lineage),
        "rewound": rewound,
    }
    if not caller.operator:
        return Response(to_json(body), media_type="application/json")
    return await edge.run(read, reading(whose, seen.occurrences), answer=lambda _: (200, body))


async def _place(reader: Reader, after: str | None) -> tuple[int, bool]:
    """Behind where to read on, and whether that is before where the cursor stood."""
    if after is None:
        return 0, False
    position, lineage = read_cursor(after)
    place = place_in(position, lineage, lineage_of(await head_of(reader.fetch)))
    return place, place < position


def _whose(caller: Caller, partner_id: str | None) -> str:
    if caller.operator:
        if partner_id is None:
            missing = fault("/partner_id", "An operator's key needs to say whose feed.")
            raise Invalid("partner-missing", "Name the partner.", errors=[missing])
        return partner_id
    own = caller.partner or ""
    if partner_id not in (None, own):
        raise Forbidden("partner-another", "This key belongs to another partner.")
    return own


def _named(given: Sequence[str]) -> list[str]:
    return [name.strip() for each in given for name in each.split(",") if name.strip()]


def _types(given: Sequence[str]) -> list[str]:
    types = _named(given)
    wrong = [
        fault("/types", f"There is no type {types[place][:100]} that a partner could see.")
        for place in unknown_types(types, VISIBLE)
    ]
    if wrong:
        raise Invalid("types-unknown", "Name types as they are in the events.", errors=wrong)
    return types


async def _view(reader: Reader, partner_id: str) -> View:
    partner = await reader.get(Partner, partner_id)
    if partner is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    return view_of_partner(partner)


def _shown(view: View, one: Occurrence) -> dict[str, Any]:
    return cloud_event(view, one.event_id, one.type, one.source, one.subject, one.said_at, one.data)
