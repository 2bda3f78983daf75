"""What became of registrations, as it was said since the backup that their database came from:
states, seats, who comes, what was answered (runtime.md §6, decision 103).

What was said before the backup too changes nothing: the table of transitions knows what can still
happen to a registration as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.registration.commands.recalling import BY
from services.registration.commands.steps import note, seats_of, step
from services.registration.domain.seats import Seat
from services.registration.domain.transitions import Act
from services.registration.models import Registration, Seats, Submission
from shared.contracts import registration as said
from shared.contracts.registration.base import OfRegistration
from shared.errors import Conflict
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_ROOM = 10**9


@contextmanager
def with_room(work: Work, course_id: str) -> Iterator[None]:
    """Seats were given and taken in an order that is not quite known any more: of two that happened
    at once the taking may be heard first. In the end there are as many as there were."""
    seats = seats_of(work, course_id)
    work.put(replace(seats, capacity=_ROOM))
    try:
        yield
    finally:
        work.put(replace(seats_of(work, course_id), capacity=seats.capacity))


def of_row(event: OfRegistration) -> list[tuple[type[Any], Any]]:
    """What moves with a registration that is known."""
    return [(Seats, event.course_id), (Registration, event.registration_id)]


@needs(of_row)
async def recall_moved(work: Work, event: OfRegistration) -> None:
    """What became of it: its state, its seat, and when."""
    row = work.get(Registration, event.registration_id)
    if row is None:
        return
    match event:
        case said.RegistrationConfirmed():
            taken: Seat = "none" if row.complimentary else "sold"
            when = {"confirmed_at": event.confirmed_at, "basis": event.basis}
            moved(work, row, "confirm", taken, hold_expires_at=None, **when)
        case said.RegistrationOffered():
            ends = event.offer_expires_at
            if moved(work, row, "offer", "offered", offer_expires_at=ends, ticket=None):
                work.plan_due("expire_offer", row.registration_id, ends)
        case said.RegistrationExpired():
            moved(work, row, "expire", "none", hold_expires_at=None)
        case said.RegistrationLapsed():
            moved(work, row, "lapse", "none", offer_expires_at=None)
        case said.RegistrationCancelled():
            when = {"cancel_requested_at": event.requested_at, "ticket": None}
            moved(work, row, "cancel", "none", **_NO_DEADLINE, **when)
        case said.RegistrationTransferred():
            moved(work, row, "transfer", "none", transfer_to=event.to_registration_id)
        case said.RegistrationCompleted():
            moved(work, row, "complete", row.seat)  # type: ignore[arg-type]
        case _:
            raise TypeError(event.type)


_NO_DEADLINE = {"hold_expires_at": None, "offer_expires_at": None}


def moved(
    work: Work, row: Registration, act: Act, seat: Seat, **changes: Any
) -> Registration | None:
    """One step further; None where it was taken before, or cannot be any more."""
    try:
        with with_room(work, row.course_id):
            done = step(work, row, act, seat=seat, by=BY, **changes)
    except Conflict:
        return None
    if done is not None:
        for kind, at in (
            ("expire_hold", done.hold_expires_at),
            ("expire_offer", done.offer_expires_at),
        ):
            if at is None:
                work.drop_due(kind, row.registration_id)
    return done


@needs(of_row)
async def recall_renewed(
    work: Work, event: said.RegistrationSubstituted | said.RegistrationLinkRequested
) -> None:
    """Somebody else comes, or the links were made anew: older ones stay dead."""
    row = work.get(Registration, event.registration_id)
    if row is None or row.token_version >= event.token_version:
        return
    changes: dict[str, Any] = {"token_version": event.token_version}
    if isinstance(event, said.RegistrationSubstituted):
        accepted = event.disclosure
        changes |= {"person_id": event.person_id, "person_key": None, "live_key": None}
        changes["disclosure_version"] = accepted.version if accepted else None
        changes["disclosed_at"] = accepted.accepted_at if accepted else None
    note(work, row, "recall", by=BY, **changes)


@needs(of_row)
async def recall_acknowledged(work: Work, event: said.RegistrationAcknowledged) -> None:
    """A newer version of the disclosure was accepted."""
    row, accepted = work.get(Registration, event.registration_id), event.disclosure
    if row is None or (row.disclosed_at and row.disclosed_at >= accepted.accepted_at):
        return
    changes: dict[str, Any] = {
        "disclosure_version": accepted.version,
        "disclosed_at": accepted.accepted_at,
    }
    note(work, row, "recall", by=BY, **changes)


@needs(lambda event: [(Submission, (event.partner.partner_id, event.partner.item_id))])
async def recall_refused(work: Work, event: said.RegistrationRefused) -> None:
    """A partner's line was answered: it is not answered otherwise now."""
    item = event.partner.partner_id, event.partner.item_id
    if work.get(Submission, item) is None:
        work.put(
            Submission(
                partner_id=item[0],
                item_id=item[1],
                registration_id=event.registration_id,
                outcome="refused",
                reason=event.reason,
                answered_at=event.refused_at,
            )
        )
