"""Tasks for people: listed oldest first, closed by hand, opened anew where facts still ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from shared.runtime.batch import run_batch
from shared.runtime.gathered import Origin
from shared.runtime.ids import uuid7
from shared.runtime.plans import needs
from shared.runtime.service import Service
from shared.runtime.settings import ServiceSettings
from shared.runtime.tasks import task_key
from shared.runtime.tokens import digest_of
from shared.runtime.work import Work
from tests.runtime import test_batch, toy
from tests.stage import OPERATOR, SECRET, Stage, StillClock


class Ask(test_batch.Ask):
    """A unit whose ids are each its own, as those of requests are."""

    def origin(self) -> Origin:
        return Origin(lambda _name: uuid7())


FIRST = {
    "service": "billing",
    "kind": "refund-failed",
    "what": "Ask for another account.",
    "about": {"refund_id": "r1"},
    "number": 1,
    "opened_at": "2020-09-01T13:00:00Z",
    "due_at": "2020-09-08T13:00:00Z",
    "closed_at": None,
}


@pytest.fixture
async def stage(toy_url: str) -> AsyncIterator[Stage]:
    settings = ServiceSettings(
        database_url=toy_url,
        role="api",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
    )
    # A name that says tasks; the tables are the toy's.
    clock = StillClock("2020-09-01T13:00:00Z")
    service = Service("billing", settings, base=toy.Base, clock=clock)
    async with service.app.router.lifespan_context(service.app):
        made = Stage(service)
        async with made.http:
            yield made


@needs(lambda ref: [task_key("refund-failed", ref)])
async def ask_for(work: Work, ref: str) -> None:
    due = datetime.fromisoformat("2020-09-08T13:00:00Z")
    about = {"refund_id": ref}
    work.open_task("refund-failed", ref, "Ask for another account.", about, due)


@needs(lambda ref: [task_key("overdue", ref)])
async def remind(work: Work, ref: str) -> None:
    work.open_task("overdue", ref, "Write to them.", {"invoice_id": ref})


async def opened(stage: Stage, *units: Ask) -> None:
    await run_batch(stage.db, stage.clock.now(), list(units), [])


async def closes(stage: Stage, task_id: str, key: str, reason: str = "done-by-phone"):
    return await stage.http.post(
        f"/billing/v1/tasks/{task_id}/close",
        json={"reason": reason},
        headers={"Idempotency-Key": key},
    )


async def test_what_stands_open_is_listed_oldest_first_page_by_page(stage: Stage) -> None:
    await opened(stage, Ask(ask_for, "r1"))
    stage.clock.time = datetime.fromisoformat("2020-09-02T13:00:00Z")
    await opened(stage, *(Ask(ask_for, f"r{n}") for n in range(2, 6)), Ask(remind, "i1"))
    listed, after, pages = [], None, 0
    while pages == 0 or after:
        params = {"limit": "2"} | ({"after": after} if after else {})
        page = (await stage.http.get("/billing/v1/tasks", params=params)).json()
        listed += page["items"]
        after, pages = page["next"], pages + 1
    assert pages == 3
    assert {name: value for name, value in listed[0].items() if name != "task_id"} == FIRST
    refs = sorted(next(iter(one["about"].values())) for one in listed)
    assert refs == ["i1", "r1", "r2", "r3", "r4", "r5"]
    only = (await stage.http.get("/billing/v1/tasks", params={"kind": "overdue"})).json()
    assert [(one["about"], one["due_at"]) for one in only["items"]] == [
        ({"invoice_id": "i1"}, None)
    ]


async def test_a_task_that_was_done_is_closed_once_and_audited(stage: Stage) -> None:
    await opened(stage, Ask(ask_for, "r1"))
    [task] = (await stage.http.get("/billing/v1/tasks")).json()["items"]
    done = await closes(stage, task["task_id"], "one")
    assert (done.status_code, done.json()["closed_at"]) == (200, "2020-09-01T13:00:00Z")
    assert (await closes(stage, task["task_id"], "one")).json() == done.json()
    assert (await closes(stage, task["task_id"], "two")).json()["type"] == "/problems/task-closed"
    [said] = await stage.said("task.closed")
    assert (said["task_id"], said["outcome"]) == (task["task_id"], "closed-by-hand")
    [audit] = await stage.rows("SELECT by, act, about, why FROM audit")
    assert audit == {
        "by": "operator",
        "act": "task.closed",
        "about": task["task_id"],
        "why": "done-by-phone",
    }
    assert (await stage.http.get("/billing/v1/tasks")).json()["items"] == []
    params = {"state": "closed"}
    [closed] = (await stage.http.get("/billing/v1/tasks", params=params)).json()["items"]
    assert closed["task_id"] == task["task_id"]


async def test_one_task_is_read_by_its_id_open_or_closed(stage: Stage) -> None:
    await opened(stage, Ask(ask_for, "r1"), Ask(remind, "i1"))
    listed = (await stage.http.get("/billing/v1/tasks")).json()["items"]
    for one in listed:
        assert (await stage.http.get(f"/billing/v1/tasks/{one['task_id']}")).json() == one
    await closes(stage, listed[0]["task_id"], "one")
    closed = (await stage.http.get(f"/billing/v1/tasks/{listed[0]['task_id']}")).json()
    assert closed == listed[0] | {"closed_at": "2020-09-01T13:00:00Z"}
    unknown = await stage.http.get("/billing/v1/tasks/none")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/task-unknown")
    anybody = await stage.http.get(
        f"/billing/v1/tasks/{listed[0]['task_id']}", headers={"Authorization": ""}
    )
    assert anybody.status_code == 401


async def test_a_task_that_the_facts_still_ask_for_is_opened_anew(stage: Stage) -> None:
    await opened(stage, Ask(ask_for, "r1"))
    [first] = (await stage.http.get("/billing/v1/tasks")).json()["items"]
    await closes(stage, first["task_id"], "one")
    await opened(stage, Ask(ask_for, "r1"))
    [second] = (await stage.http.get("/billing/v1/tasks")).json()["items"]
    assert second["number"] == 2
    assert second["task_id"] != first["task_id"]
    assert (await closes(stage, first["task_id"], "two")).status_code == 404


@pytest.mark.parametrize("after", ["junk", "2020-13-01T00:00:00Z/x", "/"])
async def test_a_place_that_is_none_begins_at_the_beginning(stage: Stage, after: str) -> None:
    await opened(stage, Ask(ask_for, "r1"))
    answer = await stage.http.get("/billing/v1/tasks", params={"after": after})
    assert [one["about"] for one in answer.json()["items"]] == [{"refund_id": "r1"}]


async def test_a_reason_is_words_with_hyphens_and_no_free_text_of_anybody(stage: Stage) -> None:
    await opened(stage, Ask(ask_for, "r1"))
    [task] = (await stage.http.get("/billing/v1/tasks")).json()["items"]
    for reason in ("Ada called", "", "-", "a" * 61):
        assert (await closes(stage, task["task_id"], "one", reason)).status_code == 422, reason
    assert await stage.said("task.closed") == []


async def test_only_an_operator_sees_or_closes_tasks(stage: Stage) -> None:
    async with stage.client() as nobody:
        assert (await nobody.get("/billing/v1/tasks")).status_code == 401
        told = await nobody.post(
            "/billing/v1/tasks/x/close",
            json={"reason": "done"},
            headers={"Idempotency-Key": "one"},
        )
        assert told.status_code == 401


async def test_a_question_ends_by_its_answer_and_not_by_being_closed(toy_url: str) -> None:
    settings = ServiceSettings(
        database_url=toy_url,
        role="api",
        platform_secret=SECRET,
        operator_key_hash=digest_of(OPERATOR),
    )
    service = Service(
        "billing",
        settings,
        base=toy.Base,
        clock=StillClock("2020-09-01T13:00:00Z"),
        answers={"overdue": "say whether it is waived."},
    )
    async with service.app.router.lifespan_context(service.app):
        stage = Stage(service)
        async with stage.http:
            await opened(stage, Ask(remind, "i1"), Ask(ask_for, "r1"))
            items = (await stage.http.get("/billing/v1/tasks")).json()["items"]
            of = {one["kind"]: one["task_id"] for one in items}
            refused = await closes(stage, of["overdue"], "one")
            assert (refused.status_code, refused.json()["type"]) == (
                409,
                "/problems/task-unanswered",
            )
            assert refused.json()["detail"].endswith("say whether it is waived.")
            assert (await closes(stage, of["refund-failed"], "two")).status_code == 200
            left = (await stage.http.get("/billing/v1/tasks")).json()["items"]
            assert [one["kind"] for one in left] == ["overdue"]
