"""`attendance import`, `session watch|complete`: what they send, what they tell, how they end."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import attendance, session, unmatched
from cli.here import Here
from cli.main import app

KEPT = {"accepted": 2, "duplicates": 1, "refused": []}
RECORD = {
    "registration_id": "ada", "seconds": 3725, "present": False, "in_room": True,
    "waiting": False, "version": 0, "flagged": False, "doubts": [],
}  # fmt: skip
VIEW = {
    "title": "", "session_id": "s1", "state": "open", "as_of": "2020-10-19T21:02:05Z",
    "in_room": 1, "in_waiting_room": 0, "expected": 2, "present": 0, "unmatched": 3, "flagged": 0,
    "findings": [], "records": [RECORD | {"registration_id": "ben", "in_room": False, "doubts": ["open"]}, RECORD],
}  # fmt: skip


class Door(Here):
    """A front door that answers as a test says, and keeps what it was asked."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer), base_url=self.door)

    def answer(self, request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers.pop(0)


seen: list[httpx.Request] = []
answers: list[httpx.Response] = []


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    answers.clear()
    for module in (attendance, session, unmatched):
        monkeypatch.setattr(module, "here", lambda: Door("http://holdfast.test", "key"))


def typed(*words: str, answer: httpx.Response | Any):
    answers.append(
        answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)
    )
    return CliRunner().invoke(app, list(words))


def problem(status: int, **more: Any) -> httpx.Response:
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(status, json={"title": "Refused", **more}, headers=kind)


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    file = tmp_path / "signed.csv"
    file.write_text("registration_id,signed_in\nada,16:02\n")
    return str(file)


def test_a_report_and_a_sheet_go_where_they_belong(sheet: str, tmp_path: Path) -> None:
    there = ("--course", "a b", "--session", "s1")
    done = typed("attendance", "import", sheet, *there, answer=KEPT)
    assert (done.exit_code, done.exception) == (0, None)
    assert "2 kept, 1 known" in done.stdout
    assert "session watch 'a b' s1" in done.output
    typed("attendance", "import", sheet, *there, "--sheet", answer=KEPT | {"blank": 4})
    typed("attendance", "import", sheet, *there, "--sheet", answer=KEPT)
    as_json = tmp_path / "report.json"
    as_json.write_text('{"intervals": []}')
    typed("attendance", "import", str(as_json), *there, answer=KEPT)
    report, signed, again, other = seen
    assert report.url.raw_path == b"/attendance/v1/sessions/a%20b/s1/report"
    assert signed.url.raw_path == b"/attendance/v1/sessions/a%20b/s1/sheet"
    assert signed.content == Path(sheet).read_bytes()
    assert [r.headers["content-type"] for r in (report, other)] == ["text/csv", "application/json"]
    keys = [r.headers["idempotency-key"] for r in seen]
    assert keys[1] == keys[2]
    assert len({keys[0], keys[1], keys[3]}) == 3
    assert again.content == signed.content


def test_refused_rows_are_told_as_the_spreadsheet_counts_and_end_with_1(sheet: str) -> None:
    refused = KEPT | {"refused": [{"index": 0, "detail": "signed_in is a time."}]}
    words = ("attendance", "import", sheet, "--course", "c", "--session", "s1", "--sheet")
    done = typed(*words, answer=refused)
    assert done.exit_code == 1
    assert "row 2: signed_in is a time." in done.stdout
    told = KEPT | {"refused": [refused["refused"][0] | {"row": 2}]}
    assert json.loads(typed(*words, "--json", answer=refused).stdout) == told


def test_a_file_that_was_refused_as_too_early_is_asked_about_anew(sheet: str) -> None:
    words = ("attendance", "import", sheet, "--course", "c", "--session", "s1", "--sheet")
    early = problem(409, detail="The session has not begun.")
    early.headers["Idempotent-Replayed"] = "true"
    answers.append(early)
    done = typed(*words, answer=KEPT)
    assert (done.exit_code, "2 kept" in done.stdout) == (0, True)
    assert len({one.headers["idempotency-key"] for one in seen}) == 2
    assert typed(*words, answer=problem(409, detail="Too early.")).exception.code == 1
    assert len(seen) == 3, "a refusal of now is not asked about twice"


def test_what_is_no_sheet_is_wrong_usage_and_what_a_rule_refuses_is_1(sheet: str) -> None:
    words = ("attendance", "import", sheet, "--course", "c", "--session", "s1")
    assert typed(*words, answer=problem(422, detail="No columns.")).exception.code == 2
    assert typed(*words, answer=problem(409, detail="Too late.")).exception.code == 1
    assert typed(*words, answer=problem(404, detail="No session.")).exception.code == 1
    gone = CliRunner().invoke(app, ["attendance", "import", "no.csv", *words[3:]])
    assert gone.exception.code == 2


