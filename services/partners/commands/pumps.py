"""When an endpoint is next looked at: one deadline each, of one of two kinds; and when a partner's
own topic is written on, by a third.

Endpoints that fail or are slow are carried to apart, with room of their own, so that however many
of them there are, the others do not wait for them. Which kind it is, is decided by the endpoint's
row: who finds it under the other one plans it anew. A deadline that comes while nothing is to be
sent costs one look.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.partners.domain.endpoints import LONGEST_PAUSE
from services.partners.domain.visibility import ERASED, names
from services.partners.models import Endpoint, Occurrence, Partner, Stream
from shared.runtime.plans import Wanted
from shared.runtime.rows import where
from shared.runtime.work import Work

DELIVER = "deliver"
DELIVER_APART = "deliver_apart"
WRITE = "write_stream"
# Who adds to the log may know an endpoint as it was a moment ago, held for a day: its deadline must
# not be carried off so far.
_FARTHEST = timedelta(seconds=LONGEST_PAUSE)
# Who is told nothing stays where it was, and would look through all of it when something comes: now
# and then it is looked at all the same, and goes past what is not for it.
LAG = 1_000  # positions
_ACTIVE = where(Endpoint, state="active")
_STREAMS = where(Stream, state="active")


def kind_of(endpoint: Endpoint) -> str:
    """Under which kind it is looked at."""
    return DELIVER_APART if endpoint.apart else DELIVER


def types_of(endpoint: Endpoint) -> list[str]:
    """What it wants to hear of; nothing is all. Who was erased it hears in any case: whatever it
    was sent may name them."""
    return [*endpoint.types, ERASED] if endpoint.types else []


def plan_pump(work: Work, endpoint: Endpoint, at: datetime, version: int) -> None:
    """Look at it then, or when it may be sent to again. `version` tells this reason from others of
    the same moment."""
    held = endpoint.held_until
    if held is not None and held > at:
        at = min(held, max(at, work.now) + _FARTHEST)
    work.plan_due(kind_of(endpoint), endpoint.endpoint_id, at, version=version)


def drop_pump(work: Work, endpoint: Endpoint) -> None:
    """Nothing is sent to it any more."""
    work.drop_due(DELIVER, endpoint.endpoint_id)
    work.drop_due(DELIVER_APART, endpoint.endpoint_id)


def plan_stream(work: Work, stream: Stream, at: datetime, version: int) -> None:
    """Write its topic on then. `version` as above."""
    work.plan_due(WRITE, stream.partner_id, at, version=version)


def drop_stream(work: Work, stream: Stream) -> None:
    """Nothing is written to its topic any more."""
    work.drop_due(WRITE, stream.partner_id)


def pumps_needs() -> Generator[Sequence[Wanted], list[Any], Mapping[str, Partner]]:
    """What `plan_pumps` reads; a part of a plan. Gives the partners that are to be told."""
    endpoints, streams = yield [_ACTIVE, _STREAMS]
    ids = sorted({one.partner_id for one in (*endpoints, *streams)})
    found = (yield [(Partner, partner_id) for partner_id in ids]) if ids else []
    return {partner.partner_id: partner for partner in found if partner is not None}


def plan_pumps(work: Work, new: Sequence[Occurrence]) -> None:
    """Something was added to the log: look at each endpoint and topic that is to have it, or has
    been left behind; an endpoint that fails stays where it is, whatever was added."""
    if not new:
        return
    last = max(occurrence.position for occurrence in new)
    for endpoint in work.find(_ACTIVE):
        partner = work.get(Partner, endpoint.partner_id)
        if partner is None:
            continue
        behind = last - endpoint.position >= LAG and not endpoint.failures
        if behind or any(_concerns(endpoint, partner, one) for one in new):
            plan_pump(work, endpoint, work.now, last)
    for stream in work.find(_STREAMS):
        partner = work.get(Partner, stream.partner_id)
        if partner is None:
            continue
        behind = last - stream.position >= LAG
        if behind or any(one.course_id in _own(partner, one) for one in new):
            plan_stream(work, stream, work.now, last)


def _own(partner: Partner, one: Occurrence) -> Sequence[str]:
    """The courses of which it is told such a thing."""
    return [*partner.courses, *partner.former] if one.type == ERASED else partner.courses


def _concerns(endpoint: Endpoint, partner: Partner, one: Occurrence) -> bool:
    """Whether it may be for this endpoint; what it sees of it is decided when it is sent."""
    if one.course_id not in (endpoint.courses or _own(partner, one)):
        return False
    types = types_of(endpoint)
    return not types or names(types, one.type)
