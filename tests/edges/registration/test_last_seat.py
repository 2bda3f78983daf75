"""Seats on real Postgres, under whatever concurrency: two processes, a thousand requests, races."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from services.registration.models import Person
from shared.runtime import edge
from shared.runtime.rows import replace
from shared.runtime.work import Work
from tests.edges.registration.conftest import Stage, application, service_on
from tests.edges.registration.happenings import paid, voided
from tests.rules.registration.course import course
from tests.stage import StillClock, killed_at

ENDS = "2020-09-02T13:00:00Z"  # of an offer that is made when the story begins
ACCEPT = {"disclosure_version": "2020-09-01", "payment": {"method": "card"}}
_ROWS = """
SELECT s.capacity, s.sold, s.held, s.offered, s.waiting,
  (SELECT count(*) FROM registrations WHERE course_id = s.course_id AND seat = 'sold') AS r_sold,
  (SELECT count(*) FROM registrations WHERE course_id = s.course_id AND seat = 'held') AS r_held,
  (SELECT count(*) FROM registrations WHERE course_id = s.course_id AND seat = 'offered')
    AS r_offered,
  (SELECT count(*) FROM registrations WHERE course_id = s.course_id AND state = 'waitlisted')
    AS r_waiting
FROM seats s WHERE course_id = 'attachment'
"""


async def counted(stage: Stage) -> Counter[str]:
    """The course's seats; they are those that the registrations have."""
    [row] = await stage.fetch(_ROWS)
    for name in ("sold", "held", "offered", "waiting"):
        assert row[name] == row[f"r_{name}"], dict(row)
    assert row["sold"] + row["held"] + row["offered"] <= row["capacity"]
    return Counter({name: row[name] for name in ("sold", "held", "offered", "waiting")})


async def queue(stage: Stage, *names: str) -> list[str]:
    return [(await stage.register(name)).json()["registration_id"] for name in names]


async def states(stage: Stage, *ids: str) -> list[str]:
    rows = await stage.fetch("SELECT registration_id, state FROM registrations")
    known = {row["registration_id"]: row["state"] for row in rows}
    return [known[one] for one in ids]


async def sweep(stage: Stage) -> None:
    while await stage.sweep.step():
        pass


async def said(stage: Stage) -> Counter[tuple[str, str]]:
    """How often each thing was said of each registration."""
    return Counter((key, type_) for type_, key, _ in await stage.told())


async def test_a_thousand_at_once_for_the_last_seat_get_one_and_999_honest_places(
    two: tuple[Stage, Stage],
):
    here, there = two
    await here.publish(capacity=1)
    answers = await asyncio.gather(
        *(two[number % 2].register(f"Person{number} Of Many") for number in range(1_000))
    )
    assert {answer.status_code for answer in answers} == {201}
    got = [answer.json() for answer in answers]
    assert Counter(one["status"] for one in got) == {"requested": 1, "waitlisted": 999}
    in_line = [one for one in got if one["status"] == "waitlisted"]
    assert sorted(one["position"] for one in in_line) == list(range(1, 1_000))
    assert await counted(here) == Counter(held=1, waiting=999)
    # Nobody is lost, and the line is in the order that each was told.
    rows = await there.fetch("SELECT registration_id, ticket FROM registrations ORDER BY ticket")
    assert {row["registration_id"] for row in rows} == {one["registration_id"] for one in got}
    by_place = sorted(in_line, key=lambda one: one["position"])
    line = [row["registration_id"] for row in rows if row["ticket"] is not None]
    assert line == [one["registration_id"] for one in by_place]
    told = Counter(type_ for type_, _, _ in await here.told())
    assert told["person.recorded.v1"] == 1_000
    assert told["registration.waitlisted.v1"] == 999
    assert told["registration.requested.v1"] == 1
    # The one gives the seat back, a hundred times at once: the first in line has it, once.
    [first] = [one["registration_id"] for one in got if one["status"] == "requested"]
    await asyncio.gather(
        *(two[n % 2].act(two[n % 2].holder(first), first, "cancel") for n in range(100))
    )
    assert await counted(there) == Counter(offered=1, waiting=998)
    assert await states(here, *line[:2]) == ["offered", "waitlisted"]
    assert (await said(here))[first, "registration.cancelled.v1"] == 1


