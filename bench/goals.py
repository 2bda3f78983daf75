"""What is measured, beside what, and what it must come to: every figure by its name.

A goal that the table of figures is held against stands here and nowhere else; where it is from is
said beside it (issue G; or the decision or page that set it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ROUNDS = 3  # as many at least, or a figure is not judged


@dataclass(frozen=True)
class Goal:
    """Bounds of a figure: of its `ratio` (per cent of the bare reference), or of it as such."""

    of: Literal["ratio", "ours"]
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Whether that is within the bounds; both belong to it."""
        low = self.least is None or value >= self.least
        return low and (self.most is None or value <= self.most)

    def words(self, unit: str) -> str:
        """`≥ 70 %`, `≤ 100 ms`."""
        unit = "%" if self.of == "ratio" else unit
        bounds = (("≥", self.least), ("≤", self.most))
        return ", ".join(f"{sign} {bound:,g} {unit}" for sign, bound in bounds if bound is not None)


@dataclass(frozen=True)
class Spec:
    """A figure before it is measured. `less`: less of it is better, as of a time. `worst`: the
    largest of the rounds is the figure, for a median would hide what happened in one only."""

    name: str  # `<benchmark>.<what of it>`
    what: str
    bare: str  # what the reference is; "" where there is none
    unit: str
    goal: Goal | None = None
    less: bool = False
    worst: bool = False


def share(per_cent: float) -> Goal:
    """So many per cent of the reference, or more."""
    return Goal("ratio", least=per_cent)


def most(value: float) -> Goal:
    """No more than that."""
    return Goal("ours", most=value)


_STILL = "an endpoint of the same shape without a database"
_SENT = "the same events straight to Kafka, bare aiokafka and the same SQL behind it"
_RATE = "registrations at half the top rate"
_GROWN, _SMALL = "a million registrations", "10,000 registrations"
_FLAT = share(77)  # no more than 1.3 times
_MEMBERS, _STATIC = "events while a second worker", "static membership"
_DAY = "session of 10,000"
_STORY, _FEW = "registration → certificate, all services", "1,000 learners"
_OUTBOX = "outbox → consumer's commit at 100/s"

SPECS = (
    Spec("registrations.hot", "registrations, one course", _STILL, "/s", share(70)),
    Spec("registrations.spread", "registrations, 1,000 courses", _STILL, "/s", share(70)),
    # decision 45
    Spec(
        *("registrations.apart", "registrations, one course", "a transaction a request", "/s"),
        share(300),
    ),
    Spec(
        *("registrations.evenly", "registrations, one course", "ours over 1,000 courses", "/s"),
        share(80),
    ),
    Spec("arrivals.p50", f"{_RATE}, p50", _STILL, "ms", less=True),
    Spec("arrivals.p99", f"{_RATE}, p99", _STILL, "ms", most(100), less=True),
    Spec(
        "arrivals.refused",
        f"{_RATE}: refused, lost or late",
        _STILL,
        "requests",
        most(0),
        less=True,
        worst=True,
    ),
    Spec(
        "pipeline.events",
        "registration.requested → invoice, ledger, outbox, one worker",
        "bare aiokafka and the same SQL",
        "/s",
        share(65),
    ),
    Spec(
        "relay.rows",
        "outbox → Kafka, one relay",
        "a bare producer that reads and deletes the same rows",
        "/s",
        share(70),
    ),
    Spec("relay.p50", f"{_OUTBOX}, p50", _SENT, "ms", most(15), less=True),
    Spec("relay.p99", f"{_OUTBOX}, p99", _SENT, "ms", most(40), less=True),
    Spec(
        "relay.apart_p50", f"{_OUTBOX}, relay in another process, p50", _SENT, "ms", most(15), True
    ),
    Spec(
        "relay.apart_p99", f"{_OUTBOX}, relay in another process, p99", _SENT, "ms", most(40), True
    ),
    # docs/capacity.md
    Spec("certificates.one", "certificates stored, one worker", "bare Typst", "/s", share(70)),
    Spec("certificates.two", "certificates stored, two workers", "bare Typst", "/s", share(70)),
    Spec(
        *("messages.words", "mails sent, one worker"),
        *("bare aiosmtplib, mails written anew of the same words", "/s"),
        share(60),
    ),
    Spec(
        *("messages.bytes", "mails sent, one worker"),
        *("bare aiosmtplib, the very same bytes", "/s"),
    ),
    Spec("feed.catch_up", "a partner reads 100,000 events", "bare asyncpg", "s", most(60), True),
    Spec(
        "webhooks.dead", "deliveries, 20 of 100 endpoints dead", "ours, none dead", "/s", share(90)
    ),
    Spec("webhooks.bare", "deliveries, 100 endpoints", "bare httpx", "/s"),
    Spec(
        "day.refused",
        f"{_DAY}: observations refused or lost",
        "",
        "observations",
        most(0),
        less=True,
        worst=True,
    ),
    Spec("day.p99", f"{_DAY}: observations at 2,000/s, p99", "", "ms", less=True),
    Spec("day.lag", f"{_DAY}: the oldest event that waited", "", "s", most(5), True, worst=True),
    Spec("day.certificates", f"{_DAY}: its end → last certificate", "", "s", most(60), less=True),
    Spec("day.board", f"{_DAY}: the live board, p50", "", "ms", less=True),
    Spec("story.rate", f"{_STORY}: learners", _FEW, "/s"),
    # within 15 % of the small one
    Spec("story.cpu", f"{_STORY}: processors a learner", _FEW, "ms", share(87), less=True),
    Spec("story.memory", f"{_STORY}: the largest service (PSS)", _FEW, "MiB", less=True),
    Spec("story.disk", f"{_STORY}: disk a learner", _FEW, "kB", less=True),
    Spec(
        "startup.worker",
        "a worker's start → ready, the slowest service",
        "imports of FastStream, SQLAlchemy and FastAPI alone",
        "ms",
        most(2_000),
        less=True,
    ),
    Spec("startup.help", "`bin/holdfast --help`", "`python -c pass`", "ms", most(200), less=True),
    Spec("scaling.two", "events, two workers", "one worker", "/s"),
    Spec("scaling.three", "events, three workers", "one worker", "/s"),
    Spec("scaling.up", f"{_MEMBERS} joins: the longest wait", _STATIC, "s", less=True),
    Spec("scaling.down", f"{_MEMBERS} leaves: the longest wait", _STATIC, "s", less=True),
    Spec(
        "scaling.twice",
        f"{_MEMBERS} comes and goes: dropped repeats",
        _STATIC,
        "events",
        less=True,
        worst=True,
    ),
    Spec(
        "growth.asked", f"{_GROWN}, the request that it slows most: p50", _SMALL, "ms", _FLAT, True
    ),
    Spec("growth.rounds", f"{_GROWN}, the round that it slows most", _SMALL, "ms", _FLAT, True),
    Spec(
        "growth.retention",
        f"{_GROWN}, rows that retention takes out of an inbox",
        "rows that it takes in",
        "/s",
        share(100),
    ),
)


def spec(name: str) -> Spec:
    """The one of that name; raises KeyError."""
    return {one.name: one for one in SPECS}[name]
