"""`partners cohort`: what of a file is sent in, and what is told of the answer."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cli import cohort
from cli.here import Here
from cli.main import app
from cli.say import Ends
from stack.profile import ROOT

seen: list[httpx.Request] = []
mapped: list[int | None] = [None]
answered: dict[str, Any] = {}
mended: set[str] = set()
KINDS = {"b": ("attendance", "frontline"), "c": ("registration", "another")}


class Door(Here):
    """A front door behind which every second line is a duplicate, and `bad` is refused."""

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(answer), base_url=self.door)


def answer(request: httpx.Request) -> httpx.Response:
    seen.append(request)
    if request.url.path == "/partners/v1/partners/epi/inbound":
        return httpx.Response(200, json={"mapping_version": mapped[0]})
    if request.url.path.endswith("/mapping/try"):
        items = json.loads(request.content)["items"]
        return httpx.Response(200, json={"results": [_tried(one) for one in items]})
    if request.url.path == "/partners/v1/inbound":
        key = request.headers["idempotency-key"]
        if key in answered:
            again = {"Idempotent-Replayed": "true"}
            return httpx.Response(200, json=answered[key], headers=again)
        items = json.loads(request.content)["items"]
        answered[key] = {"results": [_taken(place, one) for place, one in enumerate(items)]}
        return httpx.Response(200, json=answered[key])
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(404, json={"title": "Partner unknown"}, headers=kind)


def _taken(place: int, item: dict[str, Any]) -> dict[str, Any]:
    shown = item.get("id")
    if shown == "bad" and shown not in mended:
        return {"id": shown, "status": "refused", "detail": "attendee/email: No."}
    return {"id": shown, "status": "duplicate" if place % 2 else "accepted"}


def _tried(item: dict[str, Any]) -> dict[str, Any]:
    if item["Nr"] == "bad":
        return {"status": "refused", "detail": "No.", "pointer": "/Nr", "errors": []}
    kind, course = KINDS.get(item["Nr"], ("registration", "frontline"))
    return {"status": "taken", "line": {"type": kind, "course_id": course}}


@pytest.fixture(autouse=True)
def _at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    answered.clear()
    mended.clear()
    mapped[0] = None
    monkeypatch.setattr(cohort, "here", lambda: Door("http://holdfast.test", "key"))


def typed(file: Any, *words: str) -> Any:
    asked = ["partners", "cohort", str(file), "--partner", "epi", "--course", "frontline", *words]
    return CliRunner().invoke(app, asked)


def written(tmp_path: Any, text: Any, name: str = "cohort.csv") -> Any:
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8-sig")
    return path


def asked_in() -> list[str]:
    """The Idempotency-Keys of what was sent in, in order."""
    return [
        one.headers["idempotency-key"] for one in seen if one.url.path == "/partners/v1/inbound"
    ]


def sent() -> list[dict[str, Any]]:
    body = json.loads(seen[-1].content)
    assert (seen[-1].url.path, body["partner_id"]) == ("/partners/v1/inbound", "epi")
    items: list[dict[str, Any]] = body["items"]
    return items


SHEET = """id;name;email;license_state;license_number;prerequisites;profession
a;Ada Example;ada@x.example;KE;1;2020-QELS-ARCG-G555, 2021-AAAA-BBBB-CCC9;nurse
b; Ben Example ;ben@x.example;;;;

