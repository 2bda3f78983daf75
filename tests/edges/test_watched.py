"""What each service shows of its business: every statement runs, goes by indexes, and is right."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from shared.contracts.catalogue import said_by
from shared.contracts.services import SERVICES
from shared.runtime import metrics
from shared.runtime.database import Database
from shared.runtime.reads import Read
from shared.runtime.rows import spec_of
from shared.runtime.watching import Watching
from tests.conftest import Database as Fresh
from tests.runtime.test_watching import values
from tests.stage import StillClock

NOW = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
# Each has a row or a few, however long the system runs.
SMALL = {"heads", "post_boxes", "pg_database"}
PARTIAL = """
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indpred IS NOT NULL
"""


def reads_of(service: str) -> Sequence[Read]:
    if service == "web":
        return ()
    made: Sequence[Read] = importlib.import_module(f"services.{service}.metrics").READS
    return made


@pytest.fixture
def fresh(database: Fresh) -> Any:
    """`fresh(service)` → a new database of it, as its processes use it."""
    return lambda service: Database(service, database(service))


@pytest.mark.parametrize("service", SERVICES)
async def test_no_look_reads_a_table_from_its_beginning(fresh: Any, service: str) -> None:
    db = fresh(service)
    async with db.acquire() as con:
        partial = {row["name"] for row in await con.fetch(PARTIAL)}
        for read in (*metrics.READS, *reads_of(service)):
            asked = (NOW,) if "$1" in read.statement else ()
            [row] = await con.fetch(f"EXPLAIN (FORMAT JSON) {read.statement}", *asked)
            plan = json.loads(row[0]) if isinstance(row[0], str) else row[0]
            assert set(walked(plan, partial)) <= SMALL, read.statement
    await db.close()


async def test_it_is_seen_where_a_look_would_read_a_table_from_its_beginning(fresh: Any) -> None:
    db = fresh("billing")
    async with db.acquire() as con:
        partial = {row["name"] for row in await con.fetch(PARTIAL)}
        for statement in (
            "SELECT state, count(*) FROM refunds GROUP BY state",
            "SELECT count(*) FROM refunds WHERE reason = 'x'",
        ):
            [row] = await con.fetch(f"EXPLAIN (FORMAT JSON) {statement}")
            plan = json.loads(row[0]) if isinstance(row[0], str) else row[0]
            assert set(walked(plan, partial)) == {"refunds"}
    await db.close()


def walked(plan: Any, partial: set[str], *, bounded: bool = False) -> Iterator[str]:
    """The tables of which all rows are gone through: neither a key nor a limit bounds it, nor is it
    by an index that holds but a few."""
    if isinstance(plan, list):
        for each in plan:
            yield from walked(each, partial, bounded=bounded)
        return
    node = plan.get("Plan", plan)
    bounded = bounded or node["Node Type"] == "Limit"
    few = node.get("Index Name") in partial or "Index Cond" in node
    if "Relation Name" in node and not (bounded or few or node["Node Type"] == "Bitmap Heap Scan"):
        yield node["Relation Name"]
    if node["Node Type"] == "Bitmap Index Scan" and not (bounded or few):
        yield node["Index Name"]
    yield from walked(node.get("Plans", []), partial, bounded=bounded)


async def shown(db: Database, reads: Sequence[Read]) -> dict[tuple[str, ...], float]:
    found = values(await Watching(db, StillClock(NOW.isoformat()), reads).shown())
    assert found, "it was read"
    return found


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "web"])
def test_what_a_service_says_is_counted_from_nothing_on(service: str) -> None:
    """A series that begins with its first event shows no increase: the first session of a process
    would be seen by nobody."""
    reads_of(service)
    types = [event.type for event in said_by(service)]
    assert types
    for type_ in types:
        told = {"type": type_}
        assert metrics.INSIDE.get_sample_value("events_sent_total", told) is not None, type_


async def test_refunds_disputes_and_findings(fresh: Any) -> None:
    db = fresh("billing")
    for number, (state, amount, hours) in enumerate(
        [
            ("requested", 500, 1),
            ("requested", 700, 3),
            ("unknown", 100, 2),
            ("succeeded", 9, 99),
        ]
    ):
        await into(
            db, "refunds", refund_id=f"r{number}", payment_id="p", registration_id="g",
            gateway="paysim", tender="card", amount_minor=amount, currency="USD", state=state,
            cause="c", debt=f"r{number}", requested_at=ago(hours),
        )  # fmt: skip
    for number, state in enumerate(["open", "won"]):
        await into(
            db, "disputes", dispute_id=f"d{number}", gateway="paysim", payment_id="p",
            amount_minor=1, currency="USD", state=state, opened_at=ago(1),
        )  # fmt: skip
    for number, resolved in enumerate([None, ago(1)]):
        await into(
            db, "findings", finding_id=f"f{number}", kind="missing", about="a", currency="USD",
            next_step="n", first_seen=ago(9), last_seen=ago(1), run_id="1",
            resolved_at=resolved,
        )  # fmt: skip
    for number, (hours, error) in enumerate([(30, ""), (6, ""), (2, "gateway-away")]):
        await into(
            db, "reconciliations", run_id=str(number), day=ago(hours).date(), asked_by="night",
            started_at=ago(hours), finished_at=ago(hours), error=error,
        )  # fmt: skip
    found = await shown(db, reads_of("billing"))
    assert found[("refunds_under_way", "USD", "requested")] == 2
    assert found[("refunds_under_way_minor", "USD", "requested")] == 1200
    assert found[("refunds_oldest_seconds", "USD", "requested")] == 3 * 3600
    assert found[("refunds_oldest_seconds", "USD", "unknown")] == 2 * 3600
    assert ("refunds_under_way", "USD", "succeeded") not in found
    assert found[("disputes_open",)] == 1
    assert found[("reconciliation_findings", "missing")] == 1
    assert found[("reconciliation_age_seconds",)] == 6 * 3600, "the last that compared it all"
    await db.close()


async def test_who_is_in_an_open_session(fresh: Any) -> None:
    db = fresh("attendance")
    for session, state, recorded in (("s1", "open", False), ("s2", "planned", False)):
        await into(
            db, "sessions", course_id="c", session_id=session, state=state,
            schedule_version=1, starts_at=ago(1), ends_at=ago(-1), title="", rule_version=1,
            max_missed_seconds=900, recorded=recorded, zone="UTC", location="",
        )  # fmt: skip
    for name, standing, back in (
        ("ada", "confirmed", []), ("ben", "confirmed", ["s1"]), ("cem", "ended", []),
        ("dan", "confirmed", []),
    ):  # fmt: skip
        await into(
            db, "registrations", registration_id=name, course_id="c", person_id=name,
            standing=standing, token_version=1, given_back=back,
        )  # fmt: skip
    said = [
        ("ada", "joined", 50), ("ada", "left", 40), ("ada", "joined", 40),  # out and in at once
        ("ben", "joined", 50), ("ben", "left", 10),
        ("cem", "waiting", 30),
        ("dan", "waiting", 50), ("dan", "admitted", 45),
        ("eve", "joined", 50), ("eve", "breakout_joined", 45), ("eve", "breakout_left", 20),
    ]  # fmt: skip
    for number, (who, kind, minutes) in enumerate(said):
        await observed(db, number, who, kind, minutes)
    for state in ("open", "matched"):
        await into(
            db, "unmatched", id=state, course_id="c", session_id="s1", participant_id=state,
            state=state, first_seen_at=ago(1), history=[],
        )  # fmt: skip
    found = await shown(db, reads_of("attendance"))
    assert found[("session_expected", "c", "s1")] == 2, "ada and dan"
    assert found[("session_inside", "c", "s1")] == 3, "ada, dan and eve"
    assert found[("session_unmatched", "c", "s1")] == 1
    assert found[("session_silent_seconds", "c", "s1")] == 10 * 60
    assert found[("participants_unmatched",)] == 1
    assert ("session_inside", "c", "s2") not in found
    await observed(db, 99, None, "meeting_ended", 5)
    assert (await shown(db, reads_of("attendance")))[("session_inside", "c", "s1")] == 0
    await db.close()


async def observed(db: Database, number: int, who: str | None, kind: str, ago_: int) -> None:
    await into(
        db, "observations", source="sim", observation_id=str(number), course_id="c",
        session_id="s1", participant_id=who, kind=kind, at=ago(ago_ / 60), body={}, sha256="",
        received_at=ago(ago_ / 60),
    )  # fmt: skip


async def test_seats_of_courses_that_are_still_to_come(fresh: Any) -> None:
    db = fresh("registration")
    for course, status, ends in (("next", "published", -9), ("gone", "published", 1),
                                 ("off", "cancelled", -9)):  # fmt: skip
        await into(
            db, "courses", course_id=course, version=1, status=status, fingerprint="f",
            first_start=ago(24), last_end=ago(ends), closes_at=ago(0), terms={},
            published_at=ago(99),
        )  # fmt: skip
        await into(
            db, "seats", course_id=course, capacity=10, sold=4, held=2, offered=1, waiting=7,
            tickets=7,
        )  # fmt: skip
    found = await shown(db, reads_of("registration"))
    seats = {key[2]: value for key, value in found.items() if key[:2] == ("course_seats", "next")}
    assert seats == {"sold": 4, "held": 2, "offered": 1, "free": 3, "waiting": 7}
    assert {key[1] for key in found if key[0] == "course_seats"} == {"next"}
    await db.close()


async def test_messages_that_are_late_and_those_that_failed(fresh: Any) -> None:
    db = fresh("notifications")
    for number, (state, hours) in enumerate(
        [("planned", 1), ("planned", 0.25), ("planned", -1), ("sent", 5), ("failed", 3),
         ("failed", 30)]
    ):  # fmt: skip
        await into(
            db, "messages", message_id=str(number), dedup_key=str(number), template="receipt",
            subject="", version=1, state=state, due_at=ago(hours), covers=[], reason="",
            attempts=0, resends=0, recipient="", subject_line="", forced=False, said={},
            channel="mail", provider_id="", delivery="",
        )  # fmt: skip
    await into(db, "post_boxes", name="b", validity=0, uid=0, away_since=ago(2))
    found = await shown(db, reads_of("notifications"))
    assert found[("messages_waiting",)] == 2
    assert found[("messages_late_seconds",)] == 3600
    assert found[("messages_failed_a_day",)] == 1
    assert found[("mailbox_away_seconds",)] == 7200
    await db.close()


async def test_endpoints_and_deliveries_of_partners(fresh: Any) -> None:
    db = fresh("partners")
    await into(db, "heads", log="log", position=100, lineage=[])
    for number, (state, position, failing) in enumerate(
        [
            ("active", 90, None),
            ("active", 40, ago(1)),
            ("disabled", 1, ago(9)),
            ("removed", 0, None),
        ]
    ):
        await into(
            db, "endpoints", endpoint_id=str(number), partner_id="p", url="u", types=[],
            courses=[], ordered=False, concurrency=4, state=state, reason="", position=position,
            failures=0, failing_since=failing, pause=0, apart=False, tests=0, secret_version=1,
            version=1, created_at=ago(9), updated_at=ago(9),
        )  # fmt: skip
    for number, status in enumerate(["waiting", "parked", "parked", "delivered"]):
        await into(
            db, "deliveries", endpoint_id="0", position=number, partner_id="p", event_id="e",
            type="t", course_id="c", subject="s", status=status, attempts=1, reason="",
            next_at=ago(0) if status == "waiting" else None, first_at=ago(1), last_at=ago(1),
        )  # fmt: skip
    found = await shown(db, reads_of("partners"))
    assert found[("endpoints", "p", "active")] == 2
    assert found[("endpoints", "p", "disabled")] == 1
    assert ("endpoints", "p", "removed") not in found
    assert found[("endpoints_failing", "p", "active")] == 1
    assert found[("endpoint_events_behind", "p")] == 60
    assert found[("deliveries_open", "waiting")] == 1
    assert found[("deliveries_open", "parked")] == 2
    await db.close()


async def test_certificates_that_are_not_made_yet(fresh: Any) -> None:
    db = fresh("certificates")
    for number, (status, hours) in enumerate([("preparing", 1), ("preparing", 2), ("valid", 9)]):
        await into(
            db, "certificates", certificate_id=str(number), registration_id=str(number),
            course_id="c", person_id="p", board="nbcc", status=status, number=str(number),
            code=str(number), credits="1", unit="hours", sessions=[], categories={},
            rule_version=1, evidence={}, title="", provider="", issued_at=ago(hours),
            status_list="l", status_index=number, sha256="", jwt_sha256="", conformance=[],
            key_id="", issuer_name="", person_version=0, draft=0, by_staff=False, cause="",
            words="",
        )  # fmt: skip
    found = await shown(db, reads_of("certificates"))
    assert found[("certificates_preparing",)] == 2
    assert found[("certificates_preparing_oldest_seconds",)] == 7200
    await db.close()


def ago(hours: float) -> datetime:
    return datetime.fromtimestamp(NOW.timestamp() - hours * 3600, NOW.tzinfo)


async def into(db: Database, table: str, **given: Any) -> None:
    """A row; what is not given is as the service would write it where nobody says."""
    models = importlib.import_module(f"services.{db.service}.models")
    [spec] = [
        spec_of(row)
        for name, row in vars(models).items()
        if name in models.__all__ and hasattr(row, "__spec__") and spec_of(row).name == table
    ]
    row = {name: make() for name, make in spec.defaults.items()} | given
    columns = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    async with db.acquire() as con:
        await con.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *row.values())