def test_a_look_shows_who_is_in_first_and_what_needs_a_human() -> None:
    done = typed("session", "watch", "c", "s1", answer=VIEW)
    assert (done.exit_code, done.exception) == (0, None)
    assert "s1, open, as of 2020-10-19T21:02:05Z" in done.stdout
    assert "1 in, 0 waiting, 2 expected, 0 present" in done.stdout
    assert "3 not matched" in done.stdout
    assert "1 not present, though what is known may say more" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["ada", "1:02:05", "in"] in lines
    assert lines.index(["ada", "1:02:05", "in"]) < lines.index(["ben", "1:02:05", "doubtful"])
    assert json.loads(typed("session", "watch", "c", "s1", "--json", answer=VIEW).stdout) == VIEW


def test_whom_somebody_has_to_look_at_stands_before_the_others() -> None:
    quiet = RECORD | {"in_room": False, "registration_id": "amy"}
    late = quiet | {"registration_id": "zoe", "flagged": True}
    view = VIEW | {
        "state": "completed",
        "records": [quiet, quiet | {"registration_id": "kim"}, late],
        "findings": [{"registration_id": "kim", "report_seconds": 0, "live_seconds": 99}],
    }
    told = typed("session", "watch", "c", "s1", answer=view).stdout
    assert "1 whose report differs" in told
    rows = [line.split() for line in told.splitlines() if "1:02:05" in line]
    assert [row[0] for row in rows][-3:] == ["zoe", "kim", "amy"]
    assert rows[-2][2:] == ["report", "differs"]


def test_it_is_drawn_again_until_the_session_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(session.time, "sleep", waited.append)
    monkeypatch.setattr(type(session.say.out), "is_terminal", True)
    answers.extend(httpx.Response(200, json=VIEW) for _ in range(2))
    answers.append(httpx.Response(200, json=VIEW | {"state": "completed"}))
    CliRunner().invoke(app, ["session", "watch", "c", "s1", "--every", "5"])
    assert waited == [5, 5]
    assert answers == []


def test_of_thousands_only_some_are_drawn() -> None:
    many = [RECORD | {"registration_id": f"r{n}"} for n in range(10_000)]
    done = typed("session", "watch", "c", "s1", answer=VIEW | {"records": many})
    assert "and 9985 more" in done.stdout
    assert len(done.stdout.splitlines()) < 30


def test_completing_says_the_minutes_and_names_the_option_that_is_wrong() -> None:
    done = typed("session", "complete", "c", "s1", answer={"instruction_minutes": 90})
    assert "s1 is completed: 90 minutes taught" in done.stdout
    assert json.loads(seen[0].content) == {}
    assert seen[0].headers["idempotency-key"]
    typed("session", "complete", "c", "s1", "--minutes", "90", answer={"instruction_minutes": 90})
    assert json.loads(seen[1].content) == {"instruction_minutes": 90}
    fault = {"errors": [{"pointer": "/instruction_minutes", "detail": "say from 1 to 120"}]}
    wrong = typed(
        "session", "complete", "c", "s1", "--minutes", "900", answer=problem(422, **fault)
    )
    assert wrong.exception.code == 2
    assert typed("session", "complete", "c", "s9", answer=problem(404)).exception.code == 1


def test_reopening_says_when_it_is_held_and_keeps_the_reason() -> None:
    times = {"starts_at": "2020-11-03T21:00:00Z", "ends_at": "2020-11-03T23:00:00Z"}
    done = typed("session", "reopen", "c", "s1", "--reason", "held on Tuesday", answer=times)
    assert "s1 is open again: 2020-11-03T21:00:00Z until 2020-11-03T23:00:00Z" in done.stdout
    assert seen[0].url.path == "/attendance/v1/sessions/c/s1/reopen"
    assert json.loads(seen[0].content) == {"reason": "held on Tuesday"}
    assert seen[0].headers["idempotency-key"]
    refused = problem(409, detail="The course has not moved this session.")
    wrong = typed("session", "reopen", "c", "s1", "--reason", "x", answer=refused)
    assert wrong.exception.code == 1
    assert "has not moved" in str(wrong.exception)
    assert typed("session", "reopen", "c", "s9", "--reason", "x", answer=problem(404)).exit_code
    assert typed("session", "reopen", "c", "s1", answer={}).exit_code == 2


WAITING = {
    "id": "u1", "course_id": "c", "session_id": "s1", "participant_id": "z9", "name": "Z. Example",
    "email": None, "matched_to": None,
    "evidence": [{"kind": "joined", "at": "2020-10-19T21:00:00Z", "until": None, "source": "zoom"}],
    "hints": [{"registration_id": "ada", "because": "the same name"}],
}  # fmt: skip


def test_whom_nobody_knows_is_listed_page_by_page():
    answers.append(httpx.Response(200, json={"items": [WAITING], "next": "u1"}))
    told = typed(
        "attendance", "unmatched", "--course", "c",
        answer={"items": [WAITING | {"id": "u2", "matched_to": "ben"}], "next": None},
    )  # fmt: skip
    assert told.exit_code == 0
    assert [dict(request.url.params) for request in seen] == [
        {"course_id": "c", "state": "open", "limit": "200"},
        {"course_id": "c", "state": "open", "limit": "200", "after": "u1"},
    ]
    for words in ("Z. Example", "joined, by zoom", "perhaps ada: the same name", "matched to ben"):
        assert words in told.output
    none = typed("attendance", "unmatched", answer={"items": [], "next": None})
    assert "Nobody waits to be matched." in none.output


