"""What stands ready for an endpoint: what is new of the log, and what waits to be tried again.

By SQL, for the log is asked from a place on, and not by keys. Whoever asks holds the endpoint.
What is given is cut down to what the partner sees at this moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import to_json

from services.partners.commands.pumps import types_of
from services.partners.commands.reading import read_behind, view_of_partner
from services.partners.domain.cloudevents import cloud_event
from services.partners.domain.rounds import MOST_AGAIN, TESTED, Parcel
from services.partners.domain.visibility import View
from services.partners.models import Delivery, Endpoint, Occurrence, Partner
from shared.dates import rfc3339
from shared.runtime.rows import Query, build, where
from shared.runtime.work import Work

IN_ORDER = 1_000  # waiting ones of an endpoint that asks for order; with more, nothing new is taken
ERASED = "erased"
NOT_SEEN = "not-seen-any-more"
_THESE = "SELECT * FROM occurrences WHERE position = ANY($1)"


@dataclass(frozen=True)
class Fresh:
    """New ones, in order; there is nothing else for it up to `through`. `more`: there may be behind
    that."""

    parcels: Sequence[Parcel]
    through: int
    more: bool


def waiting_of(endpoint: Endpoint) -> Query[Delivery]:
    """What waits to be tried again: the most urgent, or of one that asks for order the oldest."""
    order, most = (("position",), IN_ORDER) if endpoint.ordered else (("next_at",), MOST_AGAIN)
    return where(
        Delivery, endpoint_id=endpoint.endpoint_id, status="waiting", order=order, limit=most
    )


def view_for(endpoint: Endpoint, partner: Partner) -> View:
    """What the endpoint is sent, by the partner's allow-lists of this moment."""
    return view_of_partner(partner).only(types_of(endpoint), endpoint.courses)


async def fresh(work: Work, endpoint: Endpoint, view: View, most: int) -> Fresh:
    """What is new for it since its place in the log, at most so much."""
    if most <= 0:
        return Fresh([], endpoint.position, more=True)
    seen = await read_behind(work.con.fetch, view, endpoint.position, most)
    parcels = [_parcel(view, one) for one in seen.occurrences]
    return Fresh(parcels, seen.position, seen.more)


async def again(
    work: Work, endpoint: Endpoint, waiting: Sequence[Delivery], view: View
) -> tuple[list[Parcel], dict[int, str]]:
    """What waits, as it is to be sent now; and the positions of what is not to be sent any more,
    with the reason."""
    logged = [one.position for one in waiting if one.type != TESTED]
    rows = await work.con.fetch(_THESE, logged) if logged else []
    known = {row["position"]: build(Occurrence, row) for row in rows}
    parcels, ended = [], {}
    for one in waiting:
        there = known.get(one.position)
        if one.type == TESTED:
            parcels.append(_test(one))
        elif there is None:
            ended[one.position] = ERASED
        elif not view.sees(there.type, there.course_id):
            ended[one.position] = NOT_SEEN
        else:
            parcels.append(_parcel(view, there, one, _next_at(endpoint, one)))
    return parcels, ended


def _next_at(endpoint: Endpoint, one: Delivery) -> datetime | None:
    """Its own time; or, where the endpoint came back since it was tried, no later than that."""
    back = endpoint.recovered_at
    if back is None or one.next_at is None or one.last_at >= back:
        return one.next_at
    return min(one.next_at, back)


def _parcel(
    view: View, one: Occurrence, waits: Delivery | None = None, next_at: datetime | None = None
) -> Parcel:
    event = cloud_event(
        view, one.event_id, one.type, one.source, one.subject, one.said_at, one.data
    )
    return Parcel(
        one.position,
        one.event_id,
        one.type,
        one.course_id,
        one.subject,
        to_json(event),
        next_at,
        waits.last_at if waits else None,
    )


def _test(one: Delivery) -> Parcel:
    event = {
        "specversion": "1.0",
        "id": one.event_id,
        "source": "partners",
        "type": TESTED,
        "subject": one.subject,
        "time": rfc3339(one.first_at),
        "datacontenttype": "application/json",
        "data": {"endpoint_id": one.endpoint_id},
    }
    return Parcel(
        one.position,
        one.event_id,
        one.type,
        one.course_id,
        one.subject,
        to_json(event),
        one.next_at,
        one.last_at,
    )
