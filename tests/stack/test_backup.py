"""Each service's database goes back to its backup once, and the steps of docs/backup.md are done; and
all of the log is heard again by living services.

One story on one Kafka, for it takes long to begin: seven services as they run, a backup of each
in the middle of it (`pg_dump`), and then what is left of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import built, restored
from cli.main import app
from cli.say import Ends
from shared.runtime.offsets import begin_at_start
from stack.topics import create_topics
from tests.conftest import _embedded_kafka, run
from tests.stack.healing import ALL, Place, first_half, kafka_only, second_half

# What differs from life to life: when an event was heard, what was said of an order's answer.
_OWN = {"alembic_version", "audit", "due", "idempotency_keys", "inbox"}
# Of a restored service: tables that are the same byte for byte as they were.
SAME = {
    "registration": {"people", "registrations", "seats", "submissions", "invoices", "certificates"},
    "billing": {"invoices", "invoice_lines", "payments", "payment_parts", "credits", "people"},
    "attendance": {"people", "registrations"},
    "certificates": {"people", "registrations", "evaluations"},
    "notifications": {"people", "courses"},
    "partners": {"keys", "api_keys", "people", "enrolments"},
    "web": {"courses", "api_keys"},
}

_AWARDS = "SELECT registration_id, board, status, credits, unit FROM awards ORDER BY 1, 2"


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with _embedded_kafka(tmp_path_factory.mktemp("kafka")) as bootstrap:
        run(create_topics(bootstrap))
        with kafka_only(bootstrap):
            yield bootstrap


@pytest.fixture
async def place(
    database: Any, postgres_url: str, own_kafka: str, tmp_path: Path
) -> AsyncIterator[Place]:
    made = Place({name: database(name) for name in ALL}, postgres_url, tmp_path)
    await made.start(*ALL)
    yield made
    await made.stop(*made.services)


class Typed:
    """`bin/holdfast restored`, as it is typed where this stack runs."""

    def __init__(self, place: Place, kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
        class Stack:
            clock_url, door, bootstrap = "", "http://holdfast.test", kafka

            def database_urls(self) -> dict[str, str]:
                return place.urls

            def secrets(self) -> dict[str, str]:
                return {"PLATFORM_SECRET": "that of the story"}

        monkeypatch.setattr(restored, "here", Stack)
        monkeypatch.setattr(built, "service_of", lambda name, **_: place.build(name))

    async def __call__(self, name: str) -> tuple[int, str]:
        found = await asyncio.to_thread(CliRunner().invoke, app, ["restored", name])
        if isinstance(found.exception, Ends):
            return found.exception.code, found.exception.message
        assert found.exception is None, found.exception
        return found.exit_code, found.output


@pytest.mark.timeout(500)
async def test_all_of_it_again_changes_nothing_and_each_service_heals_from_its_backup(
    place: Place, own_kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.rests()
    await first_half(place)
    for name in ALL:
        place.backs_up(name)
    await second_half(place)
    money, refunds, mails = place.outside()
    assert (money["captured"], refunds[0][1], len(refunds)) == (59700, 16900, 1)
    assert len(mails) >= 15
    assert await place.found(own_kafka) == {}

    await _hear_all_again(place, own_kafka)
    assert place.outside() == (money, refunds, mails)

    types = Typed(place, own_kafka, monkeypatch)
    code, said = await types("web")
    assert code == 1
    assert said.startswith("web is running (1 in its group,")
    for name in ALL:
        await _goes_back(place, types, name)
        if name == "billing":
            await place.does("POST", "/billing/v1/reconciliation")
            await _time_passes(place)
            looked = await place.does("GET", "/billing/v1/reconciliation")
            found = [(one["kind"], one["about"], one["cause"]) for one in looked["findings"]]
            assert (looked["error"], found) == (None, []), found
        after = await place.dumped(name)
        differ = {one for one in SAME[name] if after[one] != place.before[name][one]}
        assert differ == set(), f"{name}: {differ}"
        if name == "certificates":  # their versions may have gone on
            assert await place.rows(name, _AWARDS) == place.awards
        assert await place.found(own_kafka) == {}, name
    now_money, now_refunds, now_mails = place.outside()
    assert (now_money, now_refunds) == (money, refunds), "nobody was given anything twice"
    assert max(now_mails.values()) == 1, "nobody was written to twice"
    new = {one.strip("<> ").partition("@")[0].partition(".")[0] for one in now_mails - mails}
    sql = "SELECT message_id, template FROM messages"
    known = {row["message_id"]: row["template"] for row in await place.rows("notifications", sql)}
    about = {known[one] for one in new if not known[one].startswith("staff_")}
    assert about, "whose file was lost got another one, and was told"
    assert about <= {"certificate_superseded", "certificate_ready"}, about
    await _asks_staff(place)


async def _hear_all_again(place: Place, kafka: str) -> None:
    """All groups go back to the beginning of the log: nothing changes anywhere."""
    await place.stop(*ALL)
    before = {name: await place.dumped(name) for name in ALL}
    for name in ALL:
        hears = place.build(name).hears
        await begin_at_start(kafka, hears.consumer, sorted(hears.topics))
    await place.start(*ALL)
    await place.rests()
    for name in ALL:
        assert await place.dumped(name) == before[name], name


async def _goes_back(place: Place, types: Typed, name: str) -> None:
    await place.stop(name)
    place.before[name] = await place.dumped(name)
    if name == "certificates":
        place.awards = await place.rows(name, _AWARDS)
    await place.goes_back(name)
    if name == "notifications":  # of which the most would be done twice
        await place.start(name)
        async with asyncio.timeout(30):
            while not any("restored" in ill for ill in await place.services[name].ills()):
                await asyncio.sleep(0.1)
        await place.stop(name)
    code, said = await types(name)
    assert code == 0, said
    assert f"Start {name}." in said
    await place.start(name)
    await place.rests()
    await _time_passes(place)


async def _time_passes(place: Place) -> None:
    for _ in range(3):
        await place.goes_to(place.clock.time + timedelta(minutes=5))


async def _asks_staff(place: Place) -> None:
    """What did not heal is asked of a human."""
    sql = "SELECT kind, ref FROM tasks WHERE closed_at IS NULL ORDER BY kind, ref"
    asked = {name: await place.rows(name, sql) for name in ALL}
    kinds = {name: sorted({row["kind"] for row in rows}) for name, rows in asked.items() if rows}
    assert {"attendance-worse", "no-evidence"} <= set(kinds["attendance"]), kinds
