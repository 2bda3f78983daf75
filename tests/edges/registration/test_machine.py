"""Whatever is done to a course, in whatever order: the service does what the model says.

A machine of Hypothesis drives the service on real Postgres, step by step on a clock that stands,
and a model written by hand (`model.py`) beside it. After every step the invariants of a course hold
(domain.md §10: 3, 7, 8). What fails is printed as a program, with the seed that finds it again.

`HYPOTHESIS_PROFILE=long` goes on for some minutes; what it found is replayed from `.hypothesis`.
"""

import asyncio
import os
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.runtime.tokens import PERSONAL, mint
from tests.edges.registration.conftest import Stage, application, service_on
from tests.edges.registration.happenings import paid, voided
from tests.edges.registration.model import AFTER, SEAT, Model
from tests.rules.registration.course import course
from tests.stage import OPERATOR, SECRET, StillClock

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=1_000 if LONG else 30,
    stateful_step_count=60 if LONG else 30,
    derandomize=not LONG,  # the same each time, unless one looks for more
    deadline=None,
    print_blob=True,
    phases=list(Phase) if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
START = "2020-09-01T13:00:00Z"
PEOPLE = 7
_SNAPSHOT = """
SELECT r.registration_id, r.state, r.seat, r.ticket, r.hold_expires_at, r.offer_expires_at,
  r.revision, r.live_key IS NOT NULL AS lives
FROM registrations r ORDER BY r.registration_id
"""
_HISTORY = """
SELECT registration_id, revision, at, by, act, before, state, why FROM history
ORDER BY registration_id, revision
"""
_TABLES = """
SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


class Machine(RuleBasedStateMachine):
    """The service, and the model of it. Registrations are known by their place in `model.all`."""

    # Given by the test.
    url: str
    emptied: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.emptied()
        self.runner = asyncio.Runner()
        self.clock = StillClock(START)
        self.stage = Stage(service_on(self.url, self.clock))
        self.model = Model(0)
        self.ids: list[str] = []  # of the registrations, as in `model.all`
        self.heard: list[tuple[Any, str]] = []  # events with their ids, as delivered
        self.held: list[tuple[Any, str, Callable[[], None]]] = []  # not yet delivered
        self.asked: list[tuple[str, dict[str, Any], httpx.Response]] = []  # requests answered
        self.taken = 0  # seats given at the last look

    def teardown(self) -> None:
        try:
            before = self.whole()
            self.everything_again()
            assert self.whole() == before
        finally:
            self.close()
            self.runner.close()

    def close(self) -> None:
        for db in (self.stage.service.api_db, self.stage.service.worker_db):
            self.runner.run(db.close())

    # --- helpers ----------------------------------------------------------------------------------

    @property
    def now(self) -> Any:
        return self.clock.time

    def ask(self, path: str, body: Any, key: str = OPERATOR) -> httpx.Response:
        sent = {
            "json": body,
            "headers": {
                "Idempotency-Key": str(uuid.UUID(int=len(self.asked) + 1)),
                "Authorization": f"Bearer {key}",
            },
        }
        answer = self.runner.run(self.stage.asks("POST", path, **sent))
        self.asked.append((path, sent, answer))
        return answer

    def publish(self, capacity: int) -> None:
        file = course(capacity=capacity, invoice_allowed=True)
        answer = self.runner.run(self.stage.asks("PUT", "/courses/attachment", json=file))
        assert answer.status_code in (200, 201), answer.text

    def holder(self, place: int) -> str:
        return mint(SECRET, PERSONAL, self.ids[place], 1)

    def deliver(self, batch: list[tuple[Any, str, Callable[[], None]]]) -> None:
        """One batch of events, and what the model makes of each in turn."""
        events, ids = [each[0] for each in batch], [each[1] for each in batch]
        outcomes = self.runner.run(self.stage.hears(*events, ids=ids))
        assert outcomes == ["done"] * len(batch)
        for event, id_, model in batch:
            self.heard.append((event, id_))
            model()

    def event(self, place: int, number: int, kind: str) -> tuple[Any, str, Callable[[], None]]:
        invoice = f"inv-{place}-{number}"
        said, one = {"paid": paid, "void": voided}[kind], self.model.all[place]
        act = {"paid": self.model.paid, "void": self.model.void}[kind]
        id_ = str(uuid.UUID(int=10_000 + len(self.heard) + len(self.held)))
        return (
            said(self.ids[place], invoice),
            id_,
            lambda: act(one, invoice, self.now),
        )

    # --- rules ------------------------------------------------------------------------------------

    @initialize(capacity=st.integers(1, 4), people=st.integers(0, PEOPLE - 1))
    def begin(self, capacity: int, people: int) -> None:
        self.publish(capacity)
        self.model.capacity = capacity
        for person in range(people):
            self.register(person, "card")

    @rule(person=st.integers(0, PEOPLE - 1), method=st.sampled_from(["card", "card", "invoice"]))
    def register(self, person: int, method: str) -> None:
        body = application(f"Person{person} Of Many") | {"payment": {"method": method}}
        answer = self.ask("/courses/attachment/registrations", body)
        one, known = self.model.register(person, method, self.now)
        got = answer.json()
        assert (answer.status_code, got["status"]) == (200 if known else 201, one.state)
        if known:
            assert got["registration_id"] == self.ids[self.model.all.index(one)]
        else:
            self.ids.append(got["registration_id"])
        if one.state == "waitlisted":
            assert got["position"] == 1 + self.model.line().index(one)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), number=st.integers(1, 2), kind=st.sampled_from(["paid", "paid", "void"]),
          later=st.booleans())  # fmt: skip
    def billing_says(self, data: Any, number: int, kind: str, later: bool) -> None:
        event = self.event(self.place(data, "requested", "expired"), number, kind)
        if later:
            self.held.append(event)
        else:
            self.deliver([event])

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def what_was_held_back_comes_in_another_order(self, data: Any) -> None:
        order = data.draw(st.permutations(range(len(self.held))), "order")
        cut = data.draw(st.integers(1, len(order)), "how many")
        held, self.held = self.held, [self.held[place] for place in order[cut:]]
        self.deliver([held[place] for place in order[:cut]])

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), operator=st.booleans())
    def cancel(self, data: Any, operator: bool) -> None:
        place = self.place(data, "confirmed", "requested", "offered", "waitlisted")
        key = OPERATOR if operator else self.holder(place)
        answer = self.ask(f"/registrations/{self.ids[place]}/cancel", {}, key)
        said = self.model.cancel(self.model.all[place], self.now)
        self.answered(answer, 202, said)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), method=st.sampled_from(["card", "invoice"]))
    def accept(self, data: Any, method: str) -> None:
        place = self.place(data, "offered")
        body = {"disclosure_version": "2020-09-01", "payment": {"method": method}}
        answer = self.ask(
            f"/registrations/{self.ids[place]}/accept-offer", body, self.holder(place)
        )
        said = self.model.accept(self.model.all[place], method, self.now)
        self.answered(answer, 200, said)

    @rule(capacity=st.integers(1, 5))
    def change_capacity(self, capacity: int) -> None:
        self.publish(capacity)
        self.model.change_capacity(capacity, self.now)
        self.taken = max(self.taken, sum(one.state in SEAT for one in self.model.all))

    @rule(
        minutes=st.sampled_from([1, 29, 31, 31, 24 * 60 - 1, 24 * 60]),
        swept=st.sampled_from([True, True, False]),
    )
    def time_passes(self, minutes: int, swept: bool) -> None:
        self.clock.time += timedelta(minutes=minutes)
        if swept:
            self.sweep()

    def sweep(self) -> None:
        self.runner.run(self.stage.swept())
        self.model.sweep(self.now)

    @rule(data=st.data(), what=st.sampled_from(["event", "events", "request", "process"]))
    def again(self, data: Any, what: str) -> None:
        """What was done already comes again, or the process begins anew: nothing changes."""
        before = self.whole()
        if what == "event" and self.heard:
            event, id_ = self.heard[data.draw(st.integers(0, len(self.heard) - 1), "event")]
            assert self.runner.run(self.stage.hears(event, ids=[id_])) == [None]
        elif what == "events":
            self.everything_again()
        elif what == "request" and self.asked:
            path, sent, first = self.asked[data.draw(st.integers(0, len(self.asked) - 1), "no.")]
            again = self.runner.run(self.stage.asks("POST", path, **sent))
            assert (again.status_code, again.content) == (first.status_code, first.content)
            assert again.headers["idempotent-replayed"] == "true"
        elif what == "process":
            self.close()
            self.stage = Stage(service_on(self.url, self.clock))
        assert self.whole() == before

    def everything_again(self) -> None:
        """The last weeks are replayed into the living service."""
        if self.heard:
            events, ids = [e for e, _ in self.heard], [i for _, i in self.heard]
            assert set(self.runner.run(self.stage.hears(*events, ids=ids))) == {None}

    # --- what holds after every step --------------------------------------------------------------

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        if not self.model.capacity:
            return
        seats = self.runner.run(self.stage.seats())
        assert seats == self.model.seats()
        rows = {row["registration_id"]: row for row in self.runner.run(self.stage.rows(_SNAPSHOT))}
        assert rows.keys() == set(self.ids)
        for id_, one in zip(self.ids, self.model.all, strict=True):
            row = rows[id_]
            assert row["state"] == one.state, one
            assert row["seat"] == SEAT.get(one.state, "none")
            assert row["ticket"] == one.ticket
            assert row["hold_expires_at"] == one.hold_ends
            assert row["offer_expires_at"] == one.offer_ends
            assert row["lives"] == (
                one.state in ("requested", "waitlisted", "offered", "confirmed")
            )
        # Never more than there are, unless fewer were left than had been given: then none is added.
        taken = seats["sold"] + seats["held"] + seats["offered"]
        assert taken <= max(seats["capacity"], self.taken)
        self.taken = taken

    @invariant()
    def histories_are_whole_and_go_forward(self) -> None:
        histories = defaultdict(list)
        for row in self.runner.run(self.stage.rows(_HISTORY)):
            histories[row["registration_id"]].append(row)
        revisions = {
            row["registration_id"]: row["revision"]
            for row in self.runner.run(self.stage.rows(_SNAPSHOT))
        }
        assert revisions == {id_: len(past) for id_, past in histories.items()}
        for past in histories.values():
            assert [row["revision"] for row in past] == list(range(1, len(past) + 1))
            state, when = None, past[0]["at"]
            for row in past:
                assert row["by"] in ("operator", "billing", "system", "holder", "learner"), row
                assert row["act"]
                assert row["why"] is not None
                assert row["at"] >= when
                assert row["before"] == state
                assert row["state"] == state or row["state"] in AFTER[state], row
                state, when = row["state"], row["at"]

    @invariant()
    def what_is_said_is_said_once_and_in_order(self) -> None:
        told: dict[str, list[str]] = defaultdict(list)
        for type_, key, _ in self.runner.run(self.stage.told()):
            name = type_.removeprefix("registration.").removesuffix(".v1")
            if key in self.ids and name != "link_requested":
                told[key].append(name)
        for id_, one in zip(self.ids, self.model.all, strict=True):
            assert told[id_] == one.told
            steps = [name for name in one.told if name != "unseated"]
            assert steps[0] in AFTER[None]
            for before, after in pairwise(steps):
                assert after in AFTER[before], one.told

    # --- inside -----------------------------------------------------------------------------------

    def place(self, data: Any, *likely: str) -> int:
        """Mostly one of those in a likely state, if there are any; else anybody."""
        found = [n for n, one in enumerate(self.model.all) if one.state in likely]
        places = range(len(self.ids))
        if found and data.draw(st.integers(0, 4), "odd") < 4:
            places = found
        return data.draw(st.sampled_from(places), "registration")

    def answered(self, answer: httpx.Response, status: int, said: str) -> None:
        if said == "ok":
            assert answer.status_code == status, answer.text
        else:
            assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{said}")

    def whole(self) -> Any:
        """All that the service has and has said."""
        rows = self.stage.rows
        tables = ("registrations", "seats", "people", "invoices", "due", "tasks", "audit")
        whole = {name: self.runner.run(rows(f"SELECT * FROM {name} t ORDER BY t::text"))
                 for name in tables}  # fmt: skip
        whole["history"] = self.runner.run(rows(_HISTORY))
        whole["outbox"] = self.runner.run(rows("SELECT event_id, headers FROM outbox ORDER BY id"))
        return whole


@pytest.mark.timeout(3_600 if LONG else 900)  # some twenty seconds, where nobody else works
def test_a_course_does_what_its_model_says(database: Any, postgres_url: str):
    url = database("registration")
    admin = urlunsplit(urlsplit(postgres_url)._replace(path=urlsplit(url).path))

    async def empty() -> None:
        con = await asyncpg.connect(admin)
        try:  # what may only be appended to is emptied by an administrator alone
            await con.execute("SET session_replication_role = replica")
            await con.execute(f"TRUNCATE {await con.fetchval(_TABLES)} RESTART IDENTITY")
        finally:
            await con.close()

    of_this = type("Machine", (Machine,), {"url": url, "emptied": lambda _: asyncio.run(empty())})
    run_state_machine_as_test(of_this, settings=SETTINGS)
