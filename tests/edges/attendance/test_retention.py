"""The evidence of a course is kept for its years, then deleted for good; erasure takes words only."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest

from services.attendance.commands import retention
from shared.contracts import reference
from shared.contracts.partners import PartnerAttendanceReported
from shared.runtime.work import Work
from tests.edges.attendance.conftest import COURSE, World, course, saw
from tests.edges.attendance.test_corrections import corrected, interval

TABLES = (
    "observations",
    "report_lines",
    "uploads",
    "withdrawals",
    "unmatched",
    "corrections",
    "correction_reasons",
    "settlements",
    "records",
)
# The last session ends on 9 November 2020 in New York; kept to the end of that day.
SEVEN, TEN = "2027-11-10T04:59:59.999999+00:00", "2030-11-10T04:59:59.999999+00:00"


def boards(*years: int) -> list[dict[str, Any]]:
    [first, *_] = reference.COURSE["boards"]
    return [first | {"board": f"B{n}", "keep_years": keep} for n, keep in enumerate(years)]


async def expires(world: World) -> str:
    at = await world.value("SELECT due_at FROM due WHERE kind = 'expire_evidence'")
    return str(at.isoformat())


async def left(world: World) -> dict[str, int]:
    return {table: n for table in TABLES if (n := await world.count(table))}


@pytest.fixture
async def held(enrolled: World) -> World:
    """Something in every table, of the third session."""
    world = enrolled
    await world.at("2020-11-02T22:30:00Z")
    await world.observe(
        saw("1", "joined", "2020-11-02T21:00:00Z", registration_id="ada"),
        saw("2", "joined", "2020-11-02T21:00:00Z", participant_id="who", name="Ada E"),
    )
    await world.report("s3", interval("ben", "21:00", "22:20"))
    await world.report("s3", interval("ben", "21:00", "22:25"))
    answer = await world.http.post(
        f"/attendance/v1/sessions/{COURSE}/s3/uploads/2/withdraw", json={"reason": "Twice."}
    )
    assert answer.status_code == 200, answer.text
    await corrected(world, "ben", seconds=7000)
    await world.at("2020-11-10T00:30:00Z")
    assert set(await left(world)) == set(TABLES)
    return world


async def test_without_boards_seven_years_and_else_as_long_as_the_longest(world: World) -> None:
    await world.hears(course(boards=[]))
    assert await expires(world) == SEVEN
    await world.hears(course(2, boards=boards(3, 10, 5)))
    assert await expires(world) == TEN
    # What was promised once is not taken back.
    await world.hears(course(3, boards=boards(1)))
    assert await expires(world) == TEN


async def test_a_course_that_moves_takes_the_end_with_it(world: World) -> None:
    later = [s | {"ends_at": s["ends_at"].replace("2020", "2021")} for s in reference.SESSIONS]
    await world.hears(course(boards=boards(2)))
    await world.hears(course(2, boards=boards(2), sessions=later))
    assert await expires(world) == "2023-11-10T04:59:59.999999+00:00"


async def test_when_the_time_is_over_all_evidence_goes_and_stays_gone(
    held: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = held
    monkeypatch.setattr(retention, "MOST", 1)  # many transactions
    await world.at("2027-11-10T04:59:59Z")
    assert set(await left(world)) == set(TABLES)
    await world.at("2027-11-10T05:00:00Z")
    assert await left(world) == {}
    said = len(await world.outbox())
    audits = await world.rows("SELECT about, why FROM audit WHERE act = 'evidence.expired'")
    assert {row["about"]: row["why"] for row in audits} == {
        f"{COURSE}/s1": "4 rows",  # two records, two settlements
        f"{COURSE}/s2": "4 rows",
        f"{COURSE}/s3": "14 rows",
        f"{COURSE}/s4": "4 rows",
    }

    # What comes later is refused, or passed over where nobody can be told; nothing is said anew.
    late = await world.observe(saw("9", "joined", "2020-11-02T21:00:00Z", registration_id="ada"))
    assert (late["accepted"], len(late["refused"])) == (0, 1)
    path = f"/attendance/v1/sessions/{COURSE}/s3"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    for answer in (
        await world.http.post(
            f"{path}/report", json={"intervals": [interval("ada", "21:00", "22:00")]}
        ),
        await world.http.post(
            f"{path}/sheet", json={"lines": [{"registration_id": "ada", "signed_in": "16:00"}]}
        ),
        await world.http.post(f"{path}/complete", json={"instruction_minutes": 60}, headers=key),
        await world.http.post(
            f"{path}/corrections",
            json={"registration_id": "ada", "reason": "x", "seconds": 1},
            headers=key | {"Idempotency-Key": uuid.uuid4().hex},
        ),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/evidence-expired")
    told = {"course_id": COURSE, "session_id": "s3", "registration_id": "ada"}
    event = PartnerAttendanceReported.model_validate(PartnerAttendanceReported.example | told)
    assert await world.hears(event) == ["done"]
    await world.hears(course(2))
    await world.at("2027-11-11T05:00:00Z")
    assert await left(world) == {}
    assert len(await world.outbox()) == said
    view = (await world.registration("ada"))["s3"]
    assert (view["seconds"], view["present"], view["version"]) == (None, None, 0)
    assert (await world.view("s3"))["expired_at"] is not None
    stream = await world.http.get(f"/attendance/v1/courses/{COURSE}/evidence")
    assert len(stream.text.splitlines()) == 4  # the sessions themselves


async def test_what_asked_to_look_at_the_evidence_is_closed_with_it(held: World) -> None:
    world = held
    # A worse result, a stranger, lines of another day, a session of no course, and two of which
    # nothing is known.
    await world.report("s3", interval("ada", "21:00", "21:30"), interval("ben", "10:00", "12:00"))
    about = {"course_id": COURSE, "session_id": "S4"}
    await world.observe(saw("8", "joined", "2020-11-09T22:00:00Z", participant_id="x", **about))
    assert (await world.complete("s4", instruction_minutes=119)).status_code == 200
    await world.at("2020-11-10T01:00:00Z")
    open_then = await world.rows("SELECT kind, ref FROM tasks WHERE closed_at IS NULL")
    assert {(row["kind"], row["ref"]) for row in open_then} == {
        ("attendance-worse", f"{COURSE}/s3/ada"),
        ("participants-unmatched", f"{COURSE}/s3"),
        ("evidence-of-no-session", COURSE),
        ("no-evidence", f"{COURSE}/s1"),
        ("no-evidence", f"{COURSE}/s2"),
    }
    await world.at("2027-11-10T04:59:59Z")
    assert await world.count("tasks WHERE closed_at IS NULL") == 5
    await world.at("2027-11-10T05:00:00Z")
    assert await world.count("tasks WHERE closed_at IS NULL") == 0
    told = [t["outcome"] for t in await world.said("task.closed.v1")]
    assert told.count("evidence-expired") == 5


async def test_thousands_of_tasks_are_closed_without_keeping_others_waiting(
    held: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Any] = []
    real = Work.unhurried

    async def counted(work: Work, many: Sequence[Any]) -> AsyncIterator[Any]:
        async for one in real(work, many):
            taken.append(one)
            yield one

    monkeypatch.setattr(Work, "unhurried", counted)
    async with held.db.acquire() as con:
        await con.execute(
            "INSERT INTO tasks (kind, ref, number, task_id, scope, about, what, opened_at)"
            " SELECT 'attendance-worse', $1 || '/r' || n, 1, 'task' || n, $1, '{}', 'Look.', now()"
            " FROM generate_series(1, 1000) n",
            f"{COURSE}/s3",
        )
    await held.at("2027-11-10T05:00:00Z")
    assert await held.count("tasks WHERE closed_at IS NULL") == 0
    assert len([task for task in taken if task.ref.startswith(f"{COURSE}/s3/r")]) == 1000


async def test_a_crash_at_each_step_of_deleting_resumes_and_is_told_once(
    held: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, crashes, delete = held, 0, retention._delete

    async def crash(work: Any, key: Any) -> Any:
        nonlocal crashes
        found = await delete(work, key)
        crashes += 1
        if crashes % 2:
            raise asyncpg.ConnectionDoesNotExistError("the database went away")
        return found

    monkeypatch.setattr(retention, "MOST", 1)
    monkeypatch.setattr(retention, "_delete", crash)
    await world.at("2027-11-10T05:00:00Z", sweep=False)
    while await world.count("due WHERE due_at < '2027-11-11'"):
        with contextlib.suppress(asyncpg.ConnectionDoesNotExistError):
            await world.swept()
    assert crashes > 8
    assert await left(world) == {}
    audits = await world.rows("SELECT about, why FROM audit WHERE act = 'evidence.expired'")
    assert sorted(row["why"] for row in audits) == ["14 rows", "4 rows", "4 rows", "4 rows"]


async def test_evidence_of_a_course_that_was_never_heard_of_goes_after_seven_years(
    world: World,
) -> None:
    about = {"course_id": "nowhere", "session_id": "s1"}
    await world.observe(saw("1", "joined", "2020-09-01T13:00:00Z", participant_id="x", **about))
    await world.at("2027-09-01T23:59:59Z")
    assert await left(world) == {"observations": 1, "unmatched": 1}
    await world.at("2027-09-02T00:00:00Z")
    assert await left(world) == {}
    assert await world.count("sessions") == 0


async def test_a_course_heard_later_decides_how_long_its_early_evidence_is_kept(
    world: World,
) -> None:
    about = {"course_id": COURSE, "session_id": "s3"}
    await world.observe(saw("1", "joined", "2020-11-02T21:00:00Z", participant_id="x", **about))
    await world.hears(course(boards=boards(10)))
    await world.at("2028-01-01T00:00:00Z")
    assert (await left(world))["observations"] == 1
    await world.at("2030-11-11T00:00:00Z")
    assert await left(world) == {}


async def test_nothing_but_the_end_of_its_time_deletes_evidence(held: World) -> None:
    for table in ("observations", "report_lines", "corrections", "settlements"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET course_id = 'x'"):
            with pytest.raises(Exception, match=r"append-only|permission denied"):
                await held.rows(f"{statement} RETURNING 1")
    async with held.db.acquire() as con, con.transaction():
        await con.execute("SET LOCAL holdfast.retention = 'on'")
        with pytest.raises(Exception, match=r"append-only|permission denied"):
            await con.execute("UPDATE settlements SET seconds = 0")
