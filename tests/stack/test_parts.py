"""`attendance import` of a report that is too long for one request: cut, sent, and told as one."""

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli import attendance, parts
from cli.main import app
from cli.parts import of_csv, of_json
from tests.stack.test_session import Door, problem

OURS = "participant_id,joined_at,name\r\n"
ZOOMS = (
    'Meeting ID,Topic\r\n880 0000 0003,"Supervision\r\n(two lines)"\r\n\r\n'
    "Name (Original Name),User Email,Join Time,Leave Time\r\n"
)
LATER = "Attended,User Name,Join Time,Leave Time\r\n"


def of_zoom(many: int) -> str:
    """A webinar's export: the second half under a header of its own; each name has two lines."""
    lines = [f'"A\n{n}",a{n}@x.example,11/02/2020 04:00:00 PM,\r\n' for n in range(many)]
    later = [f'Yes,"B\n{n}",11/02/2020 04:00:00 PM,\r\n' for n in range(many)]
    return ZOOMS + "".join(lines) + LATER + "".join(later)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("most", [1, 2, 3, 7, 100])
def test_parts_are_all_rows_in_order_each_under_its_own_header(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LINES", most)
    text = "\ufeff" + of_zoom(6)
    whole = rows(text.removeprefix("\ufeff"))
    heads = [n for n, cells in enumerate(whole) if "Join Time" in cells]
    sent: list[int] = []
    for part in of_csv(text.encode()):
        here = rows(part.content.decode("utf-8-sig"))
        assert [whole[row - 1] for row in part.rows] == here
        new = [row for row in part.rows if row > max(sent, default=0)]
        assert len(new) <= most or most == 100
        sent += new
        under = None
        for row, cells in zip(part.rows, here, strict=True):
            under = row - 1 if row - 1 in heads else under
            if len(cells) == 4 and row - 1 > heads[0]:
                assert under == max(head for head in heads if head < row)
    assert sent == list(range(1, len(whole) + 1))


def test_parts_are_no_larger_than_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "BYTES", 400)
    cut = list(of_csv((OURS + ("ä" * 60 + ",soon,\n") * 20).encode()))
    assert len(cut) > 1
    assert all(len(part.content) <= 400 + len(OURS) for part in cut)
    assert all(part.content.startswith(OURS.encode()) for part in cut)


def test_what_fits_is_sent_as_it_is() -> None:
    for text in (OURS, OURS + "x,y,z", "", "\xff"):
        [part] = of_csv(text.encode("latin-1"))
        assert part.content == text.encode("latin-1")
    for text in ('{"intervals": [{}]}', "{", "[]", '{"intervals": 7}'):
        [part] = of_json(text.encode())
        assert part.content == text.encode()


def test_json_is_cut_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LINES", 3)
    lines = [{"n": n, "name": "\ud83d"} for n in range(8)]
    cut = [json.loads(part.content) for part in of_json(json.dumps({"intervals": lines}).encode())]
    assert [len(part["intervals"]) for part in cut] == [3, 3, 2]
    assert [line for part in cut for line in part["intervals"]] == lines


@pytest.fixture
def at_the_door(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Takes whatever comes; a line of "soon" is refused, by its place, and by its row in a CSV."""
    monkeypatch.setattr(parts, "LINES", 4)
    seen: list[httpx.Request] = []

    class Taking(Door):
        def answer(self, request: httpx.Request) -> httpx.Response:
            seen.append(request)
            if len(seen) in failing:
                if failing[len(seen)] is None:
                    raise httpx.ConnectError("no answer", request=request)
                return problem(failing[len(seen)], detail="The database is away; try again soon.")
            text = request.content.decode()
            if request.headers["content-type"] == "application/json":
                lines = [(None, line["at"]) for line in json.loads(text)["intervals"]]
            else:
                lines = [(n, cells[1]) for n, cells in enumerate(rows(text), 1) if n > 1 and cells]
            refused = [
                {"index": i, **({"row": row} if row else {}), "detail": "soon is no time."}
                for i, (row, at) in enumerate(lines)
                if at == "soon"
            ]
            kept = {"accepted": len(lines) - len(refused), "duplicates": 0, "refused": refused}
            body = kept | {"upload": len(seen), "left_out": ["phone"] if len(seen) == 1 else []}
            return httpx.Response(202, json=body)

    failing.clear()
    monkeypatch.setattr(attendance, "here", lambda: Taking("http://holdfast.test", "key"))
    return seen


failing: dict[int, int | None] = {}  # which request fails, and with what; None: no answer
WORDS = ("--course", "c", "--session", "s1")


def test_a_long_report_is_told_as_one_by_the_rows_of_the_file(
    at_the_door: list[httpx.Request], tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    body = [f'p{n},{"soon" if n in (2, 9) else "now"},"A\nB"\r\n' for n in range(10)]
    body.insert(5, "\r\n")  # an empty row is one that a person sees
    file.write_bytes((OURS + "".join(body)).encode())
    done = CliRunner().invoke(app, ["attendance", "import", str(file), *WORDS])
    assert (done.exit_code, len(at_the_door)) == (1, 3)
    assert "8 kept, 0 known, 2 refused" in done.stdout
    assert [line.strip() for line in done.stdout.splitlines() if "row " in line] == [
        "row 4: soon is no time.",
        "row 12: soon is no time.",
    ]
    told = json.loads(
        CliRunner().invoke(app, ["attendance", "import", str(file), *WORDS, "--json"]).stdout
    )
    assert [(one["index"], one["row"]) for one in told["refused"]] == [(2, 4), (9, 12)]
    assert (told["uploads"], told["upload"]) == ([4, 5, 6], None)
    keys = [request.headers["idempotency-key"] for request in at_the_door]
    assert keys[:3] == keys[3:]
    assert len(set(keys)) == 3


def test_a_long_list_in_json_is_told_by_its_lines(
    at_the_door: list[httpx.Request], tmp_path: Path
) -> None:
    file = tmp_path / "long.json"
    lines = [{"at": "soon" if n == 8 else "now"} for n in range(9)]
    file.write_text(json.dumps({"intervals": lines}))
    done = CliRunner().invoke(app, ["attendance", "import", str(file), *WORDS])
    assert len(at_the_door) == 3
    assert "line 9: soon is no time." in done.stdout
    assert "phone" in done.stdout


@pytest.mark.parametrize("status", [503, 409, None])
def test_a_part_that_is_not_taken_says_what_is_kept_and_what_to_do(
    at_the_door: list[httpx.Request], tmp_path: Path, status: int | None
) -> None:
    file = tmp_path / "long.csv"
    file.write_text(OURS + "p,now,\n" * 10)
    failing[2] = status
    ended = CliRunner().invoke(app, ["attendance", "import", str(file), *WORDS]).exception
    assert isinstance(ended, attendance.Ends)
    assert "Part 2 of 3 was not kept: " in ended.message
    assert "Send the same file again: nothing is counted twice." in ended.remedy
    assert len(at_the_door) == 2


def test_a_csv_that_breaks_off_within_a_cell_is_not_sent_at_all(
    at_the_door: list[httpx.Request], tmp_path: Path
) -> None:
    file = tmp_path / "long.csv"
    file.write_text(OURS + "p,now,\n" * 10 + '"p')
    ended = CliRunner().invoke(app, ["attendance", "import", str(file), *WORDS]).exception
    assert isinstance(ended, attendance.Ends)
    assert (ended.code, at_the_door) == (2, [])
