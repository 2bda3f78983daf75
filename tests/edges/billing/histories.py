"""A random history of one order's money, told round by round: the same for the same seed.

What registration would say next follows from what it said and from what billing answered; how it
reaches billing (late, twice, shuffled) is the history's own chance too. Nothing of one history
depends on another, so that one that fails among a hundred can be run again alone.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.contracts import reference
from shared.contracts.attendance import SessionCompleted
from shared.contracts.event import Event
from shared.contracts.registration import (
    CourseCancelled,
    CoursePublished,
    RegistrationCancelled,
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
)
from tests.edges.billing.policies import POLICIES, PRICES
from tests.rules.billing.cases import START

CARDS = {
    "4242424242424242": 8,
    "4000000000000002": 1,  # declined
    "4000000000009995": 1,  # insufficient funds
    "4000000000005126": 1,  # refunds to it fail in the end
    "4000000000007726": 1,  # refunds to it are pending at first
}
SESSIONS = [each["session_id"] for each in reference.SCHEDULE]
TAXES = [
    {"place": "DE", "percent": "19", "label": "VAT", "fee_percent": "0"},
    {"place": "US-NY", "percent": "8.875", "label": "Sales tax", "fee_percent": "8.875"},
]
MOST = 5  # registrations of one history, a group apart


@dataclass(frozen=True)
class Said:
    """What reaches billing: an event under its id."""

    event: Event
    id: str


@dataclass(frozen=True)
class Pays:
    """A card at the page of an invoice; `beside` is a second page for the same money."""

    registration_id: str
    version: int
    card: str
    beside: tuple[str, int, str] | None = None


@dataclass(frozen=True)
class Goodwill:
    registration_id: str
    amount: int


@dataclass(frozen=True)
class GoodwillCredit:
    registration_id: str
    amount: int


@dataclass(frozen=True)
class Transfers:
    """An employer pays an invoice, or a part of it, by bank."""

    invoice_id: str
    amount: int
    reference: str


@dataclass(frozen=True)
class BankEnds:
    """A bank decides on a refund of this invoice, perhaps one that had succeeded."""

    invoice_id: str
    place: int
    status: str


@dataclass(frozen=True)
class Staff:
    """Staff about a refund that failed: `retry`, or `settle` by hand."""

    registration_id: str
    what: str


@dataclass(frozen=True)
class Disputes:
    """A payer goes to the bank about what paid this invoice; or the bank decides, perhaps anew."""

    invoice_id: str
    result: str


@dataclass(frozen=True)
class TakesBack:
    """Staff take an entry about a registration back in the ledger."""

    registration_id: str


Act = Pays | Goodwill | GoodwillCredit | Transfers | BankEnds | Staff | Disputes | TakesBack


@dataclass
class Seat:
    """A registration as registration knows it."""

    registration_id: str
    course_id: str
    price: int
    method: str
    at: datetime
    state: str = "requested"
    version: int = 1
    invoice_id: str | None = None
    asked: int = 0
    shares: set[str] = field(default_factory=set)
    group_id: str | None = None
    policy_version: int = 1
    doubtful: bool = False  # the payer may go to the bank: something is owed, credited or decided


@dataclass
class CourseNow:
    """A course as it stands, as far as refunds go."""

    version: int
    starts_at: datetime
    policy: dict[str, Any]


class History:
    """One story; `story` is what happened, for whoever has to find out why."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.name = "h" + seed.replace("/", "-")
        self.chance = random.Random(seed)
        self.currency = self.chance.choices(["USD", "JPY", "KWD"], [8, 1, 1])[0]
        self.kind, self.policy = self.chance.choice(POLICIES)
        self.tax = self.chance.choice([None, None, *TAXES])
        self.disordered = self.chance.random() < 0.15
        self.seats: dict[str, Seat] = {}
        self.story: list[str] = []
        self.courses: dict[str, CourseNow] = {}
        self.held: dict[str, set[str]] = {}
        self.credits: list[str] = []
        self._waiting: dict[str, list[Said]] = {}
        self._forgotten: set[str] = set()
        self._told: list[Said] = []
        self._ids = 0

    # --- one round --------------------------------------------------------------------------------

    def acts(self, now: datetime) -> list[Act]:
        """One random act; what registration says of it waits to be delivered."""
        made: list[Act] = []
        for what in self._choice(now):
            if isinstance(what, Event):
                self._say(what)
            else:
                self.story.append(f"{now:%m-%d %H:%M} {what}")
                made.append(what)
        return made

    def delivered(self, *, all_of_it: bool = False) -> list[Said]:
        """What reaches billing now: some of it later, some of it twice, in some order."""
        keys = [k for k in sorted(self._waiting) if k not in self._forgotten]
        keys = [k for k in keys if all_of_it or self.chance.random() < 0.85]
        now = [self._waiting.pop(key) for key in keys]
        said: list[Said] = []
        if self.disordered:
            said = [one for each in now for one in each]
            self.chance.shuffle(said)
        while any(now) and not self.disordered:  # each key in its order, the keys anyhow
            said.append(self.chance.choice([each for each in now if each]).pop(0))
        self._told += said
        if self._told and not all_of_it and self.chance.random() < 0.25:
            said += self.chance.sample(self._told, min(2, len(self._told)))
        self.story += [f"      heard: {_short(each.event)}" for each in said]
        return said

    def remembers(self) -> None:
        """What was not delivered for a year is, at last."""
        self._forgotten.clear()

    def hears(self, type_: str, fact: dict[str, Any], now: datetime) -> None:
        """What billing said of one of its registrations, and what registration makes of it."""
        seat = self.seats[fact["registration_id"]]
        self.story.append(f"      said: {type_} {_figures(fact)}")
        if type_ == "invoice.issued.v1":
            seat.invoice_id, seat.asked = fact["invoice_id"], fact["due"]["amount"]
        elif type_ == "credit.issued.v1":
            self.credits.append(fact["credit_id"])
            seat.doubtful |= seat.state in {"cancelled", "transferred"}
        elif type_ in {"dispute.closed.v1", "refund.requested.v1", "refund.failed.v1"}:
            seat.doubtful = True
        elif type_ == "invoice.paid.v1" and seat.state in {"requested", "expired"}:
            if seat.state == "expired" and self.chance.random() < 0.4:
                seat.state = "unseated"
                self._say(self._of(RegistrationUnseated, seat, invoice_id=seat.invoice_id, at=now))
            else:
                self._confirm(seat, "paid", now)

    # --- what may happen --------------------------------------------------------------------------

    def _choice(self, now: datetime) -> Iterator[Act | Event]:
        if not self.seats:
            yield from self._register(now)
            return
        seat = self.chance.choice(list(self.seats.values()))
        likely = {
            self._register: (9 if self.credits else 2) if len(self.seats) < MOST else 0,
            self._pay: {"requested": 8, "expired": 5}.get(seat.state, 2),
            self._hold_ends: 2,
            self._cancel: 4,
            self._share: 2,
            self._transfer: 2,
            self._goodwill: 2,
            self._give_credit: 0.3 if self.credits else 3,
            self._transfers: 4 if seat.method == "invoice" or seat.state == "expired" else 0.2,
            self._bank: 2,
            self._disputes: 8 if seat.doubtful else 1,
            self._takes_back: 0.5 if any(self.held.values()) else 0,
            self._staff: 2,
            self._held: 3,
            self._moved: 3 if self._known(seat.course_id).version == 1 else 1,
            self._substitute: 1,
            self._course_cancelled: 0.5,
        }
        [what] = self.chance.choices(list(likely), list(likely.values()))
        yield from what(now) if what == self._register else what(seat, now)

    def _register(self, now: datetime) -> Iterator[Event]:
        method = self.chance.choices(["card", "invoice", "free"], [6, 3, 1])[0]
        size = 3 if not self.seats and self.chance.random() < 0.15 else 1
        group = f"{self.name}.g" if size > 1 else None
        course = self._course(str(self.chance.randint(0, 1)))
        price = 0 if method == "free" else self.chance.choice(PRICES)
        for _ in range(size):
            yield self._requested(course, price, method, now, group=group, size=size)
        if method != "card":
            for seat in list(self.seats.values())[-size:]:
                self._confirm(seat, method, now)

    def _requested(
        self,
        course: str,
        price: int,
        method: str,
        now: datetime,
        *,
        group: str | None = None,
        size: int | None = None,
        moved: Seat | None = None,
    ) -> Event:
        rid = f"{self.name}.{len(self.seats)}"
        seat = Seat(rid, course, price, method, now, group_id=group)
        seat.policy_version = self._known(course).policy["version"]
        self.seats[rid] = seat
        on_account = method == "invoice"
        more: dict[str, Any] = {}
        if moved is not None:
            more = {"transferred_from": moved.registration_id}
            more["transferred_price"] = self._money(moved.price)
        elif self.credits and price:
            more = self._shows_codes()
            if self.chance.random() < 0.04:  # heard of when these have ended long ago
                self._forgotten.add(f"{RegistrationRequested.topic}/{rid}")
        return self._of(
            RegistrationRequested,
            seat,
            requested_at=now,
            price=self._money(price),
            kind=self.kind,
            policy=self._known(course).policy,
            tax=self.tax,
            payment_method=method,
            organisation="Clinic" if on_account else None,
            hold_expires_at=None if on_account else now + timedelta(minutes=30),
            group_id=group,
            group_size=size if group else None,
            **more,
        )

    def _shows_codes(self) -> dict[str, Any]:
        """Credits to pay with: perhaps spent by now, unknown, or somebody else's."""
        shown = self.chance.sample(self.credits, self.chance.randint(1, len(self.credits)))
        others = tuple(self.chance.sample(shown, 1)) if self.chance.random() < 0.1 else ()
        if self.chance.random() < 0.1:
            shown.append(f"unknown:{self.name}")
        return {"credit_ids": tuple(shown), "credits_of_others": others}

    def _confirm(self, seat: Seat, basis: str, now: datetime) -> None:
        seat.state = "confirmed"
        self._say(self._of(RegistrationConfirmed, seat, basis=basis, confirmed_at=now))

    def _pay(self, seat: Seat, now: datetime) -> Iterator[Act]:
        if seat.invoice_id is None:
            return
        [card] = self.chance.choices(list(CARDS), list(CARDS.values()))
        beside = None
        # Of a group only when it is whole: what came before waits undivided for the rest of it.
        if self.chance.random() < 0.15 and seat.asked and seat.group_id is None:
            beside = (seat.invoice_id, seat.asked, self.currency)
        yield Pays(seat.registration_id, seat.version, card, beside)

    def _hold_ends(self, seat: Seat, now: datetime) -> Iterator[Event]:
        if seat.state == "requested" and now >= seat.at + timedelta(minutes=30):
            seat.state = "expired"
            yield self._of(RegistrationExpired, seat, expired_at=now)

    def _cancel(self, seat: Seat, now: datetime) -> Iterator[Event]:
        again = seat.state == "cancelled" and self.chance.random() < 0.5
        if seat.state not in {"requested", "confirmed"} and not again:
            return
        by = "provider" if again else self.chance.choice(["learner", "learner", "operator"])
        by = self.chance.choice([by, by, "provider"])
        more: dict[str, Any] = {}
        if by == "operator" and self.chance.random() < 0.6:
            more["override"] = {"outcome": self.chance.choice(["refund", "credit", "nothing"])}
        if by == "provider":
            more["prefer"] = self.chance.choice([None, "refund", "credit"])
        was = "confirmed" if again else seat.state
        at = now - self.chance.choice([timedelta(0), timedelta(0), timedelta(minutes=20)])
        seat.state = "cancelled"
        at = max(at, seat.at)
        more |= self._as_it_stood(seat)
        yield self._of(RegistrationCancelled, seat, requested_at=at, by=by, was=was, **more)

    def _share(self, seat: Seat, now: datetime) -> Iterator[Event]:
        left = [s for s in SESSIONS if s not in seat.shares]
        if seat.state == "confirmed" and len(left) > 1:
            session = self.chance.choice(left)
            seat.shares.add(session)
            yield self._of(RegistrationShareDue, seat, session_id=session, requested_at=now)

    def _transfer(self, seat: Seat, now: datetime) -> Iterator[Event]:
        if seat.state != "confirmed" or len(self.seats) > MOST + 1:
            return
        other = self._course("1" if seat.course_id.endswith("0") else "0")
        dearer = self.chance.choice([seat.price, *PRICES])
        new = self._requested(other, dearer, seat.method, now, moved=seat)
        rid = list(self.seats)[-1]
        made = [
            new,
            self._of(
                RegistrationTransferred,
                seat,
                to_registration_id=rid,
                to_course_id=other,
                requested_at=now,
                by=self.chance.choice(["learner", "operator", "provider"]),
                **self._as_it_stood(seat),
            ),
        ]
        seat.state = "transferred"
        yield from made
        self._confirm(self.seats[rid], "transfer", now)

    def _goodwill(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        yield Goodwill(seat.registration_id, self.chance.choice([1, 500, 3000, seat.price or 7]))

    def _give_credit(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        yield GoodwillCredit(seat.registration_id, self.chance.choice([700, 3000, 19900]))

    def _transfers(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        if seat.invoice_id is not None and seat.asked:
            part = self.chance.choice([seat.asked, seat.asked, (seat.asked + 1) // 2])
            yield Transfers(seat.invoice_id, part, f"T-{self.chance.randint(1, 3)}")

    def _bank(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        if seat.invoice_id is not None:
            status = self.chance.choice(["succeeded", "failed"])
            yield BankEnds(seat.invoice_id, self.chance.randint(0, 3), status)

    def _disputes(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        if seat.invoice_id is not None:
            yield Disputes(seat.invoice_id, self.chance.choice(["won", "lost"]))

    def _takes_back(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        yield TakesBack(seat.registration_id)

    def _staff(self, seat: Seat, _now: datetime) -> Iterator[Act]:
        yield Staff(seat.registration_id, self.chance.choice(["retry", "settle"]))

    def _held(self, seat: Seat, now: datetime) -> Iterator[Event]:
        held = self.held.setdefault(seat.course_id, set())
        left = [s for s in SESSIONS if s not in held]
        if not left:
            if seat.state == "confirmed":
                yield self._of(RegistrationCompleted, seat, completed_at=now)
                seat.state = "completed"
            return
        held.add(left[0])
        about = {"course_id": seat.course_id, "session_id": left[0], "completed_at": now}
        yield SessionCompleted.model_validate(SessionCompleted.example | about)

    def _moved(self, seat: Seat, _now: datetime) -> Iterator[Event]:
        newer = None
        if self.chance.random() < 0.7:
            newer = self.chance.choice(POLICIES)[1]
        days = self.chance.randint(-7, 30)
        yield self._course_now(CoursePublished, seat.course_id, days=days, policy=newer)

    def _course_cancelled(self, seat: Seat, now: datetime) -> Iterator[Event]:
        more = {"status": "cancelled", "cancelled_at": now}
        yield self._course_now(CourseCancelled, seat.course_id, **more)
        for one in self.seats.values():
            if one.course_id == seat.course_id and one.state in {"requested", "confirmed"}:
                was, one.state = one.state, "cancelled"
                yield self._of(RegistrationCancelled, one, requested_at=now, by="provider", was=was)

    def _substitute(self, seat: Seat, now: datetime) -> Iterator[Event]:
        if seat.state == "confirmed":
            seat.version += 1
            yield self._of(
                RegistrationSubstituted,
                seat,
                person_id=f"{seat.registration_id}.p{seat.version}",
                former_person_id=f"{seat.registration_id}.p",
                token_version=seat.version,
                substituted_at=now,
            )

    # --- words ------------------------------------------------------------------------------------

    def _of(self, event: type[Event], seat: Seat, at: datetime | None = None, **more: Any) -> Event:
        about = {"registration_id": seat.registration_id, "course_id": seat.course_id}
        about["person_id"] = f"{seat.registration_id}.p"
        if at is not None:
            more["requested_at"] = at
        return event.model_validate(event.example | about | more)

    def _course(self, letter: str) -> str:
        return f"{self.name}.c{letter}"

    def _known(self, course_id: str) -> CourseNow:
        first = CourseNow(1, START, self.policy)
        return self.courses.setdefault(course_id, first)

    def _as_it_stood(self, seat: Seat) -> dict[str, Any]:
        """What registration says of the course at the request; some facts are of before it did."""
        if self.chance.random() < 0.2:
            return {}
        now = self._known(seat.course_id)
        said: dict[str, Any] = {"course_version": now.version, "starts_at_now": now.starts_at}
        if now.policy["version"] != seat.policy_version:
            said["policy_now"] = now.policy
            said["policy_choice"] = self.chance.choice([None, "snapshot", "newer"])
        return said

    def _course_now(
        self,
        event: type[Event],
        course_id: str,
        days: int = 0,
        policy: dict[str, Any] | None = None,
        **more: Any,
    ) -> Event:
        now = self._known(course_id)
        now.version = version = now.version + 1
        now.starts_at = START + timedelta(days=days)
        if policy is not None:
            now.policy = policy | {"version": now.policy["version"] + 1}
        more["policy"] = now.policy
        sessions = [
            each | {"starts_at": START + timedelta(days=days + 7 * place)}
            for place, each in enumerate(reference.SESSIONS)
        ]
        for each in sessions:
            each["ends_at"] = each["starts_at"] + timedelta(hours=2)
        about = {"course_id": course_id, "version": version, "sessions": sessions}
        return event.model_validate(reference.COURSE | about | more)

    def _money(self, amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": self.currency}

    def next(self) -> str:
        """An id that nobody had before, the same for the same seed."""
        self._ids += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{self._ids}"))

    def _say(self, event: Event) -> None:
        said = Said(event, self.next())
        self.story.append(f"  says: {_short(event)}")
        self._waiting.setdefault(f"{event.topic_of()}/{event.key_of()}", []).append(said)


def _short(event: Event) -> str:
    shown = event.model_dump(mode="json", exclude_defaults=True)
    hidden = {"policy", "schedule", "sessions", "disclosure"}
    return f"{event.type} { ({k: v for k, v in shown.items() if k not in hidden}) }"[:600]


def _figures(fact: dict[str, Any]) -> dict[str, Any]:
    return {
        k: v for k, v in fact.items() if k not in {"trace", "lines", "terms", "person_id"} and v
    }
