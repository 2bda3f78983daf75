"""System at the console: what runs in which release, who hears what, and the invariants' last word."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from services.web.domain.board import SERVICES
from shared.runtime.clock import wall
from shared.runtime.passes import pass_for
from shared.runtime.service import Service
from tests.edges.web.owners import Played
from tests.edges.web.staff import staff
from tests.edges.web.test_console_today import CALM, plain
from tests.runtime.test_batch import rows
from tests.stage import SECRET

PAGE, PLACES = "/console/system/services", "/console/system/partitions"
WORD = "/console/system/invariants"
OLD, NEW = "0123456789abcdef", "fedcba9876543210-changed"


def worker(name: str, pid: int, revision: str = OLD, **more: Any) -> dict[str, Any]:
    return {
        "worker_id": f"w-{pid}", "release": "0.4.0", "revision": revision, "host": name, "pid": pid,
        "started_at": "2026-12-01T08:00:00Z", "seen_at": "2026-12-01T09:00:07.123Z",
        "silent": False,
    } | more  # fmt: skip


def place(topic: str, partition: int, committed: int, end: int, holder: str | None) -> Any:
    return {
        "topic": topic, "partition": partition, "committed": committed, "end": end,
        "lag": end - committed, "holder": holder,
    }  # fmt: skip


def processes(service: str, **more: Any) -> dict[str, Any]:
    answers = {"role": "api", "release": "0.4.0", "revision": OLD,
               "started_at": "2026-12-01T08:00:00Z"}  # fmt: skip
    none = {"service": service, "answers": answers, "workers": [], "partitions": [],
            "looked_at": None}  # fmt: skip
    return none | more


BILLING = processes(
    "billing",
    workers=[worker("pod-a", 7), worker("pod-b", 8, NEW), worker("pod-c", 9, silent=True)],
    partitions=[
        place("registration.registrations", 0, 90, 90, "w-7"),
        place("registration.registrations", 1, 40, 55, "w-8"),
        place("registration.registrations", 2, 3, 4, None),
    ],
    looked_at="2026-12-01T09:00:07.123Z",
)


@pytest.fixture
async def desk(web: Service, owners: Played) -> Service:
    for name in SERVICES:
        owners.on("GET", f"/{name}/health/quiet", (200, CALM))
        owners.on("GET", f"/{name}/v1/processes", (200, processes(name)))
    owners.on("GET", "/billing/v1/processes", (200, BILLING))
    return web


async def test_each_service_says_what_runs_and_in_which_release(desk: Service) -> None:
    async with staff(desk, "viewer") as client:
        said = plain((await client.get(PAGE)).text)
    assert "Billing Answers 2 releases 2 0 0 0" in said, "while it is upgraded there are two"
    assert "Partners Answers 0.4.0 (012345678) none" in said
    assert (
        "Billing pod-a (7) Works 0.4.0 (012345678) 1 2026-12-01 08:00 2026-12-01 09:00:07" in said
    )
    assert "Billing pod-b (8) Works 0.4.0 (fedcba987, changed since) 1" in said
    assert "Billing pod-c (9) Silent" in said
    assert "Billing Answers requests Answers 0.4.0 (012345678)" in said


async def test_who_does_not_answer_or_says_nothing_of_itself_hides_nobody(
    desk: Service, owners: Played
) -> None:
    owners.on("GET", "/attendance/v1/processes", (404, {}))
    untold = {
        "role": "api",
        "release": None,
        "revision": None,
        "started_at": "2026-12-01T08:00:00Z",
    }
    owners.on("GET", "/partners/v1/processes", (200, processes("partners", answers=untold)))
    owners.down = {"certificates"}
    async with staff(desk, "viewer") as client:
        said = plain((await client.get(PAGE)).text)
        assert "Certificates Away – – – – –" in said
        assert "Attendance Answers – – 0 0 0" in said, (
            "one of the release before knows no such thing"
        )
        assert "Partners Answers not told none" in said
        assert "Billing Answers 2 releases" in said
        places = plain((await client.get(PLACES)).text)
    assert "Certificates does not answer; what it hears is not among these." in places
    assert "Partners has no worker that knows where it stands" in places


async def test_partitions_tell_how_far_and_whose_those_behind_first(desk: Service) -> None:
    async with staff(desk, "viewer") as client:
        said = plain((await client.get(PLACES)).text)
        first, second, third = (said.index(f"registration.registrations {n} ")
                                for n in (1, 2, 0))  # fmt: skip
        assert first < second < third
        assert "registration.registrations 1 15 Billing 40 55 pod-b (8)" in said
        assert "registration.registrations 2 1 Billing 3 4 nobody" in said
        behind = plain((await client.get(f"{PLACES}?which=behind&service=billing")).text)
        assert "2 partitions" in behind
        sheet = (await client.get(f"{PLACES}?format=csv&sort=partition")).text.splitlines()
        junk = await client.get(f"{PLACES}?service=nobody&which=x&page=-1&sort=%00")
    assert sheet[1] == "registration.registrations,0,0,billing,90,90,pod-a (7),2026-12-01 09:00:07"
    assert len(sheet) == 4
    assert junk.status_code in (200, 400)


HOLDS = {"number": 1, "says": "Money adds up", "missing": [], "count": 0, "findings": []}
BROKEN = {
    "number": 4, "says": "No seat is sold twice", "missing": [], "count": 21,
    "findings": [{"about": "c-1 <b>", "detail": "41 of 40 seats"}],
}  # fmt: skip
BLIND = {"number": 2, "says": "The gateway agrees", "missing": ["the payment simulator (X)"]}
TOLD = {"began_at": "2026-12-01T09:00:00Z", "invariants": [HOLDS, BROKEN, BLIND]}


def key(method: str) -> dict[str, str]:
    """As whoever has an operator's key."""
    given = pass_for(SECRET, "operator", method, "/web/v1/invariants", wall())
    return {"Authorization": f"Bearer {given}"}


