"""`certificates roster|report|reports|outcome`: who is reported to a board, and what went out."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.markup import escape

from cli import say
from cli.here import here, refusal
from cli.say import USAGE, AsJson, Ends

_ME = "bin/holdfast certificates"
_WHICH = "See which there are: bin/holdfast course list"
Course = Annotated[str, typer.Argument(metavar="COURSE", help="The course's id.")]
Out = Annotated[Path | None, typer.Option("--out", help="A file; else it is printed.")]
Board = Annotated[str, typer.Option("--board", help="The board, as the course names it.")]
Format = Annotated[str, typer.Option("--format", help="csv, cebroker or pars.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The report's number.")]


def roster(
    course: Course,
    board: Board = "",
    form: Format = "csv",
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Who was issued what; as a registry wants it, with who is held back and why.

    --json prints its lines as objects, by the names of its columns, each value as it stands there.
    """
    params = {"format": form} | ({"board": board} if board else {})
    path = f"{_base(course)}/roster"
    if not as_json:
        _fetch(path, params, out, course)
        return
    if out is not None:
        raise Ends(USAGE, "--json prints, and --out writes the file.", "Say one of them.")
    lines = csv.DictReader(io.StringIO(_text(path, params, course), newline=""))
    say.data({"items": list(lines)})


def report(course: Course, board: Board, form: Format = "", as_json: AsJson = False) -> None:
    """Report whoever was not reported yet, and correct what changed since."""
    body = {"board": board, "format": form}
    answer = here().ask("POST", f"{_base(course)}/reports", json=body)
    if not answer.is_success:
        ends = refusal(answer, {}, _hint(answer, course))
        if "nothing-to-report" in answer.text:
            how = f"--board '{board}' --format {answer.json().get('format', form)}"
            raise Ends(ends.code, ends.message, f"Who, and why: {_ME} roster {course} {how}")
        raise ends
    told = answer.json()
    if as_json:
        say.data(told)
        return
    if not told["made"]:
        say.line(f"Nothing is new since report {told['number']} of {told['made_at']}.")
    for number in told["made"]:
        kind = told["kind"] if number == told["number"] else "correction"
        say.line(f"report {number} is made: {kind}")
    for reason, many in sorted(told["held"].items()):
        say.line(f"held back, {reason.replace('_', ' ')}: {many}")
    if told["held"]:
        how = f"--board '{board}' --format {form or told['format']}"
        say.following(f"Why, line by line: {_ME} roster {course} {how}")
    elif told["made"]:
        say.following(f"Its file: {_ME} reports {course} {told['number']} --out FILE.csv")


def reports(
    course: Course,
    number: Annotated[int, typer.Argument(metavar="[NUMBER]", help="Its very bytes.")] = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """What went out, and how the registries took it; or the very bytes of one report."""
    if number:
        _fetch(f"{_base(course)}/reports/{number}", {}, out, course)
        return
    items: list[dict[str, Any]] = []
    stack, after = here(), ""
    while True:
        params = {"limit": "100"} | ({"after": after} if after else {})
        page = stack.call("GET", f"{_base(course)}/reports", params=params, missing=_WHICH)
        items += page["items"]
        after = page["next"] or ""
        if not after:
            break
    if as_json:
        say.data(items)
        return
    if not items:
        say.line("Nothing was reported yet.")
        say.following(f"To report: {_ME} report {course} --board BOARD")
        return
    say.table(
        ("", "board", "format", "kind", "lines", "made at", ""),
        [
            (
                str(one["number"]),
                escape(one["board"]),
                one["format"],
                one["kind"],
                str(one["lines"]),
                one["made_at"],
                say.state(one["state"].replace("_", " ")),
            )
            for one in items
        ],
        right=(0, 4),
    )


def outcome(
    course: Course,
    number: Number,
    how: Annotated[str, typer.Argument(metavar="accepted|refused", help="What it answered.")],
    line: Annotated[
        list[int] | None, typer.Option("--line", help="A line that was refused; may be repeated.")
    ] = None,
) -> None:
    """Note what the registry answered; what it refused is in the next report again."""
    if how not in {"accepted", "refused"}:
        raise Ends(USAGE, "A registry accepts or refuses.", "Say accepted or refused.")
    body = {"outcome": how, "lines": line or []}
    path = f"{_base(course)}/reports/{number}/outcome"
    answer = here().ask("POST", path, json=body)
    if not answer.is_success:
        raise refusal(answer, {}, _hint(answer, course))
    told = answer.json()
    say.line(f"report {number}: {told['state'].replace('_', ' ')}")
    if how == "refused":
        say.following(f"Once that is mended: {_ME} report {course} --board BOARD")


def _base(course: str) -> str:
    return f"/certificates/v1/courses/{quote(course, safe='')}"


def _hint(answer: httpx.Response, course: str) -> str:
    """Where to look for what is not there: a board, a report, else the course."""
    if "board-unknown" in answer.text:
        return f"See which it has: bin/holdfast course show {course}"
    if "report-unknown" in answer.text:
        return f"See which there are: {_ME} reports {course}"
    return _WHICH


def _text(path: str, params: dict[str, str], course: str) -> str:
    stack = here()
    answer = stack.ask("GET", path, params=params)
    if not answer.is_success:
        raise _refused(answer, course)
    return answer.content.decode("utf-8-sig")


def _refused(answer: httpx.Response, course: str) -> Ends:
    ends = refusal(answer, {}, _hint(answer, course))
    how = "Its options: bin/holdfast certificates roster --help"
    return Ends(USAGE, ends.message, how) if answer.status_code == 422 else ends


def _fetch(path: str, params: dict[str, str], out: Path | None, course: str) -> None:
    """A file, as it comes; one that broke off is not left behind."""
    stack = here()
    with stack.client() as client, client.stream("GET", path, params=params) as answer:
        if not answer.is_success:
            answer.read()
            raise _refused(answer, course)
        if out is None:
            for chunk in answer.iter_bytes():
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        part = out.with_name(f"{out.name}.part")
        try:
            with part.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    say.step(f"{out} is written.")