async def test_a_seat_cascades_down_the_line_while_both_processes_sweep(two: tuple[Stage, Stage]):
    """Holds and offers end one after the other; each freed seat is the next one's in the very
    transaction that freed it, and whoever comes back to a dead offer is refused."""
    here, there = two
    await here.publish(capacity=2)
    seated = await queue(here, "Ada", "Bea")
    line = await queue(there, *(f"Waiting{n} Person" for n in range(8)))
    times = ["2020-09-01T13:30:00Z", *(f"2020-09-0{day}T13:30:00Z" for day in range(2, 6))]
    for turn, time in enumerate(times):
        for each in two:
            await each.go_to_without_sweeping(time)
        cancels = [each.act(each.holder(seated[0]), seated[0], "cancel") for each in two]
        late = [each.act(each.holder(one), one, "accept-offer", ACCEPT)
                for each in two for one in line[max(0, 2 * turn - 2) : 2 * turn]]  # fmt: skip
        *_, answers = await asyncio.gather(
            sweep(here), sweep(there), *cancels, asyncio.gather(*late)
        )
        assert {a.json()["type"] for a in answers} <= {"/problems/offer-ended"}
        assert {a.status_code for a in answers} <= {409}
        dead, offered = line[: 2 * turn], line[2 * turn : 2 * turn + 2]
        assert await states(here, *dead) == ["lapsed"] * len(dead)
        assert await states(here, *offered) == ["offered"] * len(offered)
        waiting = max(0, 6 - 2 * turn)
        assert await counted(here) == Counter(offered=len(offered), waiting=waiting)
    for (_, type_), times_said in (await said(here)).items():
        assert times_said == 1, type_


@pytest.mark.parametrize("attempt", range(4))
async def test_an_offer_is_accepted_or_lapses_never_both(two: tuple[Stage, Stage], attempt: int):
    """One process has the request of a moment before the end, the other's clock is past it."""
    here, there = two
    await here.publish(capacity=1)
    ada, bea, cleo = await queue(here, "Ada", "Bea", "Cleo")
    await here.act(here.holder(ada), ada, "cancel")
    await here.go_to_without_sweeping("2020-09-02T12:59:59Z")
    await there.go_to_without_sweeping(ENDS)
    accepting = here.act(here.holder(bea), bea, "accept-offer", ACCEPT)
    lapsing = sweep(there)
    if attempt % 2:
        await asyncio.sleep(0.003 * attempt)
        _, answer = await asyncio.gather(lapsing, accepting)
    else:
        answer, _ = await asyncio.gather(accepting, lapsing)
    got = await states(here, bea, cleo)
    if answer.status_code == 200:
        assert got == ["requested", "waitlisted"]
        assert await counted(here) == Counter(held=1, waiting=1)
    else:
        assert answer.json()["type"] == "/problems/offer-ended"
        assert got == ["lapsed", "offered"]
        assert await counted(here) == Counter(offered=1)
    again = await there.act(there.holder(bea), bea, "accept-offer", ACCEPT)
    assert again.status_code == 409
    assert await states(here, bea, cleo) == got


async def test_either_order_of_accepting_and_lapsing_is_final(two: tuple[Stage, Stage]):
    here, there = two
    await here.publish(capacity=2)
    ada, bea = await queue(here, "Ada", "Bea")
    first, second, third = await queue(here, "Cleo", "Dora", "Eve")
    for one in (ada, bea):
        await here.act(here.holder(one), one, "cancel")
    await here.go_to_without_sweeping("2020-09-02T12:59:59Z")
    taken = await here.act(here.holder(first), first, "accept-offer", ACCEPT)
    assert taken.status_code == 200
    await there.go_to(ENDS)
    assert await states(there, first, second, third) == ["requested", "lapsed", "offered"]
    late = await here.act(here.holder(second), second, "accept-offer", ACCEPT)  # its clock is slow
    assert (late.status_code, late.json()["type"]) == (409, "/problems/offer-ended")
    assert await counted(here) == Counter(held=1, offered=1)


