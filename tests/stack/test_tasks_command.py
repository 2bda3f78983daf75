"""`tasks`: what it asks, what it tells, how it ends."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import tasks
from cli.here import Here
from cli.main import app
from cli.say import Ends
from shared.contracts.services import SERVICES

TASK = {
    "task_id": "t1",
    "service": "billing",
    "kind": "refund-failed",
    "what": "Ask for another account.",
    "about": {"refund_id": "r1"},
    "number": 1,
    "opened_at": "2020-09-02T13:00:00Z",
    "due_at": "2020-09-08T13:00:00Z",
    "closed_at": None,
}
OLDER = TASK | {"task_id": "t0", "service": "web", "opened_at": "2020-09-01T13:00:00Z"}
seen: list[Any] = []


class Door(Here):
    """A front door behind which billing has two pages of tasks, and web the oldest."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    service, last = request.url.path.split("/")[1], request.url.path.rpartition("/")[2]
    if last == "close":
        if service != "billing" or "t1" not in request.url.path:
            return httpx.Response(404, json={"title": "Task unknown"})
        return httpx.Response(200, json=TASK | {"closed_at": "2020-09-03T13:00:00Z"})
    if service == "billing":
        more = request.url.params.get("after")
        items = [TASK | {"task_id": "t2"}] if more else [TASK]
        return httpx.Response(200, json={"items": items, "next": None if more else "place"})
    return httpx.Response(200, json={"items": [OLDER] if service == "web" else [], "next": None})


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(tasks, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str) -> Any:
    return CliRunner().invoke(app, ["tasks", *words])


def test_every_services_tasks_are_listed_oldest_first_to_the_last_page():
    told = json.loads(typed("--json").stdout)
    assert [one["task_id"] for one in told["items"]] == ["t0", "t1", "t2"]
    assert {request.url.path for request in seen} == {f"/{name}/v1/tasks" for name in SERVICES}


def test_a_task_says_what_to_do_about_what_and_by_when():
    lines = typed("--service", "billing", "--kind", "refund-failed").stdout.splitlines()
    assert lines[:4] == [
        "  billing  refund-failed  since 2020-09-02T13:00:00Z, due 2020-09-08T13:00:00Z",
        "    Ask for another account.",
        "    refund_id r1",
        "    task t1",
    ]
    assert seen[0].url.params["kind"] == "refund-failed"
    assert "Nothing needs a human." in typed("--service", "partners").stdout


def test_a_task_is_closed_in_the_service_that_has_it():
    done = typed("close", "t1", "--reason", "done-by-phone")
    assert (done.exit_code, done.stdout) == (
        0,
        "  refund-failed of billing is closed: done-by-phone\n",
    )
    assert json.loads(seen[-1].content) == {"reason": "done-by-phone"}
    assert seen[-1].headers["Idempotency-Key"]


def test_a_task_that_nobody_has_and_a_service_that_there_is_not_are_said_so():
    unknown = typed("close", "t9", "--reason", "done").exception
    assert isinstance(unknown, Ends)
    assert (unknown.code, unknown.message) == (1, "There is no task t9.")
    wrong = typed("--service", "bakery").exception
    assert isinstance(wrong, Ends)
    assert wrong.code == 2


@pytest.mark.parametrize("reason", ["Done by phone", "done by phone", "-", "done_by_phone"])
def test_how_a_reason_is_written_is_said_in_words(reason):
    ended = CliRunner().invoke(app, ["tasks", "close", "t1", "--reason", reason]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "with hyphens" in ended.message) == (2, True)
