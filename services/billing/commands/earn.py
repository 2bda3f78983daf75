"""Revenue is recognised when a session was held: deferred → revenue, its minutes of all minutes.

A session of which the share was taken back is none of them. When the registration is completed the
rest is earned, for what was cancelled and not taken back is kept; a share taken later still, while
its time runs, takes it from revenue again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from services.billing.commands.account import ENDS
from services.billing.commands.books import close_books
from services.billing.commands.posting import balances, post
from services.billing.domain.ledger import DEFERRED, REVENUE, earned, move
from services.billing.models import HeldSession, LedgerEntry, Registration, Settlement, Terms
from shared.contracts.attendance import SessionCompleted
from shared.runtime.due import Due
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

EARN = "earn_course"


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


@needs(lambda event: [(HeldSession, (event.course_id, event.session_id))])
async def hold_session(work: Work, event: SessionCompleted) -> None:
    """A session was held: its share is earned with every confirmed registration of the course."""
    if work.get(HeldSession, (event.course_id, event.session_id)) is None:
        work.put(
            HeldSession(
                course_id=event.course_id,
                session_id=event.session_id,
                completed_at=event.completed_at,
            )
        )
    work.plan_due(EARN, event.course_id, work.now)


def registrations_of(due: Due) -> Query[Registration]:
    """All of the course. One that is confirmed meanwhile sees the session held, and earns."""
    return where(Registration, course_id=due.ref)


@needs(lambda due: held_needs(due.payload["registration_id"], due.payload["of"]))
async def earn_one(work: Work, due: Due) -> None:
    """Earn with one registration what the sessions held so far have earned."""
    registration = work.get(Registration, due.payload["registration_id"])
    if registration is not None:
        earn(work, registration)


def earn(work: Work, registration: Registration) -> None:
    """Book what the sessions held so far have earned, at the end the rest; nothing after a
    cancellation."""
    terms = work.get(Terms, registration.registration_id)
    ended = work.find(where(Settlement, registration_id=registration.registration_id))
    if terms is None or registration.confirmed_at is None or any(_ends(s) for s in ended):
        return
    held = work.find(where(HeldSession, course_id=registration.course_id))
    done = {session.session_id for session in held}
    schedule = _kept(terms.schedule, ended)
    places = [at for at, session in enumerate(schedule) if session["session_id"] in done]
    completed_at = registration.completed_at
    if not places and completed_at is None:
        return
    owed = balances(work, registration.registration_id)
    deferred, already = -owed.get(DEFERRED, 0), -owed.get(REVENUE, 0)
    if completed_at is None:
        amount = earned(deferred, already, _minutes(schedule), places)
    else:
        amount = max(0, deferred)
    if amount:
        post(
            work,
            registration.registration_id,
            "revenue-earned",
            ",".join(schedule[at]["session_id"] for at in places),
            move(amount, debit=DEFERRED, credit=REVENUE),
            registration.currency,
            completed_at or max(session.completed_at for session in held),
        )
        close_books(work, registration.registration_id)


def _ends(settlement: Settlement) -> bool:
    return settlement.cause in ENDS


def _kept(
    schedule: Sequence[dict[str, Any]], settlements: Iterable[Settlement]
) -> list[dict[str, Any]]:
    """The sessions of which the share was not given back."""
    back = {s.cause for s in settlements if s.settled_at is not None}
    return [each for each in schedule if f"share_due/{each['session_id']}" not in back]


def _minutes(schedule: Sequence[dict[str, object]]) -> list[int]:
    return [int(str(session["minutes"])) for session in schedule]
