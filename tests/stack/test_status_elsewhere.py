"""`status` and `lag` of a stack that runs elsewhere: by what its services say at its front door."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import app
from cli.say import Ends
from shared.contracts.services import SERVICES
from stack import ports, state
from stack.state import State

SEEN = "2027-01-16T18:00:00Z"
AWAY = {"type": "/problems/service-away", "title": "Away", "status": 503}
DENIED = {"type": "/problems/unauthorized", "title": "No key", "status": 401}


def worker(host: str, *, silent: bool = False) -> dict[str, Any]:
    return {"worker_id": host, "release": "0.4.0", "revision": None, "host": host, "pid": 7,
            "started_at": SEEN, "seen_at": SEEN, "silent": silent}  # fmt: skip


def place(lag: int) -> dict[str, Any]:
    return {"topic": "t", "partition": lag, "committed": 1, "end": 1 + lag, "lag": lag,
            "holder": None}  # fmt: skip


class Door:
    """A front door; what it answers by path, and which keys it was asked with."""

    def __init__(self) -> None:
        self.says: dict[str, tuple[int, Any]] = {}
        self.keys: set[str | None] = set()
        self.wanted = ""
        self.url = ""
        for name in SERVICES:
            self.ready(name)
            self.processes(name, [worker("pod-a")], [place(0)])
            self.quiet(name)

    def ready(self, name: str, *reasons: str) -> None:
        word = "unready" if reasons else "ready"
        body = {"status": word, "service": name, "reasons": reasons}
        self.says[f"/{name}/health/ready"] = (503 if reasons else 200, body)

    def quiet(self, name: str, overdue: int = 0, outbox: int = 0, **more: Any) -> None:
        body = {"quiet": False, "works": False, "due": {"overdue": overdue, "next": None},
                "outbox": outbox, "lag": 0, "in_flight": 0, "clock": SEEN}  # fmt: skip
        self.says[f"/{name}/health/quiet"] = (200, body | more)

    def processes(self, name: str, workers: list[Any], partitions: list[Any]) -> None:
        known = any(not one["silent"] for one in workers)
        body = {
            "service": name,
            "answers": {"role": "api", "release": "0.4.0", "revision": None, "started_at": SEEN},
            "workers": workers, "partitions": partitions if known else [],
            "looked_at": SEEN if known else None,
        }  # fmt: skip
        self.says[f"/{name}/v1/processes"] = (200, body)

    def away(self, name: str) -> None:
        for path in [one for one in self.says if one.startswith(f"/{name}/")]:
            self.says[path] = (503, AWAY)

    def answer(self, path: str, key: str | None) -> tuple[int, Any]:
        if path.endswith("/processes"):
            self.keys.add(key)
            if key != f"Bearer {self.wanted}":
                return 401, DENIED
        return self.says.get(path, (404, {"title": "No such thing"}))


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    made = Door()
    made.wanted = "operator"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path, self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HOLDFAST_URL", made.url)
    monkeypatch.setenv("HOLDFAST_OPERATOR_KEY", "operator")
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(state, "running_profile", lambda: None)
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    names = ("HOLDFAST_URL", "HOLDFAST_OPERATOR_KEY", "KAFKA_BOOTSTRAP_SERVERS")
    for name in (*names, "SANDBOX_CLOCK_URL", "SANDBOX"):
        monkeypatch.delenv(name, raising=False)


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def cells(result: Result) -> dict[str, list[str]]:
    """The lines of a table by their first word."""
    found: dict[str, list[str]] = {}
    for line in result.output.splitlines():
        if words := line.split():
            found.setdefault(words[0], words[1:])
    return found


def test_a_stack_elsewhere_is_told_of_and_no_second_one_is_started(door: Door) -> None:
    door.processes("billing", [worker("pod-a"), worker("pod-b"), worker("gone", silent=True)], [])
    told = typed("status")
    assert told.exit_code == 0, told.output
    assert cells(told)["billing"] == ["running", "0.4.0", "2,", "1", "silent"]
    assert cells(told)["web"] == ["running", "0.4.0", "1"]
    assert f"Stack at {door.url}, on the wall clock, by what its services say: ready" in told.output
    assert "bin/holdfast up" not in told.output


def test_who_is_away_or_not_ready_is_named_with_why(door: Door) -> None:
    door.ready("billing", "the consumer of billing has not started yet")
    door.away("partners")
    door.processes("attendance", [worker("gone", silent=True)], [])
    told = typed("status")
    assert told.exit_code == 3
    assert cells(told)["billing"][0] == "unready"
    assert cells(told)["partners"] == ["away", "-"]
    assert cells(told)["attendance"] == ["unready", "0.4.0", "0,", "1", "silent"]
    assert "billing: the consumer of billing has not started yet" in told.output
    assert "attendance: no worker of it has said for a minute" in told.output
    assert "docker compose ps" in told.output.replace("\n", " ")


def test_programs_have_the_shape_of_any_status(door: Door) -> None:
    door.away("partners")
    told = typed("status", "--json")
    assert told.exit_code == 3
    seen = json.loads(told.stdout)
    assert (seen["profile"], seen["phase"], seen["url"]) == ("elsewhere", "unready", door.url)
    assert [one["service"] for one in seen["services"]] == list(SERVICES)
    assert seen["services"][1] == {
        "service": "billing", "role": "api", "pid": 0, "state": "running", "pss_mb": 0.0,
        "url": f"{door.url}/billing", "restarts": 0, "reasons": [], "release": "0.4.0", "revision": None,
        "workers": [worker("pod-a")],
    }  # fmt: skip
    assert {seen[name]["state"] for name in ("kafka", "postgres", "mailbox", "simulator")} == {
        "elsewhere"
    }


@pytest.mark.parametrize(
    ("key", "said"), [("", "No operator's key is known"), ("wrong", "was refused")]
)
def test_without_a_good_key_there_is_health_alone(
    monkeypatch: pytest.MonkeyPatch, door: Door, key: str, said: str
) -> None:
    monkeypatch.setenv("HOLDFAST_OPERATOR_KEY", key)
    told = typed("status")
    assert (told.exit_code, cells(told)["web"]) == (0, ["running", "-"])
    assert said in told.output


def test_a_release_that_knows_nothing_of_processes_is_told_of_by_its_health(door: Door) -> None:
    for name in SERVICES:
        door.says[f"/{name}/v1/processes"] = (404, {})
    told = typed("status")
    assert (told.exit_code, cells(told)["web"]) == (0, ["running", "-"])


def test_of_such_a_release_lag_says_what_it_shows(door: Door) -> None:
    working = {"quiet": False, "works": True, "lag": 9, "outbox": 0, "due": {"overdue": 0}}
    for name in SERVICES:
        door.says[f"/{name}/v1/processes"] = (404, {})
        door.says[f"/{name}/health/quiet"] = (200, working)
    told = typed("lag")
    assert told.exit_code == 0
    assert cells(told)["web"][0] == "9"
    assert "says where it is" not in told.output


@pytest.mark.parametrize("words", [("status",), ("lag",), ("status", "--json")])
def test_a_door_that_does_not_answer_is_said_so(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    door = f"http://127.0.0.1:{ports.free_port()}"
    monkeypatch.setenv("HOLDFAST_URL", door)
    told = typed(*words)
    if "--json" in words:
        assert told.exit_code == 3
        assert json.loads(told.stdout)["phase"] == "away"
        return
    assert isinstance(told.exception, Ends)
    assert told.exception.code == 3
    assert f"The front door {door} does not answer" in told.exception.message
    assert "docker compose ps" in told.exception.remedy


@pytest.mark.parametrize("command", ["status", "lag"])
def test_what_is_no_front_door_is_said_so(door: Door, command: str) -> None:
    door.says.clear()
    ended = typed(command).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "no service behind it" in ended.message) == (3, True)


@pytest.mark.parametrize("command", ["status", "lag"])
def test_what_is_no_address_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("HOLDFAST_URL", "courses.example.org")
    ended = typed(command).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2


def test_the_stack_of_this_machine_that_still_starts_is_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boss = state.this_process("supervisor")
    known = State("data", "starting", supervisor=boss, facts={"ports": {"front door": 8080}})
    monkeypatch.setattr(state, "running_profile", lambda: known)
    monkeypatch.setenv("HOLDFAST_URL", "http://127.0.0.1:8080")
    told = typed("status", "--json")
    assert (told.exit_code, json.loads(told.stdout)["phase"]) == (3, "starting")


def test_lag_is_each_service_s_own_word_where_kafka_is_not_named(door: Door) -> None:
    door.processes("billing", [worker("pod-a")], [place(3), place(4)])
    door.quiet("billing", overdue=2, outbox=5)
    told = typed("lag")
    assert told.exit_code == 0, told.output
    assert cells(told)["billing"] == ["7", "5", "2"]
    assert cells(told)["web"] == ["0", "0", "0"]
    assert "KAFKA_BOOTSTRAP_SERVERS" in told.output
    one = json.loads(typed("lag", "--service", "billing", "--json").stdout)
    assert one["services"] == [
        {"service": "billing", "records": 7, "oldest_at": None, "outbox": 5, "overdue": 2,
         "overdue_since": None}
    ]  # fmt: skip


def test_what_nobody_says_is_no_zero(door: Door) -> None:
    """A pod of role api says that its lag is 0, and knows nothing of it."""
    door.processes("billing", [worker("gone", silent=True)], [])
    told = typed("lag")
    assert (told.exit_code, cells(told)["billing"]) == (0, ["-", "0", "0"])
    assert "No worker of billing says where it is." in told.output
    assert "Nothing waits" not in told.output


def test_lag_without_a_key_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    monkeypatch.setenv("HOLDFAST_OPERATOR_KEY", "")
    door.quiet("web", works=True, lag=9)
    told = typed("lag")
    assert (cells(told)["billing"][0], cells(told)["web"][0]) == ("-", "9")
    assert "No operator's key is known." in told.output


def test_lag_ends_with_3_where_a_service_gives_no_answer(door: Door) -> None:
    door.away("partners")
    told = typed("lag")
    assert (told.exit_code, cells(told)["partners"]) == (3, ["-", "-", "-"])
    assert "partners gives no answer. See why: bin/holdfast status" in told.output