"""


def test_a_sheet_becomes_lines_of_the_course(tmp_path):
    done = typed(written(tmp_path, SHEET), "--disclosure-version", "2027-01-01")
    assert done.exit_code == 0, done.output
    common = {
        "type": "registration",
        "course_id": "frontline",
        "disclosure_version": "2027-01-01",
    }
    assert sent() == [
        common
        | {
            "id": "a",
            "attendee": {
                "name": "Ada Example",
                "email": "ada@x.example",
                "profession": "nurse",
                "licenses": [{"state": "KE", "number": "1"}],
            },
            "prerequisites": ["2020-QELS-ARCG-G555", "2021-AAAA-BBBB-CCC9"],
        },
        common | {"id": "b", "attendee": {"name": "Ben Example", "email": "ben@x.example"}},
    ]
    assert "1 accepted, 1 duplicate" in done.output
    assert "bin/holdfast registrations list frontline" in done.output


def test_the_same_file_has_the_same_key_and_another_has_another(tmp_path):
    keys = []
    for text in (SHEET, SHEET, SHEET.replace("Ben", "Bea")):
        typed(written(tmp_path, text))
        keys.append(seen[-1].headers["idempotency-key"])
    assert keys[0] == keys[1] != keys[2]


def test_what_was_refused_is_asked_anew_when_the_same_file_is_sent_again(tmp_path):
    """The mapping may be mended by then, or the course the partner's; a replay would say for three
    days what was wrong before."""
    file = written(tmp_path, "id,name,email\na,A,a@x.example\nbad,B,b@x.example\n")
    assert typed(file).exit_code == 1
    assert len(asked_in()) == 1
    mended.add("bad")
    done = typed(file)
    first, again, anew = asked_in()
    assert first == again != anew
    assert done.exit_code == 0, done.output
    assert "first answer" not in done.output
    good = written(tmp_path, "id,name,email\na,A,a@x.example\n")
    typed(good)
    assert "this is its first answer" in typed(good).output
    assert len(asked_in()) == 5, "what was taken whole is not asked again"


def test_json_is_lines_of_ours_without_what_the_command_says(tmp_path):
    item = {"id": "a", "attendee": {"name": "Ada", "email": "ada@x.example"}}
    for whole in ([item], {"items": [item]}):
        assert typed(written(tmp_path, whole, "cohort.json")).exit_code == 0
        assert sent() == [{**item, "type": "registration", "course_id": "frontline"}]
    for other in ({"course_id": "another"}, {"type": "attendance"}):
        ended = typed(written(tmp_path, [item | other], "cohort.json")).exception
        assert isinstance(ended, Ends)
        assert ended.code == 2


def test_what_is_refused_is_told_by_row_and_ends_with_1(tmp_path):
    done = typed(written(tmp_path, "id,name,email\na,A,a@x.example\nbad,B,b\n"))
    assert done.exit_code == 1
    assert "attendee/email: No." in done.output
    as_data = typed(written(tmp_path, "id,name,email\nbad,B,b\n"), "--json")
    [one] = json.loads(as_data.stdout)["results"]
    assert (one["row"], one["id"], one["status"]) == (1, "bad", "refused")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name,shoe\na,A,42\n", "There are no such columns: shoe."),
        ("name,email\nA,a@x.example\n", "Each row needs an id"),
        ("id,name,email\n,A,a@x.example\n", "Each row needs an id"),
        ("id,name\na,A,more\n", "row 1: it has not as many cells"),
        ("id,name\na\n", "row 1: it has not as many cells"),
        ("id,id\na,b\n", "each column needs a name of its own"),
        ("id,\na,b\n", "each column needs a name of its own"),
        ("id,name\n", "these are 0"),
        ("", "these are 0"),
        ('id,name\na,"half', "unexpected end of data"),
    ],
    ids=["column", "no-id", "empty-id", "more", "less", "twice", "unnamed", "nobody", "empty",
         "half"],
)  # fmt: skip
def test_a_sheet_that_cannot_be_read_is_wrong_usage_and_nothing_is_sent(tmp_path, text, said):
    ended = typed(written(tmp_path, text)).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2
    assert said in ended.message
    assert not any(one.method == "POST" for one in seen)


def test_150_are_a_cohort_and_one_more_is_none(tmp_path):
    rows = [f"n{number},N,n{number}@x.example" for number in range(151)]
    most = "\n".join(["id,name,email", *rows[:150]])
    assert typed(written(tmp_path, most)).exit_code == 0
    assert len(sent()) == 150
    seen.clear()
    ended = typed(written(tmp_path, "\n".join(["id,name,email", *rows]))).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "these are 151" in ended.message, seen) == (2, True, [])


def test_by_a_mapping_rows_are_the_partner_s_own_and_all_of_this_course(tmp_path):
    mapped[0] = 3
    assert typed(written(tmp_path, "Nr,Vorname\na,Ada\nbad,\n")).exit_code == 0
    assert sent() == [{"Nr": "a", "Vorname": "Ada"}, {"Nr": "bad", "Vorname": ""}]
    for number, what in (
        ("b", "is attendance for frontline"),
        ("c", "is registration for another"),
    ):
        seen.clear()
        ended = typed(written(tmp_path, f"Nr,Vorname\na,Ada\n{number},Ben\n")).exception
        assert isinstance(ended, Ends)
        assert (ended.code, what in ended.message) == (2, True)
        assert not any(one.url.path == "/partners/v1/inbound" for one in seen)


def test_the_sheet_that_is_shown_is_one():
    done = typed(ROOT / "examples" / "cohort.csv")
    assert done.exit_code == 0, done.output
    assert [one["id"] for one in sent()] == ["kisumu-1/001", "kisumu-1/002", "kisumu-1/003"]


def test_a_partner_that_there_is_not_and_a_file_that_there_is_not(tmp_path):
    file = written(tmp_path, SHEET)
    asked = ["partners", "cohort", str(file), "--partner", "nobody", "--course", "x"]
    ended = CliRunner().invoke(app, asked).exception
    assert isinstance(ended, Ends)
    assert (ended.code, ended.remedy) == (1, "See which there are: bin/holdfast partners list")
    gone = typed(tmp_path / "gone.csv").exception
    assert isinstance(gone, Ends)
    assert gone.code == 2