def test_a_mistyped_course_or_session_is_not_told_as_nobody():
    empty = httpx.Response(200, json={"items": [], "next": None})
    answers.append(empty)
    nope = typed("attendance", "unmatched", "--course", "nope", answer=problem(404))
    assert (nope.exception.code, "course list" in nope.exception.remedy) == (1, True)
    assert seen[-1].url.path == "/registration/v1/courses/nope"
    published = {"course_id": "c", "sessions": [{"session_id": "s1"}, {"session_id": "s2"}]}
    for place, code in (("s3", 1), ("s2", 0)):
        answers.append(empty)
        told = typed(
            "attendance", "unmatched", "--course", "c", "--session", place, answer=published
        )
        assert told.exit_code == code
        if code:
            assert told.exception.remedy == "One of s1, s2."


@pytest.mark.parametrize(
    ("kind", "hint"),
    [("registration-unknown", "registrations list"), ("unmatched-unknown", "attendance unmatched")],
)
def test_an_id_that_is_unknown_is_said_where_to_find(kind, hint):
    refused = problem(404, type=f"/problems/{kind}")
    told = typed("attendance", "match", "u1", "nope", "--reason", "seen", answer=refused)
    assert told.exception.code == 1
    assert hint in told.exception.remedy


@pytest.mark.parametrize(
    ("words", "sent", "says"),
    [
        (["ada"], "ada", "z9 of s1 is ada's"),
        (["--nobody"], None, "z9 of s1 is nobody's"),
    ],
)
def test_a_participant_is_said_to_be_somebodys_or_nobodys(words, sent, says):
    answer = {"participant_id": "z9", "session_id": "s1", "registration_id": sent}
    told = typed("attendance", "match", "u/1", *words, "--reason", "seen", answer=answer)
    assert told.exit_code == 0
    assert says in told.output
    [request] = seen
    assert request.url.raw_path == b"/attendance/v1/unmatched/u%2F1/match"
    assert json.loads(request.content) == {"registration_id": sent, "reason": "seen"}
    assert request.headers["idempotency-key"]


@pytest.mark.parametrize(
    "words", [["u1", "--reason", "x"], ["u1", "ada", "--nobody", "--reason", "x"], ["u1", "ada"]]
)
def test_a_word_that_says_nothing_or_two_things_is_wrong_usage(words):
    told = CliRunner().invoke(app, ["attendance", "match", *words])
    assert told.exception.code == 2
    assert seen == []


def asked(monkeypatch: pytest.MonkeyPatch, word: str, view: dict[str, Any], *words: str):
    """What is typed on a terminal, and answered; the session is shown before."""
    monkeypatch.setattr(type(session.say.out), "is_terminal", True)
    answers.append(httpx.Response(200, json=VIEW | view))
    answers.append(httpx.Response(200, json={"instruction_minutes": 90}))
    return CliRunner().invoke(app, ["session", "complete", "c", "s1", *words], input=word)


RUNS = {"ends_at": "2020-10-19T22:00:00Z", "instruction_minutes": 120}  # it is 21:02
OVER = RUNS | {"as_of": "2020-10-19T22:00:00Z"}


def test_before_its_end_it_is_shown_and_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(monkeypatch, "y\n", RUNS)
    assert "1 in, 0 waiting, 2 expected" in done.stdout
    assert "120 of 120 minutes were taught" in " ".join(done.stdout.split())
    assert json.loads(seen[-1].content) == {"early": True}
    assert (done.exit_code, len(seen)) == (0, 2)


def test_who_did_not_mean_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(monkeypatch, "n\n", RUNS)
    assert (done.exception.code, [one.method for one in seen]) == (1, ["GET"])


def test_minutes_are_asked_about_also_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(monkeypatch, "y\n", OVER, "--minutes", "9")
    assert "9 of 120 minutes were taught" in " ".join(done.stdout.split())
    assert json.loads(seen[-1].content) == {"instruction_minutes": 9}


def test_minutes_that_are_mended_are_of_those_that_were_planned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut = OVER | {"instruction_minutes": 90, "planned_minutes": 120}
    done = asked(monkeypatch, "y\n", cut, "--minutes", "100")
    assert "100 of 120 minutes were taught" in " ".join(done.stdout.split())


def test_what_is_over_is_completed_as_planned_without_a_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = asked(monkeypatch, "", OVER)
    assert (done.exit_code, json.loads(seen[-1].content)) == (0, {})


def test_who_says_early_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(session.say.out), "is_terminal", True)
    done = typed("session", "complete", "c", "s1", "--early", answer={"instruction_minutes": 120})
    assert (done.exit_code, json.loads(seen[-1].content)) == (0, {"early": True})
