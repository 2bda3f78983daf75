"""Write down what came of a round: each try, how the endpoint fares, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.partners.commands.delivering import health_of, settled_at
from services.partners.commands.endings import DISABLED, disable
from services.partners.commands.pumps import plan_pump
from services.partners.commands.reading import head_of
from services.partners.domain.endpoints import SLOW, Trial, after_round, end_of, tried
from services.partners.domain.rounds import Parcel
from services.partners.domain.trips import Round, Tried, Trip, moved
from services.partners.models import Delivery, Endpoint
from shared.runtime.outside import Recorded
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_AWAY = timedelta(seconds=30)  # until a round that came to nothing is tried again


def _record_needs(came: Recorded) -> Sequence[Wanted]:
    round_: Round = came.request
    sent = {parcel.position for strand in round_.strands for parcel in strand}
    places = sent | {parcel.position for parcel in round_.new} | set(round_.ended)
    return [
        (Endpoint, round_.endpoint_id),
        task_key(DISABLED, round_.endpoint_id),
        *((Delivery, (round_.endpoint_id, place)) for place in sorted(places)),
    ]


@needs(_record_needs)
async def record(work: Work, came: Recorded) -> None:
    """All of it in one transaction; what waits is looked at again when its time comes."""
    round_: Round = came.request
    endpoint = work.get(Endpoint, round_.endpoint_id)
    if endpoint is None or endpoint.state == "removed":
        return
    if came.error is not None:
        plan_pump(work, endpoint, work.now + _AWAY, endpoint.position)
        return
    trip: Trip = came.result
    position, passed = moved(endpoint.position, round_, trip, ordered=endpoint.ordered)
    for one in trip.tried:
        work.put(_after(work, endpoint, one))
    for parcel in passed:
        work.put(_waits(work, endpoint, parcel))
    for place, reason in round_.ended.items():
        _end(work, endpoint, place, reason)
    endpoint = replace(endpoint, position=position)
    if endpoint.url == round_.url:  # what another address answered says nothing about this one
        endpoint = _faring(work, endpoint, trip.tried)
    work.put(endpoint)
    all_taken = all(one.outcome.taken for one in trip.tried) and not passed
    # The head is asked for now that the deadline is ours: what was added since the round was made
    # may have planned it, and this round ends it.
    head = (await head_of(work.con.fetch)).position
    if endpoint.state != "active":
        return
    done = all_taken and round_.last and head <= position
    if not done or endpoint.version != round_.version:  # changed, tested or replayed meanwhile
        plan_pump(work, endpoint, work.now, position)
    elif settled_at(endpoint) > work.now:
        plan_pump(work, endpoint, settled_at(endpoint), position)


def _faring(work: Work, endpoint: Endpoint, tries: Sequence[Tried]) -> Endpoint:
    """How it fares by now. A test that is not taken says nothing against it."""
    counted = [one for one in tries if one.outcome.taken or not one.parcel.test]
    outcomes = [one.outcome for one in counted]
    if not outcomes:
        return endpoint
    before = health_of(endpoint)
    health = after_round(before, outcomes, work.now)
    slow = any(one.seconds > SLOW for one in tries)
    taken = any(outcome.taken for outcome in outcomes)
    endpoint = replace(
        endpoint,
        failures=health.failures,
        failing_since=health.failing_since,
        held_until=health.held_until,
        pause=health.pause,
        apart=slow or health.failures > 0,
        last_success_at=work.now if taken else endpoint.last_success_at,
        recovered_at=work.now if before.open and not health.open else endpoint.recovered_at,
    )
    ends = end_of(health, outcomes, work.now)
    return disable(work, endpoint, ends) if ends and endpoint.state == "active" else endpoint


def _after(work: Work, endpoint: Endpoint, one: Tried) -> Delivery:
    parcel, outcome = one.parcel, one.outcome
    known = _waits(work, endpoint, parcel)
    trial = tried(known.attempts, known.next_at or work.now, outcome, work.now)
    if parcel.test and not outcome.taken:  # whoever asked for it looks now, not in five minutes
        trial = Trial("parked", trial.attempts, None)
    return replace(
        known,
        status=trial.status,
        attempts=trial.attempts,
        next_at=trial.next_at,
        answered=outcome.status,
        reason=outcome.reason,
        last_at=work.now,
    )


def _waits(work: Work, endpoint: Endpoint, parcel: Parcel) -> Delivery:
    """The delivery as it is known, or as it begins."""
    return work.get(Delivery, (endpoint.endpoint_id, parcel.position)) or Delivery(
        endpoint_id=endpoint.endpoint_id,
        position=parcel.position,
        partner_id=endpoint.partner_id,
        event_id=parcel.event_id,
        type=parcel.type,
        course_id=parcel.course_id,
        subject=parcel.subject,
        status="waiting",
        next_at=work.now,
        first_at=work.now,
        last_at=work.now,
    )


def _end(work: Work, endpoint: Endpoint, place: int, reason: str) -> None:
    known = work.get(Delivery, (endpoint.endpoint_id, place))
    if known is not None and known.status == "waiting":
        ended = replace(known, status="parked", next_at=None, reason=reason, last_at=work.now)
        work.put(ended)
