"""`books`: a month's roll-forward, closing it, and the ledger as a file."""

import sys
from pathlib import Path
from typing import IO, Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.markup import escape

from cli import say
from cli.here import Here, here, refusal
from cli.say import AWAY, USAGE, AsJson, Ends
from shared.money import Money

app = typer.Typer(no_args_is_help=True, help="Books: months, and the ledger as a file.")
Month = Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2020-10.")]
_TOLD = ("credit_liability", "deferred_revenue", "receivable", "breakage", "forfeits", "fees")


@app.callback()
def family() -> None:
    """Books."""


@app.command()
def month(month: Month, as_json: AsJson = False) -> None:
    """How accounts came from opening to closing in a month, closed or as it stands by now."""
    _tell(here().call("GET", _path(month)), as_json)


@app.command()
def close(month: Month, as_json: AsJson = False) -> None:
    """Close a month for good: what comes late is booked in the month in which it comes."""
    _tell(here().call("POST", f"{_path(month)}/close"), as_json)


@app.command()
def export(
    first: Annotated[str, typer.Option("--from", help="First day, such as 2020-10-01.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, included (default: today).")] = "",
    form: Annotated[str, typer.Option("--format", help="csv or beancount.")] = "csv",
    out: Annotated[Path | None, typer.Option("--out", help="A file; else it is printed.")] = None,
) -> None:
    """Every entry of the ledger, as CSV or as a beancount file."""
    params = {"from": first, "to": last, "format": form}
    stack, asked = here(), {name: value for name, value in params.items() if value}
    try:
        if out is None:
            _stream(stack, asked, sys.stdout.buffer)
        else:
            part = out.with_name(f"{out.name}.part")
            with part.open("wb") as file:
                _stream(stack, asked, file)
            part.replace(out)
            say.step(f"{out} is written.")
    except httpx.TransportError as why:
        raise Ends(
            AWAY,
            f"The front door {stack.door} does not answer ({type(why).__name__}).",
            "See what runs with: bin/holdfast status",
        ) from why


def _path(month: str) -> str:
    return f"/billing/v1/books/months/{quote(month, safe='')}"


def _stream(stack: Here, params: dict[str, str], to: IO[bytes]) -> None:
    """As it comes: a ledger may be longer than memory."""
    with (
        stack.client() as client,
        client.stream("GET", "/billing/v1/books/export", params=params) as answer,
    ):
        if not answer.is_success:
            answer.read()
            ends = refusal(answer, {}, "")
            how = "Its options: bin/holdfast books --help"
            raise Ends(USAGE, ends.message, how) if answer.status_code == 422 else ends
        for chunk in answer.iter_bytes():
            to.write(chunk)


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say.data(told)
        return
    closed = f", {told['closed_at']} by {told['closed_by']}" if told["closed_at"] else ""
    say.out.print(f"  {escape(told['month'])}  {say.state(told['status'])}{escape(closed)}")
    if told["sha256"]:
        say.line(f"sha256  {told['sha256']}")
    for one in told["currencies"]:
        say.line()
        say.table(("", one["currency"]), _rows(one), right=(1,))
    if not told["currencies"]:
        say.line("Nothing was booked until then.")


def _rows(one: dict[str, Any]) -> list[tuple[str, str]]:
    """Each account with its opening, what moved, and its closing; courses where they matter."""
    rows: list[tuple[str, str]] = []
    for name in _TOLD:
        rows += _lines(name.replace("_", " "), one[name], one["currency"])
        if name == "deferred_revenue" and len(one["deferred_by_course"]) > 1:
            for course in one["deferred_by_course"]:
                closing = Money(course["closing"], one["currency"]).major
                rows.append((f"  of {escape(course['course_id'])}", closing))
    return rows


def _lines(name: str, account: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    moved = [
        (f"  {what.replace('_', ' ')}", amount) for what, amount in account["movements"].items()
    ]
    lines = [
        (f"{name}, opening", account["opening"]),
        *moved,
        (f"{name}, closing", account["closing"]),
    ]
    if not any(amount for _, amount in lines):
        return []
    return [(escape(what), Money(amount, currency).major) for what, amount in lines]