async def test_a_seat_is_released_once_whatever_comes_twice_and_from_both(
    two: tuple[Stage, Stage],
):
    """Ten seats, each released in every way at once: requests, deadlines, events."""
    here, there = two
    await here.publish(capacity=10)
    seated = await queue(here, *(f"Seated{n} Person" for n in range(10)))
    line = await queue(here, *(f"Waiting{n} Person" for n in range(12)))
    for each in two:
        await each.go_to_without_sweeping("2020-09-01T13:30:00Z")
    withdrawn = [voided(one, f"inv-{one}") for one in seated]
    ids = [f"00000000-0000-4000-8000-0000000000{n:02d}" for n in range(10)]
    cancels = [
        each.act(each.holder(one), one, "cancel") for each in two for one in seated for _ in "ab"
    ]
    await asyncio.gather(
        *cancels,
        sweep(here),
        sweep(there),
        here.hears(*withdrawn, ids=ids),
        there.hears(*reversed(withdrawn), ids=ids[::-1]),
        here.hears(*withdrawn),
    )
    assert set(await states(here, *seated)) <= {"cancelled", "expired"}
    assert await states(here, *line) == ["offered"] * 10 + ["waitlisted"] * 2
    assert await counted(here) == Counter(offered=10, waiting=2)
    for one in seated:
        history = await here.fetch(
            "SELECT revision, before, state FROM history WHERE registration_id = $1"
            " ORDER BY revision", one)  # fmt: skip
        assert [row["revision"] for row in history] == list(range(1, len(history) + 1))
        assert sum(row["before"] == "requested" != row["state"] for row in history) == 1
    ends = Counter(
        key for key, type_ in (await said(here)).elements()
        if type_ in ("registration.cancelled.v1", "registration.expired.v1")
    )  # fmt: skip
    assert ends == dict.fromkeys(seated, 1)


async def test_payments_race_with_the_end_of_their_holds_and_no_seat_is_sold_twice(
    two: tuple[Stage, Stage],
):
    here, there = two
    await here.publish(capacity=6)
    seated = await queue(here, *(f"Seated{n} Person" for n in range(6)))
    line = await queue(here, *(f"Waiting{n} Person" for n in range(3)))
    await there.go_to_without_sweeping("2020-09-01T13:30:00Z")
    events = [paid(one, f"inv-{one}") for one in seated]
    await asyncio.gather(
        *(here.hears(event) for event in events), sweep(there), there.hears(*events)
    )
    got = Counter(await states(here, *seated))
    offered = (await states(here, *line)).count("offered")
    # Who was paid late found somebody in line before them: their money goes back.
    assert got["confirmed"] + got["expired"] == 6
    assert offered == min(3, got["expired"])
    spoken = Counter(type_ for _, type_ in (await said(here)).elements())
    assert spoken["registration.confirmed.v1"] == got["confirmed"]
    assert spoken["registration.unseated.v1"] == got["expired"]
    assert await counted(here) == Counter(
        sold=got["confirmed"], offered=offered, waiting=3 - offered
    )


class Quiet:
    """No log: a defect's is drawn with all its frames, which takes seconds."""

    def error(self, *_: Any, **__: Any) -> None:
        pass


# --- one batch ------------------------------------------------------------------------------------


async def together(
    stage: Stage, bodies: list[Any], monkeypatch: pytest.MonkeyPatch
) -> list[httpx.Response]:
    """Requests of one micro-batch, whatever the machine does meanwhile; keys are `key-0`…"""
    monkeypatch.setattr(edge, "WAIT", 0.3)
    return await asyncio.gather(
        *(
            stage.public.post(
                "/courses/attachment/registrations",
                json=body,
                headers={"Idempotency-Key": f"key-{number}"},
            )
            for number, body in enumerate(bodies)
        )
    )


