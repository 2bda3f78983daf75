"""Revenue is recognised when a session was held: deferred → revenue, its minutes of all minutes."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.commands.posting import balances, post
from services.billing.domain.ledger import DEFERRED, REVENUE, earned, move
from services.billing.models import HeldSession, LedgerEntry, Registration, Settlement, Terms
from shared.contracts.attendance import SessionCompleted
from shared.runtime.plans import Plan, Wanted, alone, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


def held_needs(registration_id: str, course_id: str) -> list[Wanted]:
    """What `earn` looks at, of one registration.

    The sessions are looked for under the registration's lock: either this sees that a session was
    held, or whoever holds it sees that the registration is confirmed.
    """
    return [
        where(HeldSession, course_id=course_id),
        (Registration, registration_id),
        (Terms, registration_id),
        where(Settlement, registration_id=registration_id),
        where(LedgerEntry, registration_id=registration_id),
    ]


def _needs(event: SessionCompleted) -> Plan:
    [seated] = yield [where(Registration, course_id=event.course_id)]
    ids = [registration.registration_id for registration in seated]
    return [
        where(Registration, course_id=event.course_id),
        *[(Terms, registration_id) for registration_id in ids],
        *[where(Settlement, registration_id=registration_id) for registration_id in ids],
        *[where(LedgerEntry, registration_id=registration_id) for registration_id in ids],
        (HeldSession, (event.course_id, event.session_id)),
        where(HeldSession, course_id=event.course_id),
    ]


@alone
@needs(_needs)
async def hold_session(work: Work, event: SessionCompleted) -> None:
    """A session was held: earn its share with every confirmed registration of the course."""
    if work.get(HeldSession, (event.course_id, event.session_id)) is None:
        work.put(
            HeldSession(
                course_id=event.course_id,
                session_id=event.session_id,
                completed_at=event.completed_at,
            )
        )
    for registration in work.find(where(Registration, course_id=event.course_id)):
        earn(work, registration)


def earn(work: Work, registration: Registration) -> None:
    """Book what the sessions held so far have earned; nothing after a cancellation."""
    terms = work.get(Terms, registration.registration_id)
    ended = work.find(where(Settlement, registration_id=registration.registration_id))
    if terms is None or registration.confirmed_at is None or any(_ends(s) for s in ended):
        return
    held = work.find(where(HeldSession, course_id=registration.course_id))
    done = {session.session_id for session in held}
    places = [at for at, session in enumerate(terms.schedule) if session["session_id"] in done]
    if not places:
        return
    owed = balances(work, registration.registration_id)
    deferred, already = -owed.get(DEFERRED, 0), -owed.get(REVENUE, 0)
    amount = earned(deferred, already, _minutes(terms.schedule), places)
    if amount:
        post(
            work,
            registration.registration_id,
            "revenue-earned",
            ",".join(terms.schedule[at]["session_id"] for at in places),
            move(amount, debit=DEFERRED, credit=REVENUE),
            registration.currency,
            max(session.completed_at for session in held),
        )


def _ends(settlement: Settlement) -> bool:
    return settlement.cause in {"cancelled", "unseated"}


def _minutes(schedule: Sequence[dict[str, object]]) -> list[int]:
    return [int(str(session["minutes"])) for session in schedule]
