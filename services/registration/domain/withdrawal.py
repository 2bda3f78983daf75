"""When the provider cancels: who gets what, until when one may choose (domain.md §2, §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

from shared.errors import Conflict, Invalid, fault

Outcome = Literal["refund", "credit"]
Fate = Literal["cancel", "choose", "better", "leave"]
LIVING = frozenset({"requested", "waitlisted", "offered", "confirmed"})
LONGEST = timedelta(days=60)  # what goes back to a credit runs ninety days from the cancellation
IN_TIME = timedelta(seconds=30)  # that a request which arrived in time may be on its way inside
USUAL = timedelta(days=14)  # to take the share of a session back, where the operator says nothing


class NothingToChoose(Conflict):
    """No choice is open to this registration."""

    slug = "nothing-to-choose"


class ChoiceEnded(Conflict):
    """The time to choose is over; what holds without a choice was given."""

    slug = "choice-ended"


class AlreadyChosen(Conflict):
    """Another outcome was chosen, and money may have moved."""

    slug = "already-chosen"


def has_paid(method: str, basis: str | None, price: int, *, complimentary: bool) -> bool:
    """Whether money came, or is asked for by an invoice, so that there is a choice.

    What was paid by credits alone goes back to them either way.
    """
    return price > 0 and not complimentary and method != "free" and basis not in ("free", "credit")


def fate(
    state: str,
    *,
    paid: bool,
    choosing: bool,
    settled: bool,
    asked_at: datetime | None,
    cancelled_at: datetime,
) -> Fate:
    """What becomes of a registration when its course is cancelled.

    `choosing`: a choice is offered, and its time runs. `settled`: it has had its outcome of this
    already. Whoever cancelled before is left alone; where their request came at the same instant or
    later, and was only quicker through, theirs is the better outcome of the two.
    """
    if settled:
        return "leave"
    if state == "cancelled":
        return "better" if asked_at is not None and asked_at >= cancelled_at else "leave"
    if state not in LIVING:
        return "leave"
    return "choose" if choosing and state == "confirmed" and paid else "cancel"


def choice_end(asked: datetime | None, prefers_credit: bool, now: datetime) -> datetime | None:
    """Until when one may choose, as the operator says; refused where that cannot be."""
    if asked is None:
        if prefers_credit:
            detail = (
                "Without a time to choose everybody gets their money: say choose_until as well."
            )
            raise _wrong("/prefer_credit", detail)
        return None
    if asked <= now:
        raise _wrong("/choose_until", "The time to choose ends after now.")
    if asked - now > LONGEST:
        raise _wrong("/choose_until", "The time to choose ends within 60 days.")
    return asked


def is_over(choose_until: datetime | None, now: datetime) -> bool:
    """Whether those who said nothing get what holds without a choice: nobody who chose in time,
    by our receipt, is overtaken by that."""
    return choose_until is None or now >= choose_until + IN_TIME


def share_end(asked: datetime | None, prefers_credit: bool, now: datetime) -> datetime:
    """Until when the share of one session may be taken back: a fortnight where nothing is said."""
    if prefers_credit:
        raise _wrong("/prefer_credit", "For one session there is its share, and no credit instead.")
    return choice_end(asked, False, now) or now + USUAL


def _wrong(pointer: str, detail: str) -> Invalid:
    return Invalid("choice-invalid", detail, errors=[fault(pointer, detail)])


def share_until(choose_until: datetime | None, made_up: datetime | None) -> datetime | None:
    """Until when it may be taken: as was said, also beside a make-up date that begins at `made_up`;
    but not once that has begun, for it is the one or the other."""
    if choose_until is None or made_up is None:
        return choose_until
    return min(choose_until, made_up)


def agreed_before(sessions: Sequence[Mapping[str, Any]], session_id: str, cancelled: int) -> bool:
    """Whether whoever agreed to these sessions was to have the one that was then cancelled, by that
    version of its schedule: neither had it been already, nor was it the make-up date."""
    return any(
        each["session_id"] == session_id
        and each.get("status") != "cancelled"
        and each.get("schedule_version", 1) < cancelled
        for each in sessions
    )


def share_of(schedule: Sequence[Mapping[str, Any]], session_id: str) -> tuple[int, int] | None:
    """Minutes of a session and of all, by the schedule that was paid for; None: not in it."""
    minutes = {str(each["session_id"]): int(each["minutes"]) for each in schedule}
    if not minutes.get(session_id):
        return None
    return minutes[session_id], sum(minutes.values())


class Withdrawn(Protocol):
    """A session that the provider cancelled."""

    @property
    def session_id(self) -> str: ...

    @property
    def choose_until(self) -> datetime | None: ...


W = TypeVar("W", bound=Withdrawn)


def the_one(
    withdrawn: Sequence[W], named: str | None, chosen: Mapping[str, Any], now: datetime
) -> W:
    """Which cancelled session is meant: the one that is named, else the only one there is.

    Of several unnamed, the only one whose choice is still open; else it must be named.
    """
    found = [one for one in withdrawn if named in (None, one.session_id)]
    if not found:
        raise NothingToChoose("No session was cancelled here for which there is a choice.")
    if len(found) > 1:
        still = [one for one in found if one.session_id not in chosen]
        found = [one for one in still if one.choose_until and now < one.choose_until] or found
    if len(found) > 1:
        detail = "Several sessions were cancelled: say for which one."
        raise Invalid("session-needed", detail, errors=[fault("/session_id", detail)])
    return found[0]
