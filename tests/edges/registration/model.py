"""Registration as a reader of the domain would write it down: plain values, one thing at a time.

Nothing of the service is used here: it is what the service is held against (`test_machine.py`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD, OFFER = timedelta(minutes=30), timedelta(hours=24)
LIVE = {"requested", "waitlisted", "offered", "confirmed"}
# A state → those that may come right after it.
AFTER = {
    None: {"requested", "waitlisted"},
    "requested": {"confirmed", "expired", "cancelled"},
    "waitlisted": {"offered", "cancelled"},
    "offered": {"requested", "lapsed", "cancelled"},
    "confirmed": {"cancelled"},
    "expired": {"confirmed"},  # paid late, and a seat was free
    "lapsed": set(),
    "cancelled": set(),
}
SEAT = {"requested": "held", "offered": "offered", "confirmed": "sold"}  # all others have none


@dataclass
class Registered:
    """One person in the course."""

    person: int
    state: str
    method: str
    ticket: int | None = None
    hold_ends: datetime | None = None
    offer_ends: datetime | None = None
    ever_confirmed: bool = False
    paid: set[str] = field(default_factory=set)  # invoices
    voided: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)  # what was said, but for links


class Model:
    """One course, and whoever came to it, in order."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.all: list[Registered] = []
        self.tickets = 0

    # --- the count --------------------------------------------------------------------------------

    def seats(self) -> dict[str, int]:
        states = [SEAT.get(one.state) for one in self.all]
        counted = {seat: states.count(seat) for seat in ("sold", "held", "offered")}
        return {"capacity": self.capacity, **counted, "waiting": len(self.line())}

    def free(self) -> int:
        return self.capacity - sum(one.state in SEAT for one in self.all)

    def line(self) -> list[Registered]:
        waiting = [one for one in self.all if one.state == "waitlisted"]
        return sorted(waiting, key=lambda one: one.ticket or 0)

    def living(self, person: int) -> Registered | None:
        return next((o for o in self.all if o.person == person and o.state in LIVE), None)

    def offer(self, now: datetime, most: int) -> None:
        """Free seats go to those who wait, in order."""
        for first in self.line()[: max(0, min(most, self.free()))]:
            first.state, first.ticket, first.offer_ends = "offered", None, now + OFFER
            first.told.append("offered")

    # --- what people do ---------------------------------------------------------------------------

    def register(self, person: int, method: str, now: datetime) -> tuple[Registered, bool]:
        """The registration, and whether it was there before."""
        known = self.living(person)
        if known is not None:
            return known, True
        made = Registered(person, "", method)
        if self.free() <= 0 or self.line():
            self.tickets += 1
            made.state, made.ticket = "waitlisted", self.tickets
            made.told.append("waitlisted")
        else:
            self.hold(made, now)
        self.all.append(made)
        return made, False

    def hold(self, one: Registered, now: datetime) -> None:
        one.state = "requested"
        one.told.append("requested")
        if one.method == "card":
            one.hold_ends = now + HOLD
        else:
            self.confirm(one)

    def confirm(self, one: Registered) -> None:
        one.state, one.hold_ends, one.ever_confirmed = "confirmed", None, True
        one.told.append("confirmed")

    def accept(self, one: Registered, method: str, now: datetime) -> str:
        """What is answered: `ok`, or the slug of the refusal."""
        if one.state in ("requested", "waitlisted", "confirmed"):
            return "no-offer"
        if one.state in ("expired", "cancelled"):
            return "registration-ended"
        if one.state == "lapsed" or one.offer_ends is None or now >= one.offer_ends:
            return "offer-ended"
        one.method, one.offer_ends = method, None
        self.hold(one, now)
        return "ok"

    def cancel(self, one: Registered, now: datetime) -> str:
        if one.state == "cancelled":
            return "ok"
        if one.state not in LIVE:
            return "registration-ended"
        seated = one.state in SEAT
        one.state, one.hold_ends, one.offer_ends, one.ticket = "cancelled", None, None, None
        one.told.append("cancelled")
        if seated:
            self.offer(now, 1)
        return "ok"

    def change_capacity(self, capacity: int, now: datetime) -> None:
        """Lower than what was given throws nobody out."""
        if capacity != self.capacity:
            self.capacity = capacity
            self.offer(now, capacity)

    # --- what is heard ----------------------------------------------------------------------------

    def paid(self, one: Registered, invoice: str, now: datetime) -> None:
        if invoice in one.paid:
            return
        one.paid.add(invoice)
        if one.state == "requested":
            self.confirm(one)
        elif one.ever_confirmed or one.state == "cancelled":
            return  # billing's affair alone
        elif (
            one.state == "expired"
            and self.free() > 0
            and not self.line()
            and self.living(one.person) is None
        ):
            self.confirm(one)
        else:
            one.told.append("unseated")

    def void(self, one: Registered, invoice: str, now: datetime) -> None:
        if invoice in one.paid or invoice in one.voided:
            one.voided.add(invoice)
            return
        one.voided.add(invoice)
        if one.state == "requested":
            self.expire(one, now)

    # --- what time does ---------------------------------------------------------------------------

    def sweep(self, now: datetime) -> None:
        for one in self.all:
            if one.state == "requested" and one.hold_ends is not None and now >= one.hold_ends:
                self.expire(one, now)
            elif one.state == "offered" and one.offer_ends is not None and now >= one.offer_ends:
                one.state, one.offer_ends = "lapsed", None
                one.told.append("lapsed")
                self.offer(now, 1)

    def expire(self, one: Registered, now: datetime) -> None:
        one.state, one.hold_ends = "expired", None
        one.told.append("expired")
        self.offer(now, 1)
