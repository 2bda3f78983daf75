"""Find what is to go out to one endpoint now; where that is nothing, plan the next look.

At least once: what was sent and not recorded (`recording.py`) is sent again under the same
`webhook-id`. Nothing is written of what a dead endpoint was never sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.partners.commands.endpoints import signed_with
from services.partners.commands.parcels import (
    IN_ORDER,
    Fresh,
    again,
    fresh,
    view_for,
    waiting_of,
)
from services.partners.commands.pumps import kind_of, plan_pump
from services.partners.domain.endpoints import Health
from services.partners.domain.rounds import (
    MOST,
    MOST_AGAIN,
    Parcel,
    Strand,
    cut,
    probe_of,
    strands_of,
    wake_at,
)
from services.partners.domain.trips import Round
from services.partners.models import Delivery, Endpoint, Partner
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

# Who adds to the log while an endpoint is opened, changed or enabled, or its partner is described
# anew, may not know of it: it is looked again.
_SETTLES = timedelta(minutes=1)


def _prepare_needs(due: Due) -> Plan:
    [endpoint] = yield [(Endpoint, due.ref)]
    if endpoint is None:
        return []
    yield [(Partner, endpoint.partner_id), waiting_of(endpoint)]
    return [(Endpoint, due.ref)]


@needs(_prepare_needs)
async def prepare(work: Work, due: Due) -> Round | None:
    """What is to go out now, if anything is."""
    endpoint = work.get(Endpoint, due.ref)
    if endpoint is None or endpoint.state != "active":
        return None
    if due.kind != kind_of(endpoint):
        plan_pump(work, endpoint, work.now, due.version)
        return None
    partner = work.get(Partner, endpoint.partner_id)
    if partner is None:
        return None
    view, health = view_for(endpoint, partner), health_of(endpoint)
    waiting = work.find(waiting_of(endpoint))
    parcels, ended = await again(work, endpoint, waiting, view)
    new = await fresh(work, endpoint, view, _room(endpoint, health, waiting, work))
    strands, new = _chosen(work, endpoint, health, parcels, new)
    if not strands and not ended and not new.parcels:
        _sleep(work, endpoint, parcels, new)
        return None
    blocked = _blocked(parcels, strands) if endpoint.ordered else frozenset()
    return Round(
        endpoint.endpoint_id,
        endpoint.url,
        signed_with(endpoint, work.now),
        endpoint.concurrency,
        endpoint.failures,
        strands,
        new.parcels,
        new.through,
        blocked,
        ended,
        last=_is_last(waiting, parcels, strands, new),
        version=endpoint.version,
    )


def settled_at(endpoint: Endpoint) -> datetime:
    """From when on whoever adds to the log knows it as it is."""
    return endpoint.updated_at + _SETTLES


def health_of(endpoint: Endpoint) -> Health:
    """How it fares."""
    return Health(endpoint.failures, endpoint.failing_since, endpoint.held_until, endpoint.pause)


def _room(endpoint: Endpoint, health: Health, waiting: Sequence[Delivery], work: Work) -> int:
    """How many new ones are looked for. Behind more waiting ones than were read there might be one
    of the same subject."""
    if health.held(work.now) or (endpoint.ordered and len(waiting) >= IN_ORDER):
        return 0
    return 1 if health.open else max(MOST_AGAIN, MOST - len(waiting))


def _chosen(
    work: Work, endpoint: Endpoint, health: Health, waiting: Sequence[Parcel], new: Fresh
) -> tuple[list[Strand], Fresh]:
    """What goes out, and what of the log is thereby looked at."""
    now, ordered = work.now, endpoint.ordered
    if health.held(now):
        return strands_of([one for one in waiting if one.test], now, ordered=ordered), new
    if not health.open:
        return cut(strands_of([*waiting, *new.parcels], now, ordered=ordered)), new
    strands = probe_of([*waiting, *new.parcels], now, ordered=ordered)
    if strands and new.parcels and strands[0][0] == new.parcels[0]:
        return strands, new
    if not new.parcels:
        return strands, new
    return strands, Fresh([], endpoint.position, more=True)


def _is_last(
    waiting: Sequence[Delivery], parcels: Sequence[Parcel], strands: Sequence[Strand], new: Fresh
) -> bool:
    """Whether there is nothing beside what goes out."""
    out = sum(len(strand) for strand in strands)
    all_read = len(waiting) < MOST_AGAIN
    return all_read and not new.more and out == len(parcels) + len(new.parcels)


def _blocked(waiting: Sequence[Parcel], strands: Sequence[Strand]) -> frozenset[str]:
    """Subjects of which one waits and does not go out now."""
    out = {parcel.position for strand in strands for parcel in strand}
    return frozenset(parcel.subject for parcel in waiting if parcel.position not in out)


def _sleep(work: Work, endpoint: Endpoint, waiting: Sequence[Parcel], new: Fresh) -> None:
    """Nothing goes out: past what is not for it, and until something's time comes."""
    if new.through > endpoint.position:
        endpoint = replace(endpoint, position=new.through)
        work.put(endpoint)
    at = wake_at(waiting, ordered=endpoint.ordered)
    settled = settled_at(endpoint)
    if settled > work.now:
        at = min(at or settled, settled)
    if at is not None or health_of(endpoint).held(work.now):
        plan_pump(work, endpoint, at or work.now, endpoint.position)
