"""Passes: for one method on one path, for a minute, in the name of whoever it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.runtime.clock import wall
from shared.runtime.passes import pass_for, passed
from shared.runtime.tokens import mint
from tests.runtime.test_task_list import Ask, ask_for, opened, stage
from tests.stage import SECRET, Stage

__all__ = ["stage"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TASKS = "/billing/v1/tasks"


def test_a_pass_says_who_and_is_good_for_its_own_call_alone():
    made = pass_for(SECRET, "console:u-17", "GET", TASKS, NOON)
    good = passed(SECRET, made, "GET", TASKS, NOON + timedelta(seconds=59))
    assert good == "console:u-17"
    assert passed(SECRET, made, "POST", TASKS, NOON) is None
    assert passed(SECRET, made, "GET", f"{TASKS}/1", NOON) is None
    assert passed(SECRET, made, "GET", "/billing/v1/task", NOON) is None
    assert passed("another secret", made, "GET", TASKS, NOON) is None
    assert passed(SECRET, made, "GET", TASKS, NOON + timedelta(seconds=60)) is None


def test_no_path_and_no_name_makes_it_a_pass_for_another_call():
    sly = pass_for(SECRET, "x\nconsole:admin", "GET", "/a\n2", NOON)
    assert passed(SECRET, sly, "GET", "/a\n2", NOON) == "x\nconsole:admin"
    assert passed(SECRET, sly, "GET", "/a", NOON) is None


@pytest.mark.parametrize(
    "bearer",
    [
        "hp_",
        "hp_1.2",
        "hp_ä.ö.ü",
        "hp_" + mint(SECRET, "personal", "GET\n17\n/billing/v1/tasks\nme", 2_000_000_000),
        mint(SECRET, "pass", "GET\n17\n/billing/v1/tasks\nme", 2_000_000_000),
    ],
    ids=["empty", "torn", "not-ascii", "of-another-kind", "without-its-prefix"],
)
def test_what_is_no_pass_is_nobodys(bearer: str):
    assert passed(SECRET, bearer, "GET", TASKS, NOON) is None


async def call(stage: Stage, method: str, path: str, bearer: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": "one"}
    return await stage.http.request(method, path, headers=headers, **more)


async def test_the_owner_answers_as_to_an_operator_and_its_audit_names_who_it_was(stage: Stage):
    await opened(stage, Ask(ask_for, "r1"))
    listed = await call(stage, "GET", TASKS, pass_for(SECRET, "console:u-17", "GET", TASKS, wall()))
    [task] = listed.json()["items"]
    path = f"{TASKS}/{task['task_id']}/close"
    bearer = pass_for(SECRET, "console:u-17", "POST", path, wall())
    done = await call(stage, "POST", path, bearer, json={"reason": "done-by-phone"})
    assert done.status_code == 200
    rows = await stage.rows("SELECT by, act, about, why FROM audit")
    assert [tuple(row.values()) for row in rows] == [
        ("console:u-17", "task.closed", task["task_id"], "done-by-phone")
    ]


async def test_a_pass_for_another_call_or_of_yesterday_opens_nothing(stage: Stage):
    for bearer in (
        pass_for(SECRET, "console:u-17", "POST", TASKS, wall()),
        pass_for(SECRET, "console:u-17", "GET", "/billing/v1/other", wall()),
        pass_for(SECRET, "console:u-17", "GET", TASKS, wall() - timedelta(days=1)),
        pass_for("a guess", "console:u-17", "GET", TASKS, wall()),
    ):
        answer = await call(stage, "GET", TASKS, bearer)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/pass-invalid")
    in_the_address = pass_for(SECRET, "console:u-17", "GET", TASKS, wall())
    shown = await stage.http.get(TASKS, params={"t": in_the_address}, headers={"Authorization": ""})
    assert shown.status_code == 401
