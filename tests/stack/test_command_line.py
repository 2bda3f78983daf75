"""What the command line says, and with which exit code it ends (interfaces.md §8)."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from cli import certificates, clock, course, keys, quote, say, stack, status
from cli import credits as credits_
from cli.here import Here
from cli.main import app, main
from cli.say import Ends
from stack import state
from stack.profile import Profile
from stack.state import State


class Door(Here):
    """A front door that answers as a test says."""

    def answering(self, answer: Callable[[httpx.Request], httpx.Response]) -> "Door":
        object.__setattr__(self, "_transport", httpx.MockTransport(answer))
        return self

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.door, transport=self._transport)  # type: ignore[attr-defined]


def door(answer: Callable[[httpx.Request], httpx.Response], local: State | None = None) -> Door:
    return Door("http://holdfast.test", "", local).answering(answer)


def test_usage_is_explained_by_the_name_that_is_typed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["/somewhere/cli/__main__.py", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "Try 'bin/holdfast --help' for help." in told
    assert "python -m" not in told


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_before_or_after_the_calendar_is_wrong_usage(when):
    ended = CliRunner().invoke(app, ["clock", "set", when]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (2, "Such as: 2020-10-19T20:00:00Z")


def test_a_duration_that_leads_past_the_calendar_is_wrong_usage(monkeypatch):
    monkeypatch.setattr(clock, "here", lambda: Here("http://holdfast.test", ""))
    monkeypatch.setenv("SANDBOX_CLOCK_URL", "http://clock.test")
    now = httpx.Response(200, json={"now": "2020-09-01T12:00:00Z"})
    monkeypatch.setattr(httpx, "get", lambda *_, **__: now)
    for much in ("99999999999999w", "500000w", "9" * 5000 + "d"):
        ended = CliRunner().invoke(app, ["clock", "advance", much]).exception
        assert isinstance(ended, Ends), much[:20]
        assert (ended.code, ended.remedy) == (2, "Such as: 90m, 3d, 1w2d6h")


@pytest.mark.parametrize(
    "text", ["id: x\n2020-10-19: y\n", "a: &a [*a]\nid: q\n", "id: x\nprice: .nan\n", "- x", "\x00"]
)
def test_a_file_that_is_no_course_is_wrong_usage(tmp_path, text):
    file = tmp_path / "course.yaml"
    file.write_text(text)
    ended = CliRunner().invoke(app, ["course", "publish", str(file)]).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2


def test_what_is_no_certificate_of_ours_is_unknown_and_not_a_failure(monkeypatch, tmp_path):
    file = tmp_path / "a.pdf"
    file.write_bytes(b"%PDF-1.7 of somebody else")
    unknown = httpx.Response(404, json={"status": "unknown"})
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: unknown))
    for what in (str(file), "a.b.c", "AAAA-BBBB"):
        done = CliRunner().invoke(app, ["certificates", "verify", what])
        assert (done.exit_code, done.stdout) == (1, "  unknown\n"), what
        as_json = CliRunner().invoke(app, ["certificates", "verify", what, "--json"])
        assert '"status": "unknown"' in as_json.stdout


def test_a_certificates_number_is_told_from_its_code(monkeypatch):
    unknown = httpx.Response(404, json={"status": "unknown"})
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: unknown))
    words = ["certificates", "verify", "2020-qels-arcg-g555"]
    ended = CliRunner().invoke(app, words).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message, ended.remedy) == (
        2,
        "2020-qels-arcg-g555 is a certificate's number.",
        "Its code stands under VERIFY AT.",
    )


def test_a_file_that_is_neither_pdf_nor_jwt_is_wrong_usage(monkeypatch, tmp_path):
    file = tmp_path / "README.md"
    file.write_text("# Holdfast")
    monkeypatch.setattr(certificates, "here", lambda: Here("http://holdfast.test", ""))
    ended = CliRunner().invoke(app, ["certificates", "verify", str(file)]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (
        2,
        f"{file} is neither a certificate's PDF nor its JWT.",
    )


@pytest.mark.parametrize(
    ("at", "told"), [("tomorrow", "is not an instant."), ("2020-10-06T03:59:00", "has no zone.")]
)
def test_when_a_quote_is_asked_for_is_an_instant(at, told):
    ended = CliRunner().invoke(app, ["quote", "--course", "c", "--at", at]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (2, f"--at {at} {told}")
    assert ended.remedy == "Such as: 2020-10-19T20:00:00Z"


def refused(status: int, **body: Any) -> Door:
    """A door that says no."""
    heads = {"content-type": "application/problem+json"}
    said = httpx.Response(status, json={"title": "No", "status": status} | body, headers=heads)
    return door(lambda _: said)


def test_a_scope_that_is_none_is_told_as_it_was_typed(monkeypatch):
    faults = [{"pointer": "/scopes/1", "detail": "Use operator or reader."}]
    monkeypatch.setattr(keys, "here", lambda: refused(422, errors=faults))
    words = ["keys", "create", "--scope", "reader", "--scope", "foo"]
    ended = CliRunner().invoke(app, words).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (2, "--scope foo: Use operator or reader.")


def test_what_is_refused_of_a_file_is_told_by_its_place_in_it(monkeypatch, tmp_path):
    file = tmp_path / "course.yaml"
    file.write_text("id: c")
    faults = [{"pointer": "/title", "detail": "It has no title."}]
    monkeypatch.setattr(course, "here", lambda: refused(422, errors=faults))
    ended = CliRunner().invoke(app, ["course", "publish", str(file)]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (1, "No\n  /title  It has no title.")


def test_a_course_that_is_not_there_leads_to_the_list(monkeypatch):
    for module in (course, quote):
        monkeypatch.setattr(module, "here", lambda: refused(404))
    at = "2020-10-06T03:59:00Z"
    for words in (["course", "show", "nope"], ["quote", "--course", "nope", "--at", at]):
        ended = CliRunner().invoke(app, words).exception
        assert isinstance(ended, Ends)
        assert (ended.code, ended.message) == (1, "No")
        assert ended.remedy == "See which there are: bin/holdfast course list"


def test_a_service_that_is_none_is_answered_with_those_there_are():
    ended = CliRunner().invoke(app, ["dead-letters", "list", "--service", "nope"]).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2
    assert ended.remedy.startswith("One of registration, billing")


def test_a_valid_certificate_is_shown_with_its_credits(monkeypatch):
    said = {"status": "valid", "board": "NBCC", "credits": 6.75, "unit": "clock hours"}
    valid = httpx.Response(200, json=said)
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: valid))
    done = CliRunner().invoke(app, ["certificates", "verify", "AAAA-BBBB"])
    assert done.exit_code == 0
    assert done.stdout == "  valid\n  board  NBCC\n  credits  6.75\n  unit  clock hours\n"


def test_a_certificate_of_no_board_is_shown_with_hours_and_no_credits(monkeypatch):
    said = {"status": "valid", "board": None, "credits": 8.0, "unit": "hours", "issued": "now"}
    valid = httpx.Response(200, json=said)
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: valid))
    done = CliRunner().invoke(app, ["certificates", "verify", "AAAA-BBBB"])
    assert done.stdout == "  valid\n  hours attended  8.0\n  issued  now\n"
    taught = httpx.Response(200, json=said | {"kind": "presenter"})
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: taught))
    done = CliRunner().invoke(app, ["certificates", "verify", "AAAA-BBBB"])
    assert "  hours presented  8.0\n" in done.stdout


def test_a_code_that_cannot_be_asked_for_is_refused_in_words(monkeypatch):
    problem = httpx.Response(
        422,
        json={"title": "Invalid", "status": 422, "detail": "The request does not fit."},
        headers={"content-type": "application/problem+json"},
    )
    monkeypatch.setattr(certificates, "here", lambda: door(lambda _: problem))
    ended = CliRunner().invoke(app, ["certificates", "verify", "x" * 300]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.message) == (1, "Invalid: The request does not fit.")


@pytest.mark.parametrize(
    ("web", "phase", "code", "word"),
    [
        ("running", "ready", 0, "Open http://holdfast.test"),
        ("dead", "ready", 3, "started again by itself"),
        ("unready", "ready", 3, "started again by itself"),
        ("running", "orphaned", 3, "bin/holdfast up --detach"),
    ],
)
def test_status_ends_with_3_where_something_does_not_run(
    monkeypatch, capsys, web, phase, code, word
):
    def part(name: str, condition: str = "running") -> dict[str, Any]:
        more = {"pid": 1, "pss_mb": 1.0, "url": "http://x", "reasons": []}
        return {"service": name, "state": condition, **more}

    seen = {
        "phase": phase,
        "pss_mb": 2.0,
        "services": [part("web", web)],
        "front_door": part("front door"),
        "kafka": {"service": "", "state": "elsewhere"},
        "postgres": part("postgres"),
        "mailbox": part("mailbox"),
        "simulator": part("paysim"),
        "clock": None,
    }
    known = State("data", public_url="http://holdfast.test")
    monkeypatch.setattr(state, "running_profile", lambda: known)
    monkeypatch.setattr(status, "look", lambda _: seen)
    for as_json in (False, True):
        try:
            status.status(as_json)
            ended = 0
        except typer.Exit as end:
            ended = end.exit_code
        assert ended == code
    assert word in capsys.readouterr().out.replace("\n", " ")


def running(phase: str, *, sandbox: bool = True, profile: str = "data") -> State:
    """A stack whose supervisor is this process, before any of its processes is recorded."""
    boss = state.this_process("supervisor")
    return State(profile, phase=phase, sandbox=sandbox, supervisor=boss)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    for name in ("HOLDFAST_URL", "SANDBOX_CLOCK_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["clock", "show", "--json"],
        ["clock", "set", "2020-09-01T12:00:00Z"],
        ["invariants"],
        ["course", "list"],
    ],
)
def test_what_is_asked_of_a_stack_that_is_still_starting_ends_with_3(monkeypatch, home, words):
    monkeypatch.setattr(state, "running_profile", lambda: running("starting"))
    done = CliRunner().invoke(app, words)
    assert done.stdout == ""
    assert isinstance(done.exception, Ends)
    assert (done.exception.code, done.exception.message) == (3, "The stack is still starting.")
    assert "bin/holdfast status" in done.exception.remedy


def test_a_sandbox_is_one_by_what_is_recorded_and_not_by_its_clock_process():
    assert Here("http://holdfast.test", "", running("ready")).sandbox
    assert not Here("http://holdfast.test", "", running("ready", sandbox=False)).sandbox


@pytest.mark.parametrize(
    ("profile", "sandbox", "told"),
    [
        ("data", True, "Start it again with: bin/holdfast up --detach --sandbox"),
        ("data", False, "Start it again with: bin/holdfast up --detach"),
        ("demo", True, "Stop the rest with: bin/holdfast down."),
    ],
)
def test_status_of_orphans_says_how_this_stack_is_started(
    monkeypatch, home, capsys, profile, sandbox, told
):
    Profile(profile).prepare(sandbox=sandbox)
    alone = replace(running("ready", sandbox=sandbox, profile=profile), supervisor=None)
    monkeypatch.setattr(state, "running_profile", lambda: alone)
    with pytest.raises(typer.Exit):
        status.status()
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert told in lines[-1]
    assert lines[-1].endswith(told) or profile == "demo"


@pytest.mark.parametrize(
    ("profile", "sandbox", "told"),
    [
        ("data", True, "bin/holdfast up --detach --sandbox goes on with it"),
        ("data", False, "bin/holdfast up --detach goes on with it"),
        ("demo", True, "the next demo deletes it and begins anew"),
    ],
)
def test_down_says_what_becomes_of_the_data(monkeypatch, home, capsys, profile, sandbox, told):
    Profile(profile).prepare(sandbox=sandbox)
    known = running("ready", sandbox=sandbox, profile=profile)
    monkeypatch.setattr(state, "running_profile", lambda: known)
    monkeypatch.setattr(stack, "stop", lambda _: None)
    stack.down()
    assert capsys.readouterr().out == (
        f"  Stopped.\n  The data stays in {home / profile}; {told}.\n"
    )


def test_down_where_there_is_nothing_speaks_of_no_data(home, capsys):
    stack.down()
    assert capsys.readouterr().out == "  Nothing was running.\n"


def test_a_course_is_shown_as_json_with_and_without_the_option(monkeypatch):
    shown = httpx.Response(200, json={"course_id": "c"})
    monkeypatch.setattr(course, "here", lambda: door(lambda _: shown))
    for words in (["course", "show", "c"], ["course", "show", "c", "--json"]):
        done = CliRunner().invoke(app, words)
        assert (done.exit_code, json.loads(done.stdout)) == (0, {"course_id": "c"})


def told_on(monkeypatch, *, terminal: bool) -> str:
    """A long line, on eighty columns."""
    to = Console(
        file=io.StringIO(), force_terminal=terminal, width=80, soft_wrap=True, color_system=None
    )
    monkeypatch.setattr(say, "out", to)
    say.line("  " + "window: " + "received before the last day " * 4 + "http://x.test/" + "a" * 90)
    return to.file.getvalue()


def test_on_a_terminal_a_long_line_goes_on_at_its_indent_and_no_word_is_broken(monkeypatch):
    address = "http://x.test/" + "a" * 90
    assert told_on(monkeypatch, terminal=True) == (
        "    window: received before the last day received before the last day received\n"
        "    before the last day received before the last day\n"
        f"    {address}\n"
    )


def test_in_a_pipe_a_line_stays_one_line(monkeypatch):
    assert told_on(monkeypatch, terminal=False).count("\n") == 1


@pytest.mark.parametrize(("year", "ends"), [(2020, True), (2999, False)])
def test_a_course_of_the_past_is_published_with_what_to_do(monkeypatch, tmp_path, year, ends):
    file = tmp_path / "course.yaml"
    file.write_text("id: c")
    monkeypatch.delenv("SANDBOX_CLOCK_URL", raising=False)
    session = {
        "session_id": "s1",
        "starts_at": f"{year}-10-19T20:00:00Z",
        "ends_at": f"{year}-10-19T22:00:00Z",
    }
    said = httpx.Response(200, json={"course_id": "c", "version": 1, "sessions": [session]})
    monkeypatch.setattr(course, "here", lambda: door(lambda _: said))
    done = CliRunner().invoke(app, ["course", "publish", str(file)])
    assert done.exit_code == 0
    assert ("Give it days to come" in done.stdout) == ends
    assert ("bin/holdfast up --detach --sandbox" in done.stdout) == ends


def test_a_course_file_is_checked_and_nothing_is_published(monkeypatch, tmp_path):
    file = tmp_path / "course.yaml"
    file.write_text("id: c")
    asked: list[tuple[str, str, object]] = []
    said = {"course_id": "c", "version": 2, "changed": True, "sessions": [], "warnings": ["Odd."]}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(200, json=said)

    monkeypatch.setattr(course, "here", lambda: door(answer))
    done = CliRunner().invoke(app, ["course", "publish", str(file), "--check"])
    assert asked == [("POST", "/registration/v1/courses/c/check", {"id": "c"})]
    assert done.exit_code == 0
    assert "c would be published, version 2" in done.stdout
    assert "Note: Odd." in done.stdout
    assert "Nothing was published." in done.stdout
    said |= {"changed": False}
    same = CliRunner().invoke(app, ["course", "publish", str(file), "--check"])
    assert "c is published just so, version 2\n" in same.stdout
    codes = [{"price_id": "s", "label": "spring", "what": "code"}]
    said |= {"changed": True, "in_force": 2, "codes_changed": codes}
    leaked = CliRunner().invoke(app, ["course", "publish", str(file), "--check"])
    assert "c is published just so, version 2, but for codes\n" in leaked.stdout
    assert "The code of the price spring would be another one\n" in leaked.stdout


def test_a_course_is_shown_as_its_file(monkeypatch):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"course_id": "c", "file": {"id": "c", "title": "C"}})

    monkeypatch.setattr(course, "here", lambda: door(answer))
    done = CliRunner().invoke(app, ["course", "show", "c", "--as-file"])
    assert (asked, json.loads(done.stdout)) == (
        ["/registration/v1/courses/c/file"],
        {"id": "c", "title": "C"},
    )


CREDIT = {
    "code": "AAAA-BBBB",
    "amount": {"amount": 19900, "currency": "USD"},
    "balance": {"amount": 7900, "currency": "USD"},
    "expires_on": "2021-10-06",
    "terms": {"kind": "refund_credit", "for": None, "transferable": False},
    "status": "active",
    "holder": "person",
    "entries": [
        {
            "kind": "redeemed",
            "amount": {"amount": -12000, "currency": "USD"},
            "registration_id": "r1",
            "occurred_at": "2020-11-01T12:00:00Z",
        }
    ],
}


def test_a_credit_is_shown_with_what_is_left_and_its_movements(monkeypatch):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=CREDIT)

    monkeypatch.setattr(credits_, "here", lambda: door(answer))
    done = CliRunner().invoke(app, ["credits", "show", " AAAA-BBBB/x "])
    assert done.exit_code == 0
    assert done.stdout == (
        "  active\n  left  $79.00 of $199.00\n  until  2021-10-06\n  holder  person\n"
        "  kind  refund_credit\n  2020-11-01T12:00:00Z  redeemed  -$120.00  r1\n"
    )
    assert asked == ["http://holdfast.test/billing/v1/credits/AAAA-BBBB%2Fx"]
    as_json = CliRunner().invoke(app, ["credits", "show", "AAAA-BBBB", "--json"])
    assert json.loads(as_json.stdout) == CREDIT


def test_a_credit_that_is_none_says_what_to_check(monkeypatch):
    monkeypatch.setattr(credits_, "here", lambda: refused(404))
    ended = CliRunner().invoke(app, ["credits", "show", "NOPE"]).exception
    assert isinstance(ended, Ends)
    assert ended.code == 1
    assert ended.remedy.startswith("Check the code as its holder has it")
