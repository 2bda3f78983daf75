"""Events of different registrations may come in any order: what it comes to is the same (§10, 8).

Two courses of one service get the same people and the same events; only how the events of different
registrations are shuffled differs, and how they are cut into batches. Those of one registration
keep their order, as Kafka does.
"""

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.edges.registration.conftest import Stage, service_on
from tests.edges.registration.happenings import paid, voided
from tests.stage import StillClock

PEOPLE = 5
_ROWS = """
SELECT p.name, r.state, r.seat, r.basis, r.revision, r.offer_expires_at, r.hold_expires_at,
  (SELECT array_agg(h.act || ' ' || h.state || ' ' || h.by || ' ' || h.why ORDER BY h.revision)
   FROM history h WHERE h.registration_id = r.registration_id) AS past,
  (SELECT array_agg(right(i.invoice_id, 1) || i.answered || (i.paid_at IS NULL)
     || (i.voided_at IS NULL) ORDER BY i.invoice_id)
   FROM invoices i WHERE i.registration_id = r.registration_id) AS invoices
FROM registrations r JOIN people p USING (person_id) WHERE r.course_id = $1 ORDER BY p.name
"""
# Of one registration: what is heard of it, in order; the digit is the invoice.
STORIES = st.lists(st.sampled_from(["paid 1", "void 1", "paid 2", "void 2"]), max_size=4)


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def shuffled(data: Any, stories: list[list[str]], which: str) -> list[list[tuple[int, str]]]:
    """An interleaving of the stories, cut into batches."""
    turns = [place for place, story in enumerate(stories) for _ in story]
    order = data.draw(st.permutations(turns), which)
    left = [iter(story) for story in stories]
    events = [(place, next(left[place])) for place in order]
    size = data.draw(st.integers(1, 6), "events in a batch")
    return [events[start : start + size] for start in range(0, len(events), size)]


@pytest.mark.parametrize("waiting", [0, PEOPLE], ids=["seats-for-all", "a-line-for-every-seat"])
def test_the_order_between_registrations_does_not_matter(
    database: Any, loop: asyncio.Runner, waiting: int
):
    service = service_on(database("registration"), StillClock("2020-09-01T13:00:00Z"))
    stage = Stage(service)
    lifespan = service.app.router.lifespan_context(service.app)
    loop.run(lifespan.__aenter__())
    numbers = itertools.count()

    async def come(course_id: str) -> list[str]:
        await stage.publish(course_id, capacity=PEOPLE)
        names = [f"Seated{n} Person" for n in range(PEOPLE)]
        names += [f"Waiting{n} Person" for n in range(waiting)]
        answers = [await stage.register(name, course_id) for name in names]
        return [answer.json()["registration_id"] for answer in answers]

    async def hear(ids: list[str], batches: list[list[tuple[int, str]]]) -> None:
        for batch in batches:
            events = []
            for place, said in batch:
                kind, number = said.split()
                event = {"paid": paid, "void": voided}[kind]
                events.append(event(ids[place], f"inv-{ids[place]}-{number}"))
            assert await stage.hears(*events) == ["done"] * len(events)

    async def outcome(course_id: str) -> Any:
        rows = [tuple(row.values()) for row in await stage.rows(_ROWS, course_id)]
        if waiting:  # whose seat came free first is the order itself; how many did is not
            seated = [row for row in rows if row[0].startswith("Seated")]
            line = [row[1] for row in rows if row[0].startswith("Waiting")]
            return seated, line, await stage.seats(course_id)
        return rows, await stage.seats(course_id)

    @settings(
        max_examples=25, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data(), st.lists(STORIES, min_size=PEOPLE, max_size=PEOPLE))
    def check(data: Any, stories: list[list[str]]) -> None:
        number = next(numbers)
        outcomes = []
        for which in ("one", "two"):
            course_id = f"{which}-{number}"
            ids = loop.run(come(course_id))
            loop.run(hear(ids, shuffled(data, stories, which)))
            outcomes.append(loop.run(outcome(course_id)))
        assert outcomes[0] == outcomes[1]

    try:
        check()
    finally:
        loop.run(lifespan.__aexit__(None, None, None))