@pytest.mark.parametrize("bad", ["refused", "unstorable", "defect"])
async def test_one_bad_request_in_a_batch_spoils_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, bad: str
):
    await stage.publish(capacity=3)
    bodies = [application(f"Person{n} Good") for n in range(8)]
    bodies[4] = application("Bad Apple")
    if bad == "refused":
        bodies[4]["disclosure_version"] = "2019-01-01"
    put = Work.put

    def odd(work: Work, row: Any) -> None:
        bad_apple = isinstance(row, Person) and row.name == "Bad Apple"
        if bad_apple and bad == "defect":
            raise ZeroDivisionError
        # NUL is what only the database refuses.
        put(work, replace(row, locale="\x00") if bad_apple else row)

    if bad != "refused":
        monkeypatch.setattr(edge, "log", Quiet())
        monkeypatch.setattr(Work, "put", odd)
    answers = await together(stage, bodies, monkeypatch)
    good = answers[:4] + answers[5:]
    assert {answer.status_code for answer in good} == {201}
    assert len({answer.json()["registration_id"] for answer in good}) == 7
    assert Counter(answer.json()["status"] for answer in good) == {"requested": 3, "waitlisted": 4}
    assert sorted(a.json().get("position", 0) for a in good) == [0, 0, 0, 1, 2, 3, 4]
    status, slug = {
        "refused": (409, "disclosure-outdated"),
        "unstorable": (422, "invalid"),
        "defect": (500, "internal-error"),
    }[bad]
    assert (answers[4].status_code, answers[4].json()["type"]) == (status, f"/problems/{slug}")
    assert await counted(stage) == Counter(held=3, waiting=4)
    assert "Bad Apple" not in str(await stage.told())
    # Each key has its own first answer, and a defect has none: it may be mended.
    monkeypatch.setattr(Work, "put", put)
    again = await together(stage, bodies, monkeypatch)
    for number, (first, second) in enumerate(zip(answers, again, strict=True)):
        kept = number != 4 or bad == "refused"
        assert ("idempotent-replayed" in second.headers) == kept
        assert not kept or second.content == first.content
    assert again[4].status_code == (409 if bad == "refused" else 201)


async def test_what_was_committed_before_a_crash_is_answered_by_its_key_afterwards(database):
    url, clock = database("registration"), StillClock("2020-09-01T13:00:00Z")
    crashed = Stage(service_on(url, clock))
    try:
        await crashed.asks("PUT", "/courses/attachment", json=course(capacity=1))
        sent: dict[str, Any] = {
            "json": application(),
            "headers": {"Idempotency-Key": "before the crash"},
        }
        where = "/courses/attachment/registrations"
        with killed_at("edge.committed"):
            await crashed.asks("POST", where, **sent)
        anew = Stage(service_on(url, clock))
        answer = await anew.asks("POST", where, **sent)
        assert answer.status_code == 201
        assert answer.headers["idempotent-replayed"] == "true"
        assert answer.json()["status"] == "requested"
        assert answer.json()["token"]
        assert await counted(anew) == Counter(held=1)
        assert await anew.count("registrations") == await anew.count("history") == 1
        other = await anew.asks("POST", where, **(sent | {"json": application("Bea")}))
        assert (other.status_code, other.json()["type"]) == (
            422,
            "/problems/idempotency-key-reused",
        )
        # Before the commit there is nothing to repeat: the same request is the first again.
        sent["headers"] = {"Idempotency-Key": "before the commit"}
        with killed_at("batch.flushed"):
            await anew.asks("POST", where, **(sent | {"json": application("Bea")}))
        last = Stage(service_on(url, clock))
        bea = await last.asks("POST", where, **(sent | {"json": application("Bea")}))
        assert (bea.status_code, bea.json()["position"]) == (201, 1)
        assert "idempotent-replayed" not in bea.headers
        assert await last.count("registrations") == 2
        for each in (anew, last):
            await each.service.api_db.close()
    finally:
        await crashed.service.api_db.close()
