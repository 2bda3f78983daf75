"""The log of deliveries, searched and sent again by both sides."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.partners.commands import replaying as commands
from services.partners.domain.rounds import TESTED
from shared.contracts.event import Id, Instant
from shared.dates import parse_instant, rfc3339
from shared.errors import Forbidden, Invalid, Malformed, fault
from shared.runtime.asking import PAGE, After, Limit, PartnerDep
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.envelope import instant
from shared.runtime.problems import problems

router = APIRouter(route_class=Direct)
Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Status = Literal["waiting", "delivered", "parked"]
_ORDER = "first_at, endpoint_id, position"


class ReplayBody(BaseModel):
    """What is to be sent again: by ids, or said from `from` until before `until`, or all that is
    parked. `partner_id` is for an operator's key."""

    endpoint_id: Id
    event_ids: list[Id] | None = Field(None, min_length=1, max_length=1_000)
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = None
    status: Literal["parked"] | None = None
    partner_id: Id | None = None


@router.get("/partners/v1/deliveries", responses=problems(400, 401, 403))
async def list_deliveries(
    caller: PartnerDep,
    reader: ReaderDep,
    partner_id: Text = None,
    endpoint_id: Text = None,
    status: Status | None = None,
    kind: Annotated[Text, Query(alias="type")] = None,
    course_id: Text = None,
    event_id: Text = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """What was tried, the newest first; `from` and `until` are of the first try."""
    wanted: list[tuple[str, Any]] = [("partner_id = ", partner_of(caller, partner_id))]
    named = {
        "endpoint_id = ": endpoint_id,
        "status = ": status,
        "type = ": kind,
        "course_id = ": course_id,
        "event_id = ": event_id,
        "first_at >= ": since,
        "first_at < ": until,
    }
    wanted += [(condition, value) for condition, value in named.items() if value is not None]
    conditions = [f"{condition}${place}" for place, (condition, _) in enumerate(wanted, 1)]
    values = [value for _, value in wanted]
    if after is not None:
        first = len(values) + 1
        conditions.append(f"({_ORDER}) < (${first}, ${first + 1}, ${first + 2})")
        values += _place(after)
    # Only what is asked for stands in the statement, so that each has its index.
    rows = await reader.fetch(
        f"SELECT * FROM deliveries WHERE {' AND '.join(conditions)}"
        f" ORDER BY first_at DESC, endpoint_id DESC, position DESC LIMIT {limit + 1}",
        *values,
    )
    page, more = rows[:limit], len(rows) > limit
    last = page[-1] if more else None
    return {
        "items": [_shown(row) for row in page],
        "next": last and f"{instant(last['first_at'])}/{last['endpoint_id']}/{last['position']}",
    }


@router.get("/partners/v1/deliveries:replay", responses=problems(400, 401, 403, 404, 409))
async def preview(
    caller: PartnerDep,
    reader: ReaderDep,
    endpoint_id: Id,
    partner_id: Text = None,
    event_id: Annotated[list[Id] | None, Query(max_length=100)] = None,
    status: Literal["parked"] | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Instant | None = None,
) -> dict[str, Any]:
    """How many a replay would send now, and to where; nothing is sent. One way, as in its body."""
    asked = _asked(partner_of(caller, partner_id), endpoint_id, event_id, since, until, status)
    endpoint, many = await commands.would_replay(reader, asked)
    return {"endpoint_id": endpoint.endpoint_id, "url": endpoint.url, "events": many}


@router.post("/partners/v1/deliveries:replay", responses=problems(401, 403, 404, 409))
async def replay(
    body: ReplayBody, caller: PartnerDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """How many are sent again, beside what is new."""
    command = _asked(
        partner_of(caller, body.partner_id),
        body.endpoint_id,
        body.event_ids,
        body.since,
        body.until,
        body.status,
    )
    return await edge.run(
        commands.replay, command, once=once, answer=lambda many: (202, {"replayed": many})
    )


def _asked(
    partner_id: str,
    endpoint_id: str,
    event_ids: list[str] | None,
    since: datetime | None,
    until: datetime | None,
    status: str | None,
) -> commands.Replay:
    """Raises Invalid where it is not said in one way."""
    ranged = since is not None or until is not None
    if [event_ids is not None, ranged, status is not None].count(True) != 1:
        one = fault("", "Give event_ids, or from and until, or status.")
        raise Invalid("replay-unclear", "Say what is to be sent again in one way.", errors=[one])
    chosen = tuple(dict.fromkeys(event_ids or ()))
    return commands.Replay(partner_id, endpoint_id, chosen, since, until, status is not None)


def partner_of(caller: Caller, named: str | None) -> str:
    """The partner that is asked about: a partner's key says it, an operator names it."""
    if caller.operator:
        if not named:
            missing = fault("/partner_id", "An operator's key needs to say for which partner.")
            raise Invalid("partner-missing", "Name the partner.", errors=[missing])
        return named
    own = caller.partner or ""
    if named not in (None, own):
        raise Forbidden("partner-another", "This key belongs to another partner.")
    return own


def _place(after: str) -> tuple[datetime, str, int]:
    at, _, rest = after.partition("/")
    endpoint_id, _, position = rest.rpartition("/")
    try:
        place = parse_instant(at), endpoint_id, int(position)
        if "\x00" in endpoint_id or abs(place[2]) >= 1 << 63:
            raise ValueError("no row can be there")
        return place
    except ValueError as why:
        raise Malformed("cursor-invalid", "Take `next` of the page before as it is.") from why


def _shown(row: Any) -> dict[str, Any]:
    return {
        "endpoint_id": row["endpoint_id"],
        "event_id": row["event_id"],
        "type": row["type"],
        "course_id": row["course_id"] or None,
        "subject": row["subject"],
        "test": row["type"] == TESTED,
        "status": row["status"],
        "attempts": row["attempts"],
        "next_at": rfc3339(row["next_at"]) if row["next_at"] else None,
        "answered": row["answered"],
        "reason": row["reason"] or None,
        "first_at": rfc3339(row["first_at"]),
        "last_at": rfc3339(row["last_at"]),
    }