@pytest.fixture
def told_by(web: Service) -> Any:
    return httpx.AsyncClient(transport=httpx.ASGITransport(web.app), base_url="http://web.test")


async def test_the_last_word_of_the_invariants_stands_with_when_and_by_whom(
    desk: Service, told_by: Any
) -> None:
    async with staff(desk, "admin") as client, told_by as teller:
        assert "Nobody has told of a check yet." in plain((await client.get(WORD)).text)
        none = await teller.get("/web/v1/invariants", headers=key("GET"))
        assert none.json() == {"last": None}
        first = await teller.post(
            "/web/v1/invariants", json=TOLD | {"invariants": [HOLDS]}, headers=key("POST")
        )
        assert first.status_code == 201, first.text
        assert "All 1 hold" in plain((await client.get(WORD)).text)
        await teller.post("/web/v1/invariants", json=TOLD, headers=key("POST"))
        page = (await client.get(WORD)).text
        last = (await teller.get("/web/v1/invariants", headers=key("GET"))).json()["last"]
    said = plain(page)
    assert re.search(
        f"1 broken 1 not checked checked .* ago ?, {wall():%Y-%m-%d} ..:.. UTC, by operator", said
    )
    assert said.index("No seat is sold twice") < said.index("The gateway agrees")
    assert said.index("The gateway agrees") < said.index("Money adds up")
    assert "41 of 40 seats and 20 more" in said
    assert "&lt;b&gt;" in page
    assert "needs the payment simulator (X)" in said
    assert [one["count"] for one in last["invariants"]] == [0, 21, 0]
    kept = await rows(desk.api_db, "select act from audit where act = 'invariants.told'")
    assert len(kept) == 2


async def test_findings_are_for_who_may_see_people_and_a_word_for_operators(
    desk: Service, told_by: Any
) -> None:
    async with staff(desk, "viewer") as client, told_by as teller:
        assert (await teller.post("/web/v1/invariants", json=TOLD)).status_code == 401
        for wrong in (
            {}, TOLD | {"invariants": []}, TOLD | {"began_at": "today"},
            TOLD | {"invariants": [BROKEN | {"count": 0}]},
            TOLD | {"invariants": [HOLDS | {"says": "x" * 2_001}]},
            TOLD | {"invariants": [BROKEN | {"findings": BROKEN["findings"] * 21}]},
        ):  # fmt: skip
            sent = await teller.post("/web/v1/invariants", json=wrong, headers=key("POST"))
            assert sent.status_code == 422, wrong
        await teller.post("/web/v1/invariants", json=TOLD, headers=key("POST"))
        said = plain((await client.get(WORD)).text)
    assert "No seat is sold twice 21 findings" in said
    assert "41 of 40" not in said


async def test_what_was_said_long_ago_is_kept_a_hundred_times_at_most(
    desk: Service, told_by: Any
) -> None:
    async with told_by as teller:
        for _ in range(103):
            body = TOLD | {"invariants": [HOLDS]}
            await teller.post("/web/v1/invariants", json=body, headers=key("POST"))
        await teller.post("/web/v1/invariants", json=TOLD, headers=key("POST"))
        last = (await teller.get("/web/v1/invariants", headers=key("GET"))).json()["last"]
    assert len(last["invariants"]) == 3
    assert await rows(desk.api_db, "select count(*) from invariant_checks") == [(100,)]


async def test_an_old_word_says_that_it_is_old(desk: Service, told_by: Any) -> None:
    async with staff(desk, "viewer") as client, told_by as teller:
        await teller.post("/web/v1/invariants", json=TOLD, headers=key("POST"))
        assert "That was a while ago." not in (await client.get(WORD)).text
        async with desk.api_db.acquire() as con:
            await con.execute("update invariant_checks set told_at = told_at - interval '3 days'")
        assert "That was a while ago." in (await client.get(WORD)).text
