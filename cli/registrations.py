"""`registrations import`: a group of people registered for a course, from a sheet (CSV);
`registrations list` is in `whose.py`."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

import typer
from rich.markup import escape

from cli import say, whose
from cli.here import here, refusal
from cli.say import REFUSED, USAGE, AsJson, Ends

app = typer.Typer(no_args_is_help=True, help="Registrations.")
app.command("list")(whose.list_)
_SAMPLE = "See examples/group.csv for one; at most 500 people a file."


@app.callback()
def family() -> None:
    """Registrations."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV with name and email.")],
    course: Annotated[str, typer.Option("--course", help="The course's id.")],
    organisation: Annotated[
        str, typer.Option(help="Who orders and pays, on one invoice for all.")
    ] = "",
    method: Annotated[str, typer.Option(help="invoice (where nothing is said) or card.")] = "",
    disclosure_version: Annotated[
        str, typer.Option(help="The disclosure they accepted, where a row names none.")
    ] = "",
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Everybody gets a seat, or nobody is taken.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Ask anew, though this very file was sent before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register the people of a sheet: 500 at most, in one order on one invoice.

    The same file sent twice is answered once; whoever is registered already stays as they are.
    """
    asked = {
        "organisation": organisation,
        "method": method,
        "disclosure_version": disclosure_version,
        "all_or_nothing": "true" if all_or_nothing else "",
    }
    params = {name: value for name, value in asked.items() if value}
    content = _content(file)
    stack = here()
    with say.err.status(f"  Registering the people of {escape(file.name)}"):
        answer = stack.ask(
            "POST",
            f"/registration/v1/courses/{quote(course, safe='')}/registrations:batch",
            params=params,
            content=content,
            headers={
                "Content-Type": "text/csv",
                "Idempotency-Key": _key(content, course, params, again=again),
            },
        )
    if not answer.is_success:
        ended = refusal(answer, _NAMED, "See which there are: bin/holdfast course list")
        if "sheet-invalid" in answer.text:
            raise Ends(USAGE, ended.message, _SAMPLE)
        raise ended
    told = answer.json()
    if as_json:
        say.data(told)
    else:
        _tell(told, replayed="Idempotent-Replayed" in answer.headers)
    if any(one["status"] == "refused" for one in told["results"]):
        raise typer.Exit(REFUSED)


_NAMED = {"/query/method": "--method", "/query/organisation": "--organisation"}


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as why:
        raise Ends(USAGE, f"{file} cannot be read: {why.strerror}.", _SAMPLE) from why


def _key(content: bytes, course: str, params: dict[str, str], *, again: bool) -> str:
    """The same for the same file, asked for in the same way: so a repeat is harmless."""
    if again:
        return f"import-{uuid4()}"
    said = repr((course, sorted(params.items()))).encode()
    return f"import-{hashlib.sha256(said + content).hexdigest()}"


def _tell(told: dict[str, Any], *, replayed: bool) -> None:
    """How many of each; then row by row whoever did not simply get a seat."""
    counted = Counter(one["status"] for one in told["results"])
    say.line(", ".join(f"{many} {status}" for status, many in counted.items()))
    if told["group_id"]:
        say.line(f"group {told['group_id']}")
    for warning in told.get("warnings", []):
        say.line(f"Note: {warning}")
    rows = [
        [str(one["row"]), say.state(one["status"]), escape(_why(one))]
        for one in told["results"]
        if one["status"] in {"refused", "waitlisted"}
    ]
    if rows:
        say.table(["row", "", ""], rows, right=[0])
    if replayed:
        say.following("This very file was sent before: this is its first answer. Anew: --again")
    elif current := _unaccepted(told):
        say.following(f"Have they accepted it? Then say so: --disclosure-version {current}")
    elif counted["refused"]:
        say.following("Mend these rows and send the file again: nobody is registered twice.")


def _unaccepted(told: dict[str, Any]) -> str:
    """The disclosure in force, where all that was refused was refused for it."""
    problems = [one["problem"] for one in told["results"] if one["status"] == "refused"]
    current = {one.get("current") for one in problems}
    same = all(one["type"] == "/problems/disclosure-outdated" for one in problems)
    return str(current.pop()) if same and len(current) == 1 else ""


def _why(one: dict[str, Any]) -> str:
    """The place in line, or what is wrong, column by column."""
    if one["status"] == "waitlisted":
        return f"place {one['position']} in line"
    problem = one["problem"]
    faults = [
        f"{fault['pointer'].rpartition('/')[2]}: {fault['detail']}" for fault in problem["errors"]
    ]
    return " ".join(faults) or str(problem["detail"])
